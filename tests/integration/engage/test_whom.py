"""Whom a text would have reached is in the ledger whatever stopped it, so that it is found by the number."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from destinations.kit import Channel, ConsentStatus, DestinationStatus, HttpResponse, Policy, Reason
from destinations.twilio_engage.simulator import SENDER, WHATSAPP_SENDER
from gateway.consent import ConsentSource
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.storage import consent, delivery_lists, jobs, mappings, tables
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.sqlite import SqliteStore
from gateway.workspace import Pause
from tests import factories
from tests.integration.engage.wired import Wired

S = DeliveryStatus
NEW_NUMBER = "+12025550177"


@pytest.fixture
async def own(database: Path) -> AsyncIterator[Wired]:
    """A gateway that this test alone configures."""
    wired = Wired(SqliteStore.open(database), database.parent)
    await wired.configure(Policy(allowed_countries=frozenset({"US", "CA"})))
    yield wired
    await wired.close()


async def add_mapping(wired: Wired, event: str, action: str = "sendSms", **fields: Any) -> None:
    """A mapping for that event, with these fields beside what every text has."""
    sender = SENDER if action == "sendSms" else WHATSAPP_SENDER
    given = {"from": sender, "send": True, "traitEnrichment": True, **fields}
    trigger = f'type = "track" and event = "{event}"'
    one = factories.mapping(
        id=f"map {event}", destination_id="dst_twilio", action=action, trigger=trigger, fields=given
    )
    await wired.store.write(lambda c: mappings.add(c, one))
    wired.services.workspace.invalidate()


async def set_columns(wired: Wired, table: str, **values: Any) -> None:
    await wired.store.write(lambda c: c.execute(update(tables.metadata.tables[table]).values(**values)))
    wired.services.workspace.invalidate()


async def stop(wired: Wired, number: str) -> None:
    """The person's own stop."""
    word = factories.word(
        ConsentStatus.UNSUBSCRIBED,
        phone=number,
        own_word=True,
        source=ConsentSource.PROVIDER,
        occurred_at=wired.clock.now(),
    )
    await wired.store.write(lambda c: consent.add(c, word))


async def found(wired: Wired, number: str) -> list[Delivery]:
    """What is found by that number."""
    page = await wired.store.read(
        lambda c: delivery_lists.page(c, "default", 9, None, DeliveryFilter(recipient=number))
    )
    return list(page.items)


async def opted_out(wired: Wired) -> str:
    number = await wired.person()
    await stop(wired, number)
    return number


async def no_opt_in(wired: Wired) -> str:
    return await wired.person(sms_opt_in=None, whatsapp_opt_in=None)


async def abroad(wired: Wired) -> str:
    number = "+447700900123"
    await wired.person(phone=number)
    return number


async def disabled(wired: Wired) -> str:
    await set_columns(wired, "destinations", enabled=False)
    return await wired.person()


async def unverified(wired: Wired) -> str:
    await set_columns(wired, "destinations", status=DestinationStatus.DRAFT.value)
    return await wired.person()


async def paused(wired: Wired) -> str:
    pause = Pause(wired.clock.now(), "ops")
    await set_columns(wired, "destinations", paused_at=pause.at, paused_by=pause.by)
    return await wired.person()


async def browser(wired: Wired) -> str:
    number = await wired.person()
    await set_columns(wired, "sources", trust="BROWSER")
    return number


async def impatient(wired: Wired) -> str:
    await set_columns(wired, "mappings", max_age_seconds=0)
    return await wired.person()


async def send_disabled(wired: Wired) -> str:
    await add_mapping(wired, "Tried", body="Hello", send=False)
    return await wired.person()


async def wordless_whatsapp(wired: Wired) -> str:
    await add_mapping(wired, "Asked", "sendWhatsApp", body="Hello")
    number = await wired.person()
    # Somebody who wrote long ago: the window is known to be closed.
    row = {
        "space": "default",
        "phone": number,
        "channel": Channel.WHATSAPP.value,
        "sender": WHATSAPP_SENDER.removeprefix("whatsapp:"),
        "destination_id": "dst_twilio",
        "last_inbound_at": factories.later(-999_999),
    }
    await wired.store.write(lambda c: c.execute(tables.conversations.insert().values(row)))
    return number


async def too_long(wired: Wired) -> str:
    await add_mapping(wired, "Told", body="x" * 1601)
    return await wired.person()


async def fields_found_wrong(wired: Wired) -> str:
    return await wired.person()


@pytest.mark.parametrize(
    ("arrange", "happens", "status", "reason"),
    [
        (opted_out, "sendSms", S.SUPPRESSED, Reason.OPTED_OUT),
        (no_opt_in, "sendSms", S.SUPPRESSED, Reason.NOT_SUBSCRIBED),
        (no_opt_in, "sendWhatsApp", S.SUPPRESSED, Reason.NOT_SUBSCRIBED),
        (abroad, "sendSms", S.SUPPRESSED, Reason.COUNTRY_NOT_ALLOWED),
        (wordless_whatsapp, "Asked", S.SUPPRESSED, Reason.WINDOW_CLOSED),
        (too_long, "Told", S.REJECTED, None),
        (fields_found_wrong, "sendSms with wrong fields", S.REJECTED, None),
        (fields_found_wrong, "sendWhatsApp with wrong fields", S.REJECTED, None),
        (send_disabled, "Tried", S.SUPPRESSED, Reason.SEND_DISABLED),
        (disabled, "sendSms", S.SUPPRESSED, Reason.DESTINATION_DISABLED),
        (unverified, "sendSms", S.HELD, Reason.ACCOUNT_NOT_VERIFIED),
        (paused, "sendSms", S.HELD, Reason.PAUSED),
        (browser, "sendSms", S.SUPPRESSED, Reason.UNTRUSTED_SOURCE),
        (impatient, "sendSms", S.SUPPRESSED, Reason.STALE_EVENT),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_whatever_stopped_it_is_found_by_the_number(
    own: Wired,
    arrange: Callable[[Wired], Awaitable[str]],
    happens: str,
    status: DeliveryStatus,
    reason: Reason | None,
) -> None:
    number = await arrange(own)
    user = f"+1202556{own._people:04d}"

    one = await own.happen(user, happens)

    assert (one.status, one.reason, one.recipient) == (status, reason, number)
    assert (one.fixed_recipient, one.country) == (None, "GB" if arrange is abroad else "US")
    assert await found(own, number) == [one]
    assert own.line.requests == []


@pytest.mark.parametrize(
    ("happens", "reason"),
    [("sendSms to nobody", Reason.INVALID_PHONE), ("sendWhatsApp to nobody", Reason.INVALID_PHONE)],
)
async def test_what_is_no_number_is_no_recipient(own: Wired, happens: str, reason: Reason) -> None:
    one = await own.happen(await own.person(), happens)

    assert (one.status, one.reason, one.recipient) == (S.SUPPRESSED, reason, None)


async def test_a_disabled_destinations_test_number_is_the_one_that_is_kept(own: Wired) -> None:
    await set_columns(own, "destinations", enabled=False)

    one = await own.happen(await own.person(), "sendSms to a test number")

    assert (one.reason, one.recipient) == (Reason.DESTINATION_DISABLED, "+12025550199")


async def test_what_waited_goes_to_the_number_that_the_person_has_by_then(own: Wired) -> None:
    """What a Delivery shows while it waits fixes nothing."""
    user = await paused(own)
    waiting = await own.happen(user, "sendSms")
    await own._take({"type": "identify", "userId": user, "traits": {"phone": NEW_NUMBER, "sms_opt_in": True}})

    await set_columns(own, "destinations", paused_at=None, paused_by=None)
    await own.store.write(lambda c: jobs.wake(c, [waiting.id], own.clock.now()))
    await own.turn()

    [request] = own.line.requests
    [sent] = await found(own, NEW_NUMBER)
    assert (waiting.recipient, dict(request.form)["To"]) == (user, NEW_NUMBER)
    assert (sent.id, sent.status, sent.fixed_recipient) == (waiting.id, S.ACCEPTED, NEW_NUMBER)
    assert await found(own, user) == []


async def test_once_a_text_was_to_be_sent_its_number_stays(own: Wired) -> None:
    """A try that was refused for now, and then an opt-out: the number of the try is shown."""
    own.line.answers.append(HttpResponse(429, {}, b"{}"))
    number = await own.person()
    tried = await own.happen(number, "sendSms")
    await stop(own, number)
    await own.settle_everything()

    [one] = await found(own, number)
    assert (tried.status, tried.fixed_recipient) == (S.RETRYING, number)
    assert (one.status, one.reason, one.fixed_recipient) == (S.SUPPRESSED, Reason.OPTED_OUT, number)
    assert len(own.line.requests) == 1
