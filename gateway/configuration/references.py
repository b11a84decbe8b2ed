"""References in the place of secrets: `env:NAME` and `file:PATH`, resolved on the machine of whoever runs the command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

LONGEST: Final = 64 * 1024
FORMS: Final = (
    "`env:NAME` (a variable) or `file:PATH` (a file, by a path within this folder or an absolute one)"
)

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unresolved(Exception):  # noqa: N818  it says what a reference is
    """A reference that leads to no secret; the message has neither the secret nor what stood in its place."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, and the reference that leads to it."""

    reference: str
    value: SecretStr


@dataclass(frozen=True, slots=True)
class References:
    """Where references lead: the variables, and the folder that paths are within."""

    environ: Mapping[str, str]
    folder: Path

    def variable(self, name: str) -> str:
        """What that variable holds. Raises Unresolved."""
        if not _VARIABLE.fullmatch(name):
            raise Unresolved("This is no name of a variable: letters, digits and _.")
        found = self.environ.get(name, "")
        if not found:
            raise Unresolved(f"The variable {name} is not set. Set it where this command runs.")
        return found

    def secret(self, reference: object) -> Secret:
        """What that leads to. Raises Unresolved."""
        if not isinstance(reference, str) or not reference.startswith(("env:", "file:")):
            raise Unresolved(
                f"This is a secret, and files hold references in the place of secrets: write {FORMS}."
            )
        kind, _, where = reference.partition(":")
        found = self.variable(where) if kind == "env" else self._file(where)
        return Secret(reference, SecretStr(found))

    def _file(self, where: str) -> str:
        path = Path(where)
        if not path.is_absolute():
            path = self.folder / path
            if not path.resolve().is_relative_to(self.folder.resolve()):
                raise Unresolved("This path leads out of the folder. Write an absolute one.")
        try:
            with path.open("rb") as file:
                content = file.read(LONGEST + 1)
            text = content.decode().rstrip("\r\n")
        except OSError as error:
            raise Unresolved(f"The file {where} can't be read ({error.strerror}).") from None
        except UnicodeDecodeError:
            raise Unresolved(f"The file {where} is no text in UTF-8.") from None
        if not text or len(content) > LONGEST:
            raise Unresolved(f"The file {where} is empty, or has more than {LONGEST:,} bytes.")
        return text
