"""`consentUpdate`: what somebody said, recorded by a person who has it on paper."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Channel, ConsentStatus, sender_key
from gateway import audit, consent
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel
from gateway.graphql.contacts import known as contacts, types
from gateway.graphql.contacts.types import Contact
from gateway.graphql.context import Context, Info
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, check_name, check_space, no_number
from gateway.graphql.terms.scalars import from_time
from gateway.phones import key_of
from gateway.storage import consent as history, people
from gateway.workspace import Role


@strawberry.input(description="What shows that somebody agreed, or did not.")
class ConsentEvidenceInput:
    """See ConsentEvidence."""

    method: str = strawberry.field(description="How it was said, such as `web form` or `phone call`.")
    wording_version: str | None = strawberry.field(
        default=strawberry.UNSET, description="Which wording the person saw."
    )
    url: str | None = strawberry.field(default=strawberry.UNSET, description="Where they saw it.")
    ip: str | None = strawberry.field(default=strawberry.UNSET, description="From which address.")
    at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it was said; null: now. The newest word counts."
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="Anything else worth keeping.")


@strawberry.input(description="A word of consent to record.")
class ConsentUpdateInput:
    """See consentUpdate."""

    phone: str = strawberry.field(
        description="The number, in any notation; without a + it is read in the country of the space's destinations."
    )
    channel: Channel = strawberry.field(description="The channel; MMS counts as SMS.")
    sender: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The sender it was said to, where it was to one: then a yes lifts a stop for that sender alone.",
    )
    status: ConsentStatus = strawberry.field(description="What was said: SUBSCRIBED or UNSUBSCRIBED.")
    evidence: ConsentEvidenceInput = strawberry.field(description="What shows it.")
    space: str | None = strawberry.field(default="default", description="The space it is for.")


@strawberry.type(description="A contact that was changed, or what was wrong.")
class ContactPayload:
    """Of every mutation about a contact."""

    contact: Contact | None = strawberry.field(
        description="The contact as it is now; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Record what somebody said. A person's own stop is lifted by an ADMIN only, with later evidence. It takes no expectedRevision: a "
        "word is added to the history, where nothing is written over, and the newest counts."
    )
    async def consent_update(self, info: Info, given: Annotated[ConsentUpdateInput, INPUT]) -> ContactPayload:
        context, space = info.context, given.space or "default"
        context.require(Role.OPERATOR, "Recording consent")
        context.require_space(space)
        number = key_of(given.phone, context.snapshot.country_of_space(space))
        problems = [*_check(context, given), *check_space(space, "space")]
        if number is None:
            problems.append(input_error(ErrorCode.INVALID, no_number("phone", given.phone), "phone"))
        if number is None or problems:
            return ContactPayload(contact=None, errors=list(problems))
        return await _record(context, _entry(context, given, space, number))


def _check(context: Context, given: ConsentUpdateInput) -> list[InputError]:
    at = given.evidence.at
    problems = check_name(given.evidence.method, "evidence", "method")
    if given.status not in (ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED):
        message = (
            f"Nobody says {given.status.value}: it would change nothing. Nothing was changed: record what was said, SUBSCRIBED for a yes "
            "or UNSUBSCRIBED for a no."
        )
        problems.append(input_error(ErrorCode.INVALID, message, "status"))
    if at and at > context.services.clock.now():
        message = "This is still to come: say when it was said, or leave it out for now."
        problems.append(input_error(ErrorCode.INVALID, message, "evidence", "at"))
    return problems


def _entry(context: Context, given: ConsentUpdateInput, space: str, number: str) -> ConsentEntry:
    now = context.services.clock.now()
    shown = given.evidence
    kept: dict[str, Any] = {
        "method": shown.method.strip(),
        "wordingVersion": shown.wording_version or None,
        "url": shown.url or None,
        "ip": shown.ip or None,
        "at": from_time(shown.at) if shown.at else None,
        "note": shown.note or None,
        "recordedBy": context.viewer.name,
    }
    return ConsentEntry(
        space=space,
        phone=number,
        channel=ledger_channel(given.channel),
        sender=sender_key(given.sender) if given.sender else None,
        status=given.status,
        own_word=False,
        source=(ConsentSource.ADMIN if context.viewer.may(Role.ADMIN) else ConsentSource.OPERATOR).value,
        evidence={key: value for key, value in kept.items() if value is not None},
        occurred_at=shown.at or now,
        received_at=now,
    )


async def _record(context: Context, entry: ConsentEntry) -> ContactPayload:
    def change(database: Database) -> InputError | Contact:
        said = history.deciding(database, context.services.secrets, entry.space, [entry.phone])[entry.phone]
        words = [word for word in said.deciding if word.channel is entry.channel]
        stop = consent.standing_stop(words, entry.sender)
        if stop is not None and entry.status is ConsentStatus.SUBSCRIBED:
            said_at = stop.word.occurred_at
            if not context.viewer.may(Role.ADMIN):
                message = (
                    f"This number said stop on {from_time(said_at)}. Nothing was changed: only the person's "
                    "own START, or an ADMIN with later evidence, lifts it."
                )
                return input_error(ErrorCode.FORBIDDEN, message, "status")
            if entry.occurred_at <= said_at:
                message = (
                    f"This number said stop on {from_time(said_at)}, which is no earlier. Nothing was changed: "
                    "only later evidence lifts a stop."
                )
                return input_error(ErrorCode.INVALID, message, "evidence", "at")
        people.add_contact(database, entry.space, entry.phone, entry.received_at)
        history.add(database, entry)
        known = contacts.read(database, context.services.secrets, entry.space, entry.phone)
        if known is None:
            raise AssertionError("The contact was added in this very transaction")
        # Who it is, the target tells for as long as the contact is kept: no number or evidence outlives it in the log.
        told = {"channel": entry.channel, "status": entry.status, "source": entry.source}
        context.record(database, "consentUpdate", known.id, audit.changes({}, told), space=entry.space)
        return types.shown(context, known)

    done = await context.services.store.write(change)
    if isinstance(done, InputError):
        return ContactPayload(contact=None, errors=[done])
    return ContactPayload(contact=done, errors=[])
