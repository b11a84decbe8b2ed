"""A month of the bookshop: what people did there, what it said to them, and what they answered."""

import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from destinations.kit import HttpResponse
from destinations.twilio_engage.simulator import DEFAULT_ACCOUNTS, OTHER_SENDER, SENDER, WHATSAPP_SENDER
from gateway.pipeline import backtests, bulk_replays, consent_imports, erasures
from gateway.sending import NoAnswer, Phase
from gateway.sending.receivers import Answer
from tests.browser.planting.cast import (
    ADA,
    DOUBTFUL,
    FAR,
    INDIAN,
    NOT_A_NUMBER,
    PEOPLE,
    REFUSED,
    REPLIES,
    STOPPED,
    TITLES,
    Person,
)
from tests.browser.planting.shop import SHARED_SECRET, Town
from tests.integration.engage.wired import HOST
from tests.situations.engage import signature

SPAN = timedelta(days=30)
AN_HOUR = timedelta(hours=1)
OK = 200
DOWN = Answer(503, "503 Service Unavailable: down for maintenance")
SHOP = "Shop server"
PLACED = "Order Placed"
WEIGHTS: Mapping[str, int] = {
    PLACED: 30,
    "Order Shipped": 22,
    "Cart Abandoned": 14,
    "Audience Entered": 14,
    "Delivery Planned": 8,
    "Parcel Left": 5,
    "Question Answered": 4,
    "Product Viewed": 8,
    "Sale Began": 4,
    "Order Placed In Europe": 3,
    "Back In Stock": 3,
    "Birthday": 2,
    "Lapsed": 4,
}
"""How often each event comes, beside the others."""

CODES = (30003, 30005, 30006, 30007)
"""Why now and then a text does not arrive."""

_numbers = count(1)


def track(event: str, person: Person | None, **properties: Any) -> dict[str, Any]:
    """One event, as a server sends it."""
    number = next(_numbers)
    order = {"order_id": f"A-{1000 + number}", "total": 12.5 + number % 70, "currency": "USD"}
    who = {"anonymousId": f"visitor-{number}"} if person is None else {"userId": person.user}
    title = TITLES[number % len(TITLES)]
    return {
        "type": "track",
        "messageId": f"shop-{number}",
        "event": event,
        **who,
        "properties": {**order, "title": title, "products": [{"title": title, "quantity": 1}], **properties},
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    }


def identify(person: Person) -> dict[str, Any]:
    return {
        "type": "identify",
        "messageId": f"signs-up-{person.user}",
        "userId": person.user,
        "traits": person.traits,
    }


class Month:
    """Tell it with `tell`: so many events, spread over the span; the last of it is now."""

    def __init__(self, town: Town, events: int, seed: int = 1) -> None:
        self._town, self._events = town, events
        self._chance = random.Random(seed)
        self._began = town.clock.now()

    async def tell(self) -> None:
        everybody = (*PEOPLE, NOT_A_NUMBER, REFUSED, FAR, INDIAN)
        for start in range(0, len(everybody), 8):
            await self._town.come(SHOP, *(identify(one) for one in everybody[start : start + 8]))
        asides = dict(self._asides())
        for number in range(self._events):
            await self._until(self._began + SPAN * (number + 1) / (self._events + 1))
            await self._one(number)
            aside = asides.get(number * 100 // self._events)
            if aside is not None and number * 100 // self._events != (number - 1) * 100 // self._events:
                await aside()
        await self._end()

    async def _until(self, at: datetime) -> None:
        """Time goes on to about that moment, and all that is due by then has its turn."""
        town = self._town
        jitter = self._chance.uniform(-0.4, 0.4) * (SPAN / self._events)
        await town.wait(max(at + jitter - town.clock.now(), timedelta(seconds=1)))

    async def _one(self, number: int) -> None:
        """The next event, by which something goes wrong now and then."""
        town, chance = self._town, self._chance
        event = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        person = ADA if number % 9 == 0 else chance.choice(PEOPLE)
        if number % 17 == 5:
            town.simulator.steer({"action": "status", "status": "undelivered", "code": chance.choice(CODES)})
        await town.come(SHOP, track(event, person))
        await town.settle()
        if number % 7 == 3 and person is not STOPPED:
            await self._reply(person, chance.choice(REPLIES))

    async def _reply(self, person: Person, words: str) -> None:
        on_whatsapp = "whatsapp" in person.agreed and self._chance.random() < 0.5
        to = WHATSAPP_SENDER if on_whatsapp else SENDER
        prefix = "whatsapp:" if on_whatsapp else ""
        await self._town.write(f"{prefix}{person.phone}", words, to)

    def _asides(self) -> Iterator[tuple[int, Callable[[], Awaitable[None]]]]:
        """What happens once, by how many hundredths of the month are over."""
        yield 3, self._nobody_known
        yield 6, self._by_a_browser
        yield 10, self._stop
        yield 14, self._to_the_unreachable
        yield 18, self._old
        yield 20, self._by_rule
        yield 24, self._switched_off
        yield 29, self._over_budget
        yield 22, self._invalid
        yield 27, self._twice
        yield 31, self._consent_by_hand
        yield 36, self._import
        yield 41, self._refused_by_the_provider
        yield 46, self._too_often
        yield 52, self._by_segment
        yield 58, self._replay
        yield 64, self._receiver_down
        yield 70, self._backtest
        yield 76, self._erase
        yield 82, self._refused_requests
        yield 88, self._canceled

    async def _nobody_known(self) -> None:
        await self._town.come(SHOP, track(PLACED, None))

    async def _by_a_browser(self) -> None:
        page = {"type": "page", "messageId": "page-1", "anonymousId": "visitor-1", "name": "Basket"}
        screen = {"type": "screen", "messageId": "screen-1", "userId": ADA.user, "name": "Wish list"}
        group = {"type": "group", "messageId": "group-1", "userId": ADA.user, "groupId": "readers-club"}
        await self._town.come("Website", page, screen, group, track(PLACED, ADA))

    async def _stop(self) -> None:
        town = self._town
        await town.write(STOPPED.phone, "STOP", SENDER, optOutType="STOP")
        await town.come(SHOP, track("Audience Entered", STOPPED), track(PLACED, STOPPED))

    async def _to_the_unreachable(self) -> None:
        await self._town.come(SHOP, *(track(PLACED, one) for one in (NOT_A_NUMBER, REFUSED, FAR, INDIAN)))
        await self._town.settle()

    async def _old(self) -> None:
        long_ago = (self._town.clock.now() - timedelta(days=2)).isoformat()
        await self._town.come(SHOP, {**track(PLACED, ADA), "timestamp": long_ago})

    async def _by_rule(self) -> None:
        """What no provider would take, or the policy does not let through."""
        perhaps = [{"id": ADA.phone, "type": "phone", "channelType": "sms", "isSubscribed": "maybe"}]
        british = next(one for one in PEOPLE if one.phone.startswith("+44") and "sms" in one.agreed)
        await self._town.come(
            SHOP,
            *(track(event, ADA) for event in ("Shop Opened", "Shop Named", "Book Returned")),
            track("Parcel Left", british),
            track(PLACED, INDIAN),
            {**track(PLACED, ADA), "external_ids": perhaps},
        )
        await self._town.settle()

    async def _switched_off(self) -> None:
        """A channel is off for a while, and then the whole account."""
        town = self._town
        for enabled in (False, True):
            given = {"channel": "WHATSAPP", "enabled": enabled, "destinationId": town.destination}
            await town.do("channelUpdate", "ChannelUpdateInput", given)
            await town.come(SHOP, track("Order Shipped", PEOPLE[1]))
        await town.settle()
        for on in (False, True):
            await town.change_account("Bookshop US", enabled=on)
            await town.come(SHOP, track(PLACED, PEOPLE[2]))
        await town.settle()

    async def _over_budget(self) -> None:
        """The day's texts are used up."""
        town = self._town
        for limit in (1, 1000):
            await town.change_account("Bookshop US", policy={"dailyMessageLimit": limit})
            for person in PEOPLE[6:9]:
                await town.come(SHOP, track(PLACED, person))
        await town.settle()

    async def _invalid(self) -> None:
        await self._town.come(SHOP, {"type": "track", "messageId": "no-name", "userId": ADA.user})
        await self._town.come(SHOP, {"type": "identify", "messageId": "nobody", "traits": {"phone": "1"}})

    async def _twice(self) -> None:
        once = track(PLACED, ADA)
        await self._town.come(SHOP, once)
        await self._town.come(SHOP, once)

    async def _consent_by_hand(self) -> None:
        said = {"method": "paper form", "at": self._town.clock.now().isoformat()}
        for person, status in (
            (PEOPLE[3], "UNSUBSCRIBED"),
            (PEOPLE[4], "SUBSCRIBED"),
            (ADA, "UNSUBSCRIBED"),
            (ADA, "SUBSCRIBED"),
        ):
            given = {"phone": person.phone, "channel": "SMS", "status": status, "evidence": said}
            await self._town.do("consentUpdate", "ConsentUpdateInput", given)
            await self._town.wait(timedelta(minutes=5))

    async def _import(self) -> None:
        rows = [
            {
                "phone": one.phone,
                "channel": "WHATSAPP",
                "status": "SUBSCRIBED",
                "evidence": {"method": "import"},
            }
            for one in PEOPLE[10:16]
        ]
        given = {"rows": rows, "dryRun": False, "idempotencyKey": "consents-of-the-old-shop"}
        await self._town.do("consentImport", "ConsentImportInput", given)
        assert await consent_imports.step(self._town.services)

    async def _refused_by_the_provider(self) -> None:
        town = self._town
        for code, status in ((21408, 400), (21612, 400), (30034, 400)):
            town.simulator.steer({"action": "error", "code": code, "status": status})
            await town.come(SHOP, track(PLACED, PEOPLE[0]))

    async def _too_often(self) -> None:
        for _ in range(8):
            await self._town.come(SHOP, track(PLACED, PEOPLE[1]))
        await self._town.settle()

    async def _by_segment(self) -> None:
        personas = {"computation_class": "audience", "computation_key": "night_readers"}
        entered = track("Audience Entered", PEOPLE[5], audience_key="night_readers", night_readers=True)
        body = json.dumps({**entered, "context": {"personas": personas}}).encode()
        path, signed = f"/v1/events/{self._town.ids['Segment']}", signature(body, SHARED_SECRET)
        assert await self._town.raw(path, body, {"X-Signature": signed}) == OK

    async def _replay(self) -> None:
        given = {"filter": {"status": ["REJECTED"]}, "idempotencyKey": "after-the-outage"}
        await self._town.do("deliveriesReplay", "DeliveriesReplayInput", given)
        assert await bulk_replays.step(self._town.services)
        await self._town.turn()

    async def _receiver_down(self) -> None:
        self._town.services.receivers.answers.extend([DOWN] * 4)  # type: ignore[attr-defined]  # those in memory
        await self._town.come(SHOP, track(PLACED, PEOPLE[8]))
        await self._town.settle()

    async def _backtest(self) -> None:
        now = self._town.clock.now()
        given = {
            "preview": {"mappingId": self._town.ids["Order confirmation"]},
            "range": {"from": (now - timedelta(days=7)).isoformat(), "to": now.isoformat()},
        }
        await self._town.do("backtest", "BacktestInput", given)
        assert await backtests.step(self._town.services)

    async def _erase(self) -> None:
        await self._town.come(SHOP, identify(Person("user_3001", "Zed", "Gone", "+12025550199")))
        await self._town.do("contactErase", "IdInput", {"id": "+12025550199"})
        assert await erasures.step(self._town.services)

    async def _refused_requests(self) -> None:
        town = self._town
        for key in (town.write_keys[SHOP], "wk_that_nobody_has"):
            await town._v1.post("/v1/batch", content=b'{"batch": [', auth=(key, ""))

    async def _canceled(self) -> None:
        """A basket that was left at night, and bought before the morning."""
        town = self._town
        night = town.clock.now().replace(hour=5, minute=30) + timedelta(days=1)
        await town.wait(max(night - town.clock.now(), timedelta(0)))
        await town.come(SHOP, track("Cart Abandoned", PEOPLE[5]))
        await town.come(SHOP, track(PLACED, PEOPLE[5]))
        await town.settle()

    async def _end(self) -> None:
        """What is not over yet: replies to look at, a pause, texts of which nobody knows, and one that is tried again."""
        town = self._town
        town.simulator.change(DEFAULT_ACCOUNTS[0])
        for _ in range(2):
            await town.do("senderSync", "IdInput", {"id": town.destination})
            await town.sync()
            await town.wait(timedelta(minutes=3))
        await town.come(SHOP, *(track("Book Returned", one) for one in PEOPLE[:3]))
        for number, words in enumerate(DOUBTFUL):
            await town.write(PEOPLE[6 + 5 * number].phone, words, SENDER)
            await town.come(SHOP, track("Audience Entered", PEOPLE[6 + 5 * number]))
        await town.write("+12025550187", "Hello, who is this?", OTHER_SENDER)
        given = {"id": town.ids["Flash sales"], "note": "The discount is wrong; Vera looks at it."}
        await town.do("destinationPause", "PauseInput", given)
        town.services.receivers.answers.extend([DOWN] * 20)  # type: ignore[attr-defined]  # those in memory
        await town.come(SHOP, *(track("Sale Began", one) for one in PEOPLE[:12]))
        await town.come(SHOP, *(track("Order Placed In Europe", one) for one in PEOPLE[:5]))
        await town.come(SHOP, track(PLACED, None), track("Audience Entered", PEOPLE[7]))
        town.line.answers.append(NoAnswer(HOST, Phase.ANSWER, "the connection was closed"))
        await town.come(SHOP, track(PLACED, PEOPLE[12]))
        town.line.answers.append(
            HttpResponse(
                429,
                {"retry-after": "3600"},
                b'{"code": 20429, "message": "Too Many Requests", "status": 429}',
            )
        )
        await town.come(SHOP, track(PLACED, PEOPLE[18]))
        await town.settle()
        await town.change_account("Bookshop US", policy={"messagesPerSecond": {}})
        await town.come(SHOP, *(track(PLACED, one) for one in PEOPLE if one.phone.startswith("+1")))


async def one_of_each(town: Town) -> None:
    """One event, one text, one answer to it."""
    await town.come(
        SHOP, {**track(PLACED, ADA), "context": {"traits": ADA.traits}} | {"external_ids": [_SUBSCRIBED]}
    )
    await town.settle()
    await town.write(ADA.phone, REPLIES[0], SENDER)
    await town.settle()


_SUBSCRIBED = {"id": ADA.phone, "type": "phone", "channelType": "sms", "isSubscribed": True}
