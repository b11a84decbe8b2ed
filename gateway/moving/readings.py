"""Where the original's reading of a subscription and ours of its mapping part: both are run on events, and one of these is shown."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from gateway.events import shown
from mappings import UNDEFINED, MappingError, Trigger, TriggerError, compile_fields, compile_trigger, original

_LONGEST: Final = 160
_FAILED: Final = object()

MOST_EVENTS: Final = 4
"""How many of the events that a trigger takes its fields are tried with, beside the samples: each field is read anew for each."""


def partings(
    trigger: str, there: Mapping[str, Any], here: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """One sentence for each way in which they part: by the trigger, and by each field that both have. `there` are the fields as they were
    exported, `here` those of the mapping. Nothing is said of a trigger that can't be read here.
    """
    try:
        compiled = compile_trigger(trigger)
    except TriggerError:
        return
    events = sorted((*_events(trigger), *samples), key=lambda one: len(json.dumps(one)))
    yield from _of_trigger(trigger, compiled, events)
    alike = {name: value for name, value in here.items() if name in there and there[name] == value}
    likely = [one for one in events if compiled.matches(one)][:MOST_EVENTS]
    yield from _of_fields(alike, [*likely, *samples])


@lru_cache(maxsize=256)
def _events(trigger: str) -> tuple[dict[str, Any], ...]:
    return original.trigger_samples(trigger)


def never_sent(trigger: str, samples: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the original took none of the events that the trigger takes here, as far as events made of it and the samples show."""
    events = (*_events(trigger), *samples)
    if any(original.trigger_matches(trigger, event) for event in events):
        return False
    try:
        compiled = compile_trigger(trigger)
    except TriggerError:
        return False
    return any(compiled.matches(event) for event in events)


def _of_trigger(trigger: str, compiled: Trigger, events: list[Mapping[str, Any]]) -> Iterator[str]:
    """The smallest event that was taken there and is not here, and the other way around."""
    seen: set[bool] = set()
    for event in events:
        taken, takes = original.trigger_matches(trigger, event), compiled.matches(event)
        if taken is not takes and taken not in seen:
            seen.add(taken)
            was, now = ("sent", "nothing is sent") if taken else ("sent nothing", "it is sent")
            yield f"For an event such as {_short(event)} Segment {was}; here {now}: the trigger is read otherwise."


def _of_fields(fields: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """For each field the smallest event of which it makes another value here."""
    for name, value in fields.items():
        if not isinstance(value, dict | list):
            continue
        one = {name: value}
        here = compile_fields(one)
        for event in events:
            was, now = _made(original.apply_fields, name, one, event), _made(here, name, event)
            if not _same(was, now):
                yield f"For an event such as {_short(event)} `{name}` was {_said(was)} and is {_said(now)} here."
                break


def _made(reading: Callable[..., Any], name: str, *given: Any) -> Any:
    """What that reading makes of a field."""
    try:
        found = reading(*given)
    except MappingError:
        return _FAILED
    return found.get(name, UNDEFINED) if isinstance(found, Mapping) else UNDEFINED


def _same(was: Any, now: Any) -> bool:
    if was is now:
        return True
    if UNDEFINED in (was, now) or _FAILED in (was, now):
        return False
    return json.dumps(was, sort_keys=True, default=str) == json.dumps(now, sort_keys=True, default=str) or (
        was == now and isinstance(was, bool) is isinstance(now, bool)
    )


def _said(value: Any) -> str:
    if value is UNDEFINED:
        return "nothing"
    return "an error" if value is _FAILED else shown(value)


def _short(event: Mapping[str, Any]) -> str:
    """The event without what is only there so that it is whole."""
    told = {name: value for name, value in event.items() if name not in _PLAIN}
    return shown(told or event, _LONGEST)


_PLAIN: Final = frozenset({"messageId", "timestamp", "external_ids", "context", "userId"})
