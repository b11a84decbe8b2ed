"""What leads to nothing is named, each with what to do."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from msgspec import structs

from destinations.kit import Channel, DestinationStatus, Policy, Purpose, SenderKind, new_policy
from destinations.kit.registry import installed
from gateway.alerts import Alert, AlertCode
from gateway.doctor.accounts import findings as of_accounts
from gateway.doctor.checks import Check, Group, Level, as_json
from gateway.doctor.facts import Facts, always_suppresses
from gateway.doctor.mappings import findings as of_mappings, opt_ins
from gateway.doctor.sources import findings as of_sources
from gateway.events import EventOutcome, StoredEvent
from gateway.facts.snapshot import snapshot_of
from gateway.graphql.schema import sdl
from gateway.stats import Counts
from gateway.storage.usage import Hindered
from gateway.synced import KnownSenders, Sender
from gateway.workspace import Destination, Mapping, MappingMode, Pause, Source, SourceTrust
from tests import factories
from tests.gateway.doctor.lines import Line, lines

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
SEEN = frozenset({("dst_1", "whatsapp:+12025550100")})


def facts(
    *,
    sources: Sequence[Source] = (SOURCE,),
    destinations: Sequence[Destination] = (DESTINATION,),
    mappings: Sequence[Mapping] = (MAPPING,),
    links: frozenset[tuple[str, str]] = frozenset({("src_1", "dst_1")}),
    senders: Sequence[Sender] = (),
    seen: frozenset[tuple[str, str]] = SEEN,
    matched: frozenset[str] = frozenset({"map_1"}),
    **more: Any,
) -> Facts:
    """All well, but for what is given."""
    known = {"dst_1": KnownSenders({one.address: one for one in senders}, NOW)} if senders else {}
    snapshot = snapshot_of(
        installed(),
        1,
        list(sources),
        [],
        {},
        list(destinations),
        list(mappings),
        [],
        list(links),
        known,
        {},
        before={},
    )
    given = {"public_url": "https://texts.example.com", "now": NOW, **more}
    return Facts(snapshot=snapshot, definitions=installed(), matched=matched, senders=seen, **given)


def checks(**given: Any) -> list[Check]:
    """What is no line that all is well."""
    read = facts(**given)
    every = [*of_sources(read), *of_accounts(read), *of_mappings(read), *opt_ins(read)]
    return [one for one in every if one.level is not Level.OK]


def found(**given: Any) -> list[Line]:
    return lines(checks(**given))


def test_what_is_used_is_not_named() -> None:
    assert found() == []


def test_both_ends_of_a_link_that_is_missing() -> None:
    assert [(name, well) for name, well, _ in found(links=frozenset())] == [
        ("source 'Shop'", "note"),
        ("destination 'Texts'", "note"),
    ]


def test_a_link_to_a_deleted_source_is_none() -> None:
    assert [name for name, _, _ in found(sources=[replace(SOURCE, deleted_at=NOW)])] == [
        "first source",
        "destination 'Texts'",
    ]


def test_a_mapping_that_never_matched() -> None:
    [(name, well, words)] = found(matched=frozenset())

    assert (name, well) == ("mapping 'Welcome'", "note")
    assert words.startswith(
        'never matched an event. Its trigger is `type = "identify"`. No event reached its destination lately. Put an event of yours here'
    )


@pytest.mark.parametrize(
    ("fields", "settings", "sender"),
    [
        ({"from": "+1 202 555 0199"}, {}, "+12025550199"),
        ({}, {"defaultSender": "+12025550198"}, "+12025550198"),
        ({"from": "MG00000000000000000000000000000051"}, {}, "MG00000000000000000000000000000051"),
    ],
)
def test_a_sender_that_was_never_seen(fields: Any, settings: Any, sender: str) -> None:
    said = found(
        mappings=[replace(MAPPING, fields=fields)],
        destinations=[replace(DESTINATION, settings={**DESTINATION.settings, **settings})],
    )

    assert [(name, well) for name, well, _ in said] == [(f"sender {sender}", "note")]


@pytest.mark.parametrize("sender", [{"@path": "$.properties.from"}, "{{ profile.traits.from }}"])
def test_a_sender_that_the_event_names_is_not_looked_for(sender: Any) -> None:
    assert found(mappings=[replace(MAPPING, fields={"from": sender})]) == []


def test_what_is_paused_is_named_with_the_command_that_lets_it_go_on() -> None:
    own = replace(DESTINATION, pause=Pause(NOW, "ops"))
    of_space = replace(DESTINATION, space_pause=Pause(NOW, "ops"))

    said = [found(destinations=[one]) for one in (own, of_space)]

    since = "is paused since 2026-11-20 12:00 UTC, by ops: what is due is held."
    assert said == [
        [("destination 'Texts'", "note", f'{since} Let it go on: heliograph resume --destination "dst_1"')],
        [
            (
                "destination 'Texts'",
                "note",
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
            "note",
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
            "sources": {"first", "destination", "mapping", "sender"},
            "destinations": {"source", "first"},
            "mappings": {"source", "destination"},
        }[what]
    )


def pasted(remedy: str) -> list[str]:
    """What of a remedy is GraphQL: each text from its keyword to the bracket that ends it."""
    found = []
    for begin in re.finditer(r"\b(?:mutation|query) (?=\{)", remedy):
        depth = 0
        for at in range(begin.end(), len(remedy)):
            depth += {"{": 1, "}": -1}.get(remedy[at], 0)
            if not depth:
                found.append(remedy[begin.start() : at + 1])
                break
    return found


def test_what_is_to_be_pasted_fits_the_schema() -> None:
    schema = build_schema(sdl())
    tried = [*checks(links=frozenset(), matched=frozenset(), seen=frozenset()), *every_kind()]
    given = [one for check in tried for one in pasted(check.remedy)]

    assert len(given) > 12
    assert [(one, wrong) for one in given for wrong in validate(schema, parse(one))] == []


def test_a_newcomer_is_told_the_next_steps_in_order() -> None:
    told = checks(sources=[], destinations=[], mappings=[], links=frozenset())

    assert [(one.name, one.level.value) for one in told] == [
        ("first source", "note"),
        ("first account", "note"),
        ("first mapping", "note"),
    ]
    assert told[0].remedy.endswith(
        'mutation { sourceCreate(input: {name: "Shop server"}) { writeKey source { id } errors { message } } }'
    )
    assert (
        'destinationCreate(input: {name: "Texts", settings: { twilioEngage: { accountSid: "..."'
        in told[1].remedy
    )
    with_account = checks(mappings=[], matched=frozenset())
    assert [one.name for one in with_account] == ["first mapping"]
    assert 'mappingCreate(input: {destinationId: "dst_1", action: "sendSms"' in with_account[0].remedy


def event(named: str, at: datetime = NOW, **payload: Any) -> StoredEvent:
    call = factories.event(factories.track(event=named, **payload), at)
    return StoredEvent(
        **structs.asdict(call), space="default", source_id="src_1", outcome=EventOutcome.UNMATCHED
    )


def heard(*some: StoredEvent) -> dict[str, Any]:
    return {"recent": {"src_1": list(some)}}


ORDERED = replace(MAPPING, trigger='type = "track" and event = "Order Placed"', purpose=Purpose.TRANSACTIONAL)


def test_a_mapping_that_never_matched_has_the_nearest_event_and_the_term_that_failed() -> None:
    near = event("Order placed")
    far = event("Cart", type="identify")

    [one] = checks(mappings=[ORDERED], matched=frozenset(), **heard(far, near))

    assert (one.name, one.level, one.target) == ("mapping 'Welcome'", Level.NOTE, "map_1")
    assert one.message.startswith(
        'never matched an event. Its trigger is `type = "track" and event = "Order Placed"`. The nearest of the last events is a track '
        f"'Order placed' ({near.id}): `event = \"Order Placed\"` at 1:20 does not hold"
    )
    assert f'eventId: "{near.id}"' in one.remedy


def test_what_an_event_says_of_somebody_is_not_told() -> None:
    trigger = 'type = "track" and properties.phone = "+12025550111"'
    [one] = checks(
        mappings=[replace(ORDERED, trigger=trigger)],
        matched=frozenset(),
        **heard(event("Order Placed", properties={"phone": "+12025550144"})),
    )
    said = as_json([one])

    assert "does not hold." in one.message
    assert "2025550144" not in said
    assert "2025550111" not in said


def test_a_mapping_that_matched_before_and_not_this_week() -> None:
    quiet = checks(mappings=[ORDERED], **heard(event("Other", NOW - timedelta(days=8))))
    [one] = checks(mappings=[ORDERED], **heard(event("Other")))

    assert [check.name for check in quiet] == ["source 'Shop'"]
    assert one.message.startswith("matched no event in the last 7 days. Its trigger is")


def test_a_mapping_that_always_suppresses_says_the_last_reason_and_its_remedy() -> None:
    week = {"map_1": Counts(matched=12, suppressed=12)}
    remedy = "Record it: run mutation { x }"
    last = Hindered("dlv_1", "NO_CONSENT", None, remedy, NOW)
    own = last._replace(remedy="Run it for +12025550144.")

    [one] = checks(week=week, hindered={"map_1": last})
    [other] = checks(week=week, hindered={"map_1": own})

    assert (one.level, one.message, one.remedy) == (
        Level.MEND,
        "sent nothing in 7 days: of 12 events that matched 12 were suppressed, the last as NO_CONSENT.",
        remedy,
    )
    assert other.remedy == (
        'What is to be done says the last of them: query { node(id: "dlv_1") { ... on Delivery { reason remedy } } }'
    )


@pytest.mark.parametrize(
    ("counts", "always"),
    [
        (Counts(matched=10, suppressed=10), True),
        (Counts(matched=9, suppressed=9), False),
        (Counts(matched=11, suppressed=10, accepted=1), False),
        (Counts(matched=11, suppressed=10), False),  # one waits
        (Counts(matched=12, suppressed=10, expired=2), True),
    ],
)
def test_when_a_mapping_suppresses_always(counts: Counts, always: bool) -> None:
    assert always_suppresses(counts) is always


def test_what_is_disabled_or_only_looks_while_events_match() -> None:
    off = checks(mappings=[replace(ORDERED, enabled=False)], **heard(event("Order Placed"), event("Other")))
    shadow = replace(ORDERED, mode=MappingMode.SHADOW)
    looks = checks(mappings=[replace(shadow, updated_at=NOW - timedelta(days=15))])
    young = checks(mappings=[replace(shadow, updated_at=NOW - timedelta(days=14))])

    assert [one.message for one in off] == ["is disabled, and 1 of the last 2 events would match it."]
    assert [one.message for one in looks] == [
        "is in SHADOW for 15 days and more: it decides, and sends nothing."
    ]
    assert 'mappingUpdate(input: {id: "map_1", expectedRevision: 1, mode: LIVE})' in looks[0].remedy
    assert [one.message for one in young] == ["is in SHADOW: it decides, and sends nothing."]


def test_an_opt_in_that_no_event_has_is_told_with_what_looks_like_it() -> None:
    without = event("Signed Up", context={"traits": {"email": "a@example.com", "smsConsent": True}})
    with_it = event("Signed Up", context={"traits": {"sms_opt_in": False}})
    ordinary = {
        "mappings": [replace(MAPPING, trigger='type = "track"')],
        "week": {"map_1": Counts(matched=1, accepted=1)},
    }

    [one] = checks(**ordinary, **heard(without))

    assert (one.group, one.name, one.target) == (Group.PEOPLE, "source 'Shop'", "src_1")
    assert "says by sms_opt_in that somebody agreed" in one.message
    assert one.message.endswith("Traits that look like it: smsConsent.")
    assert (
        'sourceUpdate(input: {id: "src_1", expectedRevision: 1, smsOptInTrait: "smsConsent"})' in one.remedy
    )
    assert checks(**ordinary, **heard(without, with_it)) == []
    assert checks(**ordinary, **heard(event("Signed Up"))) == []
    transactional = {**ordinary, "mappings": [replace(MAPPING, purpose=Purpose.TRANSACTIONAL)]}
    assert checks(**transactional, **heard(without)) == []


def sender(**given: Any) -> Sender:
    own = Sender(
        id="snd_1",
        destination_id="dst_1",
        address="+12025550100",
        kind=SenderKind.PHONE_NUMBER,
        label="Shop (+12025550100)",
        channels=(Channel.SMS,),
        sid="PN1",
        country="US",
        inbound_url=None,
        pool=None,
        by_pool=False,
        created_at=NOW,
        synced_at=NOW,
    )
    return replace(own, **given)


HERE = "https://texts.example.com/webhooks/dst_1/inbound"


@pytest.mark.parametrize(
    ("calls", "where", "pasted_ids"),
    [
        (None, "nowhere", '{id: "snd_1"}'),
        (
            "https://old.example.com/sms",
            "to https://old.example.com",
            '{id: "snd_1", expectedUrl: "https://old.example.com/sms"}',
        ),
        (
            "https://old.example.com/sms?key=s3cret",
            "to https://old.example.com",
            '{id: "snd_1", expectedUrl: "<its inboundUrl>"}',
        ),
    ],
)
def test_a_sender_that_calls_elsewhere_is_told_with_what_has_it_call_here(
    calls: str | None, where: str, pasted_ids: str
) -> None:
    [one] = checks(senders=[sender(inbound_url=calls)])

    assert (one.level, one.target) == (Level.NOTE, "snd_1")
    assert f"goes {where} and not here" in one.message
    assert f"senderConnect(input: {pasted_ids})" in one.remedy
    assert "s3cret" not in as_json([one])
    assert "2025550100" not in as_json([one])


def test_a_sender_that_calls_here_or_can_not_be_answered_is_well() -> None:
    assert checks(senders=[sender(inbound_url=HERE)]) == []
    assert checks(senders=[sender(inbound_url=f"{HERE}#rc=3")]) == []
    assert checks(senders=[sender(kind=SenderKind.ALPHANUMERIC)]) == []
    assert checks(senders=[sender()], public_url=None) == []


def test_what_alerts_say_is_said_as_they_say_it() -> None:
    failed = replace(DESTINATION, status=DestinationStatus.DRAFT)
    grave = Alert(AlertCode.DESTINATION_FAILED, "dst_1", "It failed.", "Run <revision of dst_1>.", NOW)
    doubtful = Alert(AlertCode.CALLBACKS_MISSING, "dst_1", "None came.", "See.", NOW)
    refused = Alert(AlertCode.REQUESTS_REFUSED, "src_1", "Refused.", "Mend it.", NOW)

    told = lines(checks(destinations=[failed], alerts=[grave, doubtful, refused]))

    assert told == [
        ("source 'Shop'", "note", "Refused. Mend it."),
        ("destination failed", "mend", "It failed. Run 1."),
        ("callbacks missing", "note", "None came. See."),
    ]


def every_kind() -> list[Check]:
    """Checks with all that can be pasted."""
    week = {"map_1": Counts(matched=12, suppressed=12)}
    off = replace(DESTINATION, channels_off=frozenset({Channel.SMS}), policy=Policy())
    return [
        *checks(sources=[], destinations=[], mappings=[], links=frozenset()),
        *checks(mappings=[]),
        *checks(mappings=[replace(ORDERED, enabled=False)], **heard(event("Order Placed"))),
        *checks(mappings=[replace(ORDERED, mode=MappingMode.SHADOW, updated_at=NOW - timedelta(days=99))]),
        *checks(week=week, hindered={"map_1": Hindered("dlv_1", "NO_CONSENT", None, None, NOW)}),
        *checks(senders=[sender(inbound_url="https://old.example.com/?a=b")]),
        *checks(destinations=[off]),
        *checks(destinations=[replace(DESTINATION, enabled=False)], **heard(event("Other"))),
        *checks(mappings=[ORDERED], matched=frozenset(), **heard(event("Other"))),
        *checks(**heard(event("Signed Up", context={"traits": {"smsConsent": True}}))),
    ]
