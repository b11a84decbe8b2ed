"""Double opt-in through the whole gateway: what is asked, what is kept and shown of it, and what may not be changed meanwhile."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.twilio_engage.simulator import SENDER
from gateway.pipeline.match import Taken, match
from gateway.storage import confirmations, destinations, mappings
from tests import factories
from tests.situations.confirmed import ASKS, QUESTION, YES
from tests.situations.shown import bodies, destination, do, history, questions, refused
from tests.situations.stage import Stage
from tests.situations.telling import DORA, identify, later, order, writes


async def test_the_question_is_a_delivery_of_its_event_and_the_history_tells_both_words(stage: Stage) -> None:
    await do(stage, ASKS, YES)
    [asked] = await questions(stage)
    assert (asked["status"], asked["recipient"]) == ("ACCEPTED", DORA)
    assert asked["event"]["outcome"] == "MATCHED"
    assert bodies(stage) == [(DORA, QUESTION)]

    await do(stage, later(minutes=1), writes("Yes."))

    assert await history(stage) == [
        ("PENDING", "not confirmed yet: subscribed by traits.sms_opt_in of an identify on 24 November 2026"),
        (
            "SUBSCRIBED",
            f"subscribed by reply YES on 24 November 2026, as they were asked to confirm, said to {SENDER}",
        ),
    ]


async def test_the_refusal_before_says_what_is_missing_and_how_they_subscribe(stage: Stage) -> None:
    await do(stage, ASKS, YES, order())

    found = await stage.delivery()

    assert found is not None
    assert found.detail == (
        "The person did not confirm yet that they want it (not confirmed yet: subscribed by traits.sms_opt_in of an identify on "
        "24 November 2026)."
    )
    assert found.remedy is not None
    assert found.remedy.startswith(
        "They subscribe by a YES in reply to the text that asked them, within 7 days of it; nobody is asked again within that. Where it "
        "never left, its delivery or the event of the yes says why: post the yes again then. Or, where you hold their consent on paper, "
        f'record it: run mutation {{ consentUpdate(input: {{phone: "{DORA}"'
    )
    [pasted] = re.findall(r"mutation \{ .*\} \}", found.remedy)
    assert (await stage.ask(pasted))["consentUpdate"]["errors"] == []
    await do(stage, order())
    assert bodies(stage) == [(DORA, QUESTION), (DORA, "News for you")]


async def test_a_yes_that_comes_twice_is_heard_once(stage: Stage) -> None:
    await do(stage, ASKS, YES, later(minutes=1), writes("YES", MessageSid="SM" + "7" * 32))
    await do(stage, writes("YES", MessageSid="SM" + "7" * 32), writes("YES"))

    assert [status for status, _words in await history(stage)] == ["PENDING", "SUBSCRIBED"]


async def test_a_yes_on_another_channel_says_on_the_event_why_nobody_is_asked(stage: Stage) -> None:
    await do(stage, ASKS, identify(phone=DORA, whatsapp_opt_in=True))

    query = "{ events { edges { node { outcome problem problemMessage } } } }"
    [edge] = (await stage.ask(query))["events"]["edges"]

    assert edge["node"] == {
        "outcome": "UNMATCHED",
        "problem": "confirmation_not_sent",
        "problemMessage": "The yes for WHATSAPP is PENDING, and nobody is asked. The confirmation mapping of Paper, Question, sends by SMS alone. "
        "Have a consent that you hold recorded by consentUpdate.",
    }
    assert stage.line.requests == []


# -- what may be saved ------------------------------------------------------------------------------------------------


async def test_nobody_is_asked_without_a_mapping_that_asks(stage: Stage) -> None:
    given = f'id: "dst_{stage.space}", expectedRevision: 1, policy: {{doubleOptIn: true}}'

    assert await refused(stage, "destinationUpdate", given) == [
        (
            "INVALID",
            (
                "Nothing would ask people to confirm: make a mapping of this destination whose text does, such as `Reply YES to get our texts.`, "
                "and give its id as confirmationMappingId. Nothing was changed."
            ),
        )
    ]
    assert await destination(stage) == {
        "revision": 1,
        "policy": {"doubleOptIn": False, "confirmationMappingId": None},
    }


@pytest.mark.parametrize("name", ["of_nobody", "other"])
async def test_only_a_mapping_of_the_destination_asks(stage: Stage, name: str) -> None:
    mapping_id = f"map_{name}_{stage.space}"
    elsewhere = factories.destination(id=f"dst_other_{stage.space}", space=stage.space, name="Other")
    mapping = factories.mapping(id=f"map_other_{stage.space}", destination_id=elsewhere.id)

    def keep(connection: Connection) -> None:
        destinations.add(connection, elsewhere, stage.services.secrets)
        mappings.add(connection, mapping)

    await stage.store.write(keep)
    stage.services.workspace.invalidate()
    given = f'id: "dst_{stage.space}", expectedRevision: 1, policy: {{doubleOptIn: true, confirmationMappingId: "{mapping_id}"}}'

    assert await refused(stage, "destinationUpdate", given) == [
        ("NOT_FOUND", f'There is no mapping "{mapping_id}" of this destination. Nothing was changed.')
    ]


async def test_a_mapping_that_is_switched_off_asks_nobody(stage: Stage) -> None:
    mapping_id = f"map_{stage.space}"
    await stage.change("mappingUpdate", f'id: "{mapping_id}", expectedRevision: 1, enabled: false')
    given = f'id: "dst_{stage.space}", expectedRevision: 1, policy: {{doubleOptIn: true, confirmationMappingId: "{mapping_id}"}}'

    [(code, message)] = await refused(stage, "destinationUpdate", given)

    assert code == "INVALID"
    assert message.endswith("is switched off, so that it asks nobody: enable it first. Nothing was changed.")


async def test_the_mapping_that_asks_stays_until_nobody_is_asked_any_more(stage: Stage) -> None:
    await do(stage, ASKS)
    asking = (await destination(stage))["policy"]["confirmationMappingId"]
    off = f'id: "{asking}", expectedRevision: 1, enabled: false'
    gone = f'id: "{asking}", expectedRevision: 1'

    [(code, message)] = await refused(stage, "mappingUpdate", off)
    assert (code, "so that it can't be switched off. Nothing was changed." in message) == ("IN_USE", True)
    [(code, message)] = await refused(stage, "mappingDelete", gone)
    assert (code, "so that it can't be deleted. Nothing was changed." in message) == ("IN_USE", True)

    [pasted] = re.findall(r"mutation \{ .*\} \}", message)
    assert (await stage.ask(pasted))["destinationUpdate"]["errors"] == []
    assert await refused(stage, "mappingDelete", gone) == []


# -- what the mapping that asks does besides ----------------------------------------------------------------------------


async def test_no_trigger_makes_the_mapping_that_asks_send(stage: Stage) -> None:
    await do(stage, YES, ASKS, later(minutes=1), identify(phone=DORA, plan="gold"))

    assert stage.line.requests == []
    query = "{ events(first: 1) { edges { node { whyNot { mapping { name } matched found } } } } }"
    [edge] = (await stage.ask(query))["events"]["edges"]
    [found] = [one["found"] for one in edge["node"]["whyNot"] if one["mapping"]["name"] == "Question"]
    assert found == (
        "Its destination uses it to ask people to confirm a yes, and for nothing else: no trigger makes it send."
    )


async def test_a_question_is_not_replayed(stage: Stage) -> None:
    await do(stage, ASKS, YES)
    [asked] = await questions(stage)

    [(code, message)] = await refused(
        stage, "deliveryReplay", f'id: "{asked["id"]}", includeAccepted: true, idempotencyKey: "again"'
    )

    assert code == "INVALID"
    assert message == (
        f"{asked['id']} asks somebody to confirm a yes, which nobody is asked twice in 7 days. Nothing was replayed. Where it never left, send "
        "the yes again, in an identify under a new messageId: then they are asked."
    )
    assert len(stage.line.requests) == 1


async def test_a_question_that_never_left_is_asked_with_the_next_yes(stage: Stage) -> None:
    await do(stage, ASKS)
    revision = (await destination(stage))["revision"]
    await stage.change(
        "destinationUpdate",
        f'id: "dst_{stage.space}", expectedRevision: {revision}, policy: {{allowedCountries: ["CA"]}}',
    )
    await do(stage, YES)
    assert [(one["status"], one["reason"]) for one in await questions(stage)] == [
        ("SUPPRESSED", "COUNTRY_NOT_ALLOWED")
    ]

    await stage.change(
        "destinationUpdate",
        f'id: "dst_{stage.space}", expectedRevision: {revision + 1}, policy: {{allowedCountries: ["US"]}}',
    )
    await do(stage, later(minutes=1), YES, YES)

    assert [one["status"] for one in await questions(stage)] == ["SUPPRESSED", "ACCEPTED"]
    assert bodies(stage) == [(DORA, QUESTION)]


async def test_who_withdraws_before_the_question_leaves_is_not_asked(stage: Stage) -> None:
    await do(stage, ASKS)
    await stage.change("destinationPause", f'id: "dst_{stage.space}"')
    await do(stage, YES, later(minutes=1), identify(sms_opt_in=False))
    await stage.change("destinationResume", f'id: "dst_{stage.space}"')
    await stage.turn()

    [asked] = await questions(stage)
    assert (asked["status"], asked["reason"]) == ("SUPPRESSED", "NOT_SUBSCRIBED")
    assert asked["failedGate"]["detail"].startswith(
        "There is no yes left to confirm (unsubscribed by traits.sms_opt_in"
    )
    assert stage.line.requests == []


# -- the dry run --------------------------------------------------------------------------------------------------------


async def preview(stage: Stage, mapping_id: str, traits: str) -> dict[str, Any]:
    """What the dry run says of an identify of Dora with these traits."""
    event = f'{{type: "identify", userId: "dora", messageId: "dry", traits: {{{traits}}}}}'
    query = (
        f'{{ mappingPreview(input: {{mappingId: "{mapping_id}", event: {event}}}) '
        "{ matched decision reason text explanation { gate passed detail } errors { message } } }"
    )
    found: dict[str, Any] = (await stage.ask(query))["mappingPreview"]
    return found


async def test_the_dry_run_shows_the_question_that_an_event_would_send(stage: Stage) -> None:
    await do(stage, ASKS)
    asking = (await destination(stage))["policy"]["confirmationMappingId"]
    yes, nothing = f'phone: "{DORA}", sms_opt_in: true', f'phone: "{DORA}"'

    shown = await preview(stage, asking, yes)
    assert (shown["matched"], shown["decision"], shown["text"]) == (True, "SEND", QUESTION)
    shown = await preview(stage, asking, nothing)
    assert (shown["matched"], shown["decision"]) == (False, "NO_MATCH")
    assert await history_of_nobody(stage)

    await do(stage, YES)
    shown = await preview(stage, asking, yes)
    assert (shown["matched"], shown["decision"]) == (False, "NO_MATCH")
    [said] = shown["explanation"]
    assert said == {
        "gate": "trigger",
        "passed": False,
        "detail": "The mapping asks people to confirm a yes, and this event asks nobody: it says none for a number that is not SUBSCRIBED on "
        "its channel, or the number was asked in the last 7 days.",
    }
    assert bodies(stage) == [(DORA, QUESTION)]


async def history_of_nobody(stage: Stage) -> bool:
    """Whether the dry run left no trace of Dora."""
    found = await stage.ask(f'{{ contact(phone: "{DORA}", space: "{stage.space}") {{ id }} }}')
    return found["contact"] is None and stage.line.requests == []


# -- at the same time ---------------------------------------------------------------------------------------------------


async def test_of_many_yeses_at_the_same_moment_one_is_asked(stage: Stage) -> None:
    await do(stage, ASKS)
    snapshot = await stage.services.workspace.current()
    source, now = snapshot.sources[f"src_SERVER_{stage.space}"], stage.clock.now()

    async def say(number: int) -> None:
        call = {
            "type": "identify",
            "userId": f"u-{number}",
            "messageId": f"at-once-{number}",
            "traits": {"phone": DORA, "sms_opt_in": True},
        }
        taken = [Taken(source, factories.event(call, now))]
        await stage.store.write(lambda c: match(c, stage.services.secrets, snapshot, taken, now))

    await asyncio.gather(*(say(number) for number in range(12)))
    await stage.turn()

    assert bodies(stage) == [(DORA, QUESTION)]
    assert [one["status"] for one in await questions(stage)] == ["ACCEPTED"]
    assert [status for status, _words in await history(stage)] == ["PENDING"] * 12


async def test_a_match_that_breaks_off_asks_nobody_and_once_when_it_is_done_again(stage: Stage) -> None:
    await do(stage, ASKS)
    snapshot = await stage.services.workspace.current()
    source, now = snapshot.sources[f"src_SERVER_{stage.space}"], stage.clock.now()
    call = {
        "type": "identify",
        "userId": "dora",
        "messageId": "m-x",
        "traits": {"phone": DORA, "sms_opt_in": True},
    }
    taken = [Taken(source, factories.event(call, now))]

    def breaks_off(connection: Connection) -> None:
        match(connection, stage.services.secrets, snapshot, taken, now)
        raise RuntimeError("the process is gone")

    with pytest.raises(RuntimeError, match="the process is gone"):
        await stage.store.write(breaks_off)
    asked = await stage.store.read(lambda c: confirmations.of_numbers(c, stage.space, [DORA]))
    assert asked == {}

    for _twice in range(2):
        await stage.store.write(lambda c: match(c, stage.services.secrets, snapshot, taken, now))
    await stage.turn()
    assert bodies(stage) == [(DORA, QUESTION)]
