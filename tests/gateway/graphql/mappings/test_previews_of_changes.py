"""A stored mapping is previewed as it would be with changes that are not saved."""

from typing import Any

from tests.gateway.graphql.mappings.test_previews import EVENT, preview, ready

WELCOME = {"from": "+15550001111", "to": {"@path": "$.properties.phone"}, "body": "Hello", "send": True}


async def test_what_is_given_beside_a_stored_mapping_takes_the_place_of_its_own_and_is_not_saved(
    api: Any,
) -> None:
    mapping = await api.mapping(await ready(api), WELCOME)

    changed = await preview(api, mappingId=mapping, fields={**WELCOME, "body": "Good day"})
    narrowed = await preview(api, mappingId=mapping, trigger='event = "Note Read"')
    stored = await preview(api, mappingId=mapping)

    assert (changed["decision"], changed["text"], changed["problems"]) == ("SEND", "Good day", [])
    assert (narrowed["matched"], narrowed["decision"]) == (False, "NO_MATCH")
    assert (stored["decision"], stored["text"]) == ("SEND", "Hello")


async def test_a_mapping_that_is_changed_is_not_warned_of_as_another_one(api: Any) -> None:
    destination = await ready(api)
    mapping = await api.mapping(destination, WELCOME)

    changed = await preview(api, mappingId=mapping, fields={**WELCOME, "body": "Good day"})
    beside = await preview(api, destinationId=destination, action="sendNote", fields=WELCOME)

    assert changed["problems"] == []
    assert [problem["path"] for problem in beside["problems"]] == ["/trigger"]


async def test_a_change_of_the_age_decides_whether_an_event_is_too_old(api: Any) -> None:
    mapping = await api.mapping(await ready(api), WELCOME)
    old = {**EVENT, "timestamp": "2026-02-01T00:00:00Z"}

    kept = await preview(api, mappingId=mapping, event=old)
    older = await preview(api, mappingId=mapping, event=old, maxAgeSeconds=34_560_000)

    assert (kept["decision"], kept["reason"]) == ("SUPPRESS", "STALE_EVENT")
    assert older["decision"] == "SEND"


async def test_a_disabled_mapping_is_tried_as_if_it_were_enabled(api: Any) -> None:
    mapping = await api.mapping(await ready(api), WELCOME, enabled=False)

    off = await preview(api, mappingId=mapping)
    on = await preview(api, mappingId=mapping, enabled=True)

    assert (off["decision"], off["text"]) == ("NO_MATCH", "Hello")
    assert (on["decision"], on["text"]) == ("SEND", "Hello")


async def test_a_change_into_shadow_says_that_nothing_is_sent(api: Any) -> None:
    mapping = await api.mapping(await ready(api), WELCOME)

    seen = await preview(api, mappingId=mapping, mode="SHADOW")

    assert [(problem["severity"], problem["path"]) for problem in seen["problems"]] == [("WARNING", "/mode")]
