"""What is wrong now and wants a person: each alert with its words, on each engine, and gone once that is mended."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import DestinationDefinition, MessageStatus, OwnedTemplate, TemplateApproval
from destinations.kit.outcome import AccountTrouble
from gateway.deliveries import DeliveryStatus
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.pipeline import accounts, telling
from gateway.sending_limits import Counter
from gateway.settings import Settings
from gateway.storage import attempts, claim_counts, receivers, refusals, templates, webhook_deliveries
from gateway.storage.attempts import CallBack
from gateway.storage.engine import Store
from gateway.storage.receivers import Receiver
from gateway.storage.refusals import Refusal
from gateway.storage.webhook_deliveries import WebhookDelivery
from gateway.workspace import Role
from tests.gateway.graphql.conftest import NOON, Api, Ledger, opened
from tests.gateway.graphql.operations import CALLED
from tests.gateway.graphql.pasted import operations
from tests.gateway.syncing import template

ALERTS = """query($first: Int, $after: String) { alerts(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
  edges { node { id severity code message remedy since target { __typename id } } } } }"""
ANN = "+15551234567"
BROKEN = "broken, and long enough for one"
SAID = f"The loft refused the seal of {ANN}."


@pytest.fixture
def gateway_settings() -> Settings:
    return Settings(public_url="https://texts.example.com")


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return {CALLED.slug: CALLED}


@pytest.fixture
async def api(
    store: Store,
    tmp_path: Path,
    limits: Limits,
    definitions: Mapping[str, DestinationDefinition],
    budget: Budget,
    gateway_settings: Settings,
) -> AsyncIterator[Api]:
    async with opened(store, tmp_path, limits, definitions, budget, gateway_settings) as one:
        yield one


@pytest.fixture
async def verified(api: Api, ledger: Ledger) -> str:
    """The destination, which has nothing wrong."""
    payload = await api.change("destinationVerify", {"id": ledger.destination_id}, "errors { message }")
    assert payload["errors"] == []
    return ledger.destination_id


async def page(api: Api, token: str | None = None, **given: Any) -> Any:
    return (await api.data(ALERTS, *([] if token is None else [token]), **given))["alerts"]


async def alerts(api: Api) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await page(api))["edges"]]


async def paste(api: Api, remedy: str) -> list[Any]:
    """What each operation in a remedy answers, with the errors of a mutation."""
    answers = []
    for operation in operations(remedy):
        [answer] = (await api.data(operation)).values()
        answers.append(answer)
    return answers


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


async def test_a_destination_that_was_not_verified_yet(api: Api, ledger: Ledger) -> None:
    [alert] = await alerts(api)

    way = f'mutation {{ destinationVerify(input: {{id: "{ledger.destination_id}"}}) {{ destination {{ status }} errors {{ message }} }} }}'
    assert alert == {
        "id": alert["id"],
        "severity": "WARNING",
        "code": "DESTINATION_NOT_VERIFIED",
        "message": "The destination Pigeons is not verified as it is configured now, so that what it would send waits.",
        "remedy": f"Once it is as it should be, verify it: run {way}.",
        "since": at(NOON),
        "target": {"__typename": "Destination", "id": ledger.destination_id},
    }
    assert await paste(api, alert["remedy"]) == [{"destination": {"status": "VERIFIED"}, "errors": []}]
    assert await alerts(api) == []


async def test_a_destination_whose_checks_fail_has_been_wrong_since_the_first_time(api: Api) -> None:
    destination = await api.destination(seal=BROKEN)
    await api.change("destinationVerify", {"id": destination}, "errors { message }")
    [first] = await alerts(api)
    api.clock.advance(3600)
    await api.change("destinationVerify", {"id": destination}, "errors { message }")
    again = await alerts(api)
    settings = {"settings": {"pigeonPost": {"seal": "whole, and long enough for one"}}}
    changed = {"id": destination, "expectedRevision": 1, **settings}
    await api.change("destinationUpdate", changed, "errors { message }")
    [third] = await alerts(api)

    way = f'mutation {{ destinationVerify(input: {{id: "{destination}"}}) {{ destination {{ status }} errors {{ message }} }} }}'
    assert first == {
        "id": first["id"],
        "severity": "ERROR",
        "code": "DESTINATION_FAILED",
        "message": f"The destination Pigeons failed its checks, so that what it would send waits: {SAID}",
        "remedy": f"Mend the seal. Then run {way}.",
        "since": at(NOON),
        "target": {"__typename": "Destination", "id": destination},
    }
    assert again == [first]
    assert third["code"] == "DESTINATION_NOT_VERIFIED"
    await paste(api, third["remedy"])
    assert await alerts(api) == []


async def test_a_destination_that_is_disabled_has_no_alert(api: Api, ledger: Ledger) -> None:
    given = {"id": ledger.destination_id, "expectedRevision": 1, "enabled": False}
    await api.change("destinationUpdate", given, "errors { message }")

    assert await alerts(api) == []


async def test_an_account_that_its_provider_refuses(api: Api, verified: str) -> None:
    trouble = AccountTrouble("The account is suspended.", 401, "20005", "Pay the bill.")

    async def refuse() -> None:
        now = api.clock.now()
        await api.services.store.write(lambda c: accounts.fail(c, verified, trouble, None, now, now))
        api.services.workspace.invalidate()

    api.clock.advance(60)
    await refuse()
    [first] = await alerts(api)
    mended = await paste(api, first["remedy"])
    none_left = await alerts(api)
    api.clock.advance(60)
    await refuse()
    await paste(api, first["remedy"])
    [probing] = await alerts(api)

    way = f'mutation {{ destinationVerify(input: {{id: "{verified}"}}) {{ destination {{ status }} errors {{ message }} }} }}'
    refused = "The provider refuses the account of the destination Pigeons: "
    assert (first["code"], first["severity"]) == ("ACCOUNT_REFUSED", "ERROR")
    assert first["message"] == f"{refused}The account is suspended. What it would send waits."
    assert first["remedy"] == f"Pay the bill. Then run {way}."
    assert (first["since"], mended[0]["errors"], none_left) == (at(NOON + timedelta(minutes=1)), [], [])
    assert (probing["code"], probing["id"]) == ("ACCOUNT_REFUSED", first["id"])
    assert probing["message"] == (
        f"{refused}it was refused again soon after it was verified (20005), so one delivery at a time tries whether it works, the next at "
        "2026-03-01 12:02:00 UTC. What it would send waits."
    )
    assert probing["remedy"] == f"Mend the account at the provider, then run {way}."


async def test_a_remedy_that_names_the_verification_and_does_not_run_it_is_followed_by_what_does(
    api: Api, verified: str
) -> None:
    words = "Ask for new credentials. Then verify the destination again (destinationVerify)."
    trouble, now = AccountTrouble("Authenticate.", 401, "20003", words), api.clock.now()
    await api.services.store.write(lambda c: accounts.fail(c, verified, trouble, None, now, now))
    api.services.workspace.invalidate()

    [alert] = await alerts(api)
    ran = await paste(api, alert["remedy"])

    way = f'mutation {{ destinationVerify(input: {{id: "{verified}"}}) {{ destination {{ status }} errors {{ message }} }} }}'
    assert alert["remedy"] == f"{words} Then run {way}."
    assert ran == [{"destination": {"status": "VERIFIED"}, "errors": []}]
    assert await alerts(api) == []


async def list_templates(api: Api, destination: str, *listed: OwnedTemplate) -> None:
    now = api.clock.now()
    await api.services.store.write(lambda c: templates.keep(c, destination, listed, now))
    api.services.workspace.invalidate()


async def test_a_template_that_a_mapping_uses_is_refused_and_then_gone(api: Api, verified: str) -> None:
    await api.mapping(verified, {"body": "HX1"}, name="Shipped")
    await list_templates(api, verified, template(), template("HX2"))
    fine = await alerts(api)
    api.clock.advance(60)
    refused = template(approval=TemplateApproval.REJECTED, rejection_reason="Promotional")
    await list_templates(api, verified, refused, template("HX2", approval=TemplateApproval.PAUSED))
    api.clock.advance(3600)
    await list_templates(api, verified, refused)
    [alert] = await alerts(api)
    await list_templates(api, verified, template())
    mended = await alerts(api)
    for _ in range(2):
        api.clock.advance(60)
        await list_templates(api, verified)
    [gone] = await alerts(api)

    sync = f'mutation {{ templateSync(input: {{id: "{verified}"}}) {{ job {{ status }} errors {{ message }} }} }}'
    assert (fine, mended) == ([], [])
    assert alert == {
        "id": alert["id"],
        "severity": "ERROR",
        "code": "TEMPLATE_NOT_APPROVED",
        "message": "The template order_on_its_way (HX1) is REJECTED: Promotional. Until it is APPROVED no conversation can begin with it "
        "(TEMPLATE_NOT_APPROVED). 1 mapping uses it: Shipped.",
        "remedy": f"Mend it where it was made and have it approved, then run {sync}. Or name another template in the mapping.",
        "since": at(NOON + timedelta(minutes=1)),
        "target": {"__typename": "Template", "id": alert["target"]["id"]},
    }
    assert (gone["code"], gone["target"]) == ("TEMPLATE_REMOVED", alert["target"])
    assert gone["message"] == (
        "The account has the template order_on_its_way (HX1) no more: what is sent with it is refused. 1 mapping uses it: Shipped."
    )
    assert gone["remedy"] == f"Name another template in the mapping, or make this one again and run {sync}."
    assert gone["since"] == at(NOON + timedelta(minutes=63))
    assert await paste(api, gone["remedy"]) == [{"job": {"status": "RUNNING"}, "errors": []}]


async def test_an_approval_that_falls_away_is_one_whatever_comes_after_it(api: Api, verified: str) -> None:
    await api.mapping(verified, {"body": "HX1"}, name="Shipped")
    await list_templates(api, verified, template(approval=TemplateApproval.PENDING))
    awaited = await alerts(api)
    await list_templates(api, verified, template())
    await list_templates(api, verified, template(approval=TemplateApproval.PENDING))

    assert awaited == []
    assert [one["code"] for one in await alerts(api)] == ["TEMPLATE_NOT_APPROVED"]


def told(destination: str, now: datetime, **changed: Any) -> WebhookDelivery:
    return replace(telling.new("delivery.sent", "default", destination, "dlv_1", "{}", now), **changed)


async def tell(api: Api, *some: WebhookDelivery) -> None:
    now = api.clock.now()
    await api.services.store.write(lambda c: webhook_deliveries.add(c, some, now))


async def give_up(api: Api, one: WebhookDelivery, why: str) -> None:
    await api.services.store.write(lambda c: webhook_deliveries.give_up(c, {one.id: why}))


async def test_what_an_owner_was_not_told(api: Api, verified: str) -> None:
    first = told(verified, NOON)
    second = told(verified, NOON + timedelta(minutes=1))
    await tell(api, first, second)
    fine = await alerts(api)
    await give_up(api, first, f"It answered 410 to {ANN}.")
    await give_up(api, second, "It answered 410.")
    api.clock.advance(3600)

    [alert] = await alerts(api)
    asked = list(operations(alert["remedy"]))
    [replayed] = (await api.data(asked[1])).values()
    [listed] = (await api.data(asked[2])).values()
    [one_left] = await alerts(api)
    await api.data(asked[1].replace(second.id, first.id))

    assert fine == []
    assert (alert["code"], alert["severity"]) == ("WEBHOOK_DEAD", "ERROR")
    assert alert["message"] == (
        "2 things that the owner of the destination Pigeons was to be told by webhookUrl were given up. It answered 410."
    )
    test = (
        f'mutation {{ webhookTest(input: {{id: "{verified}", idempotencyKey: "alert-20260301T130000"}}) {{ '
    )
    again = f'mutation {{ webhookDeliveryReplay(input: {{id: "{second.id}"}}) {{ '
    tells = "errors { message } } }"
    assert asked[:2] == [
        f"{test}webhookDelivery {{ deliveredAt lastAnswer }} {tells}",
        f"{again}webhookDelivery {{ nextAttemptAt }} {tells}",
    ]
    assert alert["since"] == at(NOON)
    assert alert["target"] == {"__typename": "Destination", "id": verified}
    assert replayed["errors"] == []
    assert [edge["node"]["id"] for edge in listed["edges"]] == [first.id]
    assert one_left["message"].startswith("1 thing that the owner of the destination Pigeons was to be told")
    assert await alerts(api) == []


async def test_a_test_that_nobody_took_lost_nothing_and_is_no_alert(api: Api, verified: str) -> None:
    test = told(verified, NOON, event="webhook.test", dead=True, next_attempt_at=None)
    await tell(api, test)

    assert await alerts(api) == []


async def test_what_was_given_up_long_ago_is_no_alert(api: Api, verified: str) -> None:
    await tell(api, told(verified, NOON, dead=True, next_attempt_at=None))
    api.clock.advance(2 * 86_400 - 1)
    before = await alerts(api)
    api.clock.advance(2)

    assert [one["code"] for one in before] == ["WEBHOOK_DEAD"]
    assert await alerts(api) == []


async def test_a_receiver_that_takes_nothing(api: Api, verified: str) -> None:
    twice = told(verified, NOON, attempts=2)
    thrice = told(verified, NOON, attempts=3)
    await tell(api, twice)
    fine = await alerts(api)
    await tell(api, thrice)

    [alert] = await alerts(api)
    await give_up(api, thrice, "Gone.")

    assert fine == []
    assert (alert["code"], alert["severity"], alert["since"]) == ("WEBHOOK_FAILING", "WARNING", at(NOON))
    assert alert["message"] == (
        "1 thing that the owner of the destination Pigeons was to be told by webhookUrl was tried in vain so far."
    )
    assert [one["code"] for one in await alerts(api)] == ["WEBHOOK_DEAD"]


async def test_a_receiver_that_rests_is_told_of_before_one_thing_was_tried_three_times(
    api: Api, verified: str
) -> None:
    tried, untried = told(verified, NOON, attempts=1), told(verified, NOON, attempts=0)
    await tell(api, tried, untried)
    fine = await alerts(api)
    await rest(api, verified, Receiver(5, NOON + timedelta(seconds=15)))
    [alert] = await alerts(api)
    await rest(api, verified, Receiver(0))

    assert fine == []
    assert (alert["code"], alert["since"]) == ("WEBHOOK_FAILING", at(NOON))
    assert alert["message"].startswith("1 thing that the owner of the destination Pigeons was to be told")
    assert await alerts(api) == []


async def rest(api: Api, destination_id: str, receiver: Receiver) -> None:
    """The owner's receiver is like that."""
    await api.services.store.write(lambda c: receivers.save(c, {destination_id: receiver}))


async def test_callbacks_that_never_come(api: Api, ledger: Ledger, verified: str) -> None:
    sent: dict[str, Any] = {"status": DeliveryStatus.ACCEPTED, "first_attempt_at": NOON}
    for number in range(2):
        await ledger.delivery(number, message_sid=f"PG{number}", **sent)
    api.clock.advance(660)
    few = await alerts(api)
    api.clock.advance(-660)
    third = await ledger.delivery(3, message_sid="PG3", **sent)
    early = await alerts(api)
    api.clock.advance(660)
    [alert] = await alerts(api)
    api.clock.advance(2 * 3600)
    later = await alerts(api)
    api.clock.advance(-2 * 3600)
    came = [CallBack(third, MessageStatus.SENT, None)]
    await api.services.store.write(lambda c: attempts.call_back(c, came, api.clock.now()))

    assert (few, early, later) == ([], [], [])
    assert (alert["code"], alert["severity"], alert["since"]) == ("CALLBACKS_MISSING", "WARNING", at(NOON))
    assert alert["message"] == (
        "None of the last 3 messages of the destination Pigeons had a status callback, ten minutes and more after it left. What became "
        "of them is asked for instead, which takes longer."
    )
    curl = f"curl -i -X POST https://texts.example.com/webhooks/{verified}/status"
    assert alert["remedy"].startswith(f"See that the provider reaches this gateway: run {curl} from outside.")
    assert await alerts(api) == []


async def test_requests_of_a_source_that_are_refused(api: Api, ledger: Ledger, verified: str) -> None:
    async def refuse(code: str, count: int) -> None:
        one = Refusal(ledger.source_id, code, "At most 100 requests a second.", count, api.clock.now())
        await api.services.store.write(lambda c: refusals.add(c, [one]))

    await refuse("rate_limited", 2)
    api.clock.advance(3600)
    await refuse("rate_limited", 3)
    await refuse("invalid_json", 1)
    both = await alerts(api)
    api.clock.advance(86_400)
    none_left = await alerts(api)
    await refuse("rate_limited", 1)
    [anew] = await alerts(api)

    assert [one["code"] for one in both] == ["REQUESTS_REFUSED"] * 2
    limited = next(one for one in both if "rate_limited" in one["message"])
    assert limited["message"] == (
        "Requests of the source Shop are refused as rate_limited, the last at 2026-03-01 13:00:00 UTC, 5 so far: At most 100 requests a "
        "second."
    )
    assert (limited["since"], limited["severity"]) == (at(NOON), "WARNING")
    assert limited["target"] == {"__typename": "Source", "id": ledger.source_id}
    [shown] = await paste(api, limited["remedy"])
    assert [one["code"] for one in shown["refusals"]] == ["rate_limited", "invalid_json"]
    assert none_left == []
    assert (anew["id"], anew["since"]) == (limited["id"], at(NOON + timedelta(hours=25)))


async def test_grave_ones_come_first_and_of_those_the_newest(api: Api, verified: str) -> None:
    older = await api.destination("Older", seal=BROKEN)
    newer = await api.destination("Newer", seal=BROKEN)
    for destination in (older, newer):
        api.clock.advance(60)
        await api.change("destinationVerify", {"id": destination}, "errors { message }")
    drafts = [await api.destination(f"Draft {n}") for n in range(2)]

    whole = await page(api)
    first = await page(api, first=3)
    rest = await page(api, first=3, after=first["pageInfo"]["endCursor"])

    everything = [edge["node"] for edge in whole["edges"]]
    assert [one["target"]["id"] for one in everything[:2]] == [newer, older]
    assert {one["target"]["id"] for one in everything[2:]} == set(drafts)
    assert [edge["node"] for one in (first, rest) for edge in one["edges"]] == everything
    assert [one["pageInfo"]["hasNextPage"] for one in (whole, first, rest)] == [False, True, False]
    assert [one["totalCount"] for one in (whole, first, rest)] == [4, 4, 4]
    assert verified not in {one["target"]["id"] for one in everything}


async def test_an_alert_is_a_node_of_its_space_for_as_long_as_it_is_wrong(api: Api) -> None:
    destination = await api.destination(space="brand", seal=BROKEN)
    await api.change("destinationVerify", {"id": destination}, "errors { message }")
    mine = await api.token(Role.VIEWER, "brand")
    asked = "query($id: ID!) { node(id: $id) { id ... on Alert { code message target { id } } } }"

    [edge] = (await page(api, mine))["edges"]
    key = edge["node"]["id"]
    theirs = await api.data(asked, await api.token(Role.ADMIN, "other"), id=key)
    ours = await api.data(asked, mine, id=key)
    whole = await api.data(asked, id=key)
    gone = {"id": destination, "expectedRevision": 1}
    await api.change("destinationDelete", gone, "errors { message }")

    told_of = "The destination Pigeons failed its checks, so that what it would send waits:"
    code = {"id": key, "code": "DESTINATION_FAILED"}
    target = {"target": {"id": destination}}
    assert (await page(api))["edges"] == []
    assert theirs == {"node": None}
    assert ours == {"node": {**code, "message": f"{told_of} {SAID.replace(ANN, '+1••••67')}", **target}}
    assert whole == {"node": {**code, "message": f"{told_of} {SAID}", **target}}
    assert await api.data(asked, mine, id=key) == {"node": None}


async def test_a_day_that_is_nearly_used_up_and_then_is(api: Api, verified: str) -> None:
    limited = {"id": verified, "expectedRevision": 1, "policy": {"dailyMessageLimit": 5}}
    await api.change("destinationUpdate", limited, "errors { message }")
    today = Counter(NOON.date().isoformat(), verified)

    async def claimed(more: int) -> None:
        await api.services.store.write(lambda c: claim_counts.add(c, {today: more}))

    await claimed(3)
    none = await alerts(api)
    await claimed(1)
    await api.services.store.write(lambda c: claim_counts.warned(c, [today], NOON))
    [near] = await alerts(api)
    await claimed(1)
    [reached] = await alerts(api)

    revision = "expectedRevision: 2, policy: {dailyMessageLimit: 10}"
    way = (
        f'mutation {{ destinationUpdate(input: {{id: "{verified}", {revision}}}) '
        "{ destination { revision policy { dailyMessageLimit } } errors { message } } }"
    )
    over = f"{NOON.date() + timedelta(days=1)} 00:00:00 UTC"
    assert none == []
    assert near == {
        "id": near["id"],
        "severity": "WARNING",
        "code": "DAILY_LIMIT_NEAR",
        "message": "The destination Pigeons has sent 4 of the 5 texts that it may today: once it has, all else is suppressed as BUDGET, "
        f"until {over}.",
        "remedy": f"Raise the limit to let more through today: run {way}.",
        "since": at(NOON),
        "target": {"__typename": "Destination", "id": verified},
    }
    assert (reached["code"], reached["severity"]) == ("DAILY_LIMIT_REACHED", "ERROR")
    assert reached["message"] == (
        f"The destination Pigeons has sent 5 of the 5 texts that it may today: all else is suppressed as BUDGET, until {over}."
    )
    [answer] = await paste(api, reached["remedy"])
    assert answer == {"destination": {"revision": 3, "policy": {"dailyMessageLimit": 10}}, "errors": []}
    assert await alerts(api) == []
