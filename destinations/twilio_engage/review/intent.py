"""What works, and hardly does what was meant: a mapping that sends nothing, and a word that is everybody's."""

from collections.abc import Iterator, Mapping
from typing import Any

from destinations import kit
from destinations.twilio_engage.review.constants import Place, is_liquid, texts_of

_IDS, _STATUS = "externalIds", "subscriptionStatus"

_Problems = Iterator[kit.FieldProblem]


def of_send(fields: Mapping[str, Any]) -> _Problems:
    """A mapping that is not yet meant to send."""
    value = fields.get("send")
    if value in (None, "", "false", False):
        said = "Nothing will be sent until `send` is true: it is false by default, so that a mapping can be tried."
        yield kit.FieldProblem(("send",), said, certain=False)


def of_statuses(fields: Mapping[str, Any]) -> _Problems:
    """What the mapping itself says of everybody, which counts as the word of each person's external id."""
    for path, word in _literals(fields):
        said = _SAYS.get(kit.status_says(word))
        counts = (
            f"it counts as the {said} of everyone that it is reached for, whatever they told you; only their own stop, and a no that is "
            "newer than the event, are above it"
            if said == "yes"
            else f"it counts as the {said} of everyone that it is reached for"
            if said
            else "it is no known subscription status, and refuses everyone that it is reached for"
        )
        yield kit.FieldProblem(
            path,
            f'`{_STATUS}` is "{word}" by a literal of the mapping: {counts}. The audit log has it, and each Delivery says that it '
            'rested on it. Take it from the event: {"@path": "$.isSubscribed"}.',
            certain=False,
        )


def literal_statuses(fields: Mapping[str, Any]) -> Mapping[str, str]:
    """The subscription statuses that a mapping writes itself, by where they stand in its fields."""
    return {f"/{'/'.join(path)}": word for path, word in _literals(fields)}


_SAYS = {kit.Said.YES: "yes", kit.Said.NO: "no"}


def _literals(fields: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Those of external ids alone, wherever directives hold them: what else has a status of its own means another thing."""
    return _within({key: value for key, value in fields.items() if key == _IDS or key.startswith("@")}, ())


def _within(value: Any, path: Place) -> Iterator[tuple[Place, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                if key == _STATUS:
                    for place, text in texts_of(value, key):
                        if not is_liquid(text):
                            yield (*path, *place), str(text)
                else:
                    yield from _within(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _within(inner, (*path, str(index)))
