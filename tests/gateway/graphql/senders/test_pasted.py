"""Each remedy of an account, its senders, templates and webhooks is pasted as it stands: with real ids, and nothing that does not exist."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, delete

from destinations import kit
from destinations.kit import TemplateApproval
from destinations.twilio_engage import simulator
from destinations.twilio_engage.simulator import (
    ApiKey,
    Service,
)
from gateway.background_jobs import BackgroundKind, BackgroundStatus
from gateway.pipeline import import_notes, recent, syncs, telling
from gateway.storage import background_jobs, destinations, tables, templates, webhook_deliveries
from gateway.webhooks.endpoints import WebhookApp
from tests import factories
from tests.gateway.graphql.pasted import checked
from tests.gateway.graphql.senders.conftest import OTHER, OURS, Shop
from tests.gateway.syncing import template

RESTRICTED = ApiKey("SK" + "7" * 32, "restricted", messages=False)
FAILED_KEY = {"sid": "SK" + "8" * 32, "secret": "s", "state": "FAILED"}
EMPTY = "MG" + "7" * 32
VERIFY = """mutation { destinationVerify(input: {id: "dst_paper"}) {
  destination { lastVerification { checks { name code remedy } } }
  errors { ... on ProviderError { code remedy } } } }"""
ALERTS = "{ alerts { edges { node { code remedy } } } }"


async def configure(shop: Shop, **settings: Any) -> None:
    """The destination with these settings, whatever they are."""
    there = (await shop.world.services.workspace.current()).destinations["dst_paper"]
    changed = {name: value for name, value in {**there.settings, **settings}.items() if value is not None}

    def save(connection: Connection) -> None:
        destinations.save(connection, replace(there, settings=changed), shop.world.secrets)

    await shop.world.store.write(save)
    shop.world.services.workspace.invalidate()


async def paste(shop: Shop, remedies: Iterable[str]) -> int:
    """Run each operation of these remedies; how many there were. An answer may refuse what is to be filled in, and nothing else."""
    count = 0
    for remedy in remedies:
        for operation in checked(remedy):
            count += 1
            [answer] = (await shop.change(operation)).values()
            assert "not found" not in str(answer.get("errors", "")).lower(), (operation, answer)
    return count


@pytest.mark.parametrize(
    ("account", "settings", "code"),
    [
        ({}, {"authToken": None}, "NO_AUTH_TOKEN"),
        ({}, {"authToken": None, "apiKeys": [FAILED_KEY]}, "REQUIRED"),
        (
            {"keys": (RESTRICTED,)},
            {"apiKeys": [{"sid": RESTRICTED.sid, "secret": RESTRICTED.secret}]},
            "KEY_LACKS_MESSAGES",
        ),
        ({}, {"authToken": "5" * 32, "apiKeys": []}, "CREDENTIALS_REJECTED"),
        ({"status": "suspended"}, {}, "ACCOUNT_SUSPENDED"),
        ({"trial": True}, {}, "TRIAL"),
        ({}, {"defaultSender": "+12025550199"}, "SENDER_FOREIGN"),
        ({"services": (Service(EMPTY),)}, {"defaultSender": EMPTY}, "SERVICE_EMPTY"),
        ({}, {"twilioHostname": "ftp://api.twilio.com"}, "HOST_NOT_ALLOWED"),
        ({}, {"twilioHostname": "api.ie1.twilio.com"}, "HOST_SWITCHED_OFF"),
        ({}, {"twilioHostname": None, "region": "AU1"}, "REGION_UNSUPPORTED"),
        ({}, {}, "INBOUND_WEBHOOK"),
    ],
)
async def test_what_a_check_says_to_do_is_done_by_pasting_it(
    shop: Shop, account: dict[str, Any], settings: dict[str, Any], code: str
) -> None:
    shop.twilio.change(replace(simulator.DEFAULT_ACCOUNTS[0], **account))
    await configure(shop, **settings)

    verified = (await shop.change(VERIFY))["destinationVerify"]
    [check] = [one for one in verified["destination"]["lastVerification"]["checks"] if one["code"] == code][
        :1
    ]
    told = [one["remedy"] for one in verified["errors"]]

    assert await paste(shop, [check["remedy"], *told]) > 0


async def test_what_people_write_to_a_known_sender_comes_here_once_the_remedy_was_pasted(shop: Shop) -> None:
    verified = (await shop.change(VERIFY))["destinationVerify"]["destination"]["lastVerification"]
    [remedy] = [one["remedy"] for one in verified["checks"] if one["code"] == "INBOUND_WEBHOOK"]
    connect, verify = checked(remedy)
    known = (await shop.world.services.workspace.current()).senders["dst_paper"].by_address

    begun = await shop.change(connect)
    await syncs.step(shop.world.services)
    again = await shop.change(verify)

    assert known[OURS].by_pool
    assert f'senderConnect(input: {{id: "{known[known[OURS].pool or ""].id}"' in connect
    assert begun["senderConnect"]["errors"] == again["destinationVerify"]["errors"] == []
    stored = (await shop.world.services.workspace.current()).destinations["dst_paper"].verification or {}
    assert [one["passed"] for one in stored["checks"] if one["name"] == f"inbound {OURS}"] == [True]
    assert "INBOUND_WEBHOOK" not in [one["code"] for one in stored["checks"]]


@pytest.mark.parametrize(
    ("status", "operations"),
    [
        (BackgroundStatus.RUNNING, ["query { node(id: "]),
        (BackgroundStatus.FAILED, ["mutation { jobResume(input: {id: "]),
        (BackgroundStatus.PAUSED, ["mutation { jobResume(input: {id: "]),
        (BackgroundStatus.CANCELED, ["mutation { destinationVerify(input: {id: "]),
    ],
)
async def test_what_a_verification_says_of_messages_that_are_not_read_yet_is_pasted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, status: BackgroundStatus, operations: list[str]
) -> None:
    monkeypatch.setattr(recent, "SECONDS", 0.0)
    await shop.change(VERIFY)
    [job] = await shop.world.store.read(
        lambda c: background_jobs.all_running(c, BackgroundKind.INBOUND_IMPORT)
    )
    if status is not BackgroundStatus.RUNNING:
        running = [BackgroundStatus.RUNNING]
        await shop.world.store.write(
            lambda c: background_jobs.bring(c, job.id, status, running, message="So it stands.")
        )

    said = await shop.world.store.read(lambda c: import_notes.note(c, "dst_paper"))

    assert said is not None
    assert [
        one[: len(begins)] for one, begins in zip(checked(said.remedy or ""), operations, strict=True)
    ] == (operations)
    assert await paste(shop, [said.remedy or ""]) == 1


async def test_before_the_first_sync_a_sender_is_connected_in_the_console(shop: Shop) -> None:
    await shop.world.store.write(lambda c: c.execute(delete(tables.senders)))
    shop.world.services.workspace.invalidate()

    verified = (await shop.change(VERIFY))["destinationVerify"]["destination"]["lastVerification"]

    [remedy] = [one["remedy"] for one in verified["checks"] if one["code"] == "INBOUND_WEBHOOK"]
    assert remedy.startswith(
        "Have it call https://texts.example.com/webhooks/dst_paper/inbound#rc=5&rp=all for incoming messages, by POST, in the Twilio console, then run "
    )
    assert len(checked(remedy)) == 1


async def test_the_alert_of_failed_checks_says_what_they_do_at_the_revision_of_now(shop: Shop) -> None:
    await configure(shop, defaultSender="+12025550199")
    await shop.change(VERIFY)
    [alert] = [edge["node"] for edge in (await shop.change(ALERTS))["alerts"]["edges"]]
    operation = checked(alert["remedy"])[0].replace("<a sender of the account>", OTHER)

    changed = await shop.change(operation)

    there = (await shop.world.services.workspace.current()).destinations["dst_paper"]
    assert alert["code"] == "DESTINATION_FAILED"
    assert changed["destinationUpdate"]["errors"] == []
    assert there.settings["defaultSender"] == OTHER


async def test_a_host_that_was_switched_off_is_cleared_by_what_its_check_says(shop: Shop) -> None:
    await configure(shop, twilioHostname="api.ie1.twilio.com")
    [error] = (await shop.change(VERIFY))["destinationVerify"]["errors"]

    changed = await shop.change(checked(error["remedy"])[0])

    there = (await shop.world.services.workspace.current()).destinations["dst_paper"]
    assert changed["destinationUpdate"]["errors"] == []
    assert there.settings.get("twilioHostname") is None


async def test_a_mappings_foreign_sender_is_swapped_by_what_its_check_says(shop: Shop) -> None:
    other = factories.mapping(
        id="map_other",
        name="other",
        action="sendSms",
        fields={"from": "+12025550199", "body": "Hi", "send": True},
        purpose=kit.Purpose.TRANSACTIONAL,
    )
    await shop.world.configure(other)
    checks = (await shop.change(VERIFY))["destinationVerify"]["destination"]["lastVerification"]["checks"]
    [remedy] = [one["remedy"] for one in checks if one["code"] == "SENDER_FOREIGN"]

    swap = checked(remedy)[0].replace("<a sender of the account>", OTHER)
    swapped = await shop.change(swap)

    there = (await shop.world.services.workspace.current()).mappings["map_other"]
    assert swapped["senderSwap"]["errors"] == []
    assert there.fields["from"] == OTHER


@pytest.mark.parametrize(("operation", "kind"), [("senderPause", "PauseInput"), ("senderDetach", "IdInput")])
async def test_what_holds_a_text_of_a_sender_says_what_lets_it_go(
    shop: Shop, operation: str, kind: str
) -> None:
    known = (await shop.world.services.workspace.current()).senders["dst_paper"].by_address
    asked = f"mutation($input: {kind}!) {{ {operation}(input: $input) {{ errors {{ message }} }} }}"
    await shop.change(asked, input={"id": known[OURS].id})
    await shop.queue(1)
    await shop.seconds(2)
    held = await shop.world.delivery()

    pasted = await paste(shop, [held.remedy or ""])
    await shop.seconds(2)

    assert (held.status.value, pasted > 0) == ("HELD", True)
    assert (await shop.world.delivery()).status.value == "ACCEPTED"


async def test_the_alerts_of_senders_templates_and_webhooks_are_pasted(shop: Shop) -> None:
    now = shop.world.clock.now()
    whatsapp = factories.mapping(
        id="map_wa",
        name="wa",
        action="sendWhatsApp",
        fields={"from": OURS, "contentSid": "HX" + "1" * 32, "send": True},
        purpose=kit.Purpose.TRANSACTIONAL,
    )
    refused = template("HX" + "1" * 32, approval=TemplateApproval.REJECTED)
    dead = replace(
        telling.new("delivery.sent", "default", "dst_paper", "dlv_1", "{}", now),
        dead=True,
        next_attempt_at=None,
    )

    def wrong(connection: Connection) -> None:
        templates.keep(connection, "dst_paper", [refused], now)
        webhook_deliveries.add(connection, [dead], now)

    await shop.world.configure(whatsapp)
    await shop.world.store.write(wrong)
    await shop.queue(1)
    await shop.give_up(OURS)
    await shop.seconds(60)
    shop.world.services.workspace.invalidate()

    alerts = [edge["node"] for edge in (await shop.change(ALERTS))["alerts"]["edges"]]
    counts = {one["code"]: await paste(shop, [one["remedy"]]) for one in alerts}

    assert counts == {"SENDER_REMOVED": 2, "TEMPLATE_NOT_APPROVED": 1, "WEBHOOK_DEAD": 3}


async def test_the_address_that_is_tried_from_outside_is_one_of_the_gateway(shop: Shop) -> None:
    for _ in range(3):
        await shop.queue(1)
    await shop.queue(3)
    await shop.seconds(2)
    shop.world.clock.advance(660)
    alerts = [edge["node"] for edge in (await shop.change(ALERTS))["alerts"]["edges"]]
    [missing] = [one for one in alerts if one["code"] == "CALLBACKS_MISSING"]
    checked(missing["remedy"])

    [url] = re.findall(r"curl -i -X POST (\S+) from", missing["remedy"])
    transport = httpx.ASGITransport(WebhookApp(shop.world.services))
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.post(url)

    assert answer.status_code == 403
