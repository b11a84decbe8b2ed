"""Finds everything that is wrong with a mapping, each with its path, without applying it to anything."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

from mappings.errors import Problem
from mappings.values import HALF_CHARACTER, is_json, kind_of

DEEPEST = 50
"""Mappings nested deeper than this are refused."""

MOST_VALUES = 2_000
"""Mappings of more values than this (every key's value and list item counts) are refused."""

MOST_CHARACTERS = 100_000
"""Mappings whose keys and texts have more characters than this together are refused."""

MOST_TOLD = 100_000
"""Characters of problems that are told: each repeats its path."""

METADATA = "_metadata"
"""The one key that may stand beside a directive; editors keep notes there, and it means nothing."""

_OBJECT_OR_DIRECTIVE = "a object or a mapping directive"
"""As the original spells it."""


class Checkable(Protocol):
    """The part of a directive that is used here."""

    def check(self, value: object, path: str, checker: "Checker") -> None:
        """Report to `checker` what is wrong with `value`, the directive's value, which stands at `path`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A key that a directive's object may or must have, and the check of what it holds."""

    name: str
    check: Callable[[object, str], None]
    required: bool = False


def directive_in(value: object) -> str | None:
    """The key of `value` that names a directive, or None when `value` is anything but a directive."""
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, str) and key.startswith("@"):
                return key
    return None


def below(path: str, key: str) -> str:
    """The path of what `key` holds in the object at `path`, as a JSON Pointer (RFC 6901); the whole mapping is at `/`."""
    return f"{'' if path == '/' else path}/{key.replace('~', '~0').replace('/', '~1')}"


def steps(path: str) -> tuple[str, ...]:
    """The keys of such a path, one after the other."""
    return (
        () if path == "/" else tuple(one.replace("~1", "/").replace("~0", "~") for one in path[1:].split("/"))
    )


class Checker:
    """Walks a mapping and collects `problems`. Directives call its methods for the values inside them.

    The recorded checks of the original do not look inside lists, and leave some mistakes to be found when an event
    comes. A `strict` checker finds those too.
    """

    def __init__(self, directives: Mapping[str, Checkable], *, strict: bool, of_event: bool = False) -> None:
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self.misspelt: list[Problem] = []
        self._directives = directives
        self.of_event = of_event
        """Whether paths begin at the event here, and not at an item of it."""
        self._strict = strict
        self._list_depth = 0
        self._depth = 0
        self._values = 0
        self._characters = 0
        self._told = 0

    def report(self, path: str, says: str) -> None:
        """Add a problem whose message is `says` after the path."""
        self.add(path, f"{path} {says}")

    def add(self, path: str, message: str) -> None:
        """Add a problem whose message is `message` as it stands."""
        if self._strict or not self._list_depth:
            self._tell(self.problems, path, message)

    def refuse(self, path: str, message: str) -> None:
        """Add a problem that the original finds only when an event comes."""
        if self._strict:
            self.add(path, message)

    def doubt(self, path: str, message: str) -> None:
        """Add something that is allowed, and hardly meant."""
        self._tell(self.doubts, path, message)

    def misspell(self, word: str, words: tuple[str, ...], path: str) -> None:
        """Report a word that is none of a directive's words as they are written: a mapping in use keeps it, a new one is
        refused.
        """
        nearest = word.lower()
        said = f'write "{nearest}"' if nearest in words else f"there are: {', '.join(words)}"
        if word not in words:
            self._tell(self.misspelt, path, f'"{word}" is no word of this directive: {said}.')

    def value(self, value: object, path: str) -> None:
        """Check a value that may be anything: a constant, an object or list of values, or a directive."""
        if not self._fits(value):
            return
        self._depth += 1
        if self._depth > DEEPEST:
            self.problems.append(Problem(path, f"{path} is nested deeper than {DEEPEST} levels."))
        elif isinstance(value, dict):
            self._object(value, path)
        elif isinstance(value, list):
            self._list(value, path)
        else:
            self._constant(value, path)
        self._depth -= 1

    def _fits(self, value: object) -> bool:
        """Count a value, and report once that there is too much of them; return whether it is still to be checked."""
        if self._values > MOST_VALUES or self._characters > MOST_CHARACTERS:
            return False
        self._values += 1
        if isinstance(value, str):
            self._characters += len(value)
        elif isinstance(value, dict):
            self._characters += sum(len(key) for key in value if isinstance(key, str))
        if self._values > MOST_VALUES:
            self._too_much(f"{MOST_VALUES} values")
        elif self._characters > MOST_CHARACTERS:
            self._too_much(f"{MOST_CHARACTERS} characters")
        else:
            return True
        return False

    def _too_much(self, most: str) -> None:
        self.problems.append(Problem("/", f"/ should have no more than {most} but it has more."))

    def elsewhere(self, value: object, path: str) -> None:
        """Check a value in which paths do not begin at the event."""
        before, self.of_event = self.of_event, False
        self.value(value, path)
        self.of_event = before

    def object_elsewhere(self, value: object, path: str) -> None:
        """Check a value that must be an object or a directive that gives one, and in which paths do not begin there."""
        before, self.of_event = self.of_event, False
        self.object_or_directive(value, path)
        self.of_event = before

    def text(self, value: object, path: str, *, least: int = 0, most: float = math.inf) -> None:
        """Check a value that must be text, of `least` to `most` characters."""
        if not isinstance(value, str):
            self._expected("a string", value, path)
        elif len(value) < least:
            self.report(path, f"should be a string of length {least} or greater.")
        elif len(value) > most:
            self.report(path, f"should be a string of length {most} or less.")
        else:
            self.value(value, path)

    def boolean(self, value: object, path: str) -> None:
        """Check a value that must be true or false."""
        if not isinstance(value, bool):
            self._expected("a boolean", value, path)

    def one_of(self, words: tuple[str, ...], value: object, path: str) -> None:
        """Check a value that must be one of `words`, in any case."""
        if not isinstance(value, str):
            self._expected("a string", value, path)
        elif value.lower() not in words:
            self.report(path, f'should be one of {", ".join(words)} but it is "{value}".')
        else:
            self.misspell(value, words, path)

    def text_or_directive(self, value: object, path: str) -> None:
        """Check a value that must be text or a directive that gives it."""
        if isinstance(value, str) or directive_in(value) is not None:
            self.value(value, path)
        elif self._list_depth:  # where the original finds it only when an event comes
            self.refuse(path, f"{path.rpartition('/')[2]}: expected string, got {kind_of(value)}")
        else:
            self._expected("a string or a mapping directive", value, path)

    def object_or_directive(self, value: object, path: str) -> None:
        """Check a value that must be an object or a directive that gives one."""
        if isinstance(value, dict):
            self.value(value, path)
        else:
            self._expected(_OBJECT_OR_DIRECTIVE, value, path)

    def unseen(self, value: object, path: str) -> None:
        """Check a value into which the original looks only when it is a directive."""
        if directive_in(value) is not None:
            self.value(value, path)
        else:
            self._list_depth += 1
            self.value(value, path)
            self._list_depth -= 1

    def objects(self, value: object, path: str) -> None:
        """Check a value that must be a list of objects or of directives that give them."""
        if self.is_array(value, path):
            for index, item in enumerate(value):
                self.object_or_directive(item, below(path, str(index)))

    def parts(self, value: object, path: str, *parts: Part) -> TypeGuard[dict[str, Any]]:
        """Check a value that must be an object, no directive, with these parts; others mean nothing, and are doubted.

        Returns whether it is an object.
        """
        if not self.is_object(value, path):
            return False
        known = [part.name for part in parts]
        for name in (name for name in value if name not in known):
            at = below(path, str(name))
            self.doubt(at, f"`{name}` means nothing here. There are: {', '.join(known)}.")
            self.value(value[name], at)
        for part in parts:
            if part.name in value:
                part.check(value[part.name], below(path, part.name))
            elif part.required:
                self.report(path, f'should have field "{part.name}" but it doesn\'t.')
        return True

    def is_object(self, value: object, path: str) -> TypeGuard[dict[str, Any]]:
        """Report a value that is not an object, or is a directive; return whether all is well."""
        well = isinstance(value, dict) and directive_in(value) is None
        if not well:
            self._expected("an object", value, path)
        return well

    def is_array(self, value: object, path: str) -> TypeGuard[list[Any]]:
        """Report a value that is not a list; return whether all is well."""
        well = isinstance(value, list)
        if not well:
            self.report(path, f"should be an array but it is {_with_article(kind_of(value))}.")
        return well

    def _object(self, value: dict[object, object], path: str) -> None:
        for key in value:
            if not isinstance(key, str):
                self.report(path, f"should have text as its keys but one is {_kind(key)}.")
                return
            if HALF_CHARACTER.search(key):
                self.report(path, "has a key with half a character in it (a lone surrogate).")
                return
        directive = directive_in(value)
        if directive is not None:
            self._directive(directive, value, path)
            return
        for name, child in value.items():
            self.value(child, below(path, str(name)))

    def _directive(self, directive: str, value: dict[object, object], path: str) -> None:
        if len(value.keys() - {METADATA}) > 1:
            directives = sum(isinstance(key, str) and key.startswith("@") for key in value)
            count = directives if directives > 1 else len(value)
            self.report(path, f"should only have one @-prefixed key but it has {count} keys.")
        elif directive in self._directives:
            self._directives[directive].check(value[directive], below(path, directive), self)
        elif self._list_depth:
            self.add(path, f"{directive} is not a valid directive, got undefined")
        else:
            self.report(path, f"has an invalid directive: {directive}.")

    def _list(self, items: list[object], path: str) -> None:
        self._list_depth += 1
        for index, item in enumerate(items):
            self.value(item, below(path, str(index)))
        self._list_depth -= 1

    def _constant(self, value: object, path: str) -> None:
        if not is_json(value):
            self.report(path, f"should be a JSON value but it is {_kind(value)}.")
        elif isinstance(value, float) and not math.isfinite(value):
            self.report(path, f"should be a JSON value but it is {value}.")
        elif isinstance(value, str) and HALF_CHARACTER.search(value):
            self.report(path, "has half a character in it (a lone surrogate).")

    def _tell(self, problems: list[Problem], path: str, message: str) -> None:
        told, self._told = self._told, self._told + len(path) + len(message)
        if self._told <= MOST_TOLD:
            problems.append(Problem(path, message))
        elif told <= MOST_TOLD:
            self.problems.append(Problem("/", "/ has more problems than these."))

    def _expected(self, wanted: str, value: object, path: str) -> None:
        self.report(path, f"should be {wanted} but it is {_kind(value)}.")


def _kind(value: object) -> str:
    return _with_article("directive" if directive_in(value) is not None else kind_of(value))


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
