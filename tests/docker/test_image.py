"""The image, as far as it can be looked at without building it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import PREFIX, Settings
from tests.docker.files import DOCKER, ROOT, command, is_pinned, stages, understood

DOCKERFILE = (DOCKER / "Dockerfile").read_text()
STAGES = stages(DOCKERFILE)
FINAL = STAGES[-1]


def test_each_image_is_one_release() -> None:
    named = {stage.name for stage in STAGES}
    images = [stage.image for stage in STAGES if stage.image not in named]

    assert [image for image in images if not is_pinned(image)] == []
    assert {image for image in images if image.startswith("python")} == {FINAL.image}


def test_it_does_not_run_as_root_and_says_so_in_numbers() -> None:
    assert FINAL.last("USER") == "10001:10001"
    assert FINAL.steps[-1][0] == "CMD"


def test_nothing_that_builds_is_left_in_it() -> None:
    copied = list(FINAL.all("COPY"))
    ran = " ".join(FINAL.all("RUN"))

    assert copied == ["--from=site /opt/heliograph /opt/heliograph"]
    assert re.findall(r"npm|node|gcc|apt-get|pip install", ran) == []
    assert "pip uninstall --yes pip" in ran


def test_what_a_stage_takes_from_another_is_there() -> None:
    for number, stage in enumerate(STAGES):
        before = {one.name for one in STAGES[:number]}
        taken = {match.group(1) for said in stage.all("COPY") for match in re.finditer(r"--from=(\S+)", said)}
        assert taken <= before


def test_what_it_takes_from_the_repository_is_there_and_in_its_context() -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    taken = {
        word
        for stage in STAGES
        for said in stage.all("COPY")
        if not said.startswith("--from")
        for word in said.split()[:-1]
    }

    assert {word.partition("/")[0] for word in taken} == {
        "gateway",
        "destinations",
        "mappings",
        "pyproject.toml",
        "requirements.lock",
        "README.md",
        "LICENSE",
    }
    assert [word for word in taken if not (ROOT / word).exists()] == []
    assert ignored[0] == "*"
    assert {f"!{word.partition('/')[0]}" for word in taken} <= set(ignored)


def test_what_builds_it_is_what_the_lock_has() -> None:
    [version] = re.findall(r"hatchling==([\d.]+)", DOCKERFILE)

    assert f"\nhatchling=={version} " in (ROOT / "requirements-dev.lock").read_text()


def test_it_serves_where_it_is_asked_how_it_is() -> None:
    served = understood(command(FINAL.last("CMD")))

    assert (served["command"], served["host"], served["worker"]) == ("serve", "0.0.0.0", True)
    assert f"http://127.0.0.1:{served['port']}/readyz" in FINAL.last("HEALTHCHECK")
    assert FINAL.last("EXPOSE") == str(served["port"])


def test_each_variable_it_sets_is_a_setting() -> None:
    named = re.findall(rf"({PREFIX}\w+)=(\S+)", " ".join(FINAL.all("ENV")))

    assert dict(named) == {"HELIOGRAPH_DATA_DIR": "/data", "HELIOGRAPH_LOG_FORMAT": "json"}
    settings = Settings.from_environ(dict(named))
    assert settings.data_dir == Path("/data")


def test_a_linter_has_nothing_to_say() -> None:
    beside = Path(sys.executable).parent / "hadolint"
    linter = str(beside) if beside.exists() else shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed")

    said = subprocess.run(
        [linter, "--failure-threshold", "info", str(DOCKER / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.stdout, said.returncode) == ("", 0)
