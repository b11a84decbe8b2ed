"""Sources, destinations, mappings and tokens in the ledger."""

import asyncio
import json
from dataclasses import fields, replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from destinations.kit import DestinationStatus, MmsFallback, Policy, UncertainPolicy
from gateway import ids
from gateway.secrets import Secrets
from gateway.storage import destinations, mappings, sources, tokens
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.factories import NOW, browser, destination, later, mapping, source

SECRETS = Secrets(["a key of the tests' own"])


async def test_what_is_configured_comes_back_as_it_was(store: Store) -> None:
    def fill(connection: Connection) -> None:
        sources.add(connection, source())
        destinations.add(connection, destination(), SECRETS)
        mappings.add(connection, mapping(cancel_trigger='type = "page"'))

    await store.write(fill)

    assert await store.read(sources.everything) == [source()]
    assert await store.read(lambda c: sources.get(c, "src_server")) == source()
    assert await store.read(lambda c: destinations.everything(c, SECRETS)) == [destination()]
    assert await store.read(lambda c: destinations.get(c, "dst_paper", SECRETS)) == destination()
    assert await store.read(lambda c: mappings.get(c, "map_order")) == mapping(cancel_trigger='type = "page"')
    assert await store.read(lambda c: mappings.get(c, "map_none")) is None


ANOTHER_POLICY = Policy(
    MmsFallback.SUPPRESS,
    require_dlt_for_india=True,
    messages_per_second={"+12025550100": 0.5, "SHORT_CODE": 100},
    uncertain=UncertainPolicy.EXPIRE,
    test_numbers=frozenset({"+12025550101", "+12025550102"}),
    allowed_countries=frozenset({"CA", "US"}),
    retry_undelivered=True,
)


@pytest.mark.parametrize("policy", [Policy(), ANOTHER_POLICY], ids=["new", "another"])
async def test_a_policy_comes_back_as_it_was(store: Store, policy: Policy) -> None:
    await store.write(lambda c: destinations.add(c, destination(policy=policy), SECRETS))

    found = await store.read(lambda c: destinations.get(c, "dst_paper", SECRETS))

    assert found == destination(policy=policy)


async def test_a_destination_is_stored_with_its_whole_policy(store: Store) -> None:
    await store.write(lambda c: destinations.add(c, destination(), SECRETS))

    kept = json.loads(await store.read(lambda c: c.scalar(text("SELECT policy FROM destinations"))) or "")

    assert set(kept) == {field.name for field in fields(Policy)}


async def test_a_changed_destination_comes_back_as_it_is_now(store: Store) -> None:
    await store.write(lambda c: destinations.add(c, destination(), SECRETS))

    changed = destination(name="Card", enabled=False, policy=ANOTHER_POLICY, revision=2, updated_at=later(5))

    await store.write(lambda c: destinations.save(c, changed, SECRETS))

    assert await store.read(lambda c: destinations.everything(c, SECRETS)) == [changed]


async def test_a_name_is_taken_within_its_space_by_another_destination(store: Store) -> None:
    await store.write(lambda c: destinations.add(c, destination(), SECRETS))

    async def taken(space: str, name: str, but: str | None = None) -> bool:
        return await store.read(lambda c: destinations.is_taken(c, space, name, but=but))

    assert await taken("default", "Paper")
    assert await taken("default", "Paper", but="dst_other")
    assert not await taken("default", "Paper", but="dst_paper")
    assert not await taken("default", "paper")
    assert not await taken("other", "Paper")


async def test_settings_and_keys_are_not_readable_in_the_database(store: Store) -> None:
    await store.write(lambda c: destinations.add(c, destination(), SECRETS))
    await store.write(lambda c: sources.add(c, source()))

    rows = await store.read(
        lambda c: [
            str(c.execute(text(f"SELECT * FROM {table}")).all()) for table in ("destinations", "sources")
        ]
    )

    assert "s3cret" not in rows[0]
    assert "wk_of_the_server" not in rows[1]
    assert "s3cret" not in repr(destination())


async def test_a_write_key_belongs_to_one_source(store: Store) -> None:
    await store.write(lambda c: sources.add(c, source()))

    with pytest.raises(IntegrityError):
        await store.write(lambda c: sources.add(c, source(id="src_2", name="other")))


async def test_connecting_twice_is_connecting_once(store: Store) -> None:
    def fill(connection: Connection) -> None:
        sources.add(connection, source())
        sources.add(connection, browser())
        destinations.add(connection, destination(), SECRETS)
        for _ in range(2):
            sources.connect(connection, "src_server", "dst_paper")

    await store.write(fill)
    assert await store.read(sources.links) == [("src_server", "dst_paper")]


async def test_disconnecting_twice_is_disconnecting_once(store: Store) -> None:
    def fill(connection: Connection) -> None:
        for one in (source(), browser()):
            sources.add(connection, one)
        destinations.add(connection, destination(), SECRETS)
        sources.connect(connection, "src_server", "dst_paper")
        sources.connect(connection, "src_browser", "dst_paper")
        for _ in range(2):
            sources.disconnect(connection, "src_server", "dst_paper")

    await store.write(fill)
    assert await store.read(sources.links) == [("src_browser", "dst_paper")]


async def test_a_changed_source_comes_back_as_it_is_now(store: Store) -> None:
    changed = browser(id="src_server", enabled=False, revision=2, deleted_at=later(5))
    await store.write(lambda c: sources.add(c, source()))

    await store.write(lambda c: sources.save(c, changed))

    assert await store.read(sources.everything) == [changed]


async def test_of_several_who_change_a_source_at_once_each_reads_what_the_one_before_left(
    store: Store,
) -> None:
    await store.write(lambda c: sources.add(c, source()))

    def change(connection: Connection) -> int:
        found = sources.get(connection, "src_server", for_update=True)
        assert found is not None
        sources.save(connection, replace(found, revision=found.revision + 1))
        return found.revision

    seen = await asyncio.gather(*(store.write(change) for _ in range(5)))

    assert sorted(seen) == [1, 2, 3, 4, 5]


async def test_no_earlier_key_works_for_longer_than_the_last_overlap_allows(store: Store) -> None:
    async def rotate(key: str, at: float, overlap: float) -> list[tuple[str, float]]:
        one = source(write_key_hash=key, write_key_last_four=key)
        until = later(at + overlap)
        await store.write(lambda c: sources.retire(c, one, until, later(at)))
        found = await store.read(sources.retired)
        return [(kept.key_hash, (kept.works_until - NOW).total_seconds()) for kept in found]

    await store.write(lambda c: sources.add(c, source()))
    await store.write(lambda c: sources.add(c, browser()))
    other = browser(write_key_hash="of another", write_key_last_four="ther")
    await store.write(lambda c: sources.retire(c, other, later(9000), NOW))

    assert await rotate("k1", at=0, overlap=100) == [("of another", 9000), ("k1", 100)]
    assert await rotate("k2", at=10, overlap=500) == [("of another", 9000), ("k2", 510), ("k1", 100)]
    assert await rotate("k3", at=20, overlap=50) == [
        ("of another", 9000),
        ("k1", 70),
        ("k2", 70),
        ("k3", 70),
    ]
    assert await rotate("k4", at=30, overlap=0) == [("of another", 9000)]


async def test_a_deleted_source_leaves_no_key_behind(store: Store) -> None:
    await store.write(lambda c: sources.add(c, source()))
    await store.write(lambda c: sources.retire(c, source(), later(100), NOW))

    await store.write(lambda c: sources.forget_retired(c, "src_server"))

    assert await store.read(sources.retired) == []


async def test_what_the_checks_said_is_kept(store: Store) -> None:
    await store.write(lambda c: destinations.add(c, destination(status=DestinationStatus.DRAFT), SECRETS))

    await store.write(
        lambda c: destinations.set_verification(
            c, "dst_paper", DestinationStatus.FAILED, {"checks": []}, later(1)
        )
    )

    assert await store.read(lambda c: destinations.get(c, "dst_paper", SECRETS)) == replace(
        destination(), status=DestinationStatus.FAILED, verification={"checks": []}, updated_at=later(1)
    )
    stands = await store.read(lambda c: destinations.standings(c, ["dst_paper", "dst_none"]))
    assert {one: stand.status for one, stand in stands.items()} == {"dst_paper": DestinationStatus.FAILED}


async def test_a_token_is_found_by_itself_alone(store: Store) -> None:
    token = ids.secret("hgt")
    assert not await store.read(tokens.any_exist)

    await store.write(
        lambda c: tokens.add(c, name="ci", role=Role.READER, space="default", token=token, now=NOW)
    )

    found = await store.read(lambda c: tokens.find(c, token))
    assert found is not None
    assert (found.name, found.role, found.space) == ("ci", Role.READER, "default")
    assert await store.read(lambda c: tokens.find(c, token + "x")) is None
    assert await store.read(tokens.any_exist)


async def test_a_name_is_one_sources_of_its_space_until_that_is_deleted(store: Store) -> None:
    one, other = source(), source(id="src_2", write_key_hash="h2")
    elsewhere = source(id="src_3", write_key_hash="h3", space="other")
    assert await store.write(lambda c: sources.add(c, one))

    assert not await store.write(lambda c: sources.add(c, other))
    assert await store.write(lambda c: sources.add(c, elsewhere))
    assert not await store.write(lambda c: sources.save(c, replace(elsewhere, space="default", revision=2)))
    assert {found.id for found in await store.read(sources.everything)} == {"src_server", "src_3"}
    assert await store.write(lambda c: sources.save(c, replace(one, deleted_at=NOW)))
    assert await store.write(lambda c: sources.add(c, other))
