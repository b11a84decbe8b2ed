from typing import Any

from gateway.workspace import Role
from tests.gateway.graphql.conftest import Ledger

WHY = """{ events(first: 1) { edges { node { outcome problemMessage
  whyNot { mapping { name } matched failedTerm found line column } } } } }"""

CALL = {
    "type": "track",
    "event": "Order Placed",
    "userId": "ada",
    "messageId": "m1",
    "properties": {"total": 7},
}


async def event(api: Any, ledger: Any, token: str | None = None, **changed: Any) -> Any:
    """What the API shows of such an event of the ledger's source."""
    await ledger.match({**CALL, **changed})
    data = await (api.data(WHY) if token is None else api.data(WHY, token))
    return data["events"]["edges"][0]["node"]


async def connect(api: Any, ledger: Any) -> None:
    given = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    assert (await api.change("sourceConnect", given, "errors { message }"))["errors"] == []


async def test_an_event_of_a_source_that_nothing_is_connected_to_says_so_with_what_to_run(
    api: Any, ledger: Any
) -> None:
    found = await event(api, ledger)

    run = (
        f'mutation {{ sourceConnect(input: {{sourceId: "{ledger.source_id}", destinationId: "{ledger.destination_id}"}}) '
        "{ source { name } errors { message } } }"
    )
    assert found["outcome"] == "UNMATCHED"
    assert found["problemMessage"] == (
        f"No destination is connected to the source Shop, so that its events lead to nothing. Connect Pigeons: run {run}; then send the "
        "event again, under a new messageId."
    )
    assert found["whyNot"] == []
    assert (await api.data(run))["sourceConnect"]["errors"] == []


async def test_an_event_whose_destination_has_no_mapping_says_so(api: Any) -> None:
    source, destination = await api.source(), await api.destination()
    ledger = Ledger(api, source, destination, "map_none")
    await connect(api, ledger)

    found = await event(api, ledger)

    assert found["problemMessage"] == (
        "No mapping exists for what the source Shop sends: its destination Pigeons has none. Make one (mappingCreate, "
        f'destinationId: "{destination}"); then send the event again, under a new messageId.'
    )


async def test_the_nearest_mapping_comes_first_with_the_term_what_is_there_and_where(
    api: Any, ledger: Any
) -> None:
    await connect(api, ledger)
    await api.mapping(ledger.destination_id, name="Far", trigger='type = "identify" and traits.vip = true')
    await api.mapping(
        ledger.destination_id, name="Near", trigger='type = "track"\n and event = "order placed"'
    )
    await api.mapping(
        ledger.destination_id, name="Dear", trigger='event = "Order Placed" and properties.total > 100'
    )

    found = await event(api, ledger)

    assert found["problemMessage"] is None
    assert [
        (one["mapping"]["name"], one["failedTerm"], one["found"], one["line"], one["column"])
        for one in found["whyNot"]
    ] == [
        ("Near", 'event = "order placed"', 'event is "Order Placed"', 2, 6),
        ("Dear", "properties.total > 100", "properties.total is 7", 1, 28),
        ("Notes", 'event = "Note Written"', 'event is "Order Placed"', 1, 20),
        ("Far", 'type = "identify"', 'type is "track"', 1, 1),
    ]
    assert not any(one["matched"] for one in found["whyNot"])


async def test_what_is_not_let_through_or_disabled_is_said_apart_from_the_trigger(
    api: Any, ledger: Any
) -> None:
    await connect(api, ledger)
    disabled = await api.mapping(
        ledger.destination_id, name="Off", trigger='event = "Order Placed"', enabled=False
    )
    on = await api.mapping(ledger.destination_id, name="On", trigger='event = "Order Placed"')

    found = await event(api, ledger, integrations={"All": False})

    off, open_one, _notes = found["whyNot"]
    assert (off["matched"], off["failedTerm"], off["line"]) == (False, None, None)
    assert off["found"] == (
        "The trigger holds; the mapping is disabled. Enable it for later ones: run mutation { mappingUpdate(input: "
        f'{{id: "{disabled}", expectedRevision: 1, enabled: true}}) {{ mapping {{ enabled }} errors {{ message }} }} }}.'
    )
    assert (open_one["mapping"]["name"], open_one["failedTerm"], open_one["matched"]) == (
        "On",
        "integrations",
        False,
    )
    assert open_one["found"] == (
        'The trigger holds; the event\'s `integrations` object is {"All": false}, which lets it through to none of: Pigeon Post.'
    )
    assert on


async def test_an_event_that_would_match_now_says_so(api: Any, ledger: Any) -> None:
    await connect(api, ledger)
    await event(api, ledger)
    await api.mapping(ledger.destination_id, name="Late", trigger='event = "Order Placed"')

    node = (await api.data(WHY))["events"]["edges"][0]["node"]

    assert node["whyNot"][0] == {
        "mapping": {"name": "Late"},
        "matched": True,
        "failedTerm": None,
        "found": None,
        "line": None,
        "column": None,
    }


async def test_a_viewer_sees_of_the_event_its_type_and_name_alone(api: Any, ledger: Any) -> None:
    await connect(api, ledger)
    await api.mapping(
        ledger.destination_id, name="Dear", trigger='event = "Order Placed" and properties.total > 100'
    )
    viewer = await api.token(Role.VIEWER)

    found = await event(api, ledger, viewer)

    dear, notes = found["whyNot"]
    assert (dear["failedTerm"], dear["found"]) == ("properties.total > 100", None)
    assert notes["found"] == 'event is "Order Placed"'


async def test_an_invalid_event_has_no_verdicts(api: Any, ledger: Any) -> None:
    await connect(api, ledger)

    found = await event(api, ledger, userId=None)

    assert (found["outcome"], found["whyNot"]) == ("INVALID", [])
