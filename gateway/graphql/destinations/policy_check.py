"""What is given of a destination's policy: read, and all that is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zoneinfo import available_timezones

import strawberry

from destinations.kit import COUNTRIES, Policy, SenderKind, StopConfirmation, e164, pace_key
from gateway.events import shown
from gateway.facts.snapshot import Snapshot
from gateway.graphql.destinations.policy import FASTEST, SLOWEST, DestinationPolicyInput
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error
from gateway.graphql.terms.inputs import no_number
from gateway.workspace import MappingMode, Source, SourceTrust

_HOUR = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)

MOST_PACES = 500
MOST_TEST_NUMBERS = 100


@dataclass(frozen=True, slots=True)
class Around:
    """What a policy is read by. `country` is the one whose national numbers are read, `sources` are those of the destination's space,
    `confirmation` is how its kind confirms stops. `destination_id` is None where it is only being made, and has no mapping.
    """

    country: str | None
    sources: Mapping[str, Source]
    confirmation: StopConfirmation | None
    snapshot: Snapshot
    destination_id: str | None = None


def decided(
    policy: Policy, given: DestinationPolicyInput | None, around: Around
) -> Policy | list[InputError]:
    """The policy with what was given, or all that is wrong with that."""
    country = around.country
    values = {
        name: value for name, value in vars(given or DestinationPolicyInput()).items() if _is_said(value)
    }
    problems: list[InputError] = []
    for name, read in (
        ("allowed_countries", _countries),
        ("test_numbers", _numbers),
        ("messages_per_second", _paces),
        ("quiet_hours_start", partial(_hour, "quietHoursStart")),
        ("quiet_hours_end", partial(_hour, "quietHoursEnd")),
        ("daily_message_limit", partial(_limit, "dailyMessageLimit")),
        ("per_recipient_daily_limit", partial(_limit, "perRecipientDailyLimit")),
        ("per_recipient_weekly_limit", partial(_limit, "perRecipientWeeklyLimit")),
        ("time_zone", _time_zone),
    ):
        if name in values:
            values[name], wrong = read(values[name], country)
            problems += wrong
    if "stop_confirmation" in values:
        values["stop_confirmation"], wrong = _confirmation(values["stop_confirmation"], around.confirmation)
        problems += wrong
    if "inbound_source_events" in values:
        values["inbound_source_events"] = frozenset(values["inbound_source_events"])
    if "inbound_source_id" in values:
        values["inbound_source_id"], wrong = _source(str(values["inbound_source_id"]), around.sources)
        problems += wrong
    if values.get("per_recipient_weekly_limit") == 0:
        values["per_recipient_weekly_limit"] = None
    if "confirmation_mapping_id" in values:
        values["confirmation_mapping_id"] = str(values["confirmation_mapping_id"]).strip() or None
    wanted = replace(policy, **values)
    if {"double_opt_in", "confirmation_mapping_id"} & values.keys():
        problems += _double_opt_in(wanted, around)
    return problems or wanted


def _double_opt_in(wanted: Policy, around: Around) -> Iterator[InputError]:
    """What keeps a destination from asking people by that mapping."""
    mapping_id = wanted.confirmation_mapping_id
    if mapping_id is None:
        if wanted.double_opt_in:
            message = (
                "Nothing would ask people to confirm: make a mapping of this destination whose text does, such as `Reply YES to get our "
                "texts.`, and give its id as confirmationMappingId."
            )
            yield _wrong(message, "doubleOptIn")
        return
    mapping = around.snapshot.mappings.get(mapping_id)
    if mapping is None or around.destination_id is None or mapping.destination_id != around.destination_id:
        message = f"There is no mapping {shown(mapping_id)} of this destination. Nothing was changed."
        yield input_error(ErrorCode.NOT_FOUND, message, "policy", "confirmationMappingId")
        return
    one = around.snapshot.compiled.get(mapping_id)
    if not mapping.enabled:
        yield _wrong(
            f"The mapping {shown(mapping.name)} is switched off, so that it asks nobody: enable it first.",
            "confirmationMappingId",
        )
    elif mapping.mode is MappingMode.SHADOW:
        yield _wrong(
            f"The mapping {shown(mapping.name)} is in SHADOW, so that it asks nobody: make it LIVE first.",
            "confirmationMappingId",
        )
    elif one is None or one.action.channel is None:
        yield _wrong(
            f"The mapping {shown(mapping.name)} can send no text: its `problems` say why.",
            "confirmationMappingId",
        )


def _is_said(value: Any) -> bool:
    return value is not None and value is not strawberry.UNSET


def _limit(name: str, given: int, _country: str | None) -> tuple[int, list[InputError]]:
    if given >= 0:
        return given, []
    message = f"A limit is a number of texts, or 0 for any number. It came as {given}."
    return 0, [_wrong(message, name)]


def _time_zone(given: str, _country: str | None) -> tuple[str, list[InputError]]:
    name = given.strip()
    if name in available_timezones():
        return name, []
    message = f"{shown(given)} is no time zone: write its name in the IANA database, such as America/New_York or UTC."
    return "UTC", [_wrong(message, "timeZone")]


def _countries(given: Sequence[str], _country: str | None) -> tuple[frozenset[str], list[InputError]]:
    read = [one.strip().upper() for one in given]
    problems = [
        _wrong(
            f"{shown(given[place])} is no country: write its two letters of ISO 3166, such as US.",
            "allowedCountries",
            place,
        )
        for place, one in enumerate(read)
        if one not in COUNTRIES
    ]
    return frozenset(read), problems


def _numbers(given: Sequence[str], country: str | None) -> tuple[frozenset[str], list[InputError]]:
    if len(given) > MOST_TEST_NUMBERS:
        message = (
            f"There are {len(given)} test numbers; at most {MOST_TEST_NUMBERS} are kept. Leave some out."
        )
        return frozenset(), [_wrong(message, "testNumbers")]
    read = [e164(one, country) for one in given]
    problems = [
        _wrong(no_number("testNumbers", given[place]), "testNumbers", place)
        for place, one in enumerate(read)
        if one is None
    ]
    return frozenset(one for one in read if one is not None), problems


def _paces(given: Any, _country: str | None) -> tuple[Mapping[str, float], list[InputError]]:
    if not isinstance(given, dict):
        message = 'It is an object of senders and their messages a second, such as {"SHORT_CODE": 100}.'
        return {}, [_wrong(message, "messagesPerSecond")]
    if len(given) > MOST_PACES:
        message = f"There are {len(given)} paces; at most {MOST_PACES} are kept. Leave out those that their kind has."
        return {}, [_wrong(message, "messagesPerSecond")]
    keys = {written: pace_key(written) for written in given}
    problems = [
        _wrong(message, "messagesPerSecond", written)
        for written, pace in given.items()
        for message in _against(written, keys, pace)
    ]
    return {key: given[written] for written, key in keys.items() if key is not None}, problems


def _against(written: str, keys: Mapping[str, str | None], pace: Any) -> Iterator[str]:
    """What is wrong with one pace."""
    key = keys[written]
    if key is None:
        yield (
            f"{shown(written)} is neither a sender nor a kind of sender: write an address as the mapping has it, a number with a + "
            f"and its country's code, or one of {', '.join(SenderKind)}. A name that could be taken for a kind, such as TOLL_FREE, is "
            "refused, since no sender would ever have that pace."
        )
    elif written != next(first for first, other in keys.items() if other == key):
        yield f"{shown(written)} is there twice, in two spellings: leave one out."
    if isinstance(pace, bool) or not isinstance(pace, int | float) or not SLOWEST <= pace <= FASTEST:
        yield f"A pace is a number of messages a second, from {SLOWEST} to {FASTEST}. It came as {shown(pace)}."


def _confirmation(given: str, confirmation: StopConfirmation | None) -> tuple[str | None, list[InputError]]:
    text = given.strip()
    if not text:
        return None, []
    if confirmation is None:
        return None, [_wrong("This kind of destination confirms no stop: leave it out.", "stopConfirmation")]
    return text, [_wrong(message, "stopConfirmation") for message in confirmation.problems(text)]


def _hour(field: str, given: str, _country: str | None) -> tuple[str, list[InputError]]:
    found = _HOUR.fullmatch(given.strip())
    if found is None:
        message = (
            f"{shown(given)} is no time of the day: write it as HH:MM, from 00:00 to 23:59, such as 21:00."
        )
        return given, [_wrong(message, field)]
    return f"{int(found[1]):02}:{found[2]}", []


def _source(given: str, sources: Mapping[str, Source]) -> tuple[str | None, list[InputError]]:
    if not given.strip():
        return None, []
    source = sources.get(given)
    if source is None or source.deleted_at is not None:
        message = f"There is no source {shown(given)} in the destination's space. Nothing was changed."
        return None, [input_error(ErrorCode.NOT_FOUND, message, "policy", "inboundSourceId")]
    if source.trust is not SourceTrust.SERVER:
        message = f"The source {shown(source.name)} is a BROWSER one, whose events start no text: take a SERVER one."
        return None, [_wrong(message, "inboundSourceId")]
    return source.id, []


def _wrong(message: str, *path: str | int) -> InputError:
    return input_error(ErrorCode.INVALID, f"{message} Nothing was changed.", "policy", *map(str, path))
