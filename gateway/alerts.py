"""What is wrong now and wants a person, in words: one source of them for the API and the log.

| code | what is wrong | it ends |
| --- | --- | --- |
| ACCOUNT_REFUSED | the provider refuses the account itself | once it is verified, or a message got through |
| DESTINATION_FAILED | its checks failed | once it is verified |
| DESTINATION_NOT_VERIFIED | it was made or changed, and not verified since | once it is verified |
| SENDER_REMOVED | the account has no more what mappings name, or what Deliveries wait for | after senderSwap, or once it is back |
| SENDER_DETACHED | the same, of one that somebody took out of use | after senderSwap or senderResume |
| TEMPLATE_REMOVED | the account has no more what mappings name | once they name another, or it is back |
| TEMPLATE_NOT_APPROVED | it was refused or paused, or is approved no more | once it is approved, or no mapping names it |
| WEBHOOK_DEAD | what an owner was to be told was given up in the last day | after webhookDeliveryReplay, or a day later |
| WEBHOOK_FAILING | a receiver did not take one thing after several attempts, or takes nothing and rests | once it did |
| CALLBACKS_MISSING | of the last messages none had a callback | once one comes |
| DAILY_LIMIT_REACHED | a destination has sent all that it may today | once the day is over, or more may be |
| DAILY_LIMIT_NEAR | it has sent 80 % of that, or more | the same |
| REQUESTS_REFUSED | requests of a source were refused | a day after the last of them |
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from destinations.kit import DestinationStatus, TemplateApproval, mutation_call
from gateway import ids
from gateway.sending_limits import Count, Limit, begin_of
from gateway.synced import Sender
from gateway.workspace import Destination, Source

PREFIX = "alr"
_NAMED = 5
"""How many names are told; of the others only how many there are."""


class AlertCode(StrEnum):
    """See the table above."""

    ACCOUNT_REFUSED = "ACCOUNT_REFUSED"
    DESTINATION_FAILED = "DESTINATION_FAILED"
    DESTINATION_NOT_VERIFIED = "DESTINATION_NOT_VERIFIED"
    SENDER_REMOVED = "SENDER_REMOVED"
    SENDER_DETACHED = "SENDER_DETACHED"
    TEMPLATE_REMOVED = "TEMPLATE_REMOVED"
    TEMPLATE_NOT_APPROVED = "TEMPLATE_NOT_APPROVED"
    WEBHOOK_DEAD = "WEBHOOK_DEAD"
    WEBHOOK_FAILING = "WEBHOOK_FAILING"
    CALLBACKS_MISSING = "CALLBACKS_MISSING"
    DAILY_LIMIT_REACHED = "DAILY_LIMIT_REACHED"
    DAILY_LIMIT_NEAR = "DAILY_LIMIT_NEAR"
    REQUESTS_REFUSED = "REQUESTS_REFUSED"

    @property
    def grave(self) -> bool:
        """Whether something does not go out, or was lost."""
        return self not in _DOUBTFUL


_DOUBTFUL = frozenset(
    {
        AlertCode.DESTINATION_NOT_VERIFIED,
        AlertCode.SENDER_DETACHED,
        AlertCode.WEBHOOK_FAILING,
        AlertCode.CALLBACKS_MISSING,
        AlertCode.DAILY_LIMIT_NEAR,
        AlertCode.REQUESTS_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong with `target_id` since then; `remedy` can be pasted. `about` tells apart what a target has several of."""

    code: AlertCode
    target_id: str
    message: str
    remedy: str
    since: datetime
    about: str = ""

    @property
    def id(self) -> str:
        """The same for as long as it is wrong. The first digit puts the grave ones first."""
        digits = ids.digest(f"{self.code}\x1f{self.target_id}\x1f{self.about}")[:31]
        return f"{PREFIX}_{int(self.code.grave)}{digits}"

    @property
    def place(self) -> tuple[str, datetime, str]:
        """Where it stands in the list, which goes from the greatest to the least: grave ones first, then the newest."""
        return place_of(self.since, self.id)


def place_of(since: datetime, key: str) -> tuple[str, datetime, str]:
    """The place of the alert of that id."""
    return key[: len(PREFIX) + 2], since, key


# -- the words that the log says too ---------------------------------------------------------------------------------------------


def sender_gone(name: str) -> str:
    """Of a sender by its label, or its address."""
    return f"The account has the sender {name} no more: what is to be sent from it waits as SENDER_REMOVED."


def template_gone(name: str, sid: str) -> str:
    """Of a template."""
    return f"The account has the template {name} ({sid}) no more: what is sent with it is refused."


def template_not_approved(
    name: str, sid: str, approval: TemplateApproval, rejection_reason: str | None
) -> str:
    """Of a template that may begin no conversation."""
    why = f": {rejection_reason}" if rejection_reason else ""
    return (
        f"The template {name} ({sid}) is {approval.value}{why}. Until it is APPROVED no conversation can begin with it "
        "(TEMPLATE_NOT_APPROVED)."
    )


def account_refused(name: str, said: str) -> str:
    """Of a destination whose account the provider refuses."""
    return f"The provider refuses the account of the destination {name}: {said} What it would send waits."


# -- what is pasted --------------------------------------------------------------------------------------------------------------


def _run(operation: str, answer: str, **given: str) -> str:
    return f"run {mutation_call(operation, answer, **given)}"


def _verified(destination_id: str) -> str:
    return _run("destinationVerify", "destination { status }", id=destination_id)


def _synced(operation: str, destination_id: str) -> str:
    return _run(operation, "job { status }", id=destination_id)


def _sentences(parts: Iterable[str | None]) -> str:
    """Each once, with its full stop."""
    kept = dict.fromkeys(part.strip() for part in parts if part and part.strip())
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in kept)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _names(names: Sequence[str]) -> str:
    told = ", ".join(names[:_NAMED])
    return told if len(names) <= _NAMED else f"{told} and {len(names) - _NAMED} more"


def _of_mappings(names: Sequence[str], verb: str, verb_of_many: str) -> str:
    what = _counted(len(names), f"mapping {verb}", f"mappings {verb_of_many}")
    return f"{what} it: {_names(names)}." if names else ""


# -- the alerts ------------------------------------------------------------------------------------------------------------------


def of_standing(destination: Destination) -> Alert | None:
    """That a destination can't send as it stands; None where it can, or its checks run."""
    run: Mapping[str, Any] = destination.verification or {}
    failed = [one for one in run.get("checks", ()) if not one["passed"]]
    messages = _sentences(one.get("message") or one.get("code") for one in failed)
    remedies = _sentences(one.get("remedy") for one in failed)
    verify = _verified(destination.id)
    way = remedies if verify in remedies else f"{remedies} Then {verify}."
    name, trouble = destination.name, destination.trouble
    if trouble is not None and trouble.pause is not None and not failed:
        said = (
            f"it was refused again soon after it was verified ({trouble.code}), so one delivery at a time tries whether it works, the next "
            f"at {trouble.probe_at:%Y-%m-%d %H:%M:%S} UTC."
        )
        way = f"Mend the account at the provider, then {_verified(destination.id)}."
        message = account_refused(name, said)
        return Alert(AlertCode.ACCOUNT_REFUSED, destination.id, message, way, trouble.at)
    match destination.status:
        case DestinationStatus.FAILED:
            of_account = trouble is not None and any(one["name"] == "account" for one in failed)
            code = AlertCode.ACCOUNT_REFUSED if of_account else AlertCode.DESTINATION_FAILED
            message = (
                account_refused(name, messages)
                if of_account
                else f"The destination {name} failed its checks, so that what it would send waits: {messages}"
            )
            return Alert(code, destination.id, message, way.strip(), _since(destination))
        case DestinationStatus.DRAFT:
            message = f"The destination {name} is not verified as it is configured now, so that what it would send waits."
            way = f"Once it is as it should be, verify it: {_verified(destination.id)}."
            since = destination.updated_at
            return Alert(AlertCode.DESTINATION_NOT_VERIFIED, destination.id, message, way, since)
        case _:
            return None


def _since(destination: Destination) -> datetime:
    run = destination.verification or {}
    at = run.get("since") or run.get("finishedAt")
    return datetime.fromisoformat(at) if isinstance(at, str) else destination.updated_at


def of_sender(sender: Sender, others: Iterable[Sender], names: Sequence[str], waiting: int) -> Alert | None:
    """That a sender is out of use which mappings of these names send from, or for which so many Deliveries wait; None where nobody misses
    it. `others` are the senders of the account.
    """
    out_of_use = sender.removed_at or sender.detached_at
    if out_of_use is None or not (names or waiting):
        return None
    removed = sender.removed_at is not None
    gone = sender_gone(sender.label)
    if not removed:
        gone = f"The sender {sender.label} was taken out of use: what is to be sent from it waits as SENDER_REMOVED."
    held = f"{_counted(waiting, 'delivery waits', 'deliveries wait')} for it." if waiting else ""
    message = " ".join(filter(None, (gone, _of_mappings(names, "sends from", "send from"), held)))
    code = AlertCode.SENDER_REMOVED if removed else AlertCode.SENDER_DETACHED
    return Alert(code, sender.id, message, _replacing(sender, others, named=bool(names)), out_of_use)


def _replacing(sender: Sender, others: Iterable[Sender], *, named: bool) -> str:
    """How another takes its place, and how it comes back."""
    if sender.removed_at is not None:
        back = f"give the account this one back, then {_synced('senderSync', sender.destination_id)}"
    else:
        back = f"take it into use again: {_run('senderResume', 'destination { id }', id=sender.id)}"
    other = _likest(sender, others)
    if not named:
        return (
            f"The events name it: have them name another one, or {back}. What waits then goes on by itself."
        )
    if other is None:
        return (
            f"The account has no other sender in use that can do the same: {back}. What waits then goes on by itself. Once it has another "
            "one, this names it."
        )
    given = {"destinationId": sender.destination_id, "from": sender.id, "to": other.id}
    swap = _run("senderSwap", "destination { id }", **given)
    return f"Let another sender take its place, such as {other.label}: {swap}. Or {back}. What waits then goes on by itself, each once."


def _likest(sender: Sender, others: Iterable[Sender]) -> Sender | None:
    """One that is in use and can do what it could: of its kind and country, if there is one; of several the first by address."""
    able = [
        one
        for one in others
        if one.active
        and one.pause is None
        and one.address != sender.address
        and set(sender.channels) <= set(one.channels)
    ]
    unlike = [(one.kind is not sender.kind, one.country != sender.country, one.address, one) for one in able]
    return min(unlike, key=lambda one: one[:3])[3] if unlike else None


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A template that mappings name, as the last sync listed it, and their names."""

    id: str
    sid: str
    name: str
    approval: TemplateApproval
    rejection_reason: str | None
    removed_at: datetime | None
    fell_at: datetime | None
    mappings: Sequence[str]


def of_template(one: NamedTemplate, destination_id: str) -> Alert | None:
    """That a template which mappings name may not go out; None where it may, or nobody has decided on it yet."""
    look = _synced("templateSync", destination_id)
    uses = _of_mappings(one.mappings, "uses", "use")
    if one.removed_at is not None:
        message = f"{template_gone(one.name, one.sid)} {uses}"
        way = f"Name another template in the mapping, or make this one again and {look}."
        return Alert(AlertCode.TEMPLATE_REMOVED, one.id, message, way, one.removed_at)
    if one.fell_at is None:
        return None
    said = template_not_approved(one.name, one.sid, one.approval, one.rejection_reason)
    way = f"Mend it where it was made and have it approved, then {look}. Or name another template in the mapping."
    return Alert(AlertCode.TEMPLATE_NOT_APPROVED, one.id, f"{said} {uses}", way, one.fell_at)


@dataclass(frozen=True, slots=True)
class Untold:
    """What a receiver did not take: how many, the newest of them with its last answer, and since when."""

    count: int
    more: bool
    newest_id: str
    answer: str | None
    since: datetime


def of_webhooks(destination: Destination, untold: Untold, now: datetime, *, dead: bool) -> Alert:
    """That an owner was not told: it was given up (`dead`), or it is still tried."""
    count = f"{'More than ' if untold.more else ''}{untold.count}"
    some, was = ("thing", "was") if untold.count == 1 else ("things", "were")
    ended = f"{was} given up" if dead else f"{was} tried in vain so far"
    answer = _sentences([untold.answer])
    message = (
        f"{count} {some} that the owner of the destination {destination.name} was to be told by webhookUrl {ended}. {answer}"
    ).strip()
    given = {"id": destination.id, "idempotencyKey": f"{now:alert-%Y%m%dT%H%M%S}"}
    way = f"Mend the receiver, and try it: {_run('webhookTest', 'webhookDelivery { deliveredAt lastAnswer }', **given)}."
    if dead:
        replay = _run("webhookDeliveryReplay", "webhookDelivery { nextAttemptAt }", id=untold.newest_id)
        which = f"destinationId: {json.dumps(destination.id)}, dead: true"
        listed = f"query {{ webhookDeliveries({which}) {{ edges {{ node {{ id event lastAnswer }} }} }} }}"
        way += f" Then have each sent again, the newest so: {replay}. All of them: {listed}."
    else:
        way += " What waits then goes on by itself, within two hours."
    code = AlertCode.WEBHOOK_DEAD if dead else AlertCode.WEBHOOK_FAILING
    return Alert(code, destination.id, message, way, untold.since)


def of_callbacks(destination: Destination, count: int, since: datetime, public_url: str) -> Alert:
    """That of its last messages, so many, none had a callback."""
    message = (
        f"None of the last {count} messages of the destination {destination.name} had a status callback, ten minutes and more after it left. "
        "What became of them is asked for instead, which takes longer."
    )
    way = (
        f"See that the provider reaches this gateway: run curl -i -X POST {public_url}/webhooks/{destination.id}/status from outside. It is "
        "answered 403 (no signature) where that is so; where it is not, mend HELIOGRAPH_PUBLIC_URL, or the proxy in front. Where it is, the log "
        "says why callbacks were refused."
    )
    return Alert(AlertCode.CALLBACKS_MISSING, destination.id, message, way, since)


def of_refusal(source: Source, code: str, said: str, count: int, last_at: datetime, since: datetime) -> Alert:
    """That requests of a source are refused."""
    message = (
        f"Requests of the source {source.name} are refused as {code}, the last at {last_at:%Y-%m-%d %H:%M:%S} UTC, {count} so far: "
        f"{_sentences([said])}"
    )
    shown = f"query {{ source(id: {json.dumps(source.id)}) {{ refusals {{ code message count lastAt }} }} }}"
    way = (
        "Mend what sends them: the answer that they get says what is wrong. Nothing of them was kept, so send them again then. How many "
        f"there are: {shown}."
    )
    return Alert(AlertCode.REQUESTS_REFUSED, source.id, message, way, since, about=code)


def of_limit(destination: Destination, limit: Limit, count: Count) -> Alert | None:
    """That a destination has sent all that it may today, or nearly; None where neither is so."""
    if count.claimed < limit.nearly:
        return None
    sent = f"The destination {destination.name} has sent {count.claimed} of the {limit.most} texts that it may today"
    full = count.claimed >= limit.most
    rest = "all else is suppressed as BUDGET" if full else "once it has, all else is suppressed as BUDGET"
    message = f"{sent}: {rest}, until {limit.over_at:%Y-%m-%d %H:%M:%S} UTC."
    after = " What was suppressed is sent by deliveryReplay or deliveriesReplay then." if full else ""
    way = f"Raise the limit to let more through today: run {limit.raising}.{after}"
    code = AlertCode.DAILY_LIMIT_REACHED if full else AlertCode.DAILY_LIMIT_NEAR
    since = count.warned_at or begin_of(destination.policy, limit.counter)
    return Alert(code, destination.id, message, way, since)
