"""One YAML document as plain values, and plain values as YAML. Nothing is a number, a truth or null that JSON would not write so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml

MOST_BYTES: Final = 256 * 1024
"""Of a file: as much as the API takes."""

MOST_DEPTH: Final = 40

LONGEST_NUMBER: Final = 100
LONGEST_SHOWN: Final = 60
"""Characters of a key that a message shows: enough to find it."""

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None, "~": None, "": None}

Path = tuple[str | int, ...]


class Unreadable(Exception):  # noqa: N818  it says what the text is
    """A text that is not one document of what is read here, and the line at which that shows."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a document, and at which line each part of it stands."""

    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """Where that is, or would be: the line of what it is in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(content: bytes) -> Read:
    """The one document of that. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(
            1, f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read. Split it."
        )
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(line, "This is no UTF-8. Save the file as UTF-8.") from None
    try:
        return _Builder(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise Unreadable(line, "There is a character here that YAML does not allow. Take it out.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(1 if mark is None else mark.line + 1, _said(error)) from None


def _said(error: yaml.MarkedYAMLError) -> str:
    """What its parser says, without what it read: that may be a secret."""
    context = f"{error.context}, " if error.context else ""
    said = re.sub(r"could not find expected ':'", "a key without a `: ` behind it", str(error.problem or ""))
    return f"This is no YAML ({context}{said}). Put a text with a colon, #, @ or quotes in it into quotes."


class _Builder:
    """Makes values of the events of a parser, so that nothing is built that is not allowed."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._lines: dict[Path, int] = {}

    def document(self) -> Read:
        next(self._events)  # the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise Unreadable(1, "The file is empty. Write what it configures, or delete it.")
        value = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse(after, "A second document begins here. Give it a file of its own.")
        return Read(value, self._lines)

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._lines[path] = event.start_mark.line + 1
        self._check(event, path)
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event)
            case yaml.SequenceStartEvent():
                found: list[Any] = []
                while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                    found.append(self._value(inner, (*path, len(found))))
                return found
        return self._mapping(path)

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._check(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(event, "A key is a text here, and neither a list nor an object.")
            key = event.value
            if key in found:
                first = self._lines[(*path, key)]
                self._refuse(
                    event, f"The key `{_named(key)}` is there twice, first at line {first}. Leave one out."
                )
            value = self._value(next(self._events), (*path, key))
            self._lines[(*path, key)] = event.start_mark.line + 1
            found[key] = value
        return found

    def _check(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self._refuse(
                event, "Anchors and aliases (& and *) are not read here. Write it out in each place."
            )
        if event.tag is not None:
            self._refuse(
                event,
                "Tags (!) are not read here. Leave it out; a text that begins with ! is put into quotes.",
            )
        if len(path) > MOST_DEPTH:
            self._refuse(event, f"This is more than {MOST_DEPTH} levels deep, and no more are read.")

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER.fullmatch(text):
            return text
        if len(text) > LONGEST_NUMBER:
            self._refuse(event, "This number is too long. Put it into quotes if it is a text.")
        number = int(text) if text.lstrip("-").isdigit() else float(text)
        if number in (float("inf"), float("-inf")):
            self._refuse(event, "This number is too large. Put it into quotes if it is a text.")
        return number

    def _refuse(self, event: yaml.Event, message: str) -> NoReturn:
        raise Unreadable(event.start_mark.line + 1, message)


def _named(key: str) -> str:
    return key if len(key) <= LONGEST_SHOWN else f"{key[: LONGEST_SHOWN - 1]}…"


class _Writer(yaml.SafeDumper):  # type: ignore[misc]  # it is released without types
    """Quotes whatever any reader could take for something else than a text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  as its base has it
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ARG002  as its base has it
        return super().increase_indent(flow, indentless=False)


_Writer.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-0123456789"))


_BREAKS: Final = re.compile(r"[\r\x85\u2028\u2029]")
"""What YAML folds, as it does the end of a line."""


def _text(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if _BREAKS.search(text) else "|" if "\n" in text.strip("\n") else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _text)


def written(value: Any) -> str:
    """The value as a YAML document, the same for the same value; what is read of it is the value again."""
    text: str = yaml.dump(
        value, Dumper=_Writer, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000
    )
    return text
