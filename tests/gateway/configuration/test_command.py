"""Who is asked, what a program is told, and where a key goes that is shown once."""

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from gateway.configuration import show
from gateway.configuration.command import asked
from gateway.configuration.keeping import kept
from gateway.errors import StartupError
from tests.gateway.configuration.conftest import ENVIRON, Gateway, quiet, text_of, written


@pytest.mark.parametrize(
    ("answers", "questions"),
    [
        ([False], ["Do this?"]),
        ([True, False], ["Do this?", "Delete 1 source, 1 destination, 1 mapping for good?"]),
    ],
)
async def test_a_no_leaves_everything_as_it_is(
    gateway: Gateway, small: Path, tmp_path: Path, answers: list[bool], questions: list[str]
) -> None:
    await gateway.apply(small)
    nothing = written(tmp_path / "nothing", {"a.txt": ""})
    heard: list[str] = []

    def ask(question: str) -> bool:
        heard.append(question)
        return answers[len(heard) - 1]

    with pytest.raises(StartupError, match="Nothing was done"):
        await gateway.files(nothing).apply(quiet(), ask, gateway.secrets.__setitem__, prune=True)

    assert heard == questions
    assert await gateway.counts() == (1, 1, 1)


def test_where_nobody_can_be_asked_yes_has_to_be_said() -> None:
    assert asked(quiet(), yes=True)("Do this?")
    with pytest.raises(StartupError, match=r"There is nobody to ask here\. Nothing was done\. Say --yes"):
        asked(quiet(), yes=False)("Do this?")


async def test_a_program_is_told_the_whole_plan_and_no_secret(gateway: Gateway, small: Path) -> None:
    found = await gateway.files(small).planned(verify=False)

    told = json.loads(show.as_json(found.plan, "http://heliograph.test", found.standing.space))

    assert {name: one for name, one in told.items() if name != "changes"} == {
        "url": "http://heliograph.test",
        "space": "default",
        "fingerprint": found.plan.fingerprint,
        "unchanged": 0,
        "unnamed": [],
    }
    source, destination, mapping = told["changes"]
    assert source == {
        "do": "make",
        "kind": "source",
        "name": "Shop",
        "destination": None,
        "id": None,
        "revision": None,
        "fields": [
            {"path": ["trust"], "before": None, "after": "SERVER"},
            {"path": ["enabled"], "before": None, "after": True},
            {"path": ["smsOptInTrait"], "before": None, "after": "sms_opt_in"},
            {"path": ["whatsappOptInTrait"], "before": None, "after": "whatsapp_opt_in"},
            {"path": ["pathKeyAllowed"], "before": None, "after": False},
            {"path": ["destinations"], "before": None, "after": ["Pigeons"]},
        ],
    }
    assert {"path": ["settings", "seal"], "before": None, "after": {"reference": "env:SEAL"}} in destination[
        "fields"
    ]
    assert (mapping["name"], mapping["destination"]) == ("Notes", "Pigeons")
    assert ENVIRON["SEAL"] not in json.dumps(told)


def test_a_key_is_shown_at_a_terminal(tmp_path: Path) -> None:
    console = Console(file=StringIO(), force_terminal=True, width=80)

    kept(console, None, tmp_path / "none")("write key of source [bold]", "hwk_1")

    assert text_of(console) == "The write key of source [bold], shown this once: hwk_1\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("named", [True, False])
def test_a_key_is_added_to_a_file_that_its_owner_alone_reads(tmp_path: Path, named: bool) -> None:
    file = tmp_path / "some" / "keys"
    console = Console(file=StringIO(), force_terminal=named, width=80)
    keep = kept(console, file if named else None, file)
    assert list(tmp_path.iterdir()) == []

    keep("write key of source A", "hwk_1")
    keep("write key of source B", "hwk_2")

    assert file.read_text() == "write key of source A: hwk_1\nwrite key of source B: hwk_2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "hwk_" not in text_of(console)


def test_a_file_that_can_not_keep_it_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")

    for name in ("folder", "link", "dangling", "file/keys"):
        with pytest.raises(StartupError, match=r"can't be kept in .*Nothing was done"):
            kept(quiet(), tmp_path / name, tmp_path / "other")


def test_a_key_that_could_not_be_kept_is_not_shown(tmp_path: Path) -> None:
    keep = kept(quiet(), tmp_path / "keys", tmp_path / "other")
    (tmp_path / "keys").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StartupError, match="Have a new one made: by sourceKeyRotate") as error:
        keep("write key of source A", "hwk_1")

    assert "hwk_1" not in str(error.value)
    assert not (tmp_path / "elsewhere").exists()
