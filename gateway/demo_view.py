"""How the demo shows what became of each event: stacked lines, which an 80-column terminal has room for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from destinations.kit import DemoPromise

REMEDY = 240
"""Characters of a remedy that are shown; the page has all of it."""


@dataclass(slots=True)
class Row:
    """One promised Delivery, and what is seen of it. `story` is empty but for the first of a story."""

    who: str
    story: str
    promise: DemoPromise
    seen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        promise, seen = self.promise, self.seen
        return (
            seen.get("status") == promise.status
            and (promise.message_status is None or seen.get("messageStatus") == promise.message_status)
            and (promise.reason is None or seen.get("reason") == promise.reason)
            and (promise.error_code is None or seen.get("errorCode") == promise.error_code)
        )


def shown(rows: Sequence[Row], texts: Mapping[str, str]) -> Group:
    """Every story with its Deliveries. `texts` are what arrived, by the id of the message."""
    lines: list[RenderableType] = [Text("What became of each event", style="bold")]
    explained: set[str] = set()
    for row in rows:
        if row.story:
            explained = set()
            lines += [Text(), Text.assemble((row.who, "bold"), " ", row.story)]
        lines += _lines(row, texts, explained)
    return Group(*lines, Text())


def _lines(row: Row, texts: Mapping[str, str], explained: set[str]) -> list[RenderableType]:
    """One Delivery; what is to be done about it once a story."""
    seen = row.seen
    event = seen.get("event") or {}
    what = event.get("name") or event.get("type") or row.promise.mapping
    said = [seen.get(name) for name in ("status", "messageStatus", "reason", "errorCode")]
    colour = "green" if row.kept and row.promise.message_status else "yellow" if row.kept else "dim"
    head = Text.assemble(
        f"{what} → ",
        (" ".join(word for word in said if word) or "waiting", colour),
        *([f"  {_channel(seen)} to {seen['recipient']}"] if seen.get("recipient") else []),
    )
    found: list[RenderableType] = [Padding(head, (0, 0, 0, 2))]
    text = texts.get(seen.get("messageSid") or "")
    if text:
        found.append(_beneath(Text(f"“{text}”", style="italic")))
    if seen and not seen.get("messageSid"):
        why = _why(seen)
        found.append(_beneath(Text(why)) if why not in explained else _beneath(Text("as above", style="dim")))
        remedy = seen.get("remedy")
        if remedy and why not in explained:
            found.append(_beneath(Text.assemble(("mend: ", "dim"), _shortened(remedy))))
        explained.add(why)
    return found


def _channel(seen: Mapping[str, Any]) -> str:
    return "WhatsApp" if seen.get("channel") == "WHATSAPP" else "SMS"


def _beneath(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 6))


def _why(seen: Mapping[str, Any]) -> str:
    """The gate that stopped it, or what the provider said."""
    if seen.get("errorMessage") and seen["status"] == "REJECTED":
        return str(seen["errorMessage"])
    failed = next((gate for gate in seen.get("explanation") or () if not gate["passed"]), None)
    return "" if failed is None else f"{failed['gate']}: {failed['detail'] or ''}".strip()


def _shortened(remedy: str) -> str:
    """A remedy in a few lines, ending with a sentence where it can."""
    words = " ".join(remedy.split())
    if len(words) <= REMEDY:
        return words
    ends = [one.end() for one in re.finditer(r"\.(?= )", words[:REMEDY])]
    cut = ends[-1] if ends else words.rfind(" ", 0, REMEDY)
    return f"{words[:cut]} … (all of it on the page)"
