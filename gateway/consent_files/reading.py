"""How a file of consent is read: which export it is, and which of its columns says what. It is told of a file before it is imported."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

from destinations.kit import Channel, ConsentExport, Said
from gateway.consent_files.exports import COLUMNS, PLAIN
from gateway.consent_files.rows import (
    LONGEST_CELL,
    CellError,
    Told,
    cells_of,
    masked,
    object_of,
    record_at,
    spelled,
    unpack,
)
from gateway.phones import masked as masked_number
from gateway.spec import iso
from gateway.times import parse_time

BLANK_LINES: Final = 100
"""So many blank lines may stand before the header."""

SAMPLE: Final = 100
"""By how many rows it is told what a file is, and what stands in its columns."""

_DELIMITERS = (",", ";", "\t")
_MOST_LEFT = 100


class Column(msgspec.Struct, frozen=True):
    """A column of a file: how it is named there, what it is read as, and what stands in it, of a number the last two digits."""

    column: str
    reads: str
    example: str | None = None


class Reading(msgspec.Struct, frozen=True):
    """How a file is read: where each column stands, by its name, of how many, and how many lines the header ends behind. `left` are
    columns that nobody reads. `given`: it has no header, since the rows were given with the call. `export` is the name of the export that
    it is, and `why` it is taken for that. `channel` is that of rows which say none, as it was asked for.
    """

    columns: Mapping[str, int]
    width: int = 0
    delimiter: str = ","
    begins: int = 0
    left: Sequence[str] = ()
    given: bool = False
    export: str = PLAIN.name
    is_json: bool = False
    channel: str | None = None
    shown: Sequence[Column] = ()
    why: str = ""

    def kept(self) -> dict[str, Any]:
        """The same as JSON."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        return told


GIVEN: Final = Reading(
    {name: place for place, name in enumerate(COLUMNS)}, len(COLUMNS), given=True, why="the rows were given"
)
"""How rows are read that were given with a call: each has every column."""


class HeaderError(ValueError):
    """A file that does not say what its columns are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said of a file: which export it is, and which channel its rows are about where they do not say it."""

    export: str | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """The columns that a file has, by their spelling as they are written, and its first rows."""

    names: Mapping[str, str]
    lists: Mapping[str, frozenset[str]]
    rows: Sequence[Told]
    cells: Sequence[str] = ()
    delimiter: str = ","
    begins: int = 0
    is_json: bool = False


def reading(
    lines: Iterable[str], known: Mapping[str, ConsentExport] | None = None, asked: Asked | None = None
) -> Reading:
    """How the file of these lines is read, among the exports that are known. Raises HeaderError."""
    known, asked = known or {PLAIN.name: PLAIN}, asked or Asked()
    if asked.export is not None and asked.export not in known:
        raise HeaderError(f"There is no export {masked(asked.export[:40])!r}. Say one of {', '.join(known)}.")
    few = iter(lines)
    for place, line in enumerate(islice(few, BLANK_LINES)):
        if line.strip():
            return _read(line, few, place + 1, known, asked)
    raise HeaderError("It has no header: the first line names the columns, such as phone,channel,status,at.")


def _read(
    line: str, behind: Iterable[str], begins: int, known: Mapping[str, ConsentExport], asked: Asked
) -> Reading:
    if line.lstrip()[:1] in ("{", "["):
        head = _of_json([line, *islice(behind, SAMPLE - 1)])
    else:
        if len(line) > LONGEST_CELL * len(COLUMNS):
            raise HeaderError(
                f"Its first line has {len(line)} characters, which is no header. Begin with one that names the columns."
            )
        head = _of_csv(line.rstrip("\n"), list(islice(behind, SAMPLE)), begins, known)
    export, why = _which(head, known, asked)
    columns = _columns(head, export)
    _check(head, export, columns, asked.channel)
    taken = {one for written in (*export.columns.values(), export.packed) for one in written}
    taken |= {one for many in export.lists.values() for one in many.written}
    left = [name for path, name in head.names.items() if path not in taken]
    return Reading(
        columns={**columns, **_packed(head, export)} if not head.is_json else {},
        width=len(head.cells),
        delimiter=head.delimiter,
        begins=head.begins,
        left=[masked(one[:200]) for one in left if one][:_MOST_LEFT],
        export=export.name,
        is_json=head.is_json,
        channel=None if asked.channel is None else asked.channel.value,
        shown=_shown(head, export),
        why=why,
    )


# -- what it has -----------------------------------------------------------------------------------------------------------


def _of_csv(line: str, few: Sequence[str], begins: int, known: Mapping[str, ConsentExport]) -> _Head:
    names = {one for export in known.values() for many in export.columns.values() for one in many}
    found = {one: _split(line, one) for one in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda one: sum(spelled(cell) in names for cell in found[one]))
    cells = [cell.strip() for cell in found[delimiter]]
    rows, place = [], 0
    while place < len(few):
        record = record_at(few, place)
        place += len(record)
        told = dict(zip(map(spelled, cells), cells_of(record, delimiter) or (), strict=False))
        rows.append(Told({path: text.strip() for path, text in told.items()}))
    return _Head({spelled(one): one for one in cells}, {}, rows, cells, delimiter, begins)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        [cells] = csv.reader([line], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return []
    return cells


def _of_json(few: Sequence[str]) -> _Head:
    rows, trouble = [], ""
    for line in few:
        try:
            rows.append(object_of(line))
        except CellError as error:
            trouble = trouble or str(error)
    if not rows:
        raise HeaderError(
            f"Its first row can't be read. {trouble} Give a list of objects, or one on each line."
        )
    names: dict[str, str] = {}
    lists: dict[str, frozenset[str]] = {}
    for row in rows:
        names |= {path: row.written[path] for path in (*row.words, *row.lists)}
        for path, entries in row.lists.items():
            lists[path] = lists.get(path, frozenset()).union(*entries)
    return _Head(names, lists, rows, is_json=True)


def _has(head: _Head) -> frozenset[str]:
    return frozenset(head.names).union(*(row.groups for row in head.rows))


# -- which export it is ------------------------------------------------------------------------------------------------------


def _which(head: _Head, known: Mapping[str, ConsentExport], asked: Asked) -> tuple[ConsentExport, str]:
    if asked.export is not None:
        return known[asked.export], "it was said"
    has, found = _has(head), {}
    for name, one in known.items():
        sets = [some for some in one.known_by if some <= has]
        if sets:
            found[name] = ", ".join(masked(_written(head, path)) for path in sorted(sets[0]))
    if {"phone", "channel", "status"} <= set(_columns(head, PLAIN, twice=True)) and found:
        found[PLAIN.name] = "phone, channel, status"
    if len(found) > 1:
        which = "; ".join(f"{name} by {by}" for name, by in found.items())
        raise HeaderError(
            f"It may be the export of several: {which}. Say which it is (`from`, or --from {next(iter(found))})."
        )
    if not found:
        return PLAIN, "no export is known by its columns"
    [(name, by)] = found.items()
    return known[name], f"it has {by}"


def _columns(head: _Head, export: ConsentExport, *, twice: bool = False) -> dict[str, int]:
    """Where each column of the export stands. Raises HeaderError where one is there `twice`, unless that is asked."""
    written = {one: name for name, many in export.columns.items() for one in many}
    columns: dict[str, int] = {}
    places = enumerate(map(spelled, head.cells)) if not head.is_json else ((0, path) for path in head.names)
    for place, path in places:
        name = written.get(path)
        if name is None:
            continue
        if name in columns and not twice and not head.is_json:
            raise HeaderError(
                f"Its header has two columns for `{name}`, the second of which is the {place + 1}th. Leave one of them."
            )
        columns.setdefault(name, place)
    return columns


def _packed(head: _Head, export: ConsentExport) -> dict[str, int]:
    """Where a column stands whose cell is JSON, by its spelling."""
    wanted = {*export.packed, *(one for many in export.lists.values() for one in many.written)}
    return {path: place for place, path in enumerate(map(spelled, head.cells)) if path in wanted}


def _check(head: _Head, export: ConsentExport, columns: Mapping[str, int], channel: Channel | None) -> None:
    """Raises HeaderError where it has not what it needs, or where a channel is said that its rows say."""
    has = _has(head)
    open_ = [one for one in export.statements if one.channel is None]
    says_channel = "channel" in columns or not (open_ or export.lists)
    if channel is not None and says_channel:
        raise HeaderError(
            f"Which channel its rows are about, the file says itself. Leave {channel.value} (`channel`, or --channel) out."
        )
    if export.is_strict:
        missing = [name for name in ("phone", "status") if name not in columns]
        missing += ["channel"] if "channel" not in columns and channel is None else []
        _refuse_missing(
            head, export, columns, [one for one in ("phone", "channel", "status") if one in missing]
        )
        return
    lists = [one for one in export.lists.values() if set(one.written) & has]
    packed = [one for one in export.packed if one in has]
    states = [one for one in export.statements if (one.status or (one.at or ("",))[0]) in columns]
    phoned = "phone" in columns or any("phone" in one.columns for one in lists)
    if not phoned or not (states or lists or packed):
        there = masked(", ".join(name[:40] for name in list(head.names.values())[:20]))
        raise HeaderError(
            f"It is read as {export.title} and does not have what that needs: {export.needs}. It has {there or 'nothing'}. Export it with "
            f"these, or say what it is (`from`, or --from {PLAIN.name})."
        )


def _refuse_missing(
    head: _Head, export: ConsentExport, columns: Mapping[str, int], missing: Sequence[str]
) -> None:
    if not missing:
        return
    others = [name for path, name in head.names.items() if path not in _spellings(export)]
    there = ", ".join(name[:40] for name in [*columns, *(one for one in others if one)][:20])
    hint = (
        " Say SMS or WHATSAPP in each row: a yes for one is none for the other. Where all rows are about one, say it of the file (`channel`, "
        "or --channel SMS)."
        if "channel" in missing
        else ""
    )
    raise HeaderError(
        f"Its header has no column {' and none '.join(f'`{name}`' for name in missing)}; it has {masked(there) or 'none'}. Add "
        f"it, with , ; or a tab between the columns.{hint}"
    )


def _spellings(export: ConsentExport) -> frozenset[str]:
    return frozenset(one for many in export.columns.values() for one in many)


# -- what is shown of it -----------------------------------------------------------------------------------------------------


def _shown(head: _Head, export: ConsentExport) -> list[Column]:
    found = []
    for row in head.rows:
        try:
            unpack(row, export)
        except CellError:
            continue
    written = {one: name for name, many in export.columns.items() for one in many}
    for path, name in written.items():
        texts = [text for row in head.rows if (text := row.words.get(path, ""))]
        if path in head.names or texts:
            found.append(
                Column(masked(head.names.get(path, path))[:200], name, _example(export, name, texts))
            )
    for name, one in export.lists.items():
        entries = [entry for row in head.rows for way in one.written for entry in row.lists.get(way, ())]
        if not entries and not any(way in head.names for way in one.written):
            continue
        for part, many in one.columns.items():
            for way in many:
                texts = [text for entry in entries if (text := entry.get(way, ""))]
                if texts:
                    found.append(Column(f"{name}.{way}", part, _example(export, part, texts)))
    return found


def _written(head: _Head, path: str) -> str:
    """How the file writes it."""
    return head.names.get(path) or next((row.written[path] for row in head.rows if path in row.written), path)


def _example(export: ConsentExport, name: str, texts: Sequence[str]) -> str | None:
    """What stands there, where it is a word that is known, a time, or a number, of which the last two digits are shown."""
    if not texts:
        return None
    first = texts[0]
    if name == "phone":
        return masked_number(first) if any(letter.isdigit() for letter in first) else "…"
    if "at" in name.split():
        at = parse_time(first)
        return "…" if at is None else iso(at)
    says = [one.says for one in export.statements if one.status == name]
    says += [one.statement.says for one in export.lists.values() if one.statement.status == name]
    if any(say(first) in (Said.YES, Said.NO, Said.UNKNOWN) for say in says):
        return masked(first[:40])
    return first.upper() if name == "channel" and first.upper() in Channel.__members__ else "…"
