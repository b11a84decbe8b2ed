"""What stands on a server as files: the same bytes for the same configuration, and never a secret."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from gateway.configuration.documents import Key, Written
from gateway.configuration.references import References, Unresolved
from gateway.configuration.server import Standing
from gateway.configuration.short import short
from gateway.configuration.state import Item, Masked
from gateway.configuration.wanted import variable_of
from gateway.configuration.yaml_text import written

LONGEST_SLUG: Final = 60


def exported(standing: Standing, references: References, there: Iterable[Written] = ()) -> dict[str, bytes]:
    """Each file by its path. What is `there` already stays in its file, with the references that it has for its secrets."""
    known = {one.key: one for one in there}
    paths = _paths(sorted(standing.items), {key: one.file for key, one in known.items()})
    variables = _Variables(references)
    found: dict[str, bytes] = {}
    for key in sorted(standing.items):
        item = standing.items[key]
        document = _referring(
            short(item, standing.catalogue, standing.items), item, known.get(key), variables
        )
        found[paths[key]] = written(document).encode()
    return dict(sorted(found.items()))


def _referring(
    document: dict[str, Any], item: Item, there: Written | None, variables: "_Variables"
) -> dict[str, Any]:
    """The document with a reference in the place of each secret, and of each setting that the file takes from a variable which has it."""
    found: dict[str, Any] = {}
    before = {} if there is None else there.text.value
    for name, value in document.items():
        if name == "settings":
            settings = before.get(name) or {}
            found[name] = {
                inner: variables.reference(item, inner, settings.get(inner))
                if isinstance(one, Masked)
                else variables.kept(one, settings.get(inner))
                for inner, one in value.items()
            }
        else:
            found[name] = (
                variables.reference(item, name, before.get(name)) if isinstance(value, Masked) else value
            )
    return found


def slug(name: str) -> str:
    """The name as a file is called by it."""
    folded = unicodedata.normalize("NFC", name).casefold()
    words = re.sub(r"[^\w]+|_+", "-", folded).strip("-")
    return words[:LONGEST_SLUG].strip("-") or "unnamed"


def _paths(keys: Iterable[Key], there: Mapping[Key, str]) -> dict[Key, str]:
    """A file of its own for each, by its name; where two would have one, the second in their order is numbered."""
    found = {key: there[key] for key in keys if key in there}
    taken = {path.casefold() for path in there.values()}
    for key in keys:
        if key in found:
            continue
        path = f"{key.kind}s/{slug(key.name)}.yaml"
        count = 1
        while path.casefold() in taken:
            count += 1
            path = f"{key.kind}s/{slug(key.name)}-{count}.yaml"
        taken.add(path.casefold())
        found[key] = path
    return found


class _Variables:
    """Names of variables for secrets, each once."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._taken: set[str] = set()

    def kept(self, value: Any, before: Any) -> Any:
        """The variable that the file takes this value from, or else the value."""
        name = variable_of(before)
        with suppress(Unresolved):
            if name is not None and self._references.variable(name) == value:
                return before
        return value

    def reference(self, item: Item, setting: str, kept: Any) -> str:
        """That which the file has, or else one by the name of what has the secret, and of the setting."""
        if isinstance(kept, str) and kept.startswith(("env:", "file:")):
            return kept
        plain = unicodedata.normalize("NFKD", f"{item.key.name}_{re.sub(r'(?<!^)(?=[A-Z])', '_', setting)}")
        name = re.sub(r"[^A-Z0-9]+", "_", plain.encode("ascii", "ignore").decode().upper()).strip("_")
        name = f"_{name}" if name[:1].isdigit() else name
        count, wanted = 1, name
        while wanted in self._taken:
            count += 1
            wanted = f"{name}_{count}"
        self._taken.add(wanted)
        return f"env:{wanted}"
