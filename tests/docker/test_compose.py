"""The set for Compose, as far as it can be looked at without starting it."""

import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from gateway.settings import PREFIX, Settings, unknown
from tests.docker.files import DOCKER, documents, is_pinned, understood

TEXT = (DOCKER / "compose.yaml").read_text()
[COMPOSE] = documents(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
OTHERS = {name: one for name, one in SERVICES.items() if "build" not in one}
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "HELIOGRAPH_SECRET_KEYS", "HELIOGRAPH_ADMIN_TOKEN")


def filled(text: str) -> str:
    """As Compose fills it in with secrets of 64 digits, and nothing else set."""
    return re.sub(r"\$\{(\w+)(?::([-?])([^}]*))?\}", lambda m: m[3] if m[2] == "-" else "5a" * 32, text)


def settings_of(name: str) -> Settings:
    given = {key: filled(value) for key, value in SERVICES[name]["environment"].items()}
    assert unknown(given) == []
    return Settings.from_environ(given)


def test_it_is_the_set_that_was_asked_for() -> None:
    assert {name: understood(one["command"])["command"] for name, one in OURS.items()} == {
        "migrate": "migrate",
        "gateway-1": "serve",
        "gateway-2": "serve",
        "worker-1": "worker",
        "worker-2": "worker",
        "simulator": "simulator",
    }
    assert sorted(OTHERS) == ["balancer", "postgres", "redis"]


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_may_write_or_rise(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "user" in service or name in OURS, "the image says which"
    assert service.get("user") not in {"root", "0"}


@pytest.mark.parametrize("name", OTHERS)
def test_each_image_of_others_is_one_release(name: str) -> None:
    assert is_pinned(SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_asked_how_it_is_but_the_one_that_ends(name: str) -> None:
    health = SERVICES[name]["healthcheck"]

    if name == "migrate":
        assert health == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
        return
    assert health["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"
    if name in OURS:
        port = understood(SERVICES[name]["command"])["port"]
        path = "/" if name == "simulator" else "/readyz"
        assert f"http://127.0.0.1:{port}{path}'" in health["test"][-1]


@pytest.mark.parametrize("name", ["gateway-1", "gateway-2", "worker-1", "worker-2"])
def test_gateways_and_workers_wait_for_the_migration(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "balancer": {"condition": "service_started"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize("name", ["migrate", "gateway-1", "gateway-2", "worker-1", "worker-2"])
def test_all_have_the_same_settings_and_they_are_good_ones(name: str) -> None:
    settings = settings_of(name)

    assert settings == settings_of("gateway-1")
    assert (settings.embedded, settings.alone) == (False, False)
    assert settings.database_url == f"postgresql+asyncpg://heliograph:{'5a' * 32}@postgres:5432/heliograph"
    assert settings.redis_url == f"redis://:{'5a' * 32}@redis:6379/0"
    assert settings.admin_token is not None
    assert settings.allowed_hosts == {f"127.0.0.1:{understood(SERVICES['simulator']['command'])['port']}"}


def test_gateways_take_events_and_do_not_work_and_only_the_balancer_is_published() -> None:
    gateways = [understood(SERVICES[name]["command"]) for name in ("gateway-1", "gateway-2")]

    assert [(one["worker"], one["host"]) for one in gateways] == [(False, "127.0.0.1")] * 2
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["balancer"]
    assert SERVICES["balancer"]["ports"] == ["127.0.0.1:8080:8080", "127.0.0.1:4010:4010"]
    assert {one["network_mode"] for one in OURS.values()} == {"service:balancer"}


def test_the_balancer_knows_each_gateway_and_asks_whether_it_is_ready() -> None:
    said = (DOCKER / "haproxy.cfg").read_text()
    gateways = {
        name: f"127.0.0.1:{understood(SERVICES[name]['command'])['port']}"
        for name in ("gateway-1", "gateway-2")
    }

    assert dict(re.findall(r"^  server (\S+) (\S+)$", said, re.MULTILINE)) == gateways
    assert "http-check send meth GET uri /readyz" in said
    assert "bind :8080" in said
    assert "retry-on" not in said, "a request that reached a gateway is not repeated"


def test_what_must_not_be_lost_is_kept_and_what_may_be_is_not() -> None:
    postgres, redis = SERVICES["postgres"], SERVICES["redis"]
    given = dict(word.split("=") for word in postgres["command"] if "=" in word)

    assert given["synchronous_commit"] == "on"
    assert given.keys().isdisjoint({"fsync", "full_page_writes"})
    assert given["timezone"] == "UTC"
    assert int(given["max_connections"]) >= (4 + 1) * 21 + 3
    assert postgres["volumes"] == ["postgres:/var/lib/postgresql/data"]
    assert "postgres" in COMPOSE["volumes"]
    assert "--save '' --appendonly no" in redis["command"][-1]
    assert "--maxmemory-policy noeviction" in redis["command"][-1]
    assert "volumes" not in redis


def test_no_secret_is_written_down_and_each_is_asked_for() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))

    assert asked == set(SECRETS)
    assert set(re.findall(r"\$\{(\w+)", TEXT)) - asked == {f"{PREFIX}PUBLIC_URL"}
    readme = (DOCKER / "README.md").read_text()
    assert f"for name in {' '.join(SECRETS)}; do" in readme
    assert "/docker/.env" in (DOCKER.parent / ".gitignore").read_text().splitlines()


def test_compose_understands_it() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("docker compose is not installed")

    said = subprocess.run(
        ["docker", "compose", "-f", str(DOCKER / "compose.yaml"), "config", "--quiet"],
        env=os.environ | dict.fromkeys(SECRETS, "5a" * 32),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.stderr, said.returncode) == ("", 0)


def test_haproxy_understands_its_part() -> None:
    haproxy = shutil.which("haproxy")
    if haproxy is None:
        pytest.skip("haproxy is not installed")

    said = subprocess.run(
        [haproxy, "-c", "-q", "-f", str(DOCKER / "haproxy.cfg")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.stderr, said.returncode) == ("", 0)
