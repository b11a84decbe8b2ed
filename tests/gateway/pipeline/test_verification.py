"""The checks behind Draft -> Verified."""

import pytest

from destinations import kit
from destinations.kit import DestinationStatus
from gateway.pipeline import verification
from gateway.storage import destinations
from tests.factories import destination, later
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


async def test_a_destination_nobody_knows_is_a_key_error(empty_world: World) -> None:
    with pytest.raises(KeyError):
        await verification.verify(empty_world.services, "dst_none")
