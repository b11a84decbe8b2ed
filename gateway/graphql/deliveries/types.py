"""Deliveries: what became of an event, for one mapping."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import strawberry

from destinations.kit import Channel, GateResult as StoredGate, MessageStatus, Reason, Shown
from gateway import deliveries
from gateway.auth import Viewer
from gateway.deliveries import DeliveryStatus
from gateway.facts.pasting import filled
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries import timeline
from gateway.graphql.deliveries.timeline import Attempt, StatusCallback, TimelineConnection
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events import types as events
from gateway.graphql.events.types import Event
from gateway.graphql.mappings import types as mappings
from gateway.graphql.mappings.forms import PreviewRequest
from gateway.graphql.messages import phones, shown
from gateway.graphql.messages.types import MessageButton, buttons
from gateway.graphql.terms import masking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.graphql.terms.pagination import After, First
from gateway.storage import deliveries as stored


@strawberry.type(description="What one gate saw, and whether it let the message pass.")
class GateResult:
    """See kit.GateResult."""

    gate: str = strawberry.field(description="Which gate of the table.")
    passed: bool = strawberry.field(description="Whether it let the message pass.")
    reason: Reason | None = strawberry.field(description="Why it did not let it pass.")
    detail: str | None = strawberry.field(description="What it saw.")

    @classmethod
    def of(cls, viewer: Viewer, gate: StoredGate) -> Self:
        """The line as this viewer sees it."""
        return cls(
            gate=gate.gate,
            passed=gate.passed,
            reason=None if gate.reason is None else Reason(gate.reason),
            detail=masking.text(viewer, gate.detail),
        )


@strawberry.type(description="What became of one event, for one mapping: at most one message.")
class Delivery(Node):
    """See deliveries.Delivery."""

    value: strawberry.Private[deliveries.Delivery]
    viewer: strawberry.Private[Viewer]

    @resolved("Where it stands.")
    def status(self) -> DeliveryStatus:
        return self.value.status

    @resolved("The provider's word on the message; it only moves up.")
    def message_status(self) -> MessageStatus | None:
        return self.value.message_status

    @resolved("Why nothing was sent, or not yet.")
    def reason(self) -> Reason | None:
        return self.value.reason

    @resolved("Whether it is a test send, to a number that was named for it.")
    def test(self) -> bool:
        return self.value.is_test

    @resolved("How it reaches the phone; null where its action sends no text.")
    def channel(self) -> Channel | None:
        return self.value.channel

    @resolved(
        "The number (E.164), masked for viewers, as soon as it is found, whatever comes after; of what was refused "
        "before, the one it would have gone to, where the event and the mapping tell; empty where nobody was found. Once a text "
        "is to be sent, it never changes."
    )
    def recipient(self) -> str:
        number = self.value.recipient
        return "" if number is None else masking.phone(self.viewer, number)

    @resolved("The country of that number, by its two letters; null for one of no country.")
    def country(self) -> str | None:
        return self.value.country

    @resolved("What it is sent from, masked for viewers; null until it is planned.")
    def sender(self) -> str | None:
        return masking.text(self.viewer, self.value.sender)

    @resolved("The provider's id of the message.")
    def message_sid(self) -> str | None:
        return masking.text(self.viewer, self.value.message_sid)

    @resolved("The code of the refusal or failure.")
    def error_code(self) -> str | None:
        return masking.text(self.viewer, self.value.error_code)

    @resolved("What the refusal or failure said.")
    def error_message(self) -> str | None:
        return masking.text(self.viewer, self.value.error_message)

    @resolved(
        "What would change it, as it is to be pasted: a mutation in it names the revision that its destination or mapping has now, and "
        "leaves all else of them as it is now."
    )
    def remedy(self, info: Info) -> str | None:
        context, one = info.context, self.value
        if one.remedy is None:
            return None
        snapshot = context.snapshot
        configured = snapshot.destinations.get(one.destination_id), snapshot.mappings.get(one.mapping_id)
        return masking.text(context.viewer, filled(one.remedy, *configured))

    @resolved("How many requests may have left.")
    def attempt_count(self) -> int:
        return self.value.attempt_count

    @resolved("How many segments a text takes.")
    def segments(self) -> int | None:
        return self.value.segments

    @resolved("What the provider charged, in its own words.")
    def price(self) -> str | None:
        return masking.text(self.viewer, self.value.price)

    @resolved("When it goes on, where it waits.")
    def next_attempt_at(self) -> datetime | None:
        return self.value.next_attempt_at

    @resolved("When the event was matched.")
    def created_at(self) -> datetime:
        return self.value.created_at

    @resolved("When it last changed.")
    def updated_at(self) -> datetime:
        return self.value.updated_at

    @resolved("Each gate in order, with what it saw; empty while PENDING.")
    def explanation(self, info: Info) -> list[GateResult]:
        return [GateResult.of(info.context.viewer, StoredGate(**gate)) for gate in self.value.explanation]

    @resolved("The gate that stopped it, or lets it wait; null where none does.")
    def failed_gate(self, info: Info) -> GateResult | None:
        failed = [gate for gate in self.value.explanation if not gate["passed"]]
        return GateResult.of(info.context.viewer, StoredGate(**failed[-1])) if failed else None

    @resolved(
        "The request of its latest try; null before the first, for viewers, and once it was removed for its age (`HELIOGRAPH_RETENTION_BODIES_DAYS`), as the details of `explanation` are then."
    )
    def request(self, info: Info) -> PreviewRequest | None:
        intent = self.value.intent
        if intent is None or "method" not in intent or info.context.viewer.masked:
            return None
        return PreviewRequest.of(intent["method"], intent["url"], intent["form"], intent.get("json"))

    @resolved(
        "The text as the phone shows it; of a template with the values of the request, by what the last sync listed. Null where there is no "
        "`request`, where it is media alone, and where the template's text is not known."
    )
    async def text(self, info: Info) -> str | None:
        return (await self._on_phone(info.context)).text

    @resolved("The addresses of the media that go with it, as `text`.")
    async def media(self, info: Info) -> list[str]:
        return list((await self._on_phone(info.context)).media)

    @resolved("The buttons below it, of a template, as `text`.")
    async def buttons(self, info: Info) -> list[MessageButton]:
        return buttons(self.viewer, (await self._on_phone(info.context)).buttons)

    @resolved(
        "Where a stand-in for the provider shows the phone of its recipient; null where the account is the provider's own, for viewers, and where "
        "nobody was found."
    )
    def phone_page(self, info: Info) -> str | None:
        context, number = info.context, self.value.recipient
        if number is None or context.viewer.masked:
            return None
        destination = context.snapshot.destinations[self.value.destination_id]
        return phones.page(context, destination, number, self.value.channel)

    async def _on_phone(self, context: Context) -> Shown:
        """What the phone shows of its request, which viewers do not see."""
        intent = self.value.intent
        if intent is None or "method" not in intent or context.viewer.masked:
            return shown.NOTHING
        return await shown.of_request(context, self.value.destination_id, intent["form"])

    @resolved("Where it goes out.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

    @resolved("The mapping it is of, even where that was deleted since; null where the ledger has none.")
    def mapping(self, info: Info) -> mappings.Mapping | None:
        key, snapshot = self.value.mapping_id, info.context.snapshot
        found = snapshot.mappings.get(key) or snapshot.deleted_mappings.get(key)
        return None if found is None else mappings.Mapping.of(info.context, found)

    @resolved("The event it is of; null where that was deleted.")
    async def event(self, info: Info) -> Event | None:
        return await events.seen(info.context, self.value.event_id)

    @resolved("The delivery that this one replays; null where it is no replay, or that was removed.")
    async def replay_of(
        self, info: Info
    ) -> Annotated["Delivery", strawberry.lazy("gateway.graphql.deliveries.types")] | None:
        return await _other(info.context, self.value.replay_of)

    @resolved(
        "The delivery whose message the provider could not bring, so that this one was made; null where there is none."
    )
    async def fallback_of(
        self, info: Info
    ) -> Annotated["Delivery", strawberry.lazy("gateway.graphql.deliveries.types")] | None:
        return await _other(info.context, self.value.fallback_of)

    @resolved("Its tries, and the provider's words on it, the first first.")
    async def timeline(
        self, info: Info, first: First = 50, after: After = strawberry.UNSET
    ) -> TimelineConnection:
        loaders, viewer = info.context.loaders, info.context.viewer
        tries = await loaders.attempts.load(self.value.id)
        callbacks = await loaders.callbacks.load(self.value.id)
        entries: list[Attempt | StatusCallback] = [
            *(Attempt.of(viewer, one) for one in tries),
            *(StatusCallback.of(viewer, one) for one in callbacks),
        ]
        return timeline.page_of(entries, first, after)

    @classmethod
    def of(cls, viewer: Viewer, delivery: deliveries.Delivery) -> Self:
        """The delivery as this viewer sees it."""
        return cls(id=strawberry.ID(delivery.id), value=delivery, viewer=viewer)


def _camel(column: str) -> str:
    first, *others = column.split("_")
    return first + "".join(word.title() for word in others)


SHOWN_BY: Sequence[tuple[str, str]] = (
    *(("id", ""), ("created_at", "")),  # a page is ordered by them
    *((name, _camel(name)) for name in deliveries.Delivery.__struct_fields__),
    *(("explanation", "failedGate"), ("intent", "request"), ("source_id", "test")),
    *(("event_id", "event"), ("mapping_id", "mapping"), ("destination_id", "destination")),
    *((column, field) for column in ("intent", "destination_id") for field in ("text", "media", "buttons")),
    *((column, "phonePage") for column in ("recipient", "channel", "destination_id")),
    *(("mapping_id", "remedy"), ("destination_id", "remedy")),
)
"""Each column, with a field that shows something of it."""


async def _other(context: Context, delivery_id: str | None) -> Delivery | None:
    found = None if delivery_id is None else await context.loaders.deliveries.load(delivery_id)
    return None if found is None else Delivery.of(context.viewer, found)


async def seen(context: Context, delivery_id: str) -> Delivery | None:
    """The delivery of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, delivery_id))
    return (
        None if found is None or not context.viewer.sees(found.space) else Delivery.of(context.viewer, found)
    )
