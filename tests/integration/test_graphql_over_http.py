"""The audits that the reference implementation of GraphQL over HTTP has for servers, against a real one."""

import json
from collections import Counter

from tests.integration import on_node
from tests.integration.system import System

KINDS = {"MUST": 13, "SHOULD": 23, "MAY": 25}


def test_every_audit_of_graphql_over_http_passes(served: System) -> None:
    results = json.loads(on_node.run("audits.js", f"{served.url}/graphql", served.token))

    failed = {result["name"]: result["reason"] for result in results if result["status"] != "ok"}
    kinds = Counter(result["name"].partition(" ")[0] for result in results)
    assert failed == {}
    assert kinds == KINDS, kinds
