"""Sources: where events come from."""

from datetime import datetime
from functools import partial
from typing import Any, Self

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit, workspace
from gateway.audit import FieldChange
from gateway.graphql.context import Info
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, conflict, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.masking import MaskedSecret
from gateway.graphql.terms.nodes import Node
from gateway.storage import seen, sources
from gateway.workspace import SourceTrust


@strawberry.type(description="A write key that was rotated out, and still works for a while.")
class RetiredKey:
    """See workspace.RetiredKey."""

    last_four: str = strawberry.field(description="Its last four characters.")
    works_until: datetime = strawberry.field(description="From this moment on it is refused.")


@strawberry.type(
    description="Requests of a source that were refused for one reason: nothing of them was kept, but for single bad events."
)
class Refusal:
    """See storage.refusals.Refusal."""

    code: str = strawberry.field(description="The reason, as the answer named it, such as `rate_limited`.")
    message: str = strawberry.field(description="What the last of them was told.")
    count: int = strawberry.field(description="How many there were.")
    last_at: datetime = strawberry.field(description="When the last one came.")


@strawberry.type(description="Where events come from: an application or a site, known by its write key.")
class Source(Node):
    """See workspace.Source."""

    value: strawberry.Private[workspace.Source]
    space: str = strawberry.field(description="The space it belongs to; links never cross it.")
    trust: SourceTrust = strawberry.field(description="How far its events are believed.")
    enabled: bool = strawberry.field(description="Whether its events are taken.")
    revision: int = strawberry.field(description="Goes up by one with every change.")
    write_key: MaskedSecret = strawberry.field(description="Its credential for sending events.")
    shared_secret: MaskedSecret = strawberry.field(
        description="What its senders sign with, for /v1/events/{sourceId}; where it has one, requests that are not signed are refused."
    )
    path_key_allowed: bool = strawberry.field(
        description="Whether its write key may stand in a path, /v1/events/{writeKey}."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    deleted_at: datetime | None = strawberry.field(
        description="When it was deleted: then only the events that it sent before still show it."
    )

    @resolved("Its name, for people.")
    def name(self, info: Info) -> str:
        return masking.text(info.context.viewer, self.value.name)

    @resolved("The trait of an identify that says yes (true) or no (false) to SMS.")
    def sms_opt_in_trait(self, info: Info) -> str:
        return masking.text(info.context.viewer, self.value.sms_opt_in_trait)

    @resolved("The trait of an identify that says yes (true) or no (false) to WhatsApp.")
    def whatsapp_opt_in_trait(self, info: Info) -> str:
        return masking.text(info.context.viewer, self.value.whatsapp_opt_in_trait)

    @resolved(
        "When its last event came, whatever became of it; null where none is kept. An event counts once it is matched."
    )
    async def last_event_at(self, info: Info) -> datetime | None:
        return await info.context.read(partial(seen.last_at, source_id=self.value.id))

    @resolved("The keys that were rotated out and still work, the last to stop first.")
    def retired_keys(self, info: Info) -> list[RetiredKey]:
        now = info.context.services.clock.now()
        return [
            RetiredKey(last_four=key.last_four, works_until=key.works_until)
            for key in info.context.snapshot.retired_keys(self.value.id, now)
        ]

    @resolved(
        "The requests with one of its keys that were refused, by reason, the latest first; kept within a second or two."
    )
    async def refusals(self, info: Info) -> list[Refusal]:
        found = await info.context.loaders.refusals.load(self.value.id)
        viewer = info.context.viewer
        return [
            Refusal(
                code=one.code, message=masking.text(viewer, one.message), count=one.count, last_at=one.last_at
            )
            for one in found
        ]

    @classmethod
    def of(cls, source: workspace.Source) -> Self:
        """The source as the API shows it."""
        return cls(
            id=strawberry.ID(source.id),
            value=source,
            space=source.space,
            trust=source.trust,
            enabled=source.enabled,
            revision=source.revision,
            write_key=MaskedSecret(
                configured=True, last_four=source.write_key_last_four, set_at=source.write_key_set_at
            ),
            shared_secret=MaskedSecret(
                configured=source.shared_secret_set_at is not None,
                last_four=source.shared_secret_last_four,
                set_at=source.shared_secret_set_at,
            ),
            path_key_allowed=source.path_key_allowed,
            created_at=source.created_at,
            deleted_at=source.deleted_at,
        )


@strawberry.type(description="A source that was made or changed, or what was wrong.")
class SourcePayload:
    """Of every mutation about a source."""

    source: Source | None = strawberry.field(
        description="The source as it is now; null where nothing was done."
    )
    write_key: str | None = strawberry.field(
        description="The new write key, shown this once: it is kept as a hash alone. Null where none was made, and in the answer to a "
        "repetition with the same idempotencyKey: where the first answer was lost, have a new one made by sourceKeyRotate."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def payload(source: workspace.Source, write_key: str | None = None) -> SourcePayload:
    """The source as it is now."""
    return SourcePayload(source=Source.of(source), write_key=write_key, errors=[])


def refused(*errors: UserError) -> SourcePayload:
    """Nothing was done."""
    return SourcePayload(source=None, write_key=None, errors=list(errors))


def held(database: Database, source_id: str, expected_revision: int) -> workspace.Source | UserError:
    """The source, which nobody else changes before this transaction ends; or why it can't be changed."""
    found = sources.get(database, source_id, for_update=True)
    if found is None or found.deleted_at is not None:
        return not_found("source", "id")
    if found.revision != expected_revision:
        return conflict("source", expected_revision, found.revision)
    return found


def changes(before: workspace.Source | None, after: workspace.Source | None) -> tuple[FieldChange, ...]:
    """What the audit log tells of a change from one to the other; None: there is none yet, or none any more."""
    return audit.changes(_told(before), _told(after), secret=("writeKey", "sharedSecret"))


def _told(source: workspace.Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    return {
        "name": source.name,
        "trust": source.trust,
        "enabled": source.enabled,
        "smsOptInTrait": source.sms_opt_in_trait,
        "whatsappOptInTrait": source.whatsapp_opt_in_trait,
        "writeKey": source.write_key_hash,
        "pathKeyAllowed": source.path_key_allowed,
        "sharedSecret": source.shared_secret_set_at,
    }


def taken(name: str) -> InputError:
    """Another source of the space has that name."""
    message = f'A source named "{name}" exists in this space. Take another name.'
    return input_error(ErrorCode.TAKEN, message, "name")
