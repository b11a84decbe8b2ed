"""One box: whatever somebody has at hand, and what it turns out to be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from destinations.kit import DestinationDefinition, OwnedSender, SenderKind, SenderList
from gateway.storage import external_contacts, senders
from gateway.workspace import Role
from tests.gateway import syncing
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.graphql.pigeons import PIGEONS

ANN = "+12025550101"
FIND = """query($text: String!, $space: String) { find(text: $text, space: $space) {
  __typename ... on Node { id } } }"""


async def found(api: Api, text: str, token: str | None = None) -> list[str]:
    """What it is, in order: the type, and the id where it is no contact's."""
    given = {} if token is None else {"token": token}
    data = await api.data(FIND, text=text, **given)
    return [
        one["__typename"] if one["__typename"] == "Contact" else f"{one['__typename']} {one['id']}"
        for one in data["find"]
    ]


async def code_of(api: Api, text: str, **given: Any) -> tuple[str, str]:
    [error] = (await api.ask(FIND, text=text, **given))["errors"]
    return error["extensions"]["code"], error["message"]


@pytest.fixture
async def people(ledger: Ledger) -> Ledger:
    """Ann with her number, seen on a device; Bob, who has none, and whose note came to nothing."""
    api = ledger.api
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    identify = {"type": "identify", "userId": "ann", "anonymousId": "device-1", "messageId": "m-1"}
    await ledger.match(
        {**identify, "traits": {"phone": ANN}},
        {"type": "track", "event": "Note Written", "userId": "bob", "messageId": "m-2"},
        {"type": "track", "event": "Tea Made", "anonymousId": "device-2", "messageId": "m-3"},
    )
    return ledger


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    """Pigeons that know in which country they live."""
    return {PIGEONS.slug: replace(PIGEONS, default_country=lambda settings: settings.country)}


@pytest.fixture
async def us(api: Api) -> None:
    """A destination whose numbers are those of the US."""
    await api.destination("Other pigeons", country="US")


@pytest.mark.parametrize(
    "text",
    [
        ANN,
        "+1 (202) 555-0101",
        "011 1 202 555 0101",
        "001 202 555 0101",
        "0012025550101",
        "202-555-0101",
        "whatsapp:+12025550101",
        " tel:+1-202-555-0101 ",
        "ann",
        "device-1",
    ],
)
async def test_a_person_is_found_by_whatever_names_them(people: Ledger, us: None, text: str) -> None:
    assert await found(people.api, text) == ["Contact"]


async def test_a_contact_is_found_by_its_id_and_by_a_providers_id(people: Ledger) -> None:
    api = people.api
    [contact] = (await api.data(FIND, text=ANN))["find"]
    now = api.clock.now()
    await api.services.store.write(
        lambda c: external_contacts.remember(c, "default", people.destination_id, ["US.1a2b"], None, now)
    )

    assert await found(api, contact["id"]) == ["Contact"]
    assert await found(api, "US.1a2b") == ["Contact"]


async def test_who_has_no_number_is_found_by_what_they_did(people: Ledger) -> None:
    api = people.api
    [delivery] = (await api.data("{ deliveries { edges { node { id event { id } } } } }"))["deliveries"][
        "edges"
    ]
    [tea] = (await api.data('{ events(filter: {name: "Tea Made"}) { edges { node { id } } } }'))["events"][
        "edges"
    ]

    assert await found(api, "bob") == [
        f"Delivery {delivery['node']['id']}",
        f"Event {delivery['node']['event']['id']}",
    ]
    assert await found(api, "device-2") == [f"Event {tea['node']['id']}"]


async def test_a_number_that_is_nobodys_finds_what_would_have_gone_to_it(people: Ledger) -> None:
    one = await people.delivery(7, recipient="+12025550177")

    assert await found(people.api, "+1 202 555 0177") == [f"Delivery {one}"]
    assert await found(people.api, "+1 202 555 0178") == []


async def test_events_and_deliveries_are_found_by_their_ids_and_those_of_others(people: Ledger) -> None:
    api = people.api
    one = await people.delivery(7, message_sid="PG77")
    event = f"evt_{7:032x}"
    [first] = (await api.data('{ events(filter: {messageId: "m-1"}) { edges { node { id } } } }'))["events"][
        "edges"
    ]

    assert await found(api, one) == [f"Delivery {one}"]
    assert await found(api, "PG77") == [f"Delivery {one}"]
    assert await found(api, event) == [f"Event {event}"]
    assert await found(api, "m-1") == [f"Event {first['node']['id']}"]


async def test_an_invalid_event_is_found_by_its_message_id(people: Ledger) -> None:
    assert await people.match({"type": "track", "event": "Note Written", "messageId": "m-9"}) == ["INVALID"]

    [one] = await found(people.api, "m-9")
    assert one.startswith("Event evt_")


async def keep(api: Api, destination_id: str, *listed: OwnedSender) -> dict[str, str]:
    """What a sync lists; the ids by address."""
    now = api.clock.now()
    await api.services.store.write(lambda c: senders.keep(c, destination_id, SenderList(listed), now))
    api.services.workspace.invalidate()
    known = await api.services.store.read(lambda c: senders.known(c, [destination_id]))
    return {address: one.id for address, one in known[destination_id].by_address.items()}


@pytest.mark.parametrize(
    "text",
    ["+15550001111", "+1 555 000 1111", "shop (+15550001111)", "PN+15550001111"],
)
async def test_a_sender_is_found_by_its_number_its_name_and_its_providers_id(
    people: Ledger, text: str
) -> None:
    shop = syncing.number("+15550001111")
    ids = await keep(people.api, people.destination_id, shop)

    assert await found(people.api, text) == [f"Sender {ids[shop.address]}"]


async def test_the_whatsapp_sender_and_the_number_that_it_stands_for_are_found_together(
    people: Ledger,
) -> None:
    whatsapp = OwnedSender(f"whatsapp:{ANN}", SenderKind.WHATSAPP_SENDER, "Shop", ())
    ids = await keep(people.api, people.destination_id, syncing.number(ANN), whatsapp)
    elsewhere = await people.api.destination("Other pigeons")
    other = await keep(people.api, elsewhere, syncing.number(ANN, label="Theirs"))

    assert set(await found(people.api, ANN)) == {
        "Contact",
        *(f"Sender {one}" for one in (*ids.values(), *other.values())),
    }
    assert await found(people.api, "theirs") == [f"Sender {other[ANN]}"]


async def test_names_are_found_exactly_and_then_in_any_case(people: Ledger) -> None:
    api = people.api
    exact = await api.source(name="pigeons")

    assert await found(api, people.source_id) == [f"Source {people.source_id}"]
    assert await found(api, "Pigeons") == [f"Destination {people.destination_id}", f"Source {exact}"]
    assert await found(api, "pigeons") == [f"Source {exact}", f"Destination {people.destination_id}"]
    assert await found(api, "nOTES") == [f"Mapping {people.mapping_id}"]
    assert await found(api, people.mapping_id) == [f"Mapping {people.mapping_id}"]


async def test_what_is_nothing_is_an_empty_list(people: Ledger) -> None:
    assert await found(people.api, "nothing of the kind") == []
    assert await found(people.api, "evt_none") == []
    assert await found(people.api, "\N{SNOWMAN}" * 500) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "`text` is blank: give a number, a userId, a messageId, or the id or name of anything."),
        ("x" * 501, "`text` has 501 characters; at most 500 are looked for."),
        ("a\x00b", "U+0000"),
    ],
)
async def test_what_can_be_nothing_is_refused(api: Api, text: str, message: str) -> None:
    code, said = await code_of(api, text)

    assert code == "BAD_USER_INPUT"
    assert message in said


async def test_another_space_is_not_looked_in(people: Ledger) -> None:
    api = people.api
    one = await people.delivery(7, message_sid="PG77")
    brand = await api.token(Role.ADMIN, "brand")
    query = 'query($text: String!) { find(text: $text, space: "brand") { __typename } }'

    for text in (ANN, "ann", "m-1", "PG77", one, people.source_id, "Notes", f"evt_{7:032x}"):
        assert await api.data(query, brand, text=text) == {"find": []}
    code, _ = await code_of(api, "ann", token=brand, space="default")
    assert code == "FORBIDDEN"


@pytest.mark.parametrize(
    "text", [ANN, "202-555-0101", "whatsapp:+12025550101", "12025550101", "0012025550101"]
)
async def test_a_viewer_can_probe_no_number(people: Ledger, us: None, text: str) -> None:
    viewer = await people.api.token(Role.VIEWER)

    assert await code_of(people.api, text, token=viewer) == (
        "FORBIDDEN",
        "A VIEWER sees no numbers, so nothing can be looked for by one.",
    )


async def test_a_viewer_finds_people_masked(people: Ledger) -> None:
    viewer = await people.api.token(Role.VIEWER)

    data = await people.api.data(
        '{ find(text: "ann", space: "default") { ... on Contact { phone userIds traits people { traits } } } }',
        viewer,
    )

    assert data["find"] == [
        {"phone": "+1••••01", "userIds": ["ann"], "traits": {}, "people": [{"traits": {}}]}
    ]


async def test_the_name_of_an_event_finds_the_newest_ones_of_it_and_another_spelling_none(
    people: Ledger,
) -> None:
    api = people.api
    both = '{ find(text: "%s") { ... on Event { messageId } } }'

    assert (await api.data(both % "Tea Made"))["find"] == [{"messageId": "m-3"}]
    assert (await api.data(both % "tea made"))["find"] == []
    for number in range(1, 8):
        await people.event(number, name="Tea Made")
    assert len((await api.data(both % "Tea Made"))["find"]) == 5


async def test_so_many_are_found_at_most(people: Ledger) -> None:
    for number in range(30):
        await people.event(100 + number, user_id="busy")
    for _ in range(30):
        await people.api.source(name=f"BUSY{'!' * _}")

    assert len(await found(people.api, "busy")) == 6  # the newest five events, and a source
