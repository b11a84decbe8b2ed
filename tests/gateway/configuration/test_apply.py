"""What is applied, in which order, what keeps it from being applied, and what a run that broke off leaves for the next one."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.configuration.command import Files
from gateway.configuration.problems import ConfigurationError
from gateway.errors import StartupError
from gateway.remote import Remote
from gateway.workspace import Role
from tests.gateway.configuration.conftest import (
    ENVIRON,
    MADE,
    SMALL,
    Cut,
    Gateway,
    contents,
    quiet,
    text_of,
    written,
)

MORE = {
    "mappings/ask.yaml": (
        'mapping: Ask\ndestination: Pigeons\naction: sendNote\ntrigger: type = "identify"\n'
        "fields: {send: true, body: Reply YES}\n"
    ),
    "destinations/pigeons.yaml": SMALL["destinations/pigeons.yaml"]
    + "policy:\n  doubleOptIn: true\n  confirmationMapping: Ask\n  inboundSource: Shop\n",
}


async def refused(gateway: Gateway, folder: Path, **more: Any) -> str:
    with pytest.raises(StartupError) as error:
        await gateway.apply(folder, **more)
    return str(error.value)


async def only(gateway: Gateway, what: str, selection: str) -> Any:
    found = await gateway.api.data(f"{{ {what} {{ edges {{ node {{ {selection} }} }} }} }}")
    [edge] = found[what]["edges"]
    return edge["node"]


async def test_people_are_asked_to_confirm_before_a_source_reaches_the_destination(
    gateway: Gateway, small: Path
) -> None:
    printed = await gateway.apply(written(small, MORE), verify=True)

    assert [line for line in printed.splitlines() if line.startswith("✓")] == [
        "✓ make source Shop",
        "✓ make destination Pigeons",
        "✓ make mapping Ask of Pigeons",
        "✓ make mapping Notes of Pigeons",
        "✓ have destination Pigeons ask people to confirm",
        "✓ connect source Shop and destination Pigeons",
        "✓ verify destination Pigeons",
    ]
    assert await gateway.plan(small, verify=True) == []


async def test_another_mapping_asks_before_the_old_one_is_switched_off(gateway: Gateway, small: Path) -> None:
    await gateway.apply(written(small, MORE))
    again = {
        "mappings/ask.yaml": MORE["mappings/ask.yaml"] + "enabled: false\n",
        "mappings/ask-2.yaml": MORE["mappings/ask.yaml"].replace("mapping: Ask", "mapping: Ask again"),
        "destinations/pigeons.yaml": MORE["destinations/pigeons.yaml"].replace(
            "Mapping: Ask", "Mapping: Ask again"
        ),
    }

    printed = await gateway.apply(written(small, again))

    assert [line for line in printed.splitlines() if line.startswith("✓")] == [
        "✓ make mapping Ask again of Pigeons",
        "✓ have destination Pigeons ask people to confirm",
        "✓ change mapping Ask of Pigeons",
    ]
    assert await gateway.plan(small) == []


async def test_what_is_left_out_goes_back_to_its_default(gateway: Gateway, small: Path) -> None:
    changed = {
        "sources/shop.yaml": "source: Shop\nenabled: false\nsmsOptInTrait: ok\n",
        "destinations/pigeons.yaml": SMALL["destinations/pigeons.yaml"].replace(
            "  home:", "  speed: FAST\n  home:"
        )
        + "channelsOff: [SMS]\npolicy: {dailyMessageLimit: 5, stopConfirmation: null, perRecipientWeeklyLimit: 4}\n",
        "mappings/notes.yaml": SMALL["mappings/notes.yaml"]
        + 'cancelTrigger: event = "Gone"\nmaxAgeSeconds: 60\n',
    }
    before = contents(small)
    await gateway.apply(written(small, changed))
    for name, content in before.items():
        (small / name).write_bytes(content)

    printed = await gateway.apply(small)

    assert [line.strip() for line in printed.splitlines() if "→" in line] == [
        "enabled: false → true",
        'smsOptInTrait: "ok" → "sms_opt_in"',
        'destinations: [] → ["Pigeons"]',
        'channelsOff: ["SMS"] → []',
        "policy.dailyMessageLimit: 5 → 1000",
        "policy.perRecipientWeeklyLimit: 4 → none",
        'settings.speed: "FAST" → "SLOW"',
        'cancelTrigger: "event = \\"Gone\\"" → none',
        "maxAgeSeconds: 60 → 14400",
    ]
    assert await gateway.plan(small) == []


async def test_what_no_file_has_stays_unless_prune_is_said(
    gateway: Gateway, small: Path, tmp_path: Path
) -> None:
    await gateway.apply(written(small, MORE))
    nothing = written(tmp_path / "nothing", {"a.txt": ""})

    kept = await gateway.apply(nothing)

    assert (
        "No file has these, which stay (with --prune they are deleted): destination Pigeons; mapping Ask of Pigeons; mapping"
        in kept
    )
    assert await gateway.counts() == (1, 1, 2)
    assert "There is no source Shop, neither in these files" in await refused(
        gateway,
        written(nothing, {"p.yaml": MORE["destinations/pigeons.yaml"].replace("Pigeons", "Other")}),
        prune=True,
    )
    (nothing / "p.yaml").unlink()
    printed = await gateway.apply(nothing, prune=True)
    assert [line for line in printed.splitlines() if line.startswith("✓")] == [
        "✓ disconnect source Shop and destination Pigeons",
        "✓ have destination Pigeons ask nobody to confirm",
        "✓ delete mapping Ask of Pigeons",
        "✓ delete mapping Notes of Pigeons",
        "✓ delete destination Pigeons",
        "✓ delete source Shop",
    ]
    assert await gateway.counts() == (0, 0, 0)


async def test_what_was_deleted_today_can_be_made_again_today(
    gateway: Gateway, small: Path, tmp_path: Path
) -> None:
    for _ in range(3):
        await gateway.apply(small)
        assert await gateway.counts() == (1, 1, 1)
        await gateway.clear(tmp_path)
    assert await gateway.counts() == (0, 0, 0)


async def test_what_was_renamed_on_the_gateway_is_made_anew(gateway: Gateway, small: Path) -> None:
    await gateway.apply(small)
    there = await only(gateway, "mappings", "id revision")
    given = {"id": there["id"], "expectedRevision": there["revision"], "name": "Letters"}
    assert (await gateway.api.change("mappingUpdate", given, "errors { message }"))["errors"] == []

    await gateway.apply(small)

    assert await gateway.counts() == (1, 1, 2)
    assert await gateway.plan(small) == []


async def test_a_plan_that_is_not_that_one_any_more_is_not_applied(gateway: Gateway, small: Path) -> None:
    await gateway.apply(small)
    changed = written(small, {"mappings/notes.yaml": SMALL["mappings/notes.yaml"].replace("Hello", "Bye")})
    fingerprint = (await gateway.files(small).planned(verify=False)).plan.fingerprint
    there = await only(gateway, "mappings", "id revision")
    given = {"id": there["id"], "expectedRevision": there["revision"], "maxAgeSeconds": 99}
    await gateway.api.change("mappingUpdate", given, "errors { message }")

    said = await refused(gateway, changed, expected=fingerprint)

    assert said.startswith(
        f"This is not the plan {fingerprint} any more: the gateway or the files changed since. Nothing was done."
    )
    assert await only(gateway, "mappings", "maxAgeSeconds fields") == {
        "maxAgeSeconds": 99,
        "fields": {"send": True, "body": "Hello"},
    }
    now = (await gateway.files(small).planned(verify=False)).plan.fingerprint
    await gateway.apply(small, expected=now)
    assert "Nothing is to be done." in await gateway.apply(small, expected=now)
    assert (await only(gateway, "mappings", "maxAgeSeconds"))["maxAgeSeconds"] == 14_400


async def test_somebody_elses_change_in_between_is_kept(gateway: Gateway, small: Path) -> None:
    await gateway.apply(small)
    written(
        small,
        {
            "sources/shop.yaml": SMALL["sources/shop.yaml"] + "smsOptInTrait: ok\n",
            "mappings/notes.yaml": SMALL["mappings/notes.yaml"].replace("Hello", "Bye"),
        },
    )
    there = await only(gateway, "mappings", "id revision")

    class Meddling(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if b"sourceUpdate" in request.content:
                given = {"id": there["id"], "expectedRevision": there["revision"], "maxAgeSeconds": 99}
                await gateway.api.change("mappingUpdate", given, "errors { message }")
            return await httpx.ASGITransport(app=gateway.api.endpoint).handle_async_request(request)

    files = gateway.files(small, transport=Meddling())
    with pytest.raises(StartupError) as error:
        await files.apply(quiet(), lambda _: True, gateway.secrets.__setitem__, verify=False)

    assert str(error.value).splitlines() == [
        (
            "Could not change mapping Notes of Pigeons: This mapping was changed since: it is at revision 2, not 1. Nothing was changed: read it "
            "again, then try with expectedRevision: 2."
        ),
        "1 of 2 steps were done before it, and stay. Mend it, and run the same again: it goes on with what is left.",
        "  done: change source Shop",
    ]
    assert (await only(gateway, "mappings", "maxAgeSeconds"))["maxAgeSeconds"] == 99
    assert (await only(gateway, "sources", "smsOptInTrait"))["smsOptInTrait"] == "ok"


@pytest.mark.parametrize("most", range(7))
async def test_a_run_that_broke_off_is_finished_by_the_next(gateway: Gateway, small: Path, most: int) -> None:
    written(small, MORE)
    cut = Cut(httpx.ASGITransport(app=gateway.api.endpoint), most)

    files = gateway.files(small, transport=cut)
    with pytest.raises(StartupError) as error:
        await files.apply(quiet(), lambda _: True, gateway.secrets.__setitem__, verify=True)
    said = f"{most} of 7 steps were done before it" if most else "Nothing was done before it"
    assert said in str(error.value)
    await gateway.apply(small, verify=True)

    assert await gateway.plan(small, verify=True) == []
    assert await gateway.counts() == (1, 1, 2)
    assert (await only(gateway, "destinations", "status"))["status"] == "VERIFIED"


async def test_a_token_that_may_not_is_told_which_one_may(gateway: Gateway, small: Path) -> None:
    tokens = {
        role: await gateway.api.token(role) for role in (Role.VIEWER, Role.READER, Role.OPERATOR, Role.ADMIN)
    }

    said = {
        role: await refused(gateway, small, token=tokens[role])
        for role in (Role.VIEWER, Role.READER, Role.OPERATOR)
    }

    assert said[Role.VIEWER].startswith("The token of a VIEWER sees no numbers")
    assert said[Role.READER].startswith(
        "This takes a token of the role ADMIN, and yours has READER. Nothing was done."
    )
    assert said[Role.OPERATOR].startswith(
        "This takes a token of the role ADMIN, and yours has OPERATOR. Nothing was done."
    )
    assert await gateway.counts() == (0, 0, 0)
    await gateway.apply(small, token=tokens[Role.ADMIN])
    written(small, {"mappings/notes.yaml": SMALL["mappings/notes.yaml"].replace("Hello", "Bye")})
    assert "takes a token of the role OPERATOR" in await refused(gateway, small, token=tokens[Role.READER])
    await gateway.apply(small, token=tokens[Role.OPERATOR])
    assert await gateway.plan(small) == []


async def test_another_space_is_left_alone(gateway: Gateway, small: Path, tmp_path: Path) -> None:
    await gateway.apply(small)
    other = await gateway.api.token(Role.ADMIN, "other")

    await gateway.apply(small, token=other)
    await gateway.apply(written(tmp_path / "nothing", {"a.txt": ""}), token=other, prune=True)

    assert await gateway.counts() == (1, 1, 1)
    assert await gateway.plan(small) == []


async def test_two_of_one_name_are_named_and_nothing_is_changed(gateway: Gateway, small: Path) -> None:
    await gateway.apply(small)
    destination = await only(gateway, "destinations", "id")
    other = await gateway.api.mapping(destination["id"], {"from": "+15550001111"}, name="Notes")
    written(small, {"sources/shop.yaml": SMALL["sources/shop.yaml"] + "smsOptInTrait: ok\n"})

    said = await refused(gateway, small)

    assert "a name is shared. Nothing was done." in said
    assert other in said
    assert "mapping Notes of Pigeons (" in said
    assert (await only(gateway, "sources", "smsOptInTrait"))["smsOptInTrait"] == "sms_opt_in"


async def test_all_that_is_missing_or_unknown_is_told_at_once(gateway: Gateway, small: Path) -> None:
    files = {
        "sources/shop.yaml": "source: Shop\ndestinations: [Pigeon]\n",
        "destinations/pigeons.yaml": (
            "destination: Pigeons\ndefinition: pigeon-post\nsettings:\n  lofd: LF1\n  seal: a seal itself\n  apiKeySecret: env:GONE\n"
            "  insured: 'yes'\n  speed: SLOWER\npolicy:\n  inboundSource: Shopp\n"
        ),
        "destinations/gulls.yaml": "destination: Gulls\ndefinition: gull-post\n",
        "mappings/notes.yaml": "mapping: Notes\ndestination: Pigeons\naction: sendNotes\n",
    }
    with pytest.raises(ConfigurationError) as error:
        await gateway.apply(written(small, files))

    assert [str(one) for one in error.value.problems] == [
        "destinations/gulls.yaml:2: No destination type `gull-post` is installed on this server. Did you mean `pigeon-post`?",
        "destinations/pigeons.yaml:3: `settings.loft` is missing. Where the pigeons live: LF and a number.",
        "destinations/pigeons.yaml:4: A Pigeon Post destination has no setting `lofd`. Did you mean `loft`?",
        (
            "destinations/pigeons.yaml:5: `settings.seal`: This is a secret, and files hold references in the place of secrets: write `env:NAME` "
            "(a variable) or `file:PATH` (a file, by a path within this folder or an absolute one)."
        ),
        "destinations/pigeons.yaml:6: `apiKeySid` and `apiKeySecret` come together: write both, or neither.",
        "destinations/pigeons.yaml:6: `settings.apiKeySecret`: The variable GONE is not set. Set it where this command runs.",
        "destinations/pigeons.yaml:7: `settings.insured` must be true or false, without quotes.",
        "destinations/pigeons.yaml:8: `settings.speed` must be one of these: SLOW, FAST.",
        "destinations/pigeons.yaml:10: There is no source Shopp, neither in these files nor on the server. Did you mean `Shop`?",
        "mappings/notes.yaml:3: Pigeon Post has no action `sendNotes`. Did you mean `sendNote`?",
        "sources/shop.yaml:2: There is no destination Pigeon, neither in these files nor on the server. Did you mean `Pigeons`?",
    ]
    assert await gateway.counts() == (0, 0, 0)


async def test_a_verification_that_fails_is_told_with_its_check_and_keeps_what_was_applied(
    gateway: Gateway, small: Path
) -> None:
    environ = {**ENVIRON, "SEAL": "broken, but long enough"}
    files = gateway.files(small, environ=environ)
    console = quiet()

    done = await files.apply(console, lambda _: True, gateway.secrets.__setitem__)

    assert [str(one.step.key) for one in done if not one.is_well] == ["destination Pigeons"]

    assert "✗ verify destination Pigeons: FAILED" in text_of(console)
    assert "✗ seal: The loft refused the seal of +15551234567. Mend the seal." in text_of(console)
    assert await gateway.counts() == (1, 1, 1)
    assert [one.doing for one in (await files.planned()).plan.changes] == []


async def test_the_first_run_makes_what_the_plan_said(gateway: Gateway, small: Path) -> None:
    assert await gateway.plan(small) == MADE
    printed = await gateway.apply(small)

    for said in (
        "+ source Shop",
        "+ destination Pigeons",
        "    settings.seal: env:SEAL",
        "3 to be made. Unchanged: 0.",
    ):
        assert said in printed
    assert "a seal of wax" not in printed


async def test_two_runs_at_once_make_each_thing_once(gateway: Gateway, small: Path) -> None:
    written(small, MORE)

    ends = await asyncio.gather(
        *(
            gateway.files(small).apply(quiet(), lambda _: True, gateway.secrets.__setitem__, verify=False)
            for _ in range(3)
        ),
        return_exceptions=True,
    )

    assert [one for one in ends if isinstance(one, BaseException) and not isinstance(one, StartupError)] == []
    await gateway.apply(small)
    assert await gateway.counts() == (1, 1, 2)
    assert await gateway.plan(small) == []
    assert list(gateway.secrets) == ["write key of source Shop"]


async def test_an_older_gateway_is_named_and_nothing_is_changed(gateway: Gateway, small: Path) -> None:
    class Older(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            content = request.content.replace(b" pathKeyAllowed", b" pathKeyAllowedX")
            headers = {**request.headers, "content-length": str(len(content))}
            changed = httpx.Request("POST", request.url, headers=headers, content=content)
            return await httpx.ASGITransport(app=gateway.api.endpoint).handle_async_request(changed)

    with pytest.raises(StartupError) as error:
        await gateway.files(small, transport=Older()).planned()

    assert str(error.value).startswith(
        "The gateway at http://heliograph.test is older than this command, and lacks what files can say: Cannot query field "
        "'pathKeyAllowedX' on type 'Source'."
    )
    assert await gateway.counts() == (0, 0, 0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            httpx.Response(200, text="<html>"),
            "is no gateway that can do this (it said 200). Nothing was done.",
        ),
        (httpx.Response(200, json=["a"]), "is no gateway that can do this (it said 200). Nothing was done."),
        (
            httpx.Response(404, json={"detail": "x"}),
            "is no gateway that can do this (it said 404). Nothing was done.",
        ),
        (
            httpx.Response(401, json={"errors": [{"message": "x"}]}),
            "does not know this token, or it was revoked.",
        ),
        (
            httpx.Response(503, json={"errors": [{"message": "The store did not answer."}]}),
            "The store did not answer.",
        ),
    ],
)
async def test_what_answers_otherwise_is_named(small: Path, answer: httpx.Response, said: str) -> None:
    remote = Remote("http://heliograph.test", SecretStr("a token"))
    files = Files(small, remote, ENVIRON, httpx.MockTransport(lambda _: answer))

    with pytest.raises(StartupError) as error:
        await files.planned()

    assert said in str(error.value)
