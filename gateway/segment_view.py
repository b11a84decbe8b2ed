"""What `heliograph import segment` shows: the plan as tables, what was made, what was verified, and what to do next."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.moving.exported import Export

Item = Mapping[str, Any]

_SETTING: Final = "setting "


def say(console: Console, text: str, style: str = "") -> None:
    """A line, as long as it is."""
    console.print(Text(text, style), soft_wrap=True)


def missed(export: Export) -> list[Item]:
    """What of the files was not sent, as items of a plan."""
    return [{"from": one.at, "becomes": None, "difference": one.why, "lost": True} for one in export.missed]


def is_question(one: Item) -> bool:
    """Whether an item is something to be said."""
    return bool(one["from"] == one["becomes"])


def is_made(one: Item) -> bool:
    """Whether it is something that is to be made, or is here."""
    return one["becomes"] is not None and not one["from"].startswith(_SETTING) and not is_question(one)


def show_plan(console: Console, items: Sequence[Item]) -> None:
    """What becomes what, what needs an answer, what differs, and what is lost."""
    _table(
        console,
        "What becomes what",
        ("at Segment", "here"),
        [(one["from"], one["becomes"]) for one in items if one["becomes"] and not is_question(one)],
    )
    _table(
        console,
        "What needs an answer",
        ("what", ""),
        [(one["from"], one["difference"]) for one in items if is_question(one)],
    )
    _table(
        console,
        "What differs, or is to be known",
        ("what", ""),
        [
            (one["from"], one["difference"])
            for one in items
            if one["difference"] and not one["lost"] and not is_question(one)
        ],
    )
    _table(
        console,
        "What is lost",
        ("what", "why"),
        [(one["from"], one["difference"] or "") for one in items if one["lost"]],
    )


def _table(console: Console, title: str, heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> None:
    listed = list(rows)
    if not listed:
        return
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE, show_header=any(heads)
    )
    table.add_column(heads[0], overflow="fold", max_width=22 if heads[0] == "what" else None)
    table.add_column(heads[1], overflow="fold")
    before = None
    for first, second in listed:
        table.add_row(Text("" if first == before else first), Text(second))
        before = first
    console.print(table)


def show_result(console: Console, result: Mapping[str, Any]) -> None:
    """What was made, and what was not."""
    _table(console, "Made", ("what", "its id"), [(_named(one), one["id"]) for one in result["made"]])
    if result["unchanged"]:
        say(console, f"Unchanged: {', '.join(_named(one) for one in result['unchanged'])}.")
    left = [one for one in result["left"] if one["id"] is not None]  # what is lost was shown with the plan
    _table(console, "Left as it is", ("what", "why"), [(_named(one), one["why"]) for one in left])


def _named(one: Mapping[str, Any]) -> str:
    return f'{one["kind"]} "{one["name"]}"'


def show_verification(console: Console, answer: Mapping[str, Any]) -> None:
    """Each check, and what to do about those that failed."""
    destination = answer["destination"]
    if destination is None:
        say(console, " ".join(one["message"] for one in answer["errors"]), "red")
        return
    say(console, f"{destination['name']} ({destination['id']}) is {destination['status']}.", "bold")
    checks = (destination["lastVerification"] or {}).get("checks", ())
    for one in checks:
        sign, style = ("✓", "green") if one["passed"] else ("✗", "red")
        line = Text(f"  {sign} ", style)
        line.append(" ".join(filter(None, (one["name"], one["message"]))), "default")
        console.print(line)
        if not one["passed"] and one["remedy"]:
            say(console, f"    {one['remedy']}")  # on one line, to be pasted


def show_next(console: Console, url: str, *, is_connected: bool) -> None:
    """What is left to do at Segment."""
    say(console, "")
    say(console, "Next:", "bold")
    if not is_connected:
        say(console, "- Connect a source of yours to it: sourceConnect(input: {sourceId, destinationId}).")
    say(
        console,
        f"- Have Segment send its events to {url}/v1/events, with the write key as the user of Basic; if the world knows this gateway by "
        "another address, that one. docs/segment-as-a-source.md has the steps.",
    )
    say(console, "- Bring consent along: heliograph import consent FILE.")
    say(
        console, "- Switch the destination off at Segment once texts go out here: until then people get both."
    )
