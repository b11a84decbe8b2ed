"""A public key neither chooses a recipient, nor grants consent, nor starts a send, unless the mapping lets it, and then only to a number
that a SERVER source gave for that very person: through the whole gateway, on both engines.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Policy
from destinations.twilio_engage.simulator import TEMPLATE_SID, WHATSAPP_SENDER
from gateway import ids
from gateway.storage.engine import Store
from tests.situations import attacks
from tests.situations.attacks import (
    BEN,
    CARL,
    DEVICES,
    DORA,
    FAR,
    FORGERIES,
    MALLORY,
    NUMBERS,
    STARTS,
    STRANGER,
    TEST,
    VISITOR,
    Forgery,
    Post,
    Start,
    external,
    fields,
    order,
)
from tests.situations.stage import Stage
from tests.situations.telling import NOON, PAUSE, RESUME

_numbers = count()
MINUTE = timedelta(minutes=1)
WAITS = {"cancel_trigger": 'event = "Order Canceled"'}
BROWSERS = {"allow_browser_events": True}
KNOWN = """phone userIds people { userIds anonymousIds traits } consents { channel status source changedAt }
  consentHistory { edges { node { channel status source changedAt inWords } } }"""
SERVERS = frozenset({"phone", "firstName"})
"""The traits that a SERVER source gave, but for those of consent, which `consents` has."""


class Town:
    """People whom a SERVER source told of, and what the attacker does there."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def settle(self, mapping: Mapping[str, Any], **policy: Any) -> None:
        given = Policy(test_numbers=frozenset({TEST}), **policy)
        await self.stage.configure(given, {**fields(), **mapping})
        await self.stage.say(
            identify("dora", phone=DORA, sms_opt_in=True, firstName="Dora"),
            identify("ben", phone=BEN, firstName="Ben"),
            identify("carl", phone=CARL, sms_opt_in=True),
            identify("mallory", phone=MALLORY, sms_opt_in=True, firstName="Mallory"),
            {"type": "identify", "anonymousId": "visit-7", "traits": {"phone": VISITOR}},
        )
        self.stage.clock.advance(60)
        await self.stage.say(identify("carl", sms_opt_in=False))
        self.stage.clock.advance(60)

    async def attack(self, post: Post, user: str | None = None) -> int:
        """With the public key, or whatever the attacker gives as one. The answer's status."""
        key = self.stage.key("BROWSER") if user is None else user
        return (await self.stage.request(f"/v1/{post.path}", dict(post.body), key)).status_code

    async def people(self) -> dict[str, Any]:
        """All that is known of everybody, but for traits that no SERVER source gave."""
        space = f'space: "{self.stage.space}"'
        asked = [
            *(
                f'{name}: contact(phone: "{number}", {space}) {{ {KNOWN} }}'
                for name, number in NUMBERS.items()
            ),
            *(f'of_{user}: contact(userId: "{user}", {space}) {{ phone }}' for user in NUMBERS),
            f'stranger: contact(phone: "{STRANGER}", {space}) {{ phone }}',
        ]
        known: dict[str, Any] = await self.stage.ask(f"{{ {' '.join(asked)} }}")
        for name in NUMBERS:
            for person in known[name]["people"]:
                person["traits"] = {key: person["traits"][key] for key in SERVERS & person["traits"].keys()}
        return known

    async def became(self) -> dict[str | None, tuple[str, str | None]]:
        """Status and reason of the only Delivery of each event, by its userId."""
        query = "{ deliveries { edges { node { status reason event { userId } } } } }"
        found = [one["node"] for one in (await self.stage.ask(query))["deliveries"]["edges"]]
        by_user = {one["event"]["userId"]: (one["status"], one["reason"]) for one in found}
        assert len(by_user) == len(found)
        return by_user

    @property
    def texts(self) -> list[tuple[str, str]]:
        """To whom each request to the provider is, and what it says."""
        forms = [dict(one.form) for one in self.stage.line.requests]
        return [(one["To"], one["Body"]) for one in forms]


def identify(user: str, **traits: Any) -> dict[str, Any]:
    device = DEVICES.get(user)
    given = {"type": "identify", "userId": user, "traits": traits}
    return given if device is None else {**given, "anonymousId": device}


def ordered(user: str) -> dict[str, Any]:
    """The event that the mapping texts for, as a SERVER source sends it."""
    return {"type": "track", "event": "Order Placed", "userId": user}


@pytest.fixture
async def town(shared_store: Store, tmp_path: Path) -> AsyncIterator[Town]:
    stage = Stage(shared_store, tmp_path, f"a{next(_numbers)}", NOON.astimezone(UTC))
    yield Town(stage)
    await stage.close()


@pytest.mark.parametrize("one", FORGERIES, ids=lambda one: one.name)
async def test_nothing_that_a_public_key_says_changes_who_is_texted(town: Town, one: Forgery) -> None:
    await town.settle({})
    before = await town.people()

    answers = [await town.attack(post) for post in one.posts]

    assert answers == [200] * len(one.posts)
    assert await town.people() == before
    assert town.texts == []
    town.stage.clock.advance(60)
    await town.stage.say(*(ordered(user) for user in ("dora", "ben", "carl", "mallory")))
    assert await town.became() == {
        "dora": ("ACCEPTED", None),
        "ben": ("SUPPRESSED", "NOT_SUBSCRIBED"),
        "carl": ("SUPPRESSED", "NOT_SUBSCRIBED"),
        "mallory": ("ACCEPTED", None),
    }
    assert sorted(town.texts) == [(DORA, "Hello Dora"), (MALLORY, "Hello Mallory")]


@pytest.mark.parametrize("one", STARTS, ids=lambda one: one.name)
async def test_a_public_key_starts_no_send(town: Town, one: Start) -> None:
    await town.settle(one.mapping)
    before = await town.people()

    for post in (*one.before, one.post):
        assert await town.attack(post) == 200
    await town.stage.wait(MINUTE)

    reason = "STALE_EVENT" if one.reason == "STALE_EVENT" else "UNTRUSTED_SOURCE"
    assert list((await town.became()).values()) == [("SUPPRESSED", reason)]
    assert town.texts == []
    assert await town.people() == before


@pytest.mark.parametrize("one", STARTS, ids=lambda one: one.name)
async def test_where_the_mapping_lets_it_a_public_key_reaches_only_whom_a_server_named(
    town: Town, one: Start
) -> None:
    await town.settle({**one.mapping, **BROWSERS})
    before = await town.people()

    for post in (*one.before, one.post):
        assert await town.attack(post) == 200
    await town.stage.wait(MINUTE)

    assert list((await town.became()).values()) == [(one.status, one.reason)]
    assert [to for to, _text in town.texts] == ([] if one.to is None else [one.to])
    assert await town.people() == before


# -- what waits, what is counted, and who says so --------------------------------------------------------------------


@pytest.mark.parametrize(
    "post", [attacks.identify("nora", phone=MALLORY, sms_opt_in=True), attacks.alias("nora", "mallory")]
)
async def test_what_waits_for_somebody_to_be_known_goes_to_nobody_whom_a_public_key_names(
    town: Town, post: Post
) -> None:
    await town.settle({})
    await town.stage.say(ordered("nora"))
    assert await town.became() == {"nora": ("HELD", "PROFILE_PENDING")}

    assert await town.attack(post) == 200

    await town.stage.wait(MINUTE)
    assert await town.became() == {"nora": ("SUPPRESSED", "NO_SUPPORTED_IDS")}
    assert town.texts == []


@pytest.mark.parametrize(
    "post",
    [
        attacks.identify("visit-7", name="Me"),
        attacks.identify("vera", "visit-7"),
        attacks.identify(None, "vera"),
    ],
)
async def test_nobody_comes_between_a_visitor_and_the_user_that_a_server_makes_of_them(
    town: Town, post: Post
) -> None:
    await town.settle({"purpose": "TRANSACTIONAL"})

    await town.attack(post)
    await town.stage.say({"type": "alias", "userId": "vera", "previousId": "visit-7"}, ordered("vera"))

    assert await town.became() == {"vera": ("ACCEPTED", None)}
    assert [to for to, _text in town.texts] == [VISITOR]


async def test_nobody_is_asked_to_confirm_what_a_public_key_says(town: Town) -> None:
    asking = {"double_opt_in": True, "confirmation_mapping_id": f"map_{town.stage.space}"}
    await town.settle(fields(body="Reply YES"), **asking)
    asked = [(DORA, "Reply YES"), (CARL, "Reply YES"), (MALLORY, "Reply YES")]
    assert sorted(town.texts) == asked

    for post in (post for one in (*attacks.RECIPIENTS, *attacks.CONSENT) for post in one.posts):
        assert await town.attack(post) == 200

    assert sorted(town.texts) == asked
    await town.stage.say(identify("ben", sms_opt_in=True))
    assert town.texts[len(asked) :] == [(BEN, "Reply YES")]


async def test_an_open_conversation_of_the_attacker_takes_no_text_of_another(town: Town) -> None:
    await town.settle({"action": "sendWhatsApp", **BROWSERS})
    await town.stage.write(f"whatsapp:{MALLORY}", "Hello", WHATSAPP_SENDER)

    await town.attack(order(external_ids=[external(MALLORY, channel="whatsapp")]))

    assert await town.became() == {"dora": ("SUPPRESSED", "UNTRUSTED_SOURCE")}
    assert town.texts == []


async def test_what_a_public_key_may_not_send_uses_up_no_limit(town: Town) -> None:
    await town.settle({}, per_recipient_daily_limit=1, daily_message_limit=1)
    for _time in range(3):
        await town.attack(order(properties={"again": True}))

    await town.stage.say(ordered("dora"))

    assert town.texts == [(DORA, "Hello Dora")]


PRINTS = fields(
    body="Hello {{ profile.traits.firstName }}: {{ profile.traits.note }}", traits={"@path": "$.properties"}
)
ORDER = {**ordered("dora"), "messageId": "order-4711", "properties": {"note": "on its way"}}


@pytest.mark.parametrize(
    ("mapping", "texts"),
    [
        ({}, [(DORA, "Hello Dora: on its way")]),
        (BROWSERS, [(DORA, "Hello Dora: lost"), (DORA, "Hello Dora: on its way")]),
    ],
    ids=["not allowed", "allowed"],
)
async def test_who_guesses_a_message_id_keeps_no_text_back_and_says_nothing_in_place_of_a_server(
    town: Town, mapping: Mapping[str, Any], texts: list[tuple[str, str]]
) -> None:
    await town.settle({**PRINTS, **mapping})
    guessed = order(messageId="order-4711", properties={"firstName": "Mallory", "note": "lost"})

    await town.attack(guessed)
    await town.stage.say(ORDER)
    await town.attack(guessed)
    await town.stage.say(ORDER)

    assert town.texts == texts


@pytest.mark.parametrize("opened", [True, False])
async def test_nor_does_it_in_a_text_on_whatsapp(town: Town, *, opened: bool) -> None:
    variables = {"1": "{{ profile.traits.firstName }}", "2": "{{ profile.traits.order_id }}"}
    content = {"contentSid": TEMPLATE_SID, "contentVariables": variables}
    await town.settle(
        {"action": "sendWhatsApp", **fields(traits={"@path": "$.properties"}, **content), **BROWSERS}
    )
    await town.stage.say(identify("dora", whatsapp_opt_in=True))
    if opened:
        await town.stage.write(f"whatsapp:{DORA}", "Hello", WHATSAPP_SENDER)

    await town.attack(order(properties={"firstName": "Mallory", "order_id": "A-1"}))

    [form] = [dict(one.form) for one in town.stage.line.requests]
    said = form["Body"] if opened else json.loads(form["ContentVariables"])
    assert said == ("Hello Dora" if opened else {"1": "Dora", "2": "A-1"})


async def test_a_message_id_of_a_server_gives_a_public_key_no_second_text(town: Town) -> None:
    await town.settle(BROWSERS)
    await town.stage.say({**ordered("dora"), "messageId": "order-4711"})

    await town.attack(order(messageId="order-4711"))

    assert await town.became() == {"dora": ("ACCEPTED", None)}
    assert town.texts == [(DORA, "Hello Dora")]


CANCELS = (
    attacks.track(event="Order Canceled"),
    attacks.track(None, "dora-phone", event="Order Canceled"),
    attacks.track("dora", "mallory-laptop", event="Order Canceled"),
    attacks.batch(attacks.track(event="Order Canceled")),
    attacks.batch(attacks.track(event="Order Canceled"), path="import"),
)


@pytest.mark.parametrize("post", CANCELS)
@pytest.mark.parametrize("purpose", ["TRANSACTIONAL", "AUTHENTICATION"])
async def test_a_public_key_cancels_nothing_but_marketing(town: Town, purpose: str, post: Post) -> None:
    await town.settle({**WAITS, "purpose": purpose})
    await PAUSE.do(town.stage)
    await town.stage.say(ordered("dora"))

    assert await town.attack(post) == 200

    assert await town.became() == {"dora": ("HELD", "PAUSED")}
    query = '{ events(first: 1, filter: { name: "Order Canceled" }) { edges { node { problem problemMessage } } } }'
    [said] = (await town.stage.ask(query))["events"]["edges"]
    assert said["node"]["problem"] == "cancel_not_trusted"
    assert (
        "goes on with what waits for this person (1): page is a BROWSER source"
        in said["node"]["problemMessage"]
    )
    await RESUME.do(town.stage)
    assert town.texts == [(DORA, "Hello Dora")]


@pytest.mark.parametrize("post", [attacks.track("mallory", "dora-phone", event="Order Canceled")])
async def test_not_even_marketing_of_another_is_canceled_by_their_device(town: Town, post: Post) -> None:
    await town.settle(WAITS)
    await PAUSE.do(town.stage)
    await town.stage.say(ordered("dora"))

    await town.attack(post)

    assert await town.became() == {"dora": ("HELD", "PAUSED")}


async def test_a_forged_no_holds_until_a_server_says_yes_whenever_it_is_dated(town: Town) -> None:
    await town.settle({})

    await town.attack(attacks.identify(more={"timestamp": FAR, "sentAt": FAR}, sms_opt_in=False))
    await town.stage.say({**ordered("dora"), "messageId": "before"})
    assert town.texts == []
    assert await town.became() == {"dora": ("SUPPRESSED", "NOT_SUBSCRIBED")}

    town.stage.clock.advance(1)
    await town.stage.say(identify("dora", sms_opt_in=True), {**ordered("dora"), "messageId": "behind"})
    assert town.texts == [(DORA, "Hello Dora")]


@pytest.mark.parametrize("number", [MALLORY, STRANGER])
async def test_who_gives_their_number_to_another_has_nothing_of_them_erased_or_shown(
    town: Town, number: str
) -> None:
    await town.settle({})
    await town.attack(attacks.identify(phone=number))
    await town.stage.say(identify("somebody", phone=number))  # whose number it is

    await town.stage.erase(number)

    await town.stage.say(ordered("dora"))
    assert town.texts == [(DORA, "Hello Dora")]


@pytest.mark.parametrize("name", ["id", "digest", "name", "nothing"])
async def test_nothing_that_is_no_key_of_a_source_is_taken_for_one(town: Town, name: str) -> None:
    await town.settle({})
    key = town.stage.key("SERVER")
    users = {"id": f"src_SERVER_{town.stage.space}", "digest": ids.digest(key), "name": "shop", "nothing": ""}

    for post in (order(), attacks.identify(phone=MALLORY)):
        assert await town.attack(post, user=users[name]) == 401

    assert await town.became() == {}
    assert town.texts == []
