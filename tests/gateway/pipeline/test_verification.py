"""The checks behind Draft -> Verified."""

import asyncio
import json
from dataclasses import replace

import pytest

from destinations import kit
from destinations.kit import DestinationStatus
from destinations.twilio_engage import sender_checks, verification as account_checks
from gateway.pipeline import recent, verification
from gateway.sending.receivers import Answer
from gateway.storage import destinations
from tests.factories import destination, later, mapping
from tests.gateway.pipeline.owners import HOOK, open_world, told
from tests.gateway.world import World


async def test_what_the_checks_said_is_kept_with_the_destination(empty_world: World) -> None:
    await empty_world.configure(destination(status=DestinationStatus.DRAFT))
    empty_world.clock.advance(5)

    verified = await verification.verify(empty_world.services, "dst_paper")

    assert (verified.status, verified.updated_at) == (DestinationStatus.VERIFIED, later(5))
    assert verified.verification == {
        "status": "VERIFIED",
        "startedAt": "2026-11-21T12:00:05+00:00",
        "finishedAt": "2026-11-21T12:00:05+00:00",
        "checks": [
            {
                "name": "token",
                "passed": True,
                "code": None,
                "message": None,
                "remedy": None,
                "provider_code": None,
            }
        ],
    }
    assert (await empty_world.services.workspace.current()).destinations["dst_paper"] == verified
    assert empty_world.provider.reads == ["https://paper.example/messages?To=nobody"]


async def test_one_failed_check_is_a_failed_verification(empty_world: World) -> None:
    await empty_world.configure(destination())
    empty_world.provider.checks = (
        kit.Check("a", passed=True),
        kit.Check("b", passed=False, remedy="Mend b."),
    )

    failed = await verification.verify(empty_world.services, "dst_paper")

    assert failed.status is DestinationStatus.FAILED
    assert [check["remedy"] for check in (failed.verification or {})["checks"]] == [None, "Mend b."]


async def test_a_provider_that_does_not_answer_is_a_failed_check(empty_world: World) -> None:
    await empty_world.configure(destination())
    empty_world.provider.unreachable = True

    failed = await verification.verify(empty_world.services, "dst_paper")

    assert failed.status is DestinationStatus.FAILED
    (check,) = (failed.verification or {})["checks"]
    assert (check["name"], check["passed"]) == ("reach the provider", False)
    assert (
        check["message"]
        == "Reading from paper.example failed: the connection was refused, or could not be made; nothing was created or changed there."
    )


async def test_settings_that_no_longer_fit_their_definition_are_a_check_that_failed(
    empty_world: World,
) -> None:
    await empty_world.configure(destination(settings={}))

    failed = await verification.verify(empty_world.services, "dst_paper")

    assert failed.status is DestinationStatus.FAILED
    (check,) = (failed.verification or {})["checks"]
    assert (check["name"], check["passed"], check["code"]) == ("settings", False, "INVALID")
    assert check["message"] == "The settings of the destination Paper no longer fit its definition: token."


async def test_what_was_said_of_settings_that_were_changed_meanwhile_is_not_kept(empty_world: World) -> None:
    await empty_world.configure(destination(status=DestinationStatus.DRAFT))
    services = empty_world.services
    changed = destination(
        status=DestinationStatus.DRAFT, settings={**destination().settings, "token": "another"}
    )

    # This process has read them before, as it would have while the provider answers.
    await services.workspace.current()
    await services.store.write(lambda c: destinations.save(c, changed, services.secrets))

    with pytest.raises(verification.ChangedMeanwhile):
        await verification.verify(services, "dst_paper")

    services.workspace.invalidate()
    kept = (await services.workspace.current()).destinations["dst_paper"]
    assert (kept.status, kept.verification) == (DestinationStatus.DRAFT, None)


@pytest.mark.parametrize(
    ("before", "meanwhile"),
    [
        (DestinationStatus.DRAFT, DestinationStatus.VERIFYING),
        (DestinationStatus.FAILED, DestinationStatus.VERIFYING),
        (DestinationStatus.VERIFIED, DestinationStatus.VERIFIED),  # what is due goes on going out
    ],
)
async def test_while_the_checks_run_everybody_sees_it(
    empty_world: World, before: DestinationStatus, meanwhile: DestinationStatus
) -> None:
    await empty_world.configure(destination(status=before))
    services, seen = empty_world.services, list[DestinationStatus]()

    async def look() -> None:
        seen.append((await services.workspace.current()).destinations["dst_paper"].status)

    empty_world.provider.at_verify = look
    verified = await verification.verify(services, "dst_paper")

    assert seen == [meanwhile]
    assert verified.status is DestinationStatus.VERIFIED


async def test_each_check_is_kept_as_soon_as_it_is_known(empty_world: World) -> None:
    await empty_world.configure(destination(status=DestinationStatus.DRAFT))
    services, seen = empty_world.services, list[tuple[str, str | None, list[str]]]()
    empty_world.provider.checks = (kit.Check("credentials", passed=True), kit.Check("account", passed=True))

    async def look() -> None:
        run = (await services.workspace.current()).destinations["dst_paper"].verification or {}
        seen.append((run["status"], run["finishedAt"], [check["name"] for check in run["checks"]]))

    empty_world.provider.at_verify = empty_world.provider.at_check = look
    await verification.verify(services, "dst_paper")

    assert seen == [
        ("VERIFYING", None, []),
        ("VERIFYING", None, ["credentials"]),
        ("VERIFYING", None, ["credentials", "account"]),
    ]


async def test_of_one_that_sends_the_last_whole_run_stays_until_the_next_is_whole(empty_world: World) -> None:
    await empty_world.configure(destination(status=DestinationStatus.DRAFT))
    services, seen = empty_world.services, list[object]()
    first = (await verification.verify(services, "dst_paper")).verification

    async def look() -> None:
        seen.append((await services.workspace.current()).destinations["dst_paper"].verification)

    empty_world.clock.advance(5)
    empty_world.provider.at_check = look
    second = (await verification.verify(services, "dst_paper")).verification

    assert seen == [first]
    assert (second or {})["startedAt"] == "2026-11-21T12:00:05+00:00"


async def test_what_fails_again_fails_since_it_first_did(empty_world: World) -> None:
    await empty_world.configure(destination(status=DestinationStatus.DRAFT))
    empty_world.provider.checks = (kit.Check("a", passed=True), kit.Check("b", passed=False))
    await verification.verify(empty_world.services, "dst_paper")
    empty_world.clock.advance(60)

    again = (await verification.verify(empty_world.services, "dst_paper")).verification or {}

    assert again["since"] == "2026-11-21T12:00:00+00:00"
    assert again["finishedAt"] == "2026-11-21T12:01:00+00:00"


async def test_a_destination_nobody_knows_is_a_key_error(empty_world: World) -> None:
    with pytest.raises(KeyError):
        await verification.verify(empty_world.services, "dst_none")


async def test_once_all_passed_it_is_asked_for_the_senders_that_enabled_mappings_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = looks_at_senders(world, monkeypatch, kit.Check("sender", passed=False, code="SENDER_FOREIGN"))
    named = {"body": "Thanks!", "send": True}
    await world.configure(
        mapping(id="map_1", fields={**named, "from": "+12025550101"}),
        mapping(id="map_2", fields={**named, "from": "+12025550102"}, enabled=False),
        mapping(id="map_3", fields={**named, "from": "+12025550101"}),
    )

    failed = await verification.verify(world.services, "dst_paper")

    (expected,) = asked
    assert expected.senders == ("+12025550101",)
    assert expected.inbound_url == world.services.inbound_url(failed)
    assert failed.status is DestinationStatus.FAILED
    checks = (failed.verification or {})["checks"]
    assert [(check["name"], check["code"]) for check in checks] == [
        ("token", None),
        ("sender", "SENDER_FOREIGN"),
    ]


async def test_of_senders_nothing_is_asked_where_the_account_failed_or_nobody_asked_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = looks_at_senders(world, monkeypatch, kit.Check("sender", passed=False))

    again = await verification.verify(world.services, "dst_paper", by_itself=True)
    assert again.status is DestinationStatus.VERIFIED
    world.provider.checks = (kit.Check("token", passed=False),)
    failed = await verification.verify(world.services, "dst_paper")

    assert failed.status is DestinationStatus.FAILED
    assert asked == []


def _named(address: str | None) -> kit.NamedSender | None:
    return None if address is None else kit.NamedSender(address, kit.SenderKind.PHONE_NUMBER)


def looks_at_senders(world: World, monkeypatch: pytest.MonkeyPatch, check: kit.Check) -> list[kit.Expected]:
    """The definition looks at senders from here on; what it is asked."""
    asked: list[kit.Expected] = []

    async def check_senders(_: object, expected: kit.Expected) -> tuple[kit.Check, ...]:
        asked.append(expected)
        return (check,)

    paper = world.services.workspace.definitions["paper"]
    actions = tuple(
        replace(one, sender=lambda fields, _settings: _named(fields.get("from"))) for one in paper.actions
    )
    looking = replace(paper, actions=actions, check_senders=check_senders)
    monkeypatch.setattr(world.services.workspace, "definitions", {"paper": looking})
    return asked


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (Answer(204, "204 No Content"), None, None),
        (
            Answer(401, "401 Unauthorized"),
            "WEBHOOK_NOT_ANSWERING",
            "The receiver at webhookUrl did not take a test. 401 Unauthorized",
        ),
        (
            Answer(None, "No answer came within 10 seconds."),
            "WEBHOOK_NOT_ANSWERING",
            "The receiver at webhookUrl did not take a test. No answer came within 10 seconds.",
        ),
    ],
)
async def test_the_owners_receiver_gets_a_test_and_fails_no_destination(
    empty_world: World, answer: Answer, code: str | None, said: str | None
) -> None:
    await open_world(empty_world, told())
    empty_world.receivers.answers.append(answer)

    verified = await verification.verify(empty_world.services, "dst_paper")

    (call,) = empty_world.receivers.told
    assert (call.url, json.loads(call.body)["type"]) == (HOOK, "webhook.test")
    check = (verified.verification or {})["checks"][-1]
    assert (check["name"], check["passed"], check["code"], check["message"]) == (
        "webhookUrl",
        True,
        code,
        said,
    )
    assert verified.status is DestinationStatus.VERIFIED


async def test_a_receiver_that_hangs_is_not_waited_for_longer_than_a_verification_may_take(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_world(empty_world, told())
    monkeypatch.setattr(verification, "RECEIVER_SECONDS", 0.01)
    ended: list[str] = []

    async def hang(*_: object) -> Answer:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("let go")
        return Answer(200, "never")

    monkeypatch.setattr(empty_world.receivers, "post", hang)

    verified = await verification.verify(empty_world.services, "dst_paper")

    check = (verified.verification or {})["checks"][-1]
    assert (check["code"], check["message"]) == (
        "WEBHOOK_NOT_ANSWERING",
        "The receiver at webhookUrl did not take a test. No answer came within 0.01 seconds.",
    )
    assert (verified.status, ended) == (DestinationStatus.VERIFIED, ["let go"])


def test_all_that_a_verification_waits_for_takes_less_than_thirty_seconds() -> None:
    senders_or_receiver = max(sender_checks.MOST_SECONDS, verification.RECEIVER_SECONDS)

    assert account_checks.MOST_SECONDS + senders_or_receiver + recent.SECONDS < 30


async def test_by_itself_it_tests_no_receiver(empty_world: World) -> None:
    await open_world(empty_world, told())

    await verification.verify(empty_world.services, "dst_paper", by_itself=True)

    assert empty_world.receivers.told == []
