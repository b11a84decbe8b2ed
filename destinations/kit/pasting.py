"""Mutations for a remedy, whole, to be pasted.

A remedy is kept and read later. What may be another by then is left open in angle brackets, and filled in where the remedy is shown
(`gateway/facts/pasting.py`), so that what is pasted changes what is said and nothing else:

`<revision of dst_1>`                             at which revision it is
`<fields of map_1 with {"send": true}>`           all fields of the mapping, this one changed
`<allowedCountries of dst_1 with ["DE"]>`         all that the policy has there, and this too
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_UNSAVED = "save the mapping with"
_SOME_ID, _SOME = "<the id of the destination>", "the destination"


def revision_of(key: str) -> str:
    """The revision of that destination or mapping, left open."""
    return f"<revision of {key}>"


def with_change(name: str, key: str, change: Mapping[str, Any] | Sequence[str]) -> str:
    """What that destination or mapping has under that name, left open, with a change of it."""
    return f"<{name} of {key} with {_json(change)}>"


def destination_update(
    destination_id: str | None, change: str, answer: str = "destination { revision }"
) -> str:
    """The mutation that makes that change of a destination."""
    key = destination_id or _SOME
    given = f"id: {_json(destination_id or _SOME_ID)}, expectedRevision: {revision_of(key)}"
    return (
        f"mutation {{ destinationUpdate(input: {{{given}, {change}}}) {{ {answer} errors {{ message }} }} }}"
    )


def destination_call(
    operation: str, destination_id: str | None, answer: str, given: str | None = None
) -> str:
    """The mutation of that name about a destination: with its id alone, or with it as `destinationId` beside what is `given`."""
    key = _json(destination_id or _SOME_ID)
    return _mutation(operation, f"id: {key}" if given is None else f"destinationId: {key}, {given}", answer)


def about(destination_id: str, text: str) -> str:
    """The text about that destination, where it was written without knowing which one it is about."""
    named = text.replace(_json(_SOME_ID), _json(destination_id))
    return named.replace(revision_of(_SOME), revision_of(destination_id))


def mutation_call(operation: str, answer: str, **given: str) -> str:
    """The mutation of that name with these texts as its input."""
    return _mutation(operation, ", ".join(f"{name}: {_json(value)}" for name, value in given.items()), answer)


def _mutation(operation: str, given: str, answer: str) -> str:
    return f"mutation {{ {operation}(input: {{{given}}}) {{ {answer} errors {{ message }} }} }}"


def mapping_update(mapping_id: str | None, change: str, answer: str = "mapping { revision }") -> str:
    """What makes that change of a mapping, to stand behind a colon; None: of one that is not saved yet."""
    if mapping_id is None:
        return f"{_UNSAVED} {change}"
    given = f"id: {_json(mapping_id)}, expectedRevision: {revision_of(mapping_id)}"
    return (
        f"run mutation {{ mappingUpdate(input: {{{given}, {change}}}) {{ {answer} errors {{ message }} }} }}"
    )


def mapping_fields(mapping_id: str | None, fields: Mapping[str, Any]) -> str:
    """What changes these fields of a mapping and leaves its others, to stand behind a colon; None: of one that is not saved yet."""
    if mapping_id is None:
        return f"{_UNSAVED} {_json(fields)} in its fields"
    given = f"id: {_json(mapping_id)}, expectedRevision: {revision_of(mapping_id)}, fields: $fields"
    change = f"mappingUpdate(input: {{{given}}}) {{ mapping {{ revision }} errors {{ message }} }}"
    variables = f'{{"fields": {with_change("fields", mapping_id, fields)}}}'
    return f"run mutation ($fields: JSON) {{ {change} }} with the variables {variables}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
