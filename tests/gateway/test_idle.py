"""What leads to nothing is named, each with what to do."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from destinations.kit import DestinationStatus, Policy, Purpose, new_policy
from destinations.kit.pasting import destination_update
from destinations.kit.registry import installed
from gateway.graphql.schema import sdl
from gateway.idle import Configured, findings
from gateway.workspace import Destination, Mapping, Pause, Source, SourceTrust

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOURCE = Source(
    "src_1", "default", "Shop", SourceTrust.SERVER, True, 1, "", "", NOW, "sms_opt_in", "whatsapp_opt_in", NOW
)
DESTINATION = Destination(
    "dst_1",
    "default",
    "twilio-engage",
    "Texts",
    True,
    DestinationStatus.VERIFIED,
    1,
    {"accountSid": "AC" + "a" * 32, "authToken": "t", "defaultCountry": "US"},
    NOW,
    None,
    NOW,
    NOW,
    policy=new_policy("US"),
)
MAPPING = Mapping(
    "map_1",
    "dst_1",
    "sendSms",
    "Welcome",
    'type = "identify"',
    None,
    Purpose.MARKETING,
    14_400,
    False,
    False,
    {"from": "+1 202 555 0100"},
    True,
    1,
    NOW,
    NOW,
)
ALL_WELL = Configured(
    [SOURCE],
    [DESTINATION],
    frozenset({("src_1", "dst_1")}),
    [MAPPING],
    frozenset({"map_1"}),
    frozenset({("dst_1", "whatsapp:+12025550100")}),
)


def found(**changes: Any) -> list[tuple[str, bool | None, str]]:
    return list(findings(replace(ALL_WELL, **changes), installed()))


def test_what_is_used_is_not_named() -> None:
    assert found() == []


def test_a_failed_destination_is_to_be_mended_and_says_why() -> None:
    checks = [
        {"name": "a", "passed": True, "message": "fine", "remedy": None},
        {"name": "b", "passed": False, "message": "The token is wrong.", "remedy": "Set it anew."},
    ]
    failed = replace(DESTINATION, status=DestinationStatus.FAILED, verification={"checks": checks})

    [(name, well, words)] = found(destinations=[failed])

    assert (name, well) == ("destination 'Texts'", False)
    assert words.startswith(
        "is FAILED, and what is due is held. The token is wrong. Set it anew. Then verify it: "
    )


def test_what_a_failed_check_says_to_change_is_at_the_revision_of_now() -> None:
    change = destination_update("dst_1", "enabled: true")
    checks = [{"name": "b", "passed": False, "message": "It is off.", "remedy": f"Run {change}."}]
    failed = replace(
        DESTINATION, revision=7, status=DestinationStatus.FAILED, verification={"checks": checks}
    )

    [(_name, _well, words)] = found(destinations=[failed])

    assert change.replace("<revision of dst_1>", "7") in words
    assert "<revision of" not in words


def test_a_draft_is_noted() -> None:
    [(name, well, words)] = found(destinations=[replace(DESTINATION, status=DestinationStatus.DRAFT)])

    assert (name, well) == ("destination 'Texts'", None)
    assert words.startswith("is DRAFT: only a VERIFIED one sends. Verify it: mutation")


def test_both_ends_of_a_link_that_is_missing() -> None:
    assert [(name, well) for name, well, _ in found(links=frozenset())] == [
        ("source 'Shop'", None),
        ("destination 'Texts'", None),
    ]


def test_a_link_to_a_deleted_source_is_none() -> None:
    assert [name for name, _, _ in found(sources=[replace(SOURCE, deleted_at=NOW)])] == [
        "destination 'Texts'"
    ]


def test_a_mapping_that_never_matched() -> None:
    [(name, well, words)] = found(matched=frozenset())

    assert (name, well) == ("mapping 'Welcome'", None)
    assert words.startswith('never matched an event. Its trigger is `type = "identify"`.')


@pytest.mark.parametrize(
    ("fields", "settings", "sender"),
    [
        ({"from": "+1 202 555 0199"}, {}, "+1 202 555 0199"),
        ({}, {"defaultSender": "+12025550198"}, "+12025550198"),
        ({"from": "MG00000000000000000000000000000051"}, {}, "MG00000000000000000000000000000051"),
    ],
)
def test_a_sender_that_was_never_seen(fields: Any, settings: Any, sender: str) -> None:
    said = found(
        mappings=[replace(MAPPING, fields=fields)], destinations=[replace(DESTINATION, settings=settings)]
    )

    assert [(name, well) for name, well, _ in said] == [(f"sender {sender}", None)]


@pytest.mark.parametrize("sender", [{"@path": "$.properties.from"}, "{{ profile.traits.from }}"])
def test_a_sender_that_the_event_names_is_not_looked_for(sender: Any) -> None:
    assert found(mappings=[replace(MAPPING, fields={"from": sender})]) == []


def test_what_is_paused_is_named_with_the_command_that_lets_it_go_on() -> None:
    own = replace(DESTINATION, pause=Pause(NOW, "ops"))
    of_space = replace(DESTINATION, space_pause=Pause(NOW, "ops"))

    said = [found(destinations=[one]) for one in (own, of_space)]

    since = "is paused since 2026-11-20 12:00 UTC, by ops: what is due is held."
    assert said == [
        [("destination 'Texts'", None, f'{since} Let it go on: heliograph resume --destination "dst_1"')],
        [
            (
                "destination 'Texts'",
                None,
                f'{since} Let its whole space go on: heliograph resume --space "default"',
            )
        ],
    ]


def test_a_policy_that_no_new_destination_would_have_is_named_without_what_is_the_destinations_own() -> None:
    new = new_policy("US")
    own = replace(
        new,
        test_numbers=frozenset({"+12025550101"}),
        messages_per_second={"SHORT_CODE": 1},
        allowed_countries=frozenset({"US", "CA"}),
        daily_message_limit=50_000,
        per_recipient_daily_limit=2,
        quiet_hours_start="20:00",
        time_zone="America/New_York",
    )
    kept = Policy(require_dlt_for_india=True)

    said = [found(destinations=[replace(DESTINATION, policy=policy)]) for policy in (own, kept)]

    assert said[0] == []
    assert said[1] == [
        (
            "destination 'Texts'",
            None,
            (
                "keeps a policy that is not that of a new destination: requireDltForIndia true (a new one: false), allowedCountries [] (a new "
                'one: ["US"]), optOutWords false (a new one: true), quietHoursStart "00:00" (a new one: "21:00"), quietHoursEnd "00:00" (a new '
                'one: "08:00"), dailyMessageLimit 0 (a new one: 1000), perRecipientDailyLimit 0 (a new one: 10). To have that of a new one, run '
                f'mutation {{ destinationUpdate(input: {{ id: "{DESTINATION.id}", expectedRevision: {DESTINATION.revision}, policy: {{ '
                'requireDltForIndia: false, allowedCountries: ["US"], optOutWords: true, quietHoursStart: "21:00", quietHoursEnd: "08:00", '
                "dailyMessageLimit: 1000, perRecipientDailyLimit: 10 } }) { errors { message } } }"
            ),
        )
    ]


@pytest.mark.parametrize("what", ["sources", "destinations", "mappings"])
def test_what_was_disabled_is_idle_on_purpose(what: str) -> None:
    none: dict[str, Any] = {"links": frozenset(), "matched": frozenset(), "seen": frozenset()}
    everything: dict[str, list[Any]] = {
        "sources": [SOURCE],
        "destinations": [DESTINATION],
        "mappings": [MAPPING],
    }
    disabled = {what: [replace(one, enabled=False) for one in everything[what]]}

    named = {name.partition(" ")[0] for name, _, _ in found(**none, **disabled)}

    assert (
        named
        == {
            "sources": {"destination", "mapping", "sender"},
            "destinations": {"source"},
            "mappings": {"source", "destination"},
        }[what]
    )


def test_what_is_to_be_pasted_fits_the_schema() -> None:
    draft = [replace(DESTINATION, status=DestinationStatus.DRAFT)]
    said = found(links=frozenset(), matched=frozenset(), destinations=draft)
    pasted = [match[0] for _, _, words in said if (match := re.search(r"(mutation|query) {.*", words))]

    assert len(pasted) == 4
    assert [validate(build_schema(sdl()), parse(text)) for text in pasted] == [[]] * 4
