"""The gateway's own gates, each alone."""

from typing import Any

import pytest
from msgspec.structs import asdict, replace

from destinations.kit import (
    Channel,
    DestinationStatus,
    Hold,
    HttpRequest,
    Person,
    Reason,
    Send,
    Suppress,
    Trace,
)
from destinations.kit.ports import UNKNOWN
from gateway.events import EventOutcome, StoredEvent
from gateway.pipeline import gates
from gateway.workspace import LONGEST_AGE, Pause
from tests.factories import ANN, BOB, NOW, browser, destination, event, later, mapping, source, track

TO_ANN = Send(HttpRequest("POST", "https://x"), ANN, Channel.SMS, "+1")


def last(trace: Trace) -> tuple[str, bool, Reason | None, str | None]:
    line = trace.results[-1]
    return line.gate, line.passed, line.reason, line.detail


def test_a_destination_that_is_enabled_and_verified_is_ready() -> None:
    trace = Trace()

    assert gates.ready(trace, destination(), mapping(), event(), NOW) is None
    assert last(trace) == ("ready", True, None, "Paper is enabled and VERIFIED")


@pytest.mark.parametrize(
    "status", [DestinationStatus.DRAFT, DestinationStatus.VERIFYING, DestinationStatus.FAILED]
)
def test_one_that_is_not_verified_holds_until_the_event_is_too_old(status: DestinationStatus) -> None:
    trace = Trace()

    plan = gates.ready(trace, destination(status=status), mapping(max_age_seconds=60), event(), NOW)

    detail = f"The destination Paper is {status.value}, not VERIFIED."
    assert plan == Hold(
        later(60),
        Reason.ACCOUNT_NOT_VERIFIED,
        detail,
        'Verify it: run mutation { destinationVerify(input: {id: "dst_paper"}) { destination { status } errors { message } } }; '
        "what waits then goes on by itself.",
    )
    assert last(trace) == ("ready", False, Reason.ACCOUNT_NOT_VERIFIED, detail)


def test_one_that_is_disabled_suppresses_whatever_its_status() -> None:
    plan = gates.ready(
        Trace(), destination(enabled=False, status=DestinationStatus.DRAFT), mapping(), event(), NOW
    )

    assert plan == Suppress(
        Reason.DESTINATION_DISABLED,
        "The destination Paper is disabled.",
        'Enable it: run mutation { destinationUpdate(input: {id: "dst_paper", expectedRevision: <revision of dst_paper>, enabled: true}) '
        "{ destination { enabled } errors { message } } }; events that come then are sent, and what was not by a replay (deliveryReplay).",
    )


@pytest.mark.parametrize("status", [DestinationStatus.VERIFIED, DestinationStatus.FAILED])
def test_one_that_is_paused_holds_whatever_its_status_until_the_event_is_too_old(
    status: DestinationStatus,
) -> None:
    trace, paused = Trace(), destination(status=status, pause=Pause(NOW, "ops"))

    plan = gates.ready(trace, paused, mapping(max_age_seconds=60), event(), NOW)

    detail = "The destination Paper is paused since 2026-11-21 12:00:00 UTC, by ops."
    assert plan == Hold(
        later(60),
        Reason.PAUSED,
        detail,
        "Resume it: run <resumption of dst_paper>; what waits then goes on by itself, the oldest first.",
    )
    assert last(trace) == ("ready", False, Reason.PAUSED, detail)


def test_one_that_is_disabled_suppresses_what_comes_also_while_it_is_paused() -> None:
    plan = gates.ready(Trace(), destination(enabled=False, pause=Pause(NOW, "ops")), mapping(), event(), NOW)

    assert isinstance(plan, Suppress)
    assert plan.reason is Reason.DESTINATION_DISABLED


def test_of_an_event_whose_payload_was_removed_no_text_is_made() -> None:
    trace, given = Trace(), event()
    whole = asdict(given)
    emptied = StoredEvent(
        **whole,
        space="default",
        source_id="src_server",
        outcome=EventOutcome.MATCHED,
        payload_removed_at=later(5),
    )

    plan = gates.fresh(trace, emptied, mapping(max_age_seconds=60), later(10))

    assert isinstance(plan, Suppress)
    assert (plan.reason, last(trace)[:3]) == (Reason.STALE_EVENT, ("fresh", False, Reason.STALE_EVENT))
    assert gates.fresh(trace, replace(emptied, payload_removed_at=None), mapping(), later(10)) is None


@pytest.mark.parametrize(("age", "passes"), [(0, True), (59, True), (60, False), (61, False)])
def test_an_event_is_fresh_until_the_age_its_mapping_allows(age: float, passes: bool) -> None:
    trace = Trace()

    plan = gates.fresh(trace, event(), mapping(max_age_seconds=60), later(age))

    if passes:
        assert plan is None
        assert last(trace) == ("fresh", True, None, f"{age} s old, 60 s allowed")
    else:
        assert plan == Suppress(
            Reason.STALE_EVENT,
            f"The event is {age} s old; the mapping allows 60 s.",
            "Send events as they happen; a replay (deliveryReplay) sends this one after all. Raise the age that the mapping "
            "allows, for later ones as old as this: run mutation "
            f'{{ mappingUpdate(input: {{id: "map_order", expectedRevision: <revision of map_order>, maxAgeSeconds: {age + 3600}}}) '
            "{ mapping { revision } errors { message } } }",
        )


@pytest.mark.parametrize(
    ("age", "way_out"),
    [
        (
            LONGEST_AGE - 1,
            (
                'Raise the age that the mapping allows, for later ones as old as this: run mutation { mappingUpdate(input: {id: "map_order", '
                f"expectedRevision: <revision of map_order>, maxAgeSeconds: {LONGEST_AGE}}}) "
                "{ mapping { revision } errors { message } } }"
            ),
        ),
        (LONGEST_AGE, f"No mapping takes any as old as this: maxAgeSeconds is at most {LONGEST_AGE}."),
    ],
)
def test_no_change_is_offered_that_would_not_let_such_an_event_through(age: float, way_out: str) -> None:
    plan = gates.fresh(Trace(), event(), mapping(max_age_seconds=60), later(age))

    assert isinstance(plan, Suppress)
    assert (
        plan.remedy
        == f"Send events as they happen; a replay (deliveryReplay) sends this one after all. {way_out}"
    )


@pytest.mark.parametrize(
    ("timestamp", "expires"), [("2026-11-21T11:00:00Z", -3540), ("2036-01-01T00:00:00Z", 60), (None, 60)]
)
def test_the_age_counts_from_the_event_and_never_from_a_time_to_come(timestamp: Any, expires: float) -> None:
    assert gates.expiry(event(track(timestamp=timestamp)), mapping(max_age_seconds=60)) == later(expires)


def test_what_is_imported_is_history_unless_the_mapping_says_otherwise() -> None:
    imported = event(imported=True)

    plan = gates.fresh(Trace(), imported, mapping(), NOW)

    assert plan == Suppress(
        Reason.STALE_EVENT,
        "The event came by /v1/import, which is taken as history.",
        'Send it to /v1/batch, or let the mapping take imports: run mutation { mappingUpdate(input: {id: "map_order", expectedRevision: '
        "<revision of map_order>, allowImport: true}) { mapping { revision } errors { message } } }",
    )
    assert gates.fresh(Trace(), imported, mapping(allow_import=True), NOW) is None


def test_a_browsers_event_starts_nothing_unless_the_mapping_allows_it() -> None:
    plan = gates.trusted(Trace(), browser(), event(), mapping())

    assert isinstance(plan, Suppress)
    assert (plan.reason, plan.detail) == (
        Reason.UNTRUSTED_SOURCE,
        "The source page is a BROWSER source: anybody can send events with its key.",
    )
    body = '{"userId": "ann", "traits": {"phone": "<the number in E.164>"}}'
    assert plan.remedy == (
        f"Send the event from a server source. Or give the number from a server source: post to /v1/identify: {body}, and let the mapping "
        'take events of browsers: run mutation { mappingUpdate(input: {id: "map_order", expectedRevision: <revision of map_order>, '
        "allowBrowserEvents: true}) { mapping { revision } errors { message } } }"
    )
    assert gates.trusted(Trace(), browser(), event(), mapping(allow_browser_events=True)) is None
    assert gates.trusted(Trace(), source(), event(), mapping()) is None


@pytest.mark.parametrize(
    ("person", "passes"),
    [
        (Person("ann", server_numbers=frozenset({ANN})), True),
        (Person("ann", server_numbers=frozenset({BOB})), False),
        (Person("ann", phone=ANN), False),
        (None, False),
        (UNKNOWN, False),
    ],
)
def test_a_browsers_event_only_reaches_a_number_that_a_server_gave(person: Any, passes: bool) -> None:
    plan = gates.number_is_trusted(Trace(), browser(), event(), TO_ANN, person)

    assert (plan is None) is passes
    assert plan is None or (plan.reason, plan.remedy) == (
        Reason.UNTRUSTED_SOURCE,
        f'Identify the person from a server source. Post to /v1/identify: {{"userId": "ann", "traits": {{"phone": "{ANN}"}}}}',
    )
    assert gates.number_is_trusted(Trace(), source(), event(), TO_ANN, None) is None
