"""What the accounts have, as the API shows it, and the syncs that learn it."""

from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import OwnedSender, OwnedTemplate, SenderKind, SenderList, TemplateApproval
from gateway.background_jobs import BackgroundStatus
from gateway.storage import background_jobs, senders, templates
from gateway.storage.synced import APART
from gateway.workspace import Role
from tests.gateway.graphql.conftest import NOON, Api
from tests.gateway.graphql.tails.streams import watching
from tests.gateway.syncing import number, template

OURS = "+15550001111"
NAME = OwnedSender("Loft", SenderKind.ALPHANUMERIC, "Loft", ())

SENDERS = """query($id: ID!, $first: Int, $after: String, $kind: SenderKind) { destination(id: $id) {
  senders(first: $first, after: $after, kind: $kind) {
    totalCount pageInfo { hasNextPage endCursor } edges { node {
      id sid address kind label channels active syncedAt country inboundUrl removedAt paused
      destination { id } mappings { edges { node { name } } } } } } } }"""
TEMPLATES = """query($id: ID!, $approval: TemplateApproval) { destination(id: $id) {
  templates(approval: $approval) { totalCount edges { node {
    id sid name language types approval rejectionReason variables variableSamples { name sample } syncedAt removedAt dltTemplateId
    destination { id } } } } } }"""
JOB = "job { id kind status total done failed message result finishedAt } errors { __typename code message path }"


async def keep(api: Api, destination_id: str, *listed: OwnedSender, times: int = 1) -> None:
    """What so many syncs list, one after the other."""

    def change(connection: Connection) -> None:
        for nth in range(times):
            senders.keep(connection, destination_id, SenderList(listed), api.clock.now() + nth * APART)

    await api.services.store.write(change)
    api.services.workspace.invalidate()


async def keep_templates(api: Api, destination_id: str, *listed: OwnedTemplate) -> None:
    await api.services.store.write(lambda c: templates.keep(c, destination_id, listed, api.clock.now()))


async def shown(api: Api, destination_id: str, **given: Any) -> Any:
    return (await api.data(SENDERS, id=destination_id, **given))["destination"]["senders"]


async def test_shows_what_an_account_sends_from_with_the_mappings_that_name_it(api: Api) -> None:
    destination = await api.destination()
    await api.mapping(destination)
    await api.mapping(destination, {"from": {"@path": "$.properties.from"}}, name="By the event")
    other = await api.destination("Doves")
    await api.mapping(other, name="Elsewhere")
    service = OwnedSender(
        "MG1", SenderKind.MESSAGING_SERVICE, "Service", (), inbound_url="https://mg.example"
    )
    await keep(
        api, destination, number(OURS, inbound_url="https://own.example", pool="MG1", by_pool=True), service
    )

    page = await shown(api, destination)

    found = {edge["node"]["address"]: edge["node"] for edge in page["edges"]}
    assert (page["totalCount"], set(found)) == (2, {OURS, "MG1"})
    assert found[OURS] == {
        "id": found[OURS]["id"],
        "sid": f"PN{OURS}",
        "address": OURS,
        "kind": "PHONE_NUMBER",
        "label": f"Shop ({OURS})",
        "channels": ["SMS", "MMS"],
        "active": True,
        "syncedAt": "2026-03-01T12:00:00.000Z",
        "country": "US",
        "inboundUrl": "https://mg.example",
        "removedAt": None,
        "paused": False,
        "destination": {"id": destination},
        "mappings": {"edges": [{"node": {"name": "Notes"}}]},
    }
    assert found["MG1"]["mappings"] == {"edges": []}
    assert found[OURS]["id"].startswith("snd_")


async def test_a_sender_is_a_node(api: Api) -> None:
    destination = await api.destination()
    await keep(api, destination, number(OURS))
    [edge] = (await shown(api, destination))["edges"]
    asked = "query($id: ID!) { node(id: $id) { id ... on Sender { address } } }"

    mine = await api.data(asked, id=edge["node"]["id"])
    theirs = await api.data(asked, await api.token(Role.ADMIN, "other"), id=edge["node"]["id"])

    assert mine == {"node": {"id": edge["node"]["id"], "address": OURS}}
    assert theirs == {"node": None}


async def test_senders_come_page_by_page_and_by_kind(api: Api) -> None:
    destination = await api.destination()
    await keep(api, destination, *(number(f"+1555000{n:04d}") for n in range(5)), NAME)

    first = await shown(api, destination, first=4)
    rest = await shown(api, destination, first=4, after=first["pageInfo"]["endCursor"])
    names = await shown(api, destination, kind="ALPHANUMERIC")

    both = [edge["node"]["address"] for page in (first, rest) for edge in page["edges"]]
    assert (len(both), len(set(both)), first["totalCount"]) == (6, 6, 6)
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert ([edge["node"]["address"] for edge in names["edges"]], names["totalCount"]) == (["Loft"], 1)


async def test_a_removed_sender_is_still_shown(api: Api) -> None:
    destination = await api.destination()
    await keep(api, destination, number(OURS))
    api.clock.advance(60)
    await keep(api, destination, times=2)

    [edge] = (await shown(api, destination))["edges"]

    assert (edge["node"]["active"], edge["node"]["removedAt"]) == (False, "2026-03-01T12:01:10.000Z")


async def test_a_viewer_sees_no_number_of_a_sender(api: Api) -> None:
    destination = await api.destination()
    await keep(api, destination, number(OURS))

    answer = await api.post(
        {"query": SENDERS, "variables": {"id": destination}}, await api.token(Role.VIEWER)
    )

    [edge] = answer.json()["data"]["destination"]["senders"]["edges"]
    assert OURS not in answer.text.replace(f"PN{OURS}", "")
    assert edge["node"]["kind"] == "PHONE_NUMBER"


async def test_shows_the_templates_of_an_account(api: Api) -> None:
    destination = await api.destination()
    paused = template("HX2", approval=TemplateApproval.PAUSED, rejection_reason="Complaints", variables={})
    await keep_templates(api, destination, template(), paused)

    everything = await api.data(TEMPLATES, id=destination)
    some = await api.data(TEMPLATES, id=destination, approval="APPROVED")

    [edge] = some["destination"]["templates"]["edges"]
    found = {one["node"]["sid"]: one["node"] for one in everything["destination"]["templates"]["edges"]}
    assert (
        edge["node"]
        == found["HX1"]
        == {
            "id": edge["node"]["id"],
            "sid": "HX1",
            "name": "order_on_its_way",
            "language": "en",
            "types": ["twilio/text"],
            "approval": "APPROVED",
            "rejectionReason": None,
            "variables": ["1", "2"],
            "variableSamples": [{"name": "1", "sample": "Ada"}, {"name": "2", "sample": None}],
            "dltTemplateId": None,
            "syncedAt": "2026-03-01T12:00:00.000Z",
            "removedAt": None,
            "destination": {"id": destination},
        }
    )
    assert (found["HX2"]["approval"], found["HX2"]["rejectionReason"]) == ("PAUSED", "Complaints")
    node = await api.data(
        "query($id: ID!) { node(id: $id) { ... on Template { sid } } }", id=edge["node"]["id"]
    )
    assert node == {"node": {"sid": "HX1"}}


@pytest.mark.parametrize(("name", "kind"), [("senderSync", "SENDER_SYNC"), ("templateSync", "TEMPLATE_SYNC")])
async def test_a_sync_that_is_asked_for_is_a_job(api: Api, name: str, kind: str) -> None:
    destination = await api.destination()

    begun = await api.change(name, {"id": destination}, JOB)
    again = await api.change(name, {"id": destination}, JOB)

    assert begun == {
        "job": {
            "id": begun["job"]["id"],
            "kind": kind,
            "status": "RUNNING",
            "total": None,
            "done": 0,
            "failed": 0,
            "message": None,
            "result": None,
            "finishedAt": None,
        },
        "errors": [],
    }
    assert again == begun
    entries = (await api.data("{ auditEntries { edges { node { action targetId } } } }"))["auditEntries"][
        "edges"
    ]
    assert [one["node"] for one in entries if one["node"]["action"] == name] == [
        {"action": name, "targetId": destination}
    ]


async def test_a_job_of_a_sync_says_what_it_came_to(api: Api) -> None:
    destination = await api.destination()
    begun = await api.change("senderSync", {"id": destination}, JOB)
    key, result = begun["job"]["id"], {"listed": 3, "new": 3, "removed": 0, "missing": 0}
    await api.services.store.write(
        lambda c: background_jobs.end(c, key, BackgroundStatus.DONE, NOON, total=3, result=result)
    )

    [edge] = (await api.data("{ jobs(kind: SENDER_SYNC) { edges { node { total done status result } } } }"))[
        "jobs"
    ]["edges"]

    assert edge["node"] == {"total": 3, "done": 3, "status": "DONE", "result": result}


async def test_a_job_says_what_it_is_about_to_those_who_see_it(api: Api) -> None:
    destination = await api.destination()
    begun = await api.change("senderSync", {"id": destination}, "job { id target { id __typename } }")
    await api.change(
        "destinationDelete", {"id": destination, "expectedRevision": 1, "force": True}, "deletedId"
    )

    gone = await api.data("{ jobs { edges { node { target { id } } } } }")

    assert begun["job"]["target"] == {"id": destination, "__typename": "Destination"}
    assert gone["jobs"]["edges"] == [{"node": {"target": None}}]


async def test_nothing_is_synced_of_what_is_not_there(api: Api) -> None:
    refused = await api.change("senderSync", {"id": "dst_nobody"}, JOB)

    assert refused["job"] is None
    assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]
    assert (await api.data("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


async def test_a_reader_starts_no_sync(api: Api) -> None:
    destination = await api.destination()
    query = "mutation($id: ID!) { senderSync(input: {id: $id}) { job { id } } }"

    answer = await api.ask(query, await api.token(Role.READER), id=destination)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert (await api.data("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


async def test_a_destination_whose_template_lost_its_approval_is_told_to_the_tail(
    api: Api, admin_token: str
) -> None:
    destination = await api.destination()
    query = "subscription($id: ID) { destinationStatusChanged(id: $id) { destination { id } } }"
    await keep_templates(api, destination, template(), template("HX2", approval=TemplateApproval.PENDING))
    await api.services.workspace.look()
    await api.services.workspace.current()

    async with watching(api.endpoint, query, admin_token, id=destination) as stream:
        for approval in (TemplateApproval.APPROVED, TemplateApproval.PAUSED):
            await keep_templates(api, destination, template(approval=approval), template("HX2"))
            await api.services.workspace.look()
            await api.services.workspace.current()
        item = await stream.item()

    assert item["destination"] == {"id": destination}


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (template(), None),
        (template("HX9"), None),
        (template(approval=TemplateApproval.REJECTED, rejection_reason="ABUSIVE"), "REJECTED: ABUSIVE"),
        (template(approval=TemplateApproval.PAUSED), "PAUSED"),
    ],
    ids=["approved", "not known", "rejected", "paused"],
)
async def test_a_mapping_says_whether_its_template_may_go_out_now(
    api: Api, listed: OwnedTemplate, said: str | None
) -> None:
    destination = await api.destination()
    mapping = await api.mapping(destination, {"body": "HX1"})
    await keep_templates(api, destination, listed)
    api.services.workspace.invalidate()

    query = "query($id: ID!) { mapping(id: $id) { problems { severity message path } } }"
    shown = (await api.data(query, id=mapping))["mapping"]["problems"]

    told = (
        f"It uses the template order_on_its_way (HX1), which is {said}, as far as the last sync says. Until it is APPROVED it begins no "
        "conversation (TEMPLATE_NOT_APPROVED); templateSync looks again."
    )
    problem = {"severity": "WARNING", "message": told, "path": "/fields/body"}
    assert shown == ([] if said is None else [problem])
