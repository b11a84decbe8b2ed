"""What is configured, in memory."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.facts import snapshot
from gateway.facts.compiled import compiled
from gateway.facts.snapshot import lets_through
from gateway.facts.workspace import Workspace
from gateway.storage import destinations, mappings, pauses
from gateway.storage.tables import source_destinations
from gateway.workspace import Mapping, Pause
from tests.factories import NOW, destination, event, mapping, source, track
from tests.gateway.world import World


async def test_it_is_read_once_and_again_after_a_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = world.store.read

    async def counted(query: Any) -> Any:
        nonlocal reads
        reads += 1
        return await read(query)

    monkeypatch.setattr(world.store, "read", counted)
    workspace = world.services.workspace
    workspace.invalidate()

    first = await asyncio.gather(*(workspace.current() for _ in range(5)))
    await world.store.write(lambda c: mappings.add(c, mapping(id="map_2")))
    before = await workspace.current()
    workspace.invalidate()
    after = await workspace.current()

    assert reads == 2
    assert all(one is first[0] for one in (*first, before))
    assert (set(before.compiled), set(after.compiled)) == ({"map_order"}, {"map_order", "map_2"})


async def test_a_change_that_another_process_made_is_read(world: World) -> None:
    services = world.services
    other = Workspace(world.store, world.secrets, services.workspace.definitions, services.shared.changes)
    before = await services.workspace.current()

    await world.store.write(lambda c: mappings.add(c, mapping(id="map_2")))
    other.invalidate()

    assert set(before.compiled) == {"map_order"}
    assert set((await services.workspace.current()).compiled) == {"map_order", "map_2"}


async def test_a_change_while_it_is_read_is_not_missed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, read = world.services.workspace, world.store.read
    added = False

    async def slow(query: Any) -> Any:
        nonlocal added
        rows = await read(query)
        if not added:
            added = True
            await world.store.write(lambda c: mappings.add(c, mapping(id="map_2")))
            workspace.invalidate()
        return rows

    monkeypatch.setattr(world.store, "read", slow)
    workspace.invalidate()

    assert set((await workspace.current()).compiled) == {"map_order", "map_2"}


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ({"name": "Another", "enabled": False, "max_age_seconds": 5}, []),
        ({"trigger": 'event = "Another"'}, ["map_order"]),
        ({"cancel_trigger": 'event = "Another"'}, ["map_order"]),
        ({"fields": {"from": "+15550001111", "body": "Another", "send": True}}, ["map_order"]),
    ],
)
async def test_a_change_compiles_what_says_something_else_and_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], anew: list[str]
) -> None:
    await world.store.write(lambda c: mappings.add(c, mapping(id="map_2")))
    workspace = world.services.workspace
    workspace.invalidate()
    before = await workspace.current()
    compiling: list[str] = []
    really = compiled

    def counted(one: Mapping, *given: Any) -> Any:
        compiling.append(one.id)
        return really(one, *given)

    monkeypatch.setattr(snapshot, "compiled", counted)
    await world.store.write(lambda c: mappings.save(c, mapping(revision=2, **changed)))
    await world.store.write(
        lambda c: destinations.save(c, destination(revision=2, name="Card"), world.secrets)
    )
    workspace.invalidate()

    after = await workspace.current()

    assert compiling == anew
    assert after.compiled["map_order"].mapping == mapping(revision=2, **changed)
    assert {one.destination.name for one in after.compiled.values()} == {"Card"}
    assert after.compiled["map_2"].trigger is before.compiled["map_2"].trigger


async def test_only_what_a_source_is_connected_to_is_for_its_events(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping())
    await empty_world.store.write(lambda c: c.execute(source_destinations.delete()))
    empty_world.services.workspace.invalidate()

    snapshot = await empty_world.services.workspace.current()

    assert snapshot.matching(source(), event()) == []
    assert set(snapshot.compiled) == {"map_order"}


@pytest.mark.parametrize(
    ("defaults", "country"),
    [
        ((None, None), None),
        (("US", None), "US"),
        ((None, "GB"), "GB"),
        (("US", "US"), "US"),
        (("US", "GB"), None),
    ],
)
async def test_a_source_has_the_country_that_its_destinations_agree_on(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    defaults: tuple[str | None, str | None],
    country: str | None,
) -> None:
    await world.configure(destination(id="dst_2", settings={"token": "two"}))
    by_token = dict(zip(("s3cret-of-paper", "two"), defaults, strict=True))
    of_paper = replace(
        world.definition, default_country=lambda settings: by_token[settings.token.get_secret_value()]
    )
    monkeypatch.setattr(world.services.workspace, "definitions", {"paper": of_paper})

    snapshot = await world.services.workspace.current()

    assert snapshot.country(source()) == country
    assert snapshot.country_of_space("default") == country
    assert snapshot.countries(source()) == {one for one in defaults if one}


async def test_what_another_process_changed_is_seen_at_the_next_look_and_nothing_is_read_anew_without_that(
    world: World,
) -> None:
    workspace = world.services.workspace
    first = await workspace.current()
    await workspace.look()
    assert await workspace.current() is first

    await world.store.write(lambda c: pauses.pause(c, "dst_paper", Pause(NOW, "another process")))
    assert await workspace.current() is first
    await workspace.look()

    assert (await workspace.current()).destinations["dst_paper"].paused


async def test_settings_that_no_longer_fit_leave_their_destination_waiting(world: World) -> None:
    await world.configure(destination(id="dst_2", settings={}), mapping(id="map_2", destination_id="dst_2"))

    snapshot = await world.services.workspace.current()

    assert set(snapshot.compiled) == {"map_order"}
    assert set(snapshot.destinations) == {"dst_paper", "dst_2"}
    assert [one.mapping.id for one in snapshot.matching(source(), event(track()))] == ["map_order"]


@pytest.mark.parametrize(
    ("integrations", "passes"),
    [
        (None, True),
        ("x", True),
        ({}, True),
        ({"All": False}, False),
        ({"Old Name": True, "All": False}, True),
        ({"Old Name": False}, False),
        ({"Old Name": 0}, False),
        ({"All": 0}, False),
        ({"All": False, "Old Name": {}}, True),
    ],
)
def test_a_destination_is_let_through_by_any_of_its_names(integrations: Any, passes: bool) -> None:
    assert lets_through(integrations, ("New Name", "Old Name")) is passes
