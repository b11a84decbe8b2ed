"""`heliograph pause` and `resume` over a store that may be served from."""

import re
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from gateway import pause_commands
from gateway.audit import FieldChange
from gateway.clock import ManualClock
from gateway.errors import StartupError
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.storage import audit, destinations, pauses
from gateway.storage.engine import Store
from gateway.workspace import Pause
from tests.factories import NOW, destination
from tests.gateway.storage.test_pauses import due, hold

SECRETS = Secrets(["a key of the tests' own"])


class Terminal:
    """The commands on a store with two destinations, and what they print."""

    def __init__(self, store: Store, address: str, folder: Path, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self._settings = Settings(data_dir=folder, database_url=address)

    async def pause(
        self, destination: str | None = None, note: str | None = None, space: str = "default"
    ) -> str:
        with StringIO() as printed:
            await pause_commands.pause(
                self._settings,
                Console(file=printed, width=120),
                destination_id=destination,
                space=space,
                note=note,
                clock=self.clock,
            )
            return printed.getvalue()

    async def resume(self, destination: str | None = None, space: str = "default", width: int = 120) -> str:
        with StringIO() as printed:
            console = Console(file=printed, width=width)
            await pause_commands.resume(
                self._settings, console, destination_id=destination, space=space, clock=self.clock
            )
            return printed.getvalue()


@pytest.fixture
async def terminal(store: Store, address: str, tmp_path: Path, clock: ManualClock) -> Terminal:
    for one in (destination(), destination(id="dst_card", name="Card [x]")):
        await store.write(partial(destinations.add, destination=one, secrets=SECRETS))
    return Terminal(store, address, tmp_path, clock)


def rows(printed: str) -> list[list[str]]:
    """The cells of a table that was printed."""
    return [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in printed.splitlines()
        if line.startswith("│")
    ]


async def test_a_destination_is_paused_and_what_to_type_then_is_said(terminal: Terminal) -> None:
    said = await terminal.pause("dst_paper", note="The campaign was wrong.")

    assert said == (
        "The destination Paper is paused: what comes is matched and waits, and nothing is lost.\n"
        "Let it go on with: heliograph resume --destination dst_paper\n"
    )
    kept = await terminal.store.read(lambda c: destinations.get(c, "dst_paper", SECRETS))
    assert kept is not None
    assert kept.pause == Pause(NOW, "the command line", "The campaign was wrong.")


async def test_what_waits_is_shown_and_goes_on(terminal: Terminal) -> None:
    await terminal.pause("dst_paper")
    for number, until in ((1, 50), (2, 100)):
        await terminal.store.write(partial(hold, delivery_id=f"dlv_{number}", made=number, until=until))
    terminal.clock.advance(60)

    said = await terminal.resume("dst_paper")

    assert rows(said) == [["Paper", "dst_paper", "2", "1", "59"]]
    assert said.endswith(
        "The destination Paper goes on, the oldest first. What is too old for its mapping is EXPIRED, and not sent.\n"
    )
    assert await due(terminal.store, 60) == ["dlv_1", "dlv_2"]


async def test_a_whole_space_is_paused_and_goes_on_but_for_what_is_paused_itself(terminal: Terminal) -> None:
    paused = await terminal.pause()
    await terminal.pause("dst_card")
    await terminal.store.write(lambda c: hold(c, "dlv_1"))
    await terminal.store.write(lambda c: hold(c, "dlv_2", of="dst_card"))

    said = await terminal.resume()

    assert paused == (
        "The whole space default is paused: what comes is matched and waits, and nothing is lost.\n"
        "Let it go on with: heliograph resume --space default\n"
    )
    assert rows(said) == [["Paper", "dst_paper", "1", "0", "0"]]
    assert await due(terminal.store, 10) == ["dlv_1"]


async def test_a_destination_whose_space_is_paused_too_waits_for_that(terminal: Terminal) -> None:
    await terminal.pause()
    await terminal.pause("dst_card")
    await terminal.store.write(lambda c: hold(c, "dlv_1", of="dst_card"))

    said = await terminal.resume("dst_card")

    assert rows(said) == [["Card [x]", "dst_card", "1", "0", "0"]]
    assert said.endswith(
        "The destination Card [x] is not paused itself any more, but its whole space is: heliograph resume --space default\n"
    )
    assert await due(terminal.store, 10) == []


async def test_what_is_paused_already_or_not_paused_or_not_there_is_refused(terminal: Terminal) -> None:
    for command, said in (
        (terminal.resume("dst_paper"), "The destination Paper is not paused. Nothing was changed."),
        (terminal.resume(), "The whole space default is not paused. Nothing was changed."),
        (
            terminal.pause("dst_none"),
            "There is no destination dst_none. Nothing was changed. Ask GraphQL for",
        ),
        (
            terminal.resume("dst_none"),
            "There is no destination dst_none. Nothing was changed. Ask GraphQL for",
        ),
    ):
        with pytest.raises(StartupError, match=re.escape(said)):
            await command
    await terminal.pause("dst_paper", note="first")
    await terminal.pause(note="first")

    with pytest.raises(
        StartupError, match=re.escape("The destination Paper is paused already. Nothing was changed.")
    ):
        await terminal.pause("dst_paper", note="second")
    with pytest.raises(
        StartupError, match=re.escape("The whole space default is paused already. Nothing was changed.")
    ):
        await terminal.pause(note="second")

    kept = await terminal.store.read(lambda c: destinations.get(c, "dst_paper", SECRETS))
    assert kept is not None
    assert kept.pause is not None
    assert kept.pause.note == "first"
    of_space = await terminal.store.read(lambda c: pauses.of_space(c, "default"))
    assert of_space is not None
    assert of_space.note == "first"


async def test_the_id_of_what_goes_on_is_whole_in_a_narrow_terminal(terminal: Terminal) -> None:
    long = destination(id="dst_0123456789abcdef0123456789abcdef", name="Long")
    await terminal.store.write(partial(destinations.add, destination=long, secrets=SECRETS))
    await terminal.pause(long.id)

    said = await terminal.resume(long.id, width=80)

    assert rows(said) == [["Long", "dst_0123456789abcdef0123456789abcdef", "0", "0", ""]]


@pytest.mark.parametrize("space", ["", "defualt"])
async def test_a_space_without_destinations_is_not_taken_for_paused(terminal: Terminal, space: str) -> None:
    said = f'There is no destination in a space "{space}"; there are some in default. Nothing was changed.'

    with pytest.raises(StartupError, match=re.escape(said)):
        await terminal.pause(space=space)

    assert await terminal.store.read(lambda c: pauses.of_space(c, space)) is None


async def test_a_note_or_a_name_that_can_not_be_kept_is_refused(terminal: Terminal) -> None:
    for command, said in (
        (
            terminal.pause(note="x" * 1001),
            "The note has 1001 characters; at most 1000 are kept. Nothing was changed. Shorten it.",
        ),
        (terminal.pause(note="\udcff"), '"?" is no text in UTF-8. Nothing was changed. Type it anew.'),
        (terminal.pause("dst_\udcff"), '"dst_?" is no text in UTF-8. Nothing was changed. Type it anew.'),
        (
            terminal.resume(space="\udcff"),
            '"?" is no text in UTF-8. Nothing was changed. Type it anew.',
        ),
    ):
        with pytest.raises(StartupError, match=re.escape(said)):
            await command

    assert await terminal.store.read(lambda c: pauses.of_space(c, "default")) is None


async def test_each_pause_and_its_end_is_in_the_audit_log_once(terminal: Terminal) -> None:
    await terminal.pause("dst_paper", note="Sale")
    await terminal.resume("dst_paper")
    await terminal.pause()
    with pytest.raises(StartupError, match="paused already"):
        await terminal.pause()
    await terminal.resume()

    page = await terminal.store.read(lambda c: audit.page(c, "default", None, 10, None))

    begun, ended = FieldChange("paused", "false", "true"), FieldChange("paused", "true", "false")
    assert {one.actor for one in page.items} == {"the command line"}
    assert {(one.action, one.target_id, one.changes) for one in page.items} == {
        ("destinationPause", "dst_paper", (FieldChange("note", None, "Sale"), begun)),
        ("destinationResume", "dst_paper", (ended,)),
        ("sendingPause", None, (begun,)),
        ("sendingResume", None, (ended,)),
    }
    assert len(page.items) == 4
