"""Exports of consent as data: by which columns one is known, which of them says what, and which of its words are a yes or a no."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from destinations.kit.consent_words import Said, opt_in_says
from destinations.kit.enums import Channel

Columns = Mapping[str, Sequence[str]]
"""The name of each column, and how it is written in a header or as a path of JSON: without case, blanks, `_`, `-` and dots."""


@dataclass(frozen=True, slots=True)
class ConsentStatement:
    """One thing that a row says, by the names of columns: the `status`, and to which `channel`.

    No `status`: a time of the first column of `at` is a no, as in a list of stops. No `channel`: the column `channel` says it. Of several columns for
    the time (`at`) a yes counts from the earliest and a no from the latest. A yes is none where the column `unless` says no. `evidence` is
    what shows it.
    """

    status: str | None
    channel: Channel | None = None
    at: Sequence[str] = ()
    sender: str | None = None
    unless: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    says: Callable[[object], Said] = opt_in_says


@dataclass(frozen=True, slots=True)
class ConsentList:
    """A list that a row has, each entry of which says something: how the list is written, its columns, and what an entry says. An entry
    without the column `phone` is about the row's number.
    """

    written: Sequence[str]
    columns: Columns
    statement: ConsentStatement


@dataclass(frozen=True, slots=True)
class ConsentExport:
    """What one system exports of consent. Its number stands in the column `phone`.

    It is `known_by` any of these sets of columns. `packed` are columns whose cell is JSON. `channel` is that of rows which say none, where
    nobody says another. `own_stops`: its noes are the people's own stops. `is_strict`: a row that says nothing is a bad one, and none that
    was never asked. `needs` says in words what it has to have, and how one gets that.
    """

    name: str
    title: str
    needs: str
    columns: Columns
    known_by: Sequence[frozenset[str]] = ()
    statements: Sequence[ConsentStatement] = ()
    lists: Mapping[str, ConsentList] = field(default_factory=dict)
    packed: Sequence[str] = ()
    channel: Channel | None = None
    own_stops: bool = False
    is_strict: bool = False
