"""The gateway's part of the table of gates: whatever the channel. Each is a small pure function.

A gate returns None where the message may pass, and notes in the trace what it saw.
"""

import json
from datetime import datetime, timedelta

from msgspec import structs

from destinations.kit import (
    Channel,
    Hold,
    Person,
    Purpose,
    Reason,
    Send,
    Suppress,
    Trace,
    Unknown,
    canonical,
    destination_call,
    destination_update,
    mapping_update,
    with_change,
)
from destinations.kit.ports import UNKNOWN
from gateway.deliveries import NEVER_WAITED, Delivery, Waited
from gateway.events import Event, StoredEvent
from gateway.facts.pasting import resumption_of
from gateway.pipeline import accounts
from gateway.synced import Sender
from gateway.times import OLDEST
from gateway.workspace import LONGEST_AGE, Destination, Mapping, MappingMode, Pause, Source, SourceTrust


def _identify(event: Event, number: str) -> str:
    """What gives a person's number, from a server source, with the path it is posted to."""
    who = {"userId": event.user_id} if event.user_id else {"anonymousId": event.anonymous_id}
    return f"/v1/identify: {json.dumps({**who, 'traits': {'phone': number}}, ensure_ascii=False)}"


def verifying(destination: Destination) -> str:
    """The mutation that verifies a destination, to be pasted."""
    return (
        f"mutation {{ destinationVerify(input: {{id: {json.dumps(destination.id)}}}) "
        "{ destination { status } errors { message } } }"
    )


def _enable(destination: Destination) -> str:
    return destination_update(destination.id, "enabled: true", "destination { enabled }")


def _faster(destination: Destination, sender: str, rate: float) -> str:
    """Twice the pace of a sender, as an example; the others keep theirs."""
    change = destination_update(destination.id, "policy: {messagesPerSecond: $paces}")
    paces = with_change("messagesPerSecond", destination.id, {sender: 2 * rate})
    return (
        f'{change.replace("mutation", "mutation ($paces: JSON)", 1)} with the variables {{"paces": {paces}}}'
    )


def _switch_on(destination: Destination, channel: Channel) -> str:
    """The switch of the whole space, where that is off: it wins."""
    whole = channel in destination.space_channels_off
    where = (
        f"space: {json.dumps(destination.space)}" if whole else f"destinationId: {json.dumps(destination.id)}"
    )
    given = f"channel: {channel}, enabled: true, {where}"
    answer = "destination { channels { channel enabled } }"
    return f"mutation {{ channelUpdate(input: {{{given}}}) {{ {answer} errors {{ message }} }} }}"


def ready(
    trace: Trace,
    destination: Destination,
    mapping: Mapping,
    event: Event,
    now: datetime,
    delivery_id: str | None = None,
    *,
    channel: Channel | None = None,
    waited: Waited = NEVER_WAITED,
) -> Hold | Suppress | None:
    """Gate 1: the destination is enabled, its channel on, it is not paused, and verified, or it is this Delivery's turn to try whether
    its account works again.
    """
    if not destination.enabled:
        detail = f"The destination {destination.name} is disabled."
        trace.stopped("ready", Reason.DESTINATION_DISABLED, detail)
        remedy = f"Enable it: run {_enable(destination)}; events that come then are sent, and what was not by a replay (deliveryReplay)."
        return Suppress(Reason.DESTINATION_DISABLED, detail, remedy)
    off = channel_is_on(trace, destination, channel)
    if off is not None:
        return off
    pause = destination.pause or destination.space_pause
    if pause is not None:
        detail = _paused(destination, pause)
        trace.stopped("ready", Reason.PAUSED, detail)
        remedy = f"Resume it: run {resumption_of(destination)}; what waits then goes on by itself, the oldest first."
        return Hold(expiry(event, mapping, waited), Reason.PAUSED, detail, remedy)
    if not accounts.is_open(destination, delivery_id, now):
        detail = _not_verified(destination)
        trace.stopped("ready", Reason.ACCOUNT_NOT_VERIFIED, detail)
        way_out = f"Verify it: run {verifying(destination)}; what waits then goes on by itself."
        remedy = " ".join([*_said(destination, "remedy"), way_out])
        return Hold(expiry(event, mapping, waited), Reason.ACCOUNT_NOT_VERIFIED, detail, remedy)
    if accounts.is_prober(destination, delivery_id):
        trace.passed(
            "ready", f"{destination.name} is enabled; this delivery tries whether its account works again"
        )
    else:
        trace.passed("ready", f"{destination.name} is enabled and VERIFIED")
    return None


def channel_is_on(trace: Trace, destination: Destination, channel: Channel | None) -> Suppress | None:
    """The same gate's word on a channel: of the action first, and once there is a plan of the message, which may be another."""
    if channel is None or (
        channel not in destination.channels_off and channel not in destination.space_channels_off
    ):
        return None
    whose = f"for the destination {destination.name}"
    if channel in destination.space_channels_off:
        whose = f"for the whole space {destination.space}"
    detail = f"{channel} is switched off {whose}."
    trace.stopped("ready", Reason.CHANNEL_OFF, detail)
    remedy = f"Switch it on: run {_switch_on(destination, channel)}; events that come then are sent, and what was not by a replay (deliveryReplay)."
    return Suppress(Reason.CHANNEL_OFF, detail, remedy)


def _paused(destination: Destination, pause: Pause) -> str:
    """What is paused, since when, by whom and why."""
    own = pause is destination.pause
    what = f"The destination {destination.name}" if own else f"The whole space {destination.space}"
    note = f": {pause.note}" if pause.note else "."
    return f"{what} is paused since {pause.at:%Y-%m-%d %H:%M:%S} UTC, by {pause.by}{note}"


def _not_verified(destination: Destination) -> str:
    """Which state it is in, and what the checks that failed said."""
    detail = f"The destination {destination.name} is {destination.status.value}, not VERIFIED."
    if destination.trouble is not None and destination.trouble.pause is not None:
        detail = (
            f"The account of the destination {destination.name} was refused again soon after it was verified: one delivery "
            "at a time tries whether it works."
        )
    return " ".join([detail, *_said(destination, "message")])


def _said(destination: Destination, what: str) -> list[str]:
    """What each check that failed says of itself: its message, or its remedy."""
    checks = (destination.verification or {}).get("checks", ())
    return [check[what] for check in checks if not check["passed"] and check.get(what)]


LOOK_AGAIN = timedelta(minutes=1)
"""How often what can't run is looked at again: installing a package rings no bell."""


def runnable(trace: Trace, detail: str, remedy: str, until: datetime, now: datetime) -> Hold | Suppress:
    """Gate 1, where the destination or the mapping can't run for that reason: not yet, and not for longer than that."""
    trace.stopped("ready", Reason.DESTINATION_DISABLED, detail)
    return Hold(min(now + LOOK_AGAIN, until), Reason.DESTINATION_DISABLED, detail, remedy)


REPLAY_WAITS = timedelta(days=7)
"""How long a replay may wait for its turn: many that were asked for together may take days at a sender's pace."""


PROFILE_WAIT = timedelta(seconds=10)
"""How long a text waits for somebody to be identified; an identify of them has it looked at again at once."""


def is_shadow(delivery: Delivery, event: StoredEvent, mapping: Mapping) -> bool:
    """Whether only is recorded what would be sent: its mapping is in SHADOW, or was since the Delivery was made or its event came, which
    may have waited to be matched. Whoever tests it, or asks somebody by it, means what they do.
    """
    if delivery.is_test or delivery.asks_yes or delivery.is_stop_confirmation:
        return False
    since = mapping.live_since
    came = min(delivery.created_at, event.received_at)
    return mapping.mode is MappingMode.SHADOW or (since is not None and came < since)


def expiry(event: Event, mapping: Mapping, waited: Waited = NEVER_WAITED) -> datetime:
    """From when on it is too late for the mapping to send: of an event, for its age; of a replay, since nobody waits for it then."""
    if waited.replayed_at is not None:
        return waited.replayed_at + REPLAY_WAITS + waited.rested
    return event.occurred_at + timedelta(seconds=mapping.max_age_seconds) + waited.rested


def waiting(hold: Hold, event: Event, mapping: Mapping, waited: Waited = NEVER_WAITED) -> Hold:
    """The same, waiting no longer than until it is too late, which its remedy says. What waits in quiet hours grows no older meanwhile, and
    says so itself.
    """
    if hold.reason is Reason.QUIET_HOURS:
        return hold
    ends = expiry(event, mapping, waited)
    if hold.reason is Reason.PROFILE_PENDING:
        ends = min(ends, hold.until)
        then = f"if nobody is known by then, nothing is sent ({Reason.NO_SUPPORTED_IDS})"
    elif waited.replayed_at is not None:
        then = "nobody waits for a replay longer than that"
    else:
        then = "then the event is too old for its mapping"
    said = f"It waits until {ends:%Y-%m-%d %H:%M:%S} UTC at most: {then}."
    remedy = said if hold.remedy is None else f"{hold.remedy} {said}"
    return structs.replace(hold, until=min(hold.until, ends), remedy=remedy)


def may_send(source: Source, mapping: Mapping, event: Event) -> bool:
    """Whether the mapping takes such an event of such a source at all, by gates 2 and 3; how old it is, is not asked."""
    return (source.trust is not SourceTrust.BROWSER or mapping.allow_browser_events) and (
        not event.imported or mapping.allow_import
    )


def may_cancel(source: Source, mapping: Mapping) -> bool:
    """Whether an event of such a source cancels what waits of the mapping. A browser's key is in every page: its events end MARKETING,
    as its no does, and nothing else unless the mapping takes them.
    """
    return (
        source.trust is not SourceTrust.BROWSER
        or mapping.purpose is Purpose.MARKETING
        or mapping.allow_browser_events
    )


def fresh(
    trace: Trace, event: Event, mapping: Mapping, now: datetime, waited: Waited = NEVER_WAITED
) -> Suppress | None:
    """Gate 2: the event is young enough, or somebody asked for its replay; what was imported is history unless the mapping says
    otherwise.
    """
    if event.imported and not mapping.allow_import:
        detail = "The event came by /v1/import, which is taken as history."
        trace.stopped("fresh", Reason.STALE_EVENT, detail)
        return Suppress(
            Reason.STALE_EVENT,
            detail,
            f"Send it to /v1/batch, or let the mapping take imports: {mapping_update(mapping.saved_id, 'allowImport: true')}",
        )
    if isinstance(event, StoredEvent) and event.payload_removed_at is not None:
        detail = "The event's payload was removed for its age: of what is left of it no text is made."
        trace.stopped("fresh", Reason.STALE_EVENT, detail)
        return Suppress(Reason.STALE_EVENT, detail, "Send the event again, under a new messageId.")
    if waited.replayed_at is not None:
        return _still_wanted(trace, waited.replayed_at, waited.rested, now)
    return _young(trace, event, mapping, waited, now)


def _young(trace: Trace, event: Event, mapping: Mapping, waited: Waited, now: datetime) -> Suppress | None:
    if event.occurred_at == OLDEST:
        detail = "The event's timestamp could not be read (timestamp_not_read), so that it counts as too old."
        trace.stopped("fresh", Reason.STALE_EVENT, detail)
        return Suppress(
            Reason.STALE_EVENT,
            detail,
            "Send the time as 2026-11-21T12:00:00Z, or leave `timestamp` out: then it is when the event is received.",
        )
    lived = now - event.occurred_at - waited.rested
    seconds = lived.days * 86_400 + lived.seconds
    age = max(0, seconds)
    beside = f", {int(waited.rested.total_seconds())} s in quiet hours not counted" if waited.rested else ""
    if seconds >= mapping.max_age_seconds:
        detail = f"The event is {age} s old{beside}; the mapping allows {mapping.max_age_seconds} s."
        trace.stopped("fresh", Reason.STALE_EVENT, detail)
        remedy = f"Send events as they happen; a replay (deliveryReplay) sends this one after all. {_taking(age, mapping)}"
        return Suppress(Reason.STALE_EVENT, detail, remedy)
    trace.passed("fresh", f"{age} s old{beside}, {mapping.max_age_seconds} s allowed")
    return None


def _taking(age: int, mapping: Mapping) -> str:
    """What lets later events of that age through, with an hour to spare, where a mapping may say as much."""
    if age >= LONGEST_AGE:
        return f"No mapping takes any as old as this: maxAgeSeconds is at most {LONGEST_AGE}."
    change = f"maxAgeSeconds: {min(age + 3600, LONGEST_AGE)}"
    return f"Raise the age that the mapping allows, for later ones as old as this: {mapping_update(mapping.saved_id, change)}"


def _still_wanted(trace: Trace, replayed_at: datetime, rested: timedelta, now: datetime) -> Suppress | None:
    """A replay: how old its event is, is not asked."""
    waited = max(0, int((now - replayed_at - rested).total_seconds()))
    if now >= replayed_at + REPLAY_WAITS + rested:
        detail = f"The replay waited for {waited} s; it may wait for {REPLAY_WAITS.days} days."
        trace.stopped("fresh", Reason.STALE_EVENT, detail)
        return Suppress(Reason.STALE_EVENT, detail, "Mend what kept it waiting, then replay it anew.")
    trace.passed("fresh", f"a replay or a test, whose event's age is not asked; it waited for {waited} s")
    return None


def trusted(trace: Trace, source: Source, event: Event, mapping: Mapping) -> Suppress | None:
    """Gate 3: a browser's key is in every page, so its events start no send unless the mapping allows it."""
    if source.trust is SourceTrust.BROWSER and not mapping.allow_browser_events:
        detail = f"The source {source.name} is a BROWSER source: anybody can send events with its key."
        trace.stopped("trusted", Reason.UNTRUSTED_SOURCE, detail)
        return Suppress(
            Reason.UNTRUSTED_SOURCE,
            detail,
            "Send the event from a server source. Or give the number from a server source: post to "
            f"{_identify(event, '<the number in E.164>')}, and let the mapping take events of browsers: "
            f"{mapping_update(mapping.saved_id, 'allowBrowserEvents: true')}",
        )
    trace.passed("trusted", f"{source.name} is a {source.trust} source")
    return None


SENDER_LOOKS = timedelta(minutes=15)
"""How often is looked whether a sender that is out of use, or in doubt, is there again; whatever brings it back lets all go on at once."""


def sender_in_use(trace: Trace, sender: Sender | None, until: datetime, now: datetime) -> Hold | None:
    """Gate 7, the gateway's part: nobody paused the sender, or took it out of use, and it is not in doubt. What is not known passes."""
    if sender is None:
        return None
    if sender.detached_at is not None:
        detail = (
            f"The sender {sender.address} was taken out of use at {sender.detached_at:%Y-%m-%d %H:%M:%S} UTC."
        )
        trace.stopped("sender", Reason.SENDER_REMOVED, detail)
        swap = destination_call(
            "senderSwap",
            sender.destination_id,
            "destination { id }",
            f'from: {json.dumps(sender.address)}, to: "<a sender of the account>"',
        )
        remedy = (
            f"Let another sender take its place: run {swap}. Or take it into use again: run {_resuming(sender)}. What waits then goes "
            "on by itself."
        )
        looks_at = min(until, now + SENDER_LOOKS)
        return Hold(looks_at, Reason.SENDER_REMOVED, detail, remedy, sender=sender.address)
    pause = sender.pause
    if pause is None:
        return _in_doubt(trace, sender, until, now)
    note = f": {pause.note}" if pause.note else "."
    detail = (
        f"The sender {sender.address} is paused since {pause.at:%Y-%m-%d %H:%M:%S} UTC, by {pause.by}{note}"
    )
    trace.stopped("sender", Reason.PAUSED, detail)
    remedy = f"Resume it: run {_resuming(sender)}; what waits then goes on by itself, the oldest first."
    return Hold(until, Reason.PAUSED, detail, remedy)


def _in_doubt(trace: Trace, sender: Sender, until: datetime, now: datetime) -> Hold | None:
    """The provider refused it: nothing else meets that too, until it is known whether the account has it."""
    doubted_until = sender.doubted_until(now)
    if doubted_until is None:
        return None
    detail = (
        f"The provider refused the sender {sender.address} at {sender.doubted_at:%Y-%m-%d %H:%M:%S} UTC. Whether the account still has it "
        "is looked up."
    )
    trace.stopped("sender", Reason.SENDER_REMOVED, detail)
    remedy = "Nothing to do yet: if the account has the sender, this goes on by itself; if not, this says what to do."
    looks_at = min(until, doubted_until)
    return Hold(looks_at, Reason.SENDER_REMOVED, detail, remedy, sender=sender.address)


def _resuming(sender: Sender) -> str:
    return destination_call("senderResume", sender.id, "destination { id }")


def paced(trace: Trace, destination: Destination, sender: str, rate: float, until: datetime) -> Hold:
    """Gate 10: the sender sends no faster than its pace."""
    detail = f"{sender} sends {rate:g} segments a second; this text waits for its turn."
    trace.stopped("pace", Reason.PACED, detail)
    remedy = (
        "Nothing to do: it goes out by itself when it is its turn. Where the provider takes more of this sender, say so: run "
        f"{_faster(destination, sender, rate)}"
    )
    return Hold(until, Reason.PACED, detail, remedy)


def number_is_trusted(
    trace: Trace, source: Source, event: Event, send: Send, person: Person | Unknown | None
) -> Suppress | None:
    """Gate 3, once the number is known: a browser event only reaches a number that a server source gave."""
    if source.trust is not SourceTrust.BROWSER:
        return None
    if person is not None and person is not UNKNOWN and canonical(send.recipient) in person.server_numbers:
        trace.passed("trusted", "the number was given by a SERVER source")
        return None
    detail = "The number was not given by a SERVER source."
    trace.stopped("trusted", Reason.UNTRUSTED_SOURCE, detail)
    return Suppress(
        Reason.UNTRUSTED_SOURCE,
        detail,
        f"Identify the person from a server source. Post to {_identify(event, send.recipient)}",
    )
