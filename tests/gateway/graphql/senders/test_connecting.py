"""What people write to a sender comes here once it is connected, and what was set there is replaced only where it was expected."""

from dataclasses import replace
from typing import Any

import pytest

from destinations.twilio_engage import simulator
from gateway.pipeline import syncs
from gateway.sending import NoAnswer, NotSent
from gateway.sending.base import Phase
from tests.gateway.graphql.senders.conftest import OTHER, OURS, Shop

CONNECT = """mutation($id: ID!, $url: String) { senderConnect(input: {id: $id, expectedUrl: $url}) {
  job { id kind status result } errors { code message path } } }"""
HERE = "https://texts.example.com/webhooks/dst_paper/inbound#rc=5&rp=all"
BEFORE = "https://before.example/inbound"


async def sender(shop: Shop, address: str) -> Any:
    query = """{ destination(id: "dst_paper") { senders(first: 100) { edges { node { id address inboundUrl } } } } }"""
    edges = (await shop.change(query))["destination"]["senders"]["edges"]
    return next(one["node"] for one in edges if one["node"]["address"] == address)


async def connect(shop: Shop, address: str, expected: str | None = None) -> Any:
    """The job, once it is done."""
    there = await sender(shop, address)
    begun = (await shop.change(CONNECT, id=there["id"], url=expected))["senderConnect"]
    assert begun["errors"] == []
    assert (begun["job"]["kind"], begun["job"]["status"]) == ("SENDER_CONNECT", "RUNNING")
    while await syncs.step(shop.world.services):
        pass
    query = "query($id: ID!) { node(id: $id) { ... on Job { status message result } } }"
    return (await shop.change(query, id=begun["job"]["id"]))["node"]


def set_there(shop: Shop, address: str) -> str | None:
    """What the stand-in calls."""
    account = next(one for one in shop.twilio._world.accounts if one.sid == simulator.ACCOUNT_SID)
    service = account.service(address)
    return account.urls_of(address).inbound if service is None else service.inbound_request_url


@pytest.mark.parametrize("named", [OTHER, simulator.SERVICE_SID, simulator.WHATSAPP_SENDER])
async def test_a_sender_where_nothing_is_set_is_connected(shop: Shop, named: str) -> None:
    job = await connect(shop, named)

    assert job == {
        "status": "DONE",
        "message": None,
        "result": {"address": named, "url": HERE, "expected": None, "replaced": None},
    }
    assert set_there(shop, named) == HERE
    assert (await sender(shop, named))["inboundUrl"] == HERE


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("ADMIN", "https://me:word@before.example/in?token=abc#rc=5"),
        ("OPERATOR", "https://…@before.example/in?…#rc=5"),
        ("READER", "https://…@before.example/in?…#rc=5"),
        ("VIEWER", "https://…@before.example/in?…#rc=5"),
    ],
)
async def test_what_may_be_a_secret_in_an_address_of_others_is_shown_to_an_admin_alone(
    shop: Shop, role: str, shown: str
) -> None:
    theirs = "https://me:word@before.example/in?token=abc#rc=5"
    urls = {OTHER: simulator.SenderUrls(theirs)}
    shop.twilio.change(replace(simulator.DEFAULT_ACCOUNTS[0], urls=urls))
    await connect(shop, OTHER)
    made = await shop.change(
        f'mutation {{ apiTokenCreate(input: {{name: "one", role: {role}}}) {{ token }} }}'
    )
    shop.api.headers["Authorization"] = f"Bearer {made['apiTokenCreate']['token']}"

    [edge] = (await shop.change("{ jobs(first: 1) { edges { node { message } } } }"))["jobs"]["edges"]

    assert edge["node"]["message"] == (
        f"{shown} is set there, not nothing. To replace it, give that as expectedUrl. Nothing else was changed."
    )


@pytest.mark.parametrize("role", ["ADMIN", "OPERATOR", "READER", "VIEWER"])
async def test_the_key_of_another_destinations_address_is_shown_to_an_admin_alone(
    shop: Shop, role: str
) -> None:
    theirs = "https://texts.example.com/webhooks/dst_other/{}/inbound#rc=5&rp=all"
    account = simulator.DEFAULT_ACCOUNTS[0]
    urls = {OTHER: simulator.SenderUrls(theirs.format("their-key"))}
    shop.twilio.change(replace(account, urls=urls))
    await shop.change('mutation { senderSync(input: {id: "dst_paper"}) { errors { message } } }')
    await connect(shop, OTHER, theirs.format("their-old-key"))
    made = await shop.change(
        f'mutation {{ apiTokenCreate(input: {{name: "one", role: {role}}}) {{ token }} }}'
    )
    shop.api.headers["Authorization"] = f"Bearer {made['apiTokenCreate']['token']}"

    jobs = (await shop.change("{ jobs(first: 1) { edges { node { message result } } } }"))["jobs"]
    [job] = [edge["node"] for edge in jobs["edges"]]
    listed = await shop.change(
        "{ destinations { edges { node { senders { edges { node { inboundUrl } } } } } } }"
    )
    [paper] = [edge["node"] for edge in listed["destinations"]["edges"]]
    set_to = [edge["node"]["inboundUrl"] for edge in paper["senders"]["edges"] if edge["node"]["inboundUrl"]]
    audited = await shop.change("{ auditEntries { edges { node { action changes { before } } } } }")
    entries = [edge["node"] for edge in audited["auditEntries"]["edges"]]
    replacing = [one["changes"][0]["before"] for one in entries if one["action"] == "senderConnect"]

    now, old = ("their-key", "their-old-key") if role == "ADMIN" else ("…", "…")
    assert job["message"] == (
        f"{theirs.format(now)} is set there, not {theirs.format(old)}. To replace it, give that as expectedUrl. Nothing else was changed."
    )
    assert job["result"]["expected"] == theirs.format(old)
    assert (set_to, replacing) == ([theirs.format(now)], [theirs.format(old)])


async def test_what_is_set_there_is_replaced_only_where_it_was_expected(shop: Shop) -> None:
    account = simulator.DEFAULT_ACCOUNTS[0]
    urls = {OTHER: simulator.SenderUrls(BEFORE)}
    shop.twilio.change(
        simulator.Account(
            account.sid, account.auth_token, keys=account.keys, senders=account.senders, urls=urls
        )
    )

    unexpected = await connect(shop, OTHER)
    kept = set_there(shop, OTHER)
    replaced = await connect(shop, OTHER, BEFORE)
    again = await connect(shop, OTHER, BEFORE)

    assert unexpected["status"] == "FAILED"
    assert unexpected["message"] == (
        f"{BEFORE} is set there, not nothing. To replace it, give that as expectedUrl. Nothing else was changed."
    )
    assert kept == BEFORE
    assert (replaced["status"], replaced["result"]["replaced"]) == ("DONE", BEFORE)
    assert set_there(shop, OTHER) == HERE
    assert (again["status"], again["result"]["replaced"]) == ("DONE", None)


@pytest.mark.parametrize(
    "lost",
    [NotSent("twilio", Phase.CONNECT, "refused"), NoAnswer("twilio", Phase.ANSWER, "no answer in time")],
)
async def test_a_request_that_was_lost_is_never_made_again_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    client, posts = shop.world.services.client, []
    send = client.send

    async def losing(request: Any) -> Any:
        if request.method == "POST":
            posts.append(request.url)
            raise lost
        return await send(request)

    monkeypatch.setattr(client, "send", losing)

    job = await connect(shop, OTHER)

    assert (job["status"], len(posts), set_there(shop, OTHER)) == ("FAILED", 1, None)


async def test_a_request_whose_answer_was_lost_is_done_where_it_took_effect(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.world.services.client
    send = client.send

    async def losing(request: Any) -> Any:
        answer = await send(request)
        if request.method == "POST":
            raise NoAnswer("twilio", Phase.ANSWER, "no answer in time")
        return answer

    monkeypatch.setattr(client, "send", losing)

    job = await connect(shop, OTHER)

    assert (job["status"], set_there(shop, OTHER)) == ("DONE", HERE)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (OURS, "what people write to it goes to the service that it belongs to: connect snd_"),
        (simulator.ALPHANUMERIC_SENDER, "nothing can be set for it from here"),
    ],
)
async def test_a_sender_that_can_not_be_connected_is_refused(shop: Shop, named: str, said: str) -> None:
    there = await sender(shop, named)

    refused = (await shop.change(CONNECT, id=there["id"], url=None))["senderConnect"]

    [error] = refused["errors"]
    assert (refused["job"], error["code"], error["path"]) == (None, "INVALID", ["id"])
    assert error["message"].startswith(f"It can't be connected: {said}")
    assert (await shop.change("{ jobs(kind: SENDER_CONNECT) { totalCount } }"))["jobs"]["totalCount"] == 0
