"""What is wrong with a folder of files, each with where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.errors import StartupError
from gateway.remote import NOTHING


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. `line` is None where it is about the whole file."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f':{self.line}'}: {self.message}"


class ConfigurationError(StartupError):
    """Raised where files can't be used as they are: each problem is a line of it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file, one.line or 0, one.message)))
        count = len(self.problems)
        said = "There is a problem" if count == 1 else f"There are {count} problems"
        super().__init__("\n".join([f"{said}. {NOTHING}", *map(str, self.problems)]))


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that is none of these: the nearest one, or else all."""
    every = list(known)
    by_folded = {one.casefold(): one for one in every}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    if found:
        return f"Did you mean `{by_folded[found[0]]}`?"
    return f"There are: {', '.join(f'`{one}`' for one in every)}." if every else "There is none."
