"""The gateway's services, the Twilio destination and the stand-in in one process: a store in a file, no socket, no worker."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection

from destinations.kit import Channel, ConsentStatus, DestinationStatus, HttpRequest, HttpResponse, Policy
from destinations.twilio_engage import definition
from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SENDER,
    TEMPLATE_SID,
    WHATSAPP_SENDER,
    Simulator,
)
from gateway.auth import Authenticator
from gateway.clock import ManualClock
from gateway.consent import ConsentEntry
from gateway.deliveries import Attempt, Delivery
from gateway.facts.workspace import Workspace
from gateway.jobs import JobKind
from gateway.pipeline import accounts, verification
from gateway.pipeline.follow import follow
from gateway.pipeline.match import Taken, match
from gateway.secrets import Secrets
from gateway.sending import NoAnswer, Phase, SendingError
from gateway.sending.memory import MemoryReceivers
from gateway.sending.reading import Reader
from gateway.services import Services
from gateway.settings import Settings
from gateway.shared.memory import in_memory
from gateway.storage import (
    attempts,
    consent,
    delivery_lists,
    destinations,
    jobs,
    leases,
    mappings,
    sources,
)
from gateway.storage.destinations import Standing
from gateway.storage.engine import Store
from gateway.webhooks.endpoints import WebhookApp
from gateway.workspace import Destination
from tests import factories
from tests.gateway.asked import Asked
from tests.gateway.turns import work_on

HOST = "127.0.0.1:4010"
ACTIONS = ("sendSms", "sendWhatsApp")
CHANNELS = {"sendSms": Channel.SMS, "sendWhatsApp": Channel.WHATSAPP}
PICTURE, DRAWING = "https://example.com/a.jpg", "https://example.com/a.svg?v=2"
_SEND = {"send": True, "traitEnrichment": True}
_TEMPLATE = {
    "contentSid": TEMPLATE_SID,
    "contentVariables": {"1": "{{ profile.traits.first_name }}", "2": "A-1"},
}
# By the event that they are for.
MAPPINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "sendSms": ("sendSms", {"from": SENDER, "body": "Hello {{ profile.traits.first_name }}", **_SEND}),
    "sendWhatsApp": ("sendWhatsApp", {"from": WHATSAPP_SENDER, **_TEMPLATE, **_SEND}),
    "sendWhatsApp in words": (
        "sendWhatsApp",
        {"from": WHATSAPP_SENDER, "body": "Hello", **_TEMPLATE, **_SEND},
    ),
    "sendSms with a template": ("sendSms", {"from": SENDER, **_TEMPLATE, **_SEND}),
    "sendSms with a picture": ("sendSms", {"from": SENDER, "body": "Look", "media": [PICTURE], **_SEND}),
    "sendSms with a drawing": ("sendSms", {"from": SENDER, "body": "Look", "media": [DRAWING], **_SEND}),
    "sendSms to nobody": ("sendSms", {"from": SENDER, "body": "Hello", "to": "12", **_SEND}),
    "sendWhatsApp to nobody": ("sendWhatsApp", {"from": WHATSAPP_SENDER, "to": "12", **_TEMPLATE, **_SEND}),
    "sendSms to a test number": (
        "sendSms",
        {"from": SENDER, "body": "Hello", "toNumber": "+1 (202) 555-0199", **_SEND},
    ),
    "sendSms with wrong fields": ("sendSms", {"from": SENDER, "body": {"a": "b"}, **_SEND}),
    "sendWhatsApp with wrong fields": (
        "sendWhatsApp",
        {"from": {"a": "b"}, **_TEMPLATE, **_SEND},
    ),
}
_A_MINUTE = 61
"""Longer than the reader keeps an answer: nothing that was read for one person is known for the next."""


class Line:
    """The way to Twilio: the sending client, and what the reader's requests go through.

    What `refuses` is true of is answered 500. `answers` and `read_answers` are used up before the stand-in is asked. `requests` and `reads` are what left.
    """

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.reads: list[str] = []
        self.answers: list[HttpResponse | SendingError] = []
        self.read_answers: list[httpx.Response | httpx.TransportError] = []
        self.refuses: Callable[[httpx.Request], bool] = lambda _request: False
        self._there: httpx.AsyncClient  # `connect` says where

    def connect(self, simulator: Simulator) -> None:
        self._there = httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app))

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, SendingError):
                raise answer
            return answer
        headers = dict(request.headers)
        if request.auth is not None:
            headers["authorization"] = request.auth.header()
        try:
            said = await self._there.request(
                request.method, request.url, headers=headers, content=request.body
            )
        except httpx.TransportError as error:
            raise NoAnswer(HOST, Phase.ANSWER, str(error)) from error
        return HttpResponse(said.status_code, dict(said.headers.items()), said.content)

    async def read(self, request: httpx.Request) -> httpx.Response:
        self.reads.append(request.url.path)
        if self.refuses(request):
            return httpx.Response(500)
        if self.read_answers:
            answer = self.read_answers.pop(0)
            if isinstance(answer, httpx.TransportError):
                raise answer
            return answer
        return await self._there.send(httpx.Request(request.method, request.url, headers=request.headers))

    async def close(self) -> None:
        await self._there.aclose()


class Wired:
    """A verified destination, and a mapping for each of its actions. A test brings a person of its own."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        public_url: str | None = "https://texts.example.com",
        host: str = HOST,
        reader: Reader | None = None,
    ) -> None:
        """`reader`: one that reads over a network from `host`, in the place of one that asks the stand-in at once."""
        self.store, self.host = store, host
        self.clock = ManualClock(factories.NOW)
        self.line = Line()
        self.receivers = MemoryReceivers()
        self.secrets = Secrets(["a key of the tests' own"])
        shared = in_memory(lambda: self.clock.now().timestamp())
        self.services = Services(
            store=store,
            secrets=self.secrets,
            workspace=Workspace(store, self.secrets, {definition.slug: definition}, shared.changes),
            clock=self.clock,
            settings=Settings(
                data_dir=folder,
                public_url=public_url,
                allowed_hosts=frozenset({host}),
            ),
            reader=reader or Reader(shared.cache, Asked(httpx.MockTransport(self.line.read))),
            client=self.line,
            receivers=self.receivers,
            shared=shared,
            authenticator=Authenticator(store, None),
        )
        webhooks = WebhookApp(self.services)
        self.simulator = Simulator(
            step=None,
            transport=httpx.ASGITransport(webhooks),
            allow_remote_callbacks=True,
            now=self.clock.now,
        )
        self.line.connect(self.simulator)
        self._people = 0
        self._calls = 0

    async def configure(self, policy: Policy | None = None) -> None:
        there = factories.destination(
            id="dst_twilio",
            definition=definition.slug,
            settings={
                "accountSid": ACCOUNT_SID,
                "apiKeys": [{"sid": API_KEY_SID, "secret": API_KEY_SECRET}],
                "authToken": AUTH_TOKEN,
                "twilioHostname": self.host,
            },
            policy=replace(policy or Policy(), messages_per_second=factories.AT_ONCE),
        )

        def store(connection: Connection) -> None:
            sources.add(connection, factories.source())
            destinations.add(connection, there, self.secrets)
            sources.connect(connection, "src_server", there.id)
            for event, (action, fields) in MAPPINGS.items():
                mappings.add(
                    connection,
                    factories.mapping(
                        id=f"map {event}",
                        destination_id=there.id,
                        action=action,
                        trigger=f'type = "track" and event = "{event}"',
                        fields=fields,
                        max_age_seconds=999_999,
                    ),
                )

        await self.store.write(store)
        self.services.workspace.invalidate()

    async def destination(self) -> Destination:
        """As it is now."""
        return (await self.services.workspace.current()).destinations["dst_twilio"]

    async def verify(self) -> Destination:
        """Ask the stand-in whether the account is in order, as `destinationVerify` does."""
        return await verification.verify(self.services, "dst_twilio")

    async def mend(self) -> None:
        """The account works, as if it had never been in trouble, and nothing waits."""
        now = self.clock.now()
        whole = Standing(DestinationStatus.VERIFIED, {}, None)

        def mend(connection: Connection) -> None:
            destinations.set_standing(connection, "dst_twilio", whole, now)
            accounts.verified(connection, "dst_twilio", now)

        if (await self.destination()).trouble is not None:
            await self.store.write(mend)
            self.services.workspace.invalidate()
            await self.settle_everything()

    async def person(self, **traits: Any) -> str:
        """The number of somebody new who agreed to both channels, a minute after all that was before."""
        self.clock.advance(_A_MINUTE)
        self._people += 1
        number = f"+1202556{self._people:04d}"
        agreed = {"phone": number, "sms_opt_in": True, "whatsapp_opt_in": True, "first_name": "Ada"}
        await self._take({"type": "identify", "userId": number, "traits": agreed | traits})
        return number

    async def happen(self, number: str, event: str) -> Delivery:
        """What became of that event of that person, after its first turn."""
        await self._take({"type": "track", "event": event, "userId": number})
        await self.turn()
        return await self.delivery()

    async def _take(self, call: dict[str, Any]) -> None:
        snapshot = await self.services.workspace.current()
        self._calls += 1
        event = factories.event(call | {"messageId": f"m-{self._calls}"}, self.clock.now())
        taken = [Taken(snapshot.sources["src_server"], event)]
        await self.store.write(lambda c: match(c, self.services.secrets, snapshot, taken, event.received_at))

    async def turn(self) -> None:
        """Give every delivery that is due one turn."""
        now = self.clock.now()
        for job in await self.store.write(lambda c: leases.lease(c, JobKind.DELIVER, 100, now, leases.LEASE)):
            await work_on(self.services, [job])

    async def follow(self) -> None:
        """Ask for every message that is due."""
        now = self.clock.now()
        await follow(
            self.services,
            await self.store.write(lambda c: leases.lease(c, JobKind.FOLLOW, 500, now, leases.LEASE)),
        )

    async def due(self) -> float | None:
        """In how many seconds the next delivery is due."""
        when = await self.store.read(lambda c: jobs.next_due(c, JobKind.DELIVER))
        return None if when is None else (when - self.clock.now()).total_seconds()

    async def settle_everything(self) -> None:
        """Take every turn that is still to come."""
        while (wait := await self.due()) is not None:
            self.clock.advance(max(0.0, wait))
            await self.turn()

    async def settle(self) -> Delivery:
        """That of the newest event, after every turn that was to come has been taken when it was due."""
        await self.settle_everything()
        return await self.delivery()

    async def delivery(self) -> Delivery:
        """That of the newest event."""
        wanted = delivery_lists.DeliveryFilter(message_id=f"m-{self._calls}")
        page = await self.store.read(lambda c: delivery_lists.page(c, "default", 2, None, wanted))
        (one,) = (one for one in page.items if one.fallback_of is None)
        return one

    async def repeats(self) -> Sequence[Delivery]:
        """What the newest event's delivery was sent once more as, the first first."""
        wanted = delivery_lists.DeliveryFilter(message_id=f"m-{self._calls}")
        page = await self.store.read(lambda c: delivery_lists.page(c, "default", 9, None, wanted))
        return [one for one in reversed(page.items) if one.fallback_of is not None]

    async def attempts(self) -> Sequence[Attempt]:
        """The tries of the newest delivery."""
        one = await self.delivery()
        return await self.store.read(lambda c: attempts.of_many(c, [one.id]).get(one.id, []))

    async def stops(self, number: str) -> list[tuple[Channel, dict[str, str]]]:
        """The stops that the ledger holds as that person's own word: the channel, and what it is known by."""

        def find(connection: Connection) -> list[ConsentEntry]:
            return [
                word
                for one in CHANNELS.values()
                for word in consent.of_number(connection, "default", number, one)
            ]

        words = await self.store.read(find)
        return [
            (word.channel, dict(word.evidence or {}))
            for word in words
            if word.own_word and word.status is ConsentStatus.UNSUBSCRIBED
        ]

    def requests_to(self, number: str) -> list[HttpRequest]:
        """The creates that left for that person."""
        return [one for one in self.line.requests if dict(one.form)["To"].endswith(number)]

    async def close(self) -> None:
        await self.line.close()
        await self.services.reader.close()
        await self.store.close()
