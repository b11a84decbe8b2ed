"""Which fields a mapping fills from an event. Where such a field finds nothing, no default and no setting stands in."""

from collections.abc import Mapping
from typing import Any

from destinations.kit.fields import Field, Fields, fields_of
from mappings import ROOT_DIRECTIVE, UNDEFINED
from mappings.sources import sources_of

_LONGEST_SHOWN = 100


def configured_fields(model: type[Fields], fields: object) -> Mapping[str, str]:
    """The fields that a mapping fills with a directive of its own, by outside name, each with where that looks.

    A constant is none, "" and null count as left out, and so does a directive that reads only what the field's default
    reads, or what the action calls ordinary to be missing: every new mapping has these, and most events have not all.
    """
    given = _by_name(fields)
    return {
        declared.key: _where(given[declared.key])
        for declared in fields_of(model)
        if declared.key in given and _is_own(declared, given[declared.key])
    }


def is_nothing(value: object) -> bool:
    """Whether a directive found nothing: what is missing or null, blanks, or a list of nothing else."""
    if value is None or value is UNDEFINED:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list) and all(map(is_nothing, value))


def _by_name(fields: object) -> Mapping[str, Any]:
    """The fields under their names, where one directive holds them all, too."""
    match fields:
        case {"@transform": {"mapping": mapping}}:
            return _by_name(mapping)
        case {"@merge": {"objects": [*objects]}}:
            return {key: value for one in objects for key, value in _by_name(one).items()}
        case dict():
            return {key: value for key, value in fields.items() if key != ROOT_DIRECTIVE}
    return {}


def _is_own(declared: Field, value: object) -> bool:
    if value in (None, "") or value == declared.default:
        return False
    read = set(sources_of(value))
    return not read <= {*sources_of(declared.default), *declared.ordinary}


def _where(value: object) -> str:
    said = ", ".join(sources_of(value))
    return said if len(said) <= _LONGEST_SHOWN else f"{said[:_LONGEST_SHOWN]}…"
