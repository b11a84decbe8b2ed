"""The page for Kubernetes, against the program that it starts."""

import re
from typing import Any

import pytest

from gateway.settings import Settings, unknown
from tests.docker.files import DOCKER, documents, is_pinned, stages, understood

PAGE = (DOCKER / "README.md").read_text()
[_YAML] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
OBJECTS = documents(_YAML)
WORKLOADS = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] in {"Job", "Deployment"}}
DEPLOYMENTS = {name: one for name, one in WORKLOADS.items() if one["kind"] == "Deployment"}
[USER] = [stage.last("USER") for stage in stages((DOCKER / "Dockerfile").read_text())[-1:]]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for one in OBJECTS if one["kind"] == kind]


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = WORKLOADS[name]["spec"]["template"]["spec"]
    return found


def container(name: str) -> dict[str, Any]:
    [found] = pod(name)["containers"]
    return dict(found)


def test_it_is_what_a_cluster_needs_and_no_more() -> None:
    assert [(one["kind"], one["metadata"]["name"]) for one in OBJECTS] == [
        ("Secret", "heliograph"),
        ("ConfigMap", "heliograph"),
        ("Job", "heliograph-migrate-0-1-0"),
        ("Deployment", "heliograph-gateway"),
        ("Deployment", "heliograph-worker"),
        ("Service", "heliograph"),
        ("PodDisruptionBudget", "heliograph-gateway"),
        ("PodDisruptionBudget", "heliograph-worker"),
    ]


def test_what_it_sets_are_settings_of_several_processes() -> None:
    [secret], [plain] = of_kind("Secret"), of_kind("ConfigMap")
    given = {**secret["stringData"], **plain["data"]}

    assert unknown(given) == []
    settings = Settings.from_environ(given)

    assert (settings.embedded, settings.alone) == (False, False)
    assert settings.admin_token is not None
    assert settings.secret_keys != ()
    secret_ones = {
        "HELIOGRAPH_DATABASE_URL",
        "HELIOGRAPH_REDIS_URL",
        "HELIOGRAPH_SECRET_KEYS",
        "HELIOGRAPH_ADMIN_TOKEN",
    }
    assert set(secret["stringData"]) == secret_ones


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_process_is_given_them_and_may_write_and_rise_nowhere(name: str) -> None:
    one, around = container(name), pod(name)["securityContext"]

    assert one["envFrom"] == [{"secretRef": {"name": "heliograph"}}, {"configMapRef": {"name": "heliograph"}}]
    assert one["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert around["runAsNonRoot"] is True
    assert f"{around['runAsUser']}:{around['runAsGroup']}" == USER
    assert [mount["mountPath"] for mount in one["volumeMounts"]] == ["/tmp"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_image_is_one_release_and_the_same(name: str) -> None:
    assert is_pinned(container(name)["image"])
    assert len({container(one)["image"] for one in WORKLOADS}) == 1


def test_each_command_is_one() -> None:
    read = {name: understood(container(name)["args"]) for name in WORKLOADS}

    assert read["heliograph-migrate-0-1-0"]["command"] == "migrate"
    assert (read["heliograph-gateway"]["command"], read["heliograph-gateway"]["worker"]) == ("serve", False)
    assert read["heliograph-worker"]["command"] == "worker"
    assert {read[name]["host"] for name in DEPLOYMENTS} == {"0.0.0.0"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_is_asked_where_it_listens(name: str) -> None:
    one = container(name)

    assert one["ports"] == [{"name": "http", "containerPort": understood(one["args"])["port"]}]
    asked = {
        probe: (one[probe]["httpGet"]["path"], one[probe]["httpGet"]["port"])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert asked == {
        "startupProbe": ("/healthz", "http"),
        "livenessProbe": ("/healthz", "http"),
        "readinessProbe": ("/readyz", "http"),
    }


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_two_of_each_run_and_one_is_always_left(name: str) -> None:
    spec = DEPLOYMENTS[name]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    [budget] = [one for one in of_kind("PodDisruptionBudget") if one["metadata"]["name"] == name]

    assert spec["replicas"] == 2
    assert spec["selector"]["matchLabels"] == labels == DEPLOYMENTS[name]["metadata"]["labels"]
    assert budget["spec"] == {"minAvailable": 1, "selector": {"matchLabels": labels}}


def test_the_service_leads_to_the_gateways_alone() -> None:
    [service] = of_kind("Service")

    assert service["spec"]["selector"] == DEPLOYMENTS["heliograph-gateway"]["spec"]["selector"]["matchLabels"]
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]


def test_the_steps_name_what_is_there() -> None:
    assert set(re.findall(r"(?:job|deployment)/(\S+)", PAGE)) == set(WORKLOADS)
