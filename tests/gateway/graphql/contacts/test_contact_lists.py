"""Lists of contacts, and what one shows of its people, its events, its deliveries and what was said."""

from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import ConsentStatus
from gateway.graphql.contacts import queries
from gateway.storage import consent as history, external_contacts
from gateway.workspace import Role
from tests.factories import word
from tests.gateway.graphql.conftest import Api, Ledger

ANN, BEA, CAT = "+12025550101", "+12025550102", "+12025550103"
LIST = """query($first: Int, $after: String, $consent: ConsentStatus) {
  contacts(first: $first, after: $after, consent: $consent) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { phone externalUserIds } } } }"""


def identify(user: str, phone: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "identify",
        "userId": user,
        "messageId": f"i-{number}",
        "traits": {"phone": phone, "plan": user},
        **more,
    }


@pytest.fixture
async def known(ledger: Ledger) -> Ledger:
    """Ann, then Bea who stopped, then Cat who said yes, ten seconds apart; and somebody without a number in between."""
    api = ledger.api
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    for number, (user, phone) in enumerate((("ann", ANN), ("bea", BEA), ("cat", CAT))):
        await ledger.match(identify(user, phone, number))
        api.clock.advance(10)
    no = word(ConsentStatus.UNSUBSCRIBED, phone=BEA, own_word=True)
    await say(api, no, word(phone=CAT), word(ConsentStatus.UNKNOWN, phone=ANN))
    return ledger


async def say(api: Api, *words: Any) -> None:
    await api.services.store.write(lambda c: history.add_all(c, words))


def phones(data: Any) -> list[str | None]:
    return [edge["node"]["phone"] for edge in data["contacts"]["edges"]]


async def test_the_newest_come_first_page_by_page(known: Ledger) -> None:
    api = known.api
    now = api.clock.now()

    def remember(connection: Connection) -> None:
        for ids in (["US.one", "US.two"], ["US.three"]):
            external_contacts.remember(connection, "default", known.destination_id, ids, None, now)

    await api.services.store.write(remember)

    first = await api.data(LIST, first=3)
    rest = await api.data(LIST, first=3, after=first["contacts"]["pageInfo"]["endCursor"])

    assert phones(first) == [None, None, CAT]
    assert sorted(len(edge["node"]["externalUserIds"]) for edge in first["contacts"]["edges"]) == [0, 1, 2]
    assert phones(rest) == [BEA, ANN]
    assert (first["contacts"]["totalCount"], rest["contacts"]["totalCount"]) == (5, 5)
    assert (first["contacts"]["pageInfo"]["hasNextPage"], rest["contacts"]["pageInfo"]["hasNextPage"]) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    ("consent", "expected"), [("SUBSCRIBED", [CAT]), ("UNSUBSCRIBED", [BEA]), ("UNKNOWN", [ANN])]
)
async def test_they_are_chosen_by_what_stands(known: Ledger, consent: str, expected: list[str]) -> None:
    data = await known.api.data(LIST, consent=consent)

    assert phones(data) == expected
    assert data["contacts"]["totalCount"] == 1


async def test_who_has_to_confirm_a_yes_is_pending_and_not_unknown(known: Ledger) -> None:
    await say(known.api, word(ConsentStatus.PENDING, phone=ANN, at=60))

    assert phones(await known.api.data(LIST, consent="PENDING")) == [ANN]
    assert phones(await known.api.data(LIST, consent="UNKNOWN")) == []


async def test_a_search_by_consent_goes_on_where_it_stopped_looking(
    known: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    monkeypatch.setattr(queries, "_TOGETHER", 1)
    api = known.api
    after, found, pages = None, [], 0
    while pages < 9:
        page = (await api.data(LIST, consent="UNKNOWN", after=after))["contacts"]
        found += [edge["node"]["phone"] for edge in page["edges"]]
        after, pages = page["pageInfo"]["endCursor"], pages + 1
        assert page["totalCount"] is None
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert (found, pages) == ([ANN], 3)


async def test_a_search_by_consent_fills_its_pages(known: Ledger) -> None:
    await say(known.api, word(phone=ANN, at=60))

    first = await known.api.data(LIST, consent="SUBSCRIBED", first=1)
    second = await known.api.data(
        LIST, consent="SUBSCRIBED", first=1, after=first["contacts"]["pageInfo"]["endCursor"]
    )

    assert (phones(first), phones(second)) == ([CAT], [ANN])
    assert first["contacts"]["pageInfo"]["hasNextPage"] is True
    assert second["contacts"]["pageInfo"]["hasNextPage"] is False


async def test_a_contact_shows_whose_it_is_and_what_they_did(known: Ledger) -> None:
    api = known.api
    await known.match(
        identify("dee", ANN, 7, anonymousId="d-1"),
        {"type": "track", "event": "Note Written", "userId": "ann", "messageId": "t-1"},
    )
    api.clock.advance(1)
    await known.match(
        {"type": "track", "event": "Tea Made", "anonymousId": "d-1", "messageId": "t-2"},
        {"type": "track", "event": "Tea Made", "userId": "bea", "messageId": "t-3"},
    )
    one = await known.delivery(50, recipient=ANN)
    await known.delivery(51, recipient=BEA)

    data = await api.data(
        """query($p: String) { contact(phone: $p) { userIds traits people { userIds anonymousIds traits }
          events(first: 2) { totalCount pageInfo { endCursor } edges { node { messageId } } }
          deliveries { totalCount edges { node { id } } } } }""",
        p=ANN,
    )

    contact = data["contact"]
    assert contact["userIds"] == ["ann", "dee"]
    assert contact["traits"] == {"phone": ANN, "plan": "dee"}
    assert contact["people"] == [
        {"userIds": ["dee"], "anonymousIds": ["d-1"], "traits": {"phone": ANN, "plan": "dee"}},
        {"userIds": ["ann"], "anonymousIds": [], "traits": {"phone": ANN, "plan": "ann"}},
    ]
    assert contact["events"]["edges"][0]["node"]["messageId"] == "t-2"
    assert contact["events"]["totalCount"] == 4
    assert contact["deliveries"] == {"totalCount": 1, "edges": [{"node": {"id": one}}]}
    rest = await api.data(
        "query($p: String, $a: String) { contact(phone: $p) { events(first: 9, after: $a) { edges { node { messageId } } } } }",
        p=ANN,
        a=contact["events"]["pageInfo"]["endCursor"],
    )
    both = [*contact["events"]["edges"], *rest["contact"]["events"]["edges"]]
    assert sorted(edge["node"]["messageId"] for edge in both) == ["i-0", "i-7", "t-1", "t-2"]


async def test_the_history_of_consent_is_paged_with_its_evidence(known: Ledger) -> None:
    await say(
        known.api,
        word(phone=CAT, at=60, evidence={"method": "web form", "url": "https://shop.example"}),
        word(ConsentStatus.UNSUBSCRIBED, phone=CAT, at=30),
    )
    query = """query($after: String) { contact(userId: "cat") { consentHistory(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { status changedAt evidence { method url } } } } } }"""

    first = (await known.api.data(query))["contact"]["consentHistory"]
    rest = (await known.api.data(query, after=first["pageInfo"]["endCursor"]))["contact"]["consentHistory"]

    assert [edge["node"] for edge in first["edges"]] == [
        {
            "status": "SUBSCRIBED",
            "changedAt": "2026-11-21T12:01:00.000Z",
            "evidence": {"method": "web form", "url": "https://shop.example"},
        },
        {"status": "UNSUBSCRIBED", "changedAt": "2026-11-21T12:00:30.000Z", "evidence": None},
    ]
    assert [edge["node"]["status"] for edge in rest["edges"]] == ["SUBSCRIBED"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (
        3,
        True,
        False,
    )


async def test_a_viewer_sees_all_of_it_masked(known: Ledger) -> None:
    viewer = await known.api.token(Role.VIEWER)
    query = """{ contacts(first: 1) { edges { node { phone traits people { userIds traits }
      deliveries { totalCount } events { edges { node { payload } } } } } } }"""

    [edge] = (await known.api.data(query, viewer))["contacts"]["edges"]

    assert edge["node"] == {
        "phone": "+1••••03",
        "traits": {},
        "people": [{"userIds": ["cat"], "traits": {}}],
        "deliveries": {"totalCount": 0},
        "events": {"edges": [{"node": {"payload": {}}}]},
    }


async def test_another_spaces_contacts_are_not_there(known: Ledger) -> None:
    brand = await known.api.token(Role.ADMIN, "brand")

    assert (await known.api.data(LIST, brand))["contacts"]["totalCount"] == 0


async def test_many_contacts_with_all_they_have_cost_a_handful_of_reads(known: Ledger) -> None:
    store, reads = known.api.services.store, []
    read = store.read

    async def counted(query: Any) -> Any:
        reads.append(query)
        return await read(query)

    store.read = counted  # type: ignore[method-assign]

    await known.api.data(
        """{ contacts { edges { node { people { id } consents { status } windows { open }
          events { edges { node { source { name } } } } deliveries { totalCount } consentHistory { totalCount } } } } }"""
    )

    assert len(reads) == 2  # the page, and the lists of all its items together
