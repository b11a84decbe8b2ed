"""`importPlan` and `importApply`: what Segment had configured, told first, and made then."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from gateway.storage import background_jobs, import_plans, retention, tables
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.moving.exports import ANSWERS, FORMS, MADE, NAME, destination, subscription, text_of

PLAN = "planId needed items { from becomes difference lost } errors { code message path }"
JOB = "job { id kind status total done failed result } errors { code message path }"
ALL = (
    "{ destinations { edges { node { name status enabled policy { optOutWords quietHoursStart quietHoursEnd allowedCountries "
    "dailyMessageLimit } } } } mappings { edges { node { name enabled trigger action { slug } purpose fields } } } "
    "sources { edges { node { destinations { edges { node { name } } } } } } }"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_api(request: pytest.FixtureRequest) -> Api:
    found: Api = request.getfixturevalue("api" if request.param == "sqlite" else "remote_api")
    return found


async def plan(api: Api, export: Any, token: str | None = None, **given: Any) -> Any:
    text = export if isinstance(export, str) else json.dumps(export)
    return await api.change("importPlan", {"export": text, **given}, PLAN, *([token] if token else []))


async def apply(api: Api, plan_id: str, key: str = "one", answers: Any = ANSWERS, **given: Any) -> Any:
    told = {"planId": plan_id, "idempotencyKey": key, "secrets": json.dumps(answers), **given}
    return await api.change("importApply", told, JOB)


async def everything(api: Api) -> Any:
    found = await api.data(ALL)
    return {name: [edge["node"] for edge in page["edges"]] for name, page in found.items()}


async def audited(api: Api) -> list[str]:
    log = await api.data("{ auditEntries(first: 100) { edges { node { action } } } }")
    return [edge["node"]["action"] for edge in log["auditEntries"]["edges"]]


def about(items: Any, what: str) -> Any:
    return next(one for one in items if one["from"].startswith(what))


@pytest.mark.parametrize("form", FORMS)
async def test_an_export_of_each_form_becomes_the_same(any_api: Api, form: str) -> None:
    await any_api.source()
    before = await audited(any_api)

    told = await plan(any_api, text_of(form))
    assert told["errors"] == []
    assert told["needed"] == [*ANSWERS]
    nothing = await everything(any_api)
    done = await apply(any_api, told["planId"])

    assert (nothing["destinations"], nothing["mappings"]) == ([], [])
    assert done["errors"] == []
    assert (done["job"]["kind"], done["job"]["status"]) == ("IMPORT", "DONE")
    made = await everything(any_api)
    [texts] = made["destinations"]
    assert (texts["name"], texts["status"], texts["enabled"]) == (NAME, "DRAFT", True)
    assert texts["policy"] == {
        "optOutWords": False,
        "quietHoursStart": "00:00",
        "quietHoursEnd": "00:00",
        "allowedCountries": [],
        "dailyMessageLimit": 1000,
    }
    assert sorted(one["name"] for one in made["mappings"]) == sorted(MADE)
    assert {one["name"] for one in made["mappings"] if not one["enabled"]} == {"Order shipped"}
    welcome = next(one for one in made["mappings"] if one["name"] == "VIP welcome")
    assert welcome["trigger"] == 'type = "track" and event = "Audience Entered"'
    assert (welcome["action"]["slug"], welcome["fields"]["send"], welcome["purpose"]) == (
        "sendSms",
        True,
        "MARKETING",
    )
    [shop] = made["sources"]
    assert [edge["node"]["name"] for edge in shop["destinations"]["edges"]] == [NAME]
    new = (await audited(any_api))[: -len(before)]
    assert sorted(set(new)) == ["importApply", "importPlan"]
    assert len(new) == 1 + len(MADE) + 2


async def test_the_plan_says_what_becomes_what_what_differs_and_what_is_lost(api: Api) -> None:
    items = (await plan(api, text_of()))["items"]

    push = about(items, 'subscription "App push"')
    assert (push["becomes"], push["lost"]) == (None, True)
    assert "Push messages" in push["difference"]
    mixed = about(items, 'subscription "In and out"')
    assert 'For an event such as {"type": "track"} Segment sent; here nothing is sent' in mixed["difference"]
    rows = about(items, 'subscription "From the warehouse"')
    assert "reverseETLSchedule" in rows["difference"]
    assert "goGEfBEcvJTuqJU2cKj7Ag" in rows["difference"]
    assert "__segment_internal_sync_mode, batch_size" in rows["difference"]
    assert "`toNumber`" in about(items, 'subscription "Test to the team"')["difference"]
    assert "did nothing in a mapping there" in about(items, 'subscription "Order shipped"')["difference"]
    region = about(items, 'setting "region"')
    assert region["becomes"] == "profileApiRegion"
    assert "Twilio's own region" in region["difference"]
    everywhere = " ".join(one["difference"] for one in items if one["from"] == f'all of "{NAME}"')
    for word in ("opt out", "quiet hours", "1,000 texts a day", "ShortenUrls", "Consent", "E.164"):
        assert word in everywhere


async def test_a_second_time_changes_nothing_and_asks_for_no_secret(any_api: Api) -> None:
    await any_api.source()
    first = await apply(any_api, (await plan(any_api, text_of()))["planId"])
    made, log = await everything(any_api), await audited(any_api)

    again = await plan(any_api, text_of())
    second = await apply(any_api, again["planId"], "two", {})

    assert again["needed"] == []
    assert about(again["items"], "subscription")["difference"].startswith("It is here already: unchanged.")
    assert len(first["job"]["result"]["made"]) == 1 + len(MADE) + 1
    assert second["job"]["result"]["made"] == []
    assert len(second["job"]["result"]["unchanged"]) == 1 + len(MADE)
    assert await everything(any_api) == made
    assert await audited(any_api) == log


async def test_what_an_earlier_import_lacked_is_made_and_what_somebody_changed_is_left(any_api: Api) -> None:
    await apply(any_api, (await plan(any_api, text_of()))["planId"])
    found = await any_api.data("{ mappings { edges { node { id name revision } } } }")
    by_name = {edge["node"]["name"]: edge["node"] for edge in found["mappings"]["edges"]}
    gone, other = by_name["VIP goodbye"], by_name["Points"]
    await any_api.change(
        "mappingDelete", {"id": gone["id"], "expectedRevision": 1, "force": True}, "errors { message }"
    )
    changed = {"id": other["id"], "expectedRevision": 1, "trigger": 'event = "Mine"'}
    await any_api.change("mappingUpdate", changed, "errors { message }")

    told = await plan(any_api, text_of())
    done = (await apply(any_api, told["planId"], "two", {}))["job"]["result"]

    assert [one["name"] for one in done["made"]] == ["VIP goodbye"]
    assert [(one["name"], one.get("why")) for one in done["left"] if one["kind"] == "mapping"] == [
        ("Points", "Another than in the export: trigger.")
    ]
    assert (
        "It is here already, and is left as it is."
        in about(told["items"], 'subscription "Points"')["difference"]
    )
    triggers = {one["name"]: one["trigger"] for one in (await everything(any_api))["mappings"]}
    assert triggers["Points"] == 'event = "Mine"'


async def test_the_same_key_gives_the_same_job_and_another_input_is_refused(api: Api) -> None:
    plan_id = (await plan(api, text_of()))["planId"]

    first, second = await apply(api, plan_id), await apply(api, plan_id)
    other = await apply(api, plan_id, answers={**ANSWERS, "authToken": "0" * 32})

    assert first == second
    assert [one["code"] for one in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]


async def test_what_breaks_off_in_the_middle_leaves_nothing_and_the_next_run_makes_all(
    any_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id, log = (await plan(any_api, text_of()))["planId"], await audited(any_api)

    def broken(*_: Any) -> None:
        raise RuntimeError("a fault")

    with monkeypatch.context() as breaking:
        breaking.setattr(background_jobs, "add", broken)
        told = {"planId": plan_id, "idempotencyKey": "one", "secrets": json.dumps(ANSWERS)}
        query = f"mutation($input: ImportApplyInput!) {{ importApply(input: $input) {{ {JOB} }} }}"
        answer = await any_api.ask(query, input=told)
    left = await everything(any_api)
    unlogged = await audited(any_api)
    done = await apply(any_api, plan_id)

    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert (left["destinations"], left["mappings"], unlogged) == ([], [], log)
    assert len(done["job"]["result"]["made"]) == 1 + len(MADE)


async def test_two_at_once_make_it_once(remote_api: Api) -> None:
    plan_id = (await plan(remote_api, text_of()))["planId"]

    both = await asyncio.gather(*(apply(remote_api, plan_id, key) for key in ("one", "two")))

    assert sorted(len(one["job"]["result"]["made"]) for one in both) == [0, 1 + len(MADE)]
    assert len((await everything(remote_api))["mappings"]) == len(MADE)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "`twilioApiKeySecret` is needed"),
        ({**ANSWERS, "twilioApiKeySecret": " "}, "`twilioApiKeySecret` is needed"),
        ({**ANSWERS, "twilioApiKeySecret": 5}, "is no text"),
        ({**ANSWERS, "hush-hush": "x"}, "was not asked for"),
        ([], "It is the text of a JSON object"),
    ],
)
async def test_answers_that_are_none_are_refused_and_nothing_is_made(
    api: Api, answers: Any, said: str
) -> None:
    plan_id = (await plan(api, text_of()))["planId"]

    done = await apply(api, plan_id, answers=answers)

    assert done["job"] is None
    assert said in done["errors"][0]["message"]
    assert "Nothing was made." in done["errors"][0]["message"]
    assert "hush-hush" not in json.dumps(done)
    assert (await everything(api))["destinations"] == []


async def test_a_plan_of_another_space_or_of_yesterday_is_none(api: Api) -> None:
    mine = (await plan(api, text_of()))["planId"]
    others = (await plan(api, text_of(), space="brand"))["planId"]
    token = await api.token(Role.ADMIN)
    given = {"idempotencyKey": "one", "secrets": json.dumps(ANSWERS)}

    foreign = await api.change("importApply", {"planId": others, **given}, JOB, token)
    api.clock.advance(import_plans.KEPT.total_seconds())
    old = await api.change("importApply", {"planId": mine, **given}, JOB, token)

    assert mine != others
    assert [one["code"] for one in (*foreign["errors"], *old["errors"])] == ["NOT_FOUND", "NOT_FOUND"]
    assert (await everything(api))["destinations"] == []


async def test_a_plan_is_forgotten_after_a_day(any_api: Api) -> None:
    await plan(any_api, text_of())
    any_api.clock.advance(import_plans.KEPT.total_seconds() + 1)

    gone = await retention.forget(any_api.services.store, any_api.services.settings, any_api.clock.now())

    assert gone.rows[retention.Kind.IMPORT_PLANS] == 1
    assert await any_api.services.store.read(lambda c: c.execute(select(tables.import_plans)).all()) == []


async def test_a_destination_of_another_account_keeps_its_name_and_nothing_is_made(api: Api) -> None:
    settings = {"twilioEngage": {"accountSid": f"AC{'0' * 32}", "authToken": "0" * 32}}
    taken = {"name": NAME, "settings": settings}
    plan_id = (await plan(api, text_of()))["planId"]
    await api.change("destinationCreate", taken, "errors { message }")

    refused = await plan(api, text_of())
    done = await apply(api, plan_id)

    assert refused["planId"] is None
    assert [one["code"] for one in refused["errors"]] == ["TAKEN"]
    assert [one["code"] for one in done["errors"]] == ["TAKEN"]
    assert (await everything(api))["mappings"] == []


async def test_an_action_that_nobody_can_tell_is_asked_for(api: Api) -> None:
    fields = {"from": "+15005550006", "contentSid": f"HX{'a1' * 16}", "send": True}
    unclear = subscription(actionSlug=None, actionId="an-id", settings=fields)

    told = await plan(api, [destination(), unclear])
    wrong = await apply(api, told["planId"], "one", {"twilioApiKeySecret": "s", "action": "sendFax"})
    done = await apply(api, told["planId"], "two", {"twilioApiKeySecret": "s", "action": "sendWhatsApp"})

    assert told["needed"] == ["action", "twilioApiKeySecret"]
    assert "say sendSms or sendWhatsApp as `action`" in about(told["items"], "action")["difference"]
    assert wrong["errors"][0]["message"] == "`action` is one of sendSms, sendWhatsApp. Nothing was made."
    assert done["errors"] == []
    [made] = (await everything(api))["mappings"]
    assert made["action"]["slug"] == "sendWhatsApp"


async def test_a_mapping_that_cannot_run_is_lost_with_the_reason_and_the_others_are_made(api: Api) -> None:
    bad = subscription(id="sub_2", name="Bad", trigger='event = "a" and')

    told = await plan(api, [destination(), subscription(), bad])
    await apply(api, told["planId"], answers={"twilioApiKeySecret": "s"})

    lost = about(told["items"], 'subscription "Bad"')
    assert (lost["becomes"], lost["lost"]) == (None, True)
    assert lost["difference"]
    assert [one["name"] for one in (await everything(api))["mappings"]] == ["Hello"]


async def test_a_trigger_that_segment_could_not_read_starts_no_texts_unasked(api: Api) -> None:
    bracketed = subscription(trigger='((type = "track"))')

    told = await plan(api, [destination(), bracketed])
    await apply(api, told["planId"], answers={"twilioApiKeySecret": "s"})
    again = await plan(api, [destination(), bracketed])

    line = about(told["items"], "subscription")
    assert line["becomes"] == 'mapping "Hello" (sendSms, off)'
    assert "Segment could not read its trigger, and sent nothing by it." in line["difference"]
    assert "Segment sent nothing; here it is sent" in line["difference"]
    assert [one["enabled"] for one in (await everything(api))["mappings"]] == [False]
    assert about(again["items"], "subscription")["difference"].startswith("It is here already: unchanged.")


async def test_settings_that_nobody_could_send_with_are_refused(api: Api) -> None:
    told = await plan(
        api, destination(settings={"twilioAccountSID": "AC_demo", "twilioApiKeySID": f"SK{'6f' * 16}"})
    )

    assert told["planId"] is None
    assert "An Account SID is AC and 32 hexadecimal digits" in told["errors"][0]["message"]
    assert await api.services.store.read(lambda c: c.execute(select(tables.import_plans)).all()) == []


async def test_no_secret_of_an_export_or_an_answer_is_seen_again(
    any_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    canaries = [
        "canary-of-the-key",
        "canary-of-the-token",
        "canary-of-an-answer",
        "canary-of-another",
        "canary-unknown",
    ]
    settings = {
        **destination()["settings"],
        "twilioApiKeySecret": canaries[0],
        "profileApiAccessToken": canaries[1],
        "webhookToken": canaries[4],
    }
    export = [destination(settings=settings), subscription()]

    told = await plan(any_api, export)
    done = await apply(
        any_api,
        told["planId"],
        answers={"twilioApiKeySecret": canaries[2], "authToken": canaries[3]},
    )
    again = await plan(any_api, export)
    seen = await any_api.data(
        "{ jobs { edges { node { result message } } } auditEntries { edges { node { changes { before after } } } } }"
    )

    def dump(connection: Any) -> str:
        rows = [connection.execute(select(table)).all() for table in tables.metadata.sorted_tables]
        return repr(rows)

    everywhere = json.dumps([told, done, again, seen]) + caplog.text + await any_api.services.store.read(dump)
    assert done["errors"] == []
    assert [one for one in canaries if one in everywhere] == []
