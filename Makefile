# Everything a person does here by hand. `make` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup demo cluster run simulator test fuzz fix snapshots bench bench-mappings bench-ingest bench-send bench-cluster bench-callbacks bench-ledger bench-plans bench-gates bench-backtest bench-graphql bench-memory bench-page chaos docs dist lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONSOLE := $(filter-out %.graphql.ts %.test.ts gateway/console/src/api/schema.ts gateway/console/src/api/words.ts gateway/console/static gateway/console/node_modules gateway/console/__pycache__,$(wildcard gateway/console/* gateway/console/src/* gateway/console/src/*/* gateway/console/src/*/*/* gateway/console/src/*/*/*/*))

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

setup: $(READY) ## make .venv with everything in it, the console included

$(READY): requirements-dev.lock pyproject.toml $(CONSOLE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "· making $(VENV)" >&2; $(PYTHON) -m venv --clear $(VENV) || { echo "The venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; }
	@echo "· installing what requirements-dev.lock names (about a minute, once)" >&2
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@echo "· building the console and installing heliograph" >&2
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## gateway, stand-in and a real Segment SDK: watch events become texts (ONCE=1 exits after the run, CLUSTER=1 over several processes)
	@$(BIN)/heliograph demo $(if $(ONCE),--once) $(if $(CLUSTER),--cluster)

cluster: $(READY) ## 2 gateways, 2 workers, PostgreSQL, Redis and the stand-in, as processes of this machine (GATEWAYS=3 WORKERS=4)
	@$(BIN)/heliograph cluster $(if $(GATEWAYS),--gateways $(GATEWAYS)) $(if $(WORKERS),--workers $(WORKERS))

run: $(READY) ## serve on 127.0.0.1:8080 with the store in .heliograph (PORT=8081 for another port)
	@$(BIN)/heliograph serve $(if $(PORT),--port "$(PORT)")

simulator: $(READY) ## the stand-in for Twilio on 127.0.0.1:4010, and what to paste to use it (PORT=4011 for another port)
	@$(BIN)/heliograph simulator $(if $(PORT),--port "$(PORT)")

test: $(READY) ## lint, types, import contracts, all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses=$$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist=loadfile --no-loadscope-reorder

fuzz: $(READY) ## ask the API whatever its schema allows, and what it does not (EXAMPLES=5000 of each kind)
	EXAMPLES=$(or $(EXAMPLES),5000) $(BIN)/pytest -q tests/gateway/graphql/http/test_any_request.py

fix: $(READY) ## mend what lint and format can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snapshots: $(READY) ## write the snapshots anew; read their diff before you commit
	$(BIN)/heliograph schema > gateway/console/schema.graphql
	SITUATIONS=write $(BIN)/pytest --snapshot-update

bench: bench-mappings bench-gates bench-ingest bench-send bench-callbacks bench-cluster bench-ledger bench-backtest bench-graphql bench-memory bench-page ## every benchmark there is

bench-mappings: $(READY) ## the mapping language beside the published packages, turn by turn (PEER=DIR says where those are)
	@$(BIN)/python -m tests.bench.beside_peer $(if $(PEER),--peer "$(PEER)")

bench-gates: $(READY) ## what the gates cost a Delivery beside a bare trigger of six conditions, with facts in memory, turn by turn
	@$(BIN)/python -m tests.bench.gates

bench-ingest: $(READY) ## ingestion beside an empty handler and decoding alone, turn by turn, then its memory (EVENTS=1000000)
	@$(BIN)/python -m tests.bench.ingest $(if $(EVENTS),--events $(EVENTS))

bench-send: $(READY) ## a text's whole way beside the published destination and its floor, latencies, PostgreSQL (EVENTS=2000 ROUNDS=3 BURST=50000)
	@$(BIN)/python -m tests.bench.send $(if $(EVENTS),--events $(EVENTS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(BURST),--burst $(BURST))

bench-callbacks: $(READY) ## a burst of status callbacks over 64 connections on both databases: how soon they are answered, and what each takes (CALLBACKS=10000 ENGINE=PostgreSQL)
	@$(BIN)/python -m tests.bench.callbacks $(if $(CALLBACKS),--callbacks $(CALLBACKS)) $(if $(ENGINE),--engine $(ENGINE))

bench-cluster: $(READY) ## gateway and workers over PostgreSQL and Redis beside the embedded engine, and what a text takes of both (EVENTS=1500 ROUNDS=3 BURST=5000)
	@$(BIN)/python -m tests.bench.cluster $(if $(EVENTS),--events $(EVENTS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(BURST),--burst $(BURST))

bench-ledger: $(READY) ## a page of the ledger among 10 million Deliveries beside one among 50,000, on both databases, while more come in (ROWS=10000000 PAGES=1000 ENGINE=PostgreSQL MINUTES=40)
	@$(BIN)/python -m tests.bench.ledger $(if $(ROWS),--rows $(ROWS)) $(if $(PAGES),--pages $(PAGES)) $(if $(ENGINE),--engine $(ENGINE)) $(if $(MINUTES),--minutes $(MINUTES))

bench-plans: $(READY) ## what both databases say of how they read each list, with a million rows of each table (ROWS=1000000)
	@PLAN_ROWS=$(or $(ROWS),1000000) $(BIN)/pytest -q tests/gateway/storage/test_plans.py

bench-backtest: $(READY) ## a backtest over many events, all of which its mapping is for, and none (EVENTS=100000)
	@$(BIN)/python -m tests.bench.backtest $(if $(EVENTS),--events $(EVENTS))

bench-page: $(READY) ## the page in Chromium: how soon a slow phone can use it, and how soon it answers a hand (ROWS=100000 ROUNDS=5)
	@$(BIN)/python -m tests.bench.page $(if $(ROWS),--rows $(ROWS)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-graphql: $(READY) ## a page of 50 deliveries beside graphql-core over dicts, its latency while events come in, and memory; and how soon what happens reaches those who watch (ROUNDS=5 QUERIES=10000)
	@$(BIN)/python -m tests.bench.graphql $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(QUERIES),--queries $(QUERIES))
	@$(BIN)/python -m tests.bench.tail $(if $(ROUNDS),--rounds $(ROUNDS))

bench-memory: $(READY) ## the memory of `serve` over a million events that each send (EVENTS=1000000)
	@$(BIN)/python -m tests.bench.send_memory $(if $(EVENTS),--events $(EVENTS))

chaos: $(READY) ## kill the gateway while its provider misbehaves, and count (N=300 KILLS=12 SEED=1 FAULTS=nasty|rough|nocallbacks|listlag|fulldisk|calm STANDIN=DIR DATABASE_URL=... CLUSTER=1)
	@$(BIN)/python -m tests.resilience.chaos $(if $(N),--n $(N)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(FAULTS),--faults $(FAULTS)) $(if $(STANDIN),--standin "$(STANDIN)") $(if $(DATABASE_URL),--database-url "$(DATABASE_URL)") \
		$(if $(CLUSTER),--cluster) $(if $(KEEP),--keep "$(KEEP)")

docs: $(READY) ## build the pages of docs/ into site/ (SERVE=1 shows them on 127.0.0.1:8000 while you write)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs $(if $(SERVE),serve --dev-addr 127.0.0.1:8000,build --strict --quiet)
	@$(if $(SERVE),,echo "site/index.html")

dist: $(READY) ## a wheel and an sdist in dist/, with the pages: what `pipx install` and `uvx --from` take
	@rm -rf dist
	@PYTHONPATH=gateway/console $(BIN)/python -c "import os, pathlib, hatch_build; hatch_build.build(pathlib.Path('gateway/console'), os.environ)"
	@$(BIN)/hatchling build -t sdist -t wheel
	@ls -l dist

lock: ## write both lock files anew (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -p 3.11 -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --extra demo --universal --generate-hashes --no-emit-index-url --no-header -p 3.11 -q -o requirements-dev.lock
