"""What remedies offer to paste exists: each operation in them is whole, and one of the schema."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from msgspec.structs import replace

from destinations import kit
from destinations.kit import DestinationStatus, Reason, SenderKind
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.remedies import Case, remedy
from destinations.twilio_engage.senders import Sender
from gateway.facts.pasting import filled
from gateway.graphql.schema import sdl
from gateway.pipeline import gates
from gateway.workspace import Pause
from tests.factories import ANN, NOW, destination, event, mapping
from tests.gateway.graphql.pasted import operations

SCHEMA = build_schema(sdl())
ROOT = Path(__file__).parents[3]
_NAMED = re.compile(
    r"\b(?:source|destination|mapping|consent|channel|contact|delivery|sender|template|inbound|apiToken)"
    r"(?:Create|Update|Verify|Delete|Connect|Disconnect|KeyRotate|KeyAdd|KeyPromote|Replay|Cancel|Sync|Review|Erase|Import)\b"
)


@pytest.mark.parametrize("channel", [kit.Channel.SMS, kit.Channel.WHATSAPP])
@pytest.mark.parametrize("user_id", ["ann", 'o"neil \\ }{'])
@pytest.mark.parametrize("reason", Reason)
def test_each_operation_of_a_destinations_remedy_is_one_of_the_schema(
    reason: Reason, user_id: str, channel: kit.Channel
) -> None:
    about = kit.About(
        destination_id="dst_1", mapping_id="map_1", user_id=user_id, call="track", event="Bought"
    )
    case = Case(
        channel, about, Sender("+12025550100", SenderKind.PHONE_NUMBER, "+12025550100"), ANN, is_own=True
    )

    for one in (case, replace(case, number=None)):
        text = filled(remedy(reason, one) or "", destination(id="dst_1"), mapping(id="map_1"))
        assert "of dst_1" not in text
        assert "of map_1" not in text
        for operation in operations(text):
            assert validate(SCHEMA, parse(operation)) == []
        assert set(_NAMED.findall(text)) <= set(SCHEMA.mutation_type.fields if SCHEMA.mutation_type else ())


@pytest.mark.parametrize(
    "paused", [{"pause": Pause(NOW, "ops")}, {"space_pause": Pause(NOW, "ops")}], ids=["destination", "space"]
)
def test_the_resumption_that_a_held_delivery_waits_for_can_be_pasted(paused: dict[str, Pause]) -> None:
    held = destination(id="dst_paper", **paused)
    plan = gates.ready(kit.Trace(), held, mapping(), event(), NOW)

    assert isinstance(plan, kit.Hold)
    [operation] = operations(filled(plan.remedy or "", held))
    assert validate(SCHEMA, parse(operation)) == []


def test_the_change_that_enables_a_destination_can_be_pasted() -> None:
    disabled = destination(enabled=False)
    plan = gates.ready(kit.Trace(), disabled, mapping(), event(), NOW)

    assert isinstance(plan, kit.Suppress)
    [operation] = operations(filled(plan.remedy or "", disabled))
    assert validate(SCHEMA, parse(operation)) == []


def test_the_verification_that_a_held_delivery_waits_for_can_be_pasted() -> None:
    plan = gates.ready(kit.Trace(), destination(status=DestinationStatus.DRAFT), mapping(), event(), NOW)

    assert isinstance(plan, kit.Hold)
    (operation,) = operations(plan.remedy or "")
    assert validate(SCHEMA, parse(operation)) == []
    assert '"dst_paper"' in operation


@pytest.mark.parametrize(
    "path",
    [
        *sorted((ROOT / "gateway/pipeline").glob("*.py")),
        *sorted((ROOT / "destinations").glob("**/*.py")),
        ROOT / "destinations/twilio_engage/error_codes.json",
    ],
    ids=lambda path: path.name,
)
def test_no_operation_is_named_that_does_not_exist(path: Path) -> None:
    assert SCHEMA.mutation_type is not None
    assert set(_NAMED.findall(path.read_text("utf-8"))) <= set(SCHEMA.mutation_type.fields)


def test_no_code_of_the_table_shows_a_number() -> None:
    table = (ROOT / "destinations/twilio_engage/error_codes.json").read_text("utf-8")

    assert error_codes.lookup("21610") is not None
    assert re.findall(r"\+1555[0-9]+", table) == []
