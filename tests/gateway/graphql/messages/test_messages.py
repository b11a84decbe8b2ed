"""A delivery is shown as the phone shows it, and a template with what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from destinations import kit
from destinations.kit import Button, ButtonKind, KnownForms, Shown, TemplateForm
from gateway.storage import templates
from gateway.workspace import Role
from tests.gateway.graphql.conftest import ADMIN, Ledger
from tests.gateway.graphql.pigeons import PIGEONS, NotePayload, PigeonSettings, plan
from tests.gateway.syncing import template

NUMBER = "+15551234567"
PHONE = "text media buttons { title kind value }"
DELIVERY = f"query($id: ID!) {{ delivery(id: $id) {{ {PHONE} }} }}"
TEMPLATES = f"query($id: ID!) {{ destination(id: $id) {{ templates {{ edges {{ node {{ {PHONE.replace('text', 'body')} }} }} }} }} }}"
FORMS = (
    TemplateForm("code"),
    TemplateForm(
        "rich",
        f"Call {NUMBER}, {{{{1}}}}",
        (f"https://loft.example/{NUMBER}.png",),
        (Button(f"Ring {NUMBER}", ButtonKind.PHONE_NUMBER, NUMBER),),
    ),
    TemplateForm("plain", "Plain", ("https://loft.example/plain.png",), (Button("No", ButtonKind.REPLY),)),
)
NOTHING: Mapping[str, Any] = {"text": None, "media": [], "buttons": []}


def named(form: Sequence[tuple[str, str]]) -> str | None:
    return dict(form).get("Template")


def shown(form: Sequence[tuple[str, str]], known: KnownForms | None) -> Shown:
    """A note says what it says; a template is its second form, addressed to whom the request names."""
    if named(form) is None:
        return Shown(dict(form)["Note"], ("https://loft.example/feather.png",))
    if known is None:
        return Shown()
    rich = known.forms[1]
    return Shown((rich.body or "").replace("{{1}}", dict(form)["Name"]), rich.media, rich.buttons)


async def planned(payload: NotePayload, context: kit.Context[PigeonSettings]) -> kit.Plan:
    """Of a template, which a body may name, the plan knows the name alone."""
    made = await plan(payload, context)
    if not isinstance(made, kit.Send) or not (payload.body or "").startswith("HX"):
        return made
    form = (("Template", payload.body or ""), ("Name", "Ada"))
    return msgspec.structs.replace(
        made, request=msgspec.structs.replace(made.request, form=form), text=None, media=()
    )


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    action = replace(PIGEONS.actions[0], plan=planned)
    messages = kit.Messages(template=named, shown=shown)
    return {PIGEONS.slug: replace(PIGEONS, actions=(action,), messages=messages)}


def intent(*form: tuple[str, str]) -> dict[str, Any]:
    return {"method": "POST", "url": "https://lf1.example/notes", "form": [list(field) for field in form]}


async def seen(ledger: Ledger, delivery: str, token: str = ADMIN) -> Any:
    return (await ledger.api.data(DELIVERY, token, id=delivery))["delivery"]


async def tried(ledger: Ledger, mapping: str) -> Any:
    query = f"query($input: MappingPreviewInput!) {{ mappingPreview(input: $input) {{ {PHONE} }} }}"
    event = {"type": "track", "event": "Note Written", "userId": "u1"}
    return (await ledger.api.data(query, input={"mappingId": mapping, "event": event}))["mappingPreview"]


async def listed(ledger: Ledger, sid: str = "HX1") -> None:
    now = ledger.api.clock.now()
    one = template(sid, forms=FORMS)
    await ledger.api.services.store.write(lambda c: templates.keep(c, ledger.destination_id, [one], now))


async def test_a_text_is_shown_as_its_request_has_it(ledger: Ledger) -> None:
    delivery = await ledger.delivery(1, intent=intent(("Note", "Hello")))

    assert await seen(ledger, delivery) == {
        "text": "Hello",
        "media": ["https://loft.example/feather.png"],
        "buttons": [],
    }


async def test_a_template_is_shown_with_the_values_of_the_request(ledger: Ledger) -> None:
    await listed(ledger)
    delivery = await ledger.delivery(1, intent=intent(("Template", "HX1"), ("Name", "Ada")))

    assert await seen(ledger, delivery) == {
        "text": f"Call {NUMBER}, Ada",
        "media": [f"https://loft.example/{NUMBER}.png"],
        "buttons": [{"title": f"Ring {NUMBER}", "kind": "PHONE_NUMBER", "value": NUMBER}],
    }


async def test_nothing_is_shown_of_what_is_not_known(ledger: Ledger) -> None:
    await listed(ledger, "HX2")
    unknown = await ledger.delivery(1, intent=intent(("Template", "HX1"), ("Name", "Ada")))
    waiting = await ledger.delivery(2)

    assert [await seen(ledger, one) for one in (unknown, waiting)] == [NOTHING, NOTHING]


async def test_a_viewer_is_not_shown_what_was_said(ledger: Ledger) -> None:
    delivery = await ledger.delivery(1, intent=intent(("Note", "Hello")))

    assert await seen(ledger, delivery, await ledger.api.token(Role.VIEWER)) == NOTHING


async def test_a_template_has_the_first_text_media_and_buttons_of_its_forms(ledger: Ledger) -> None:
    await listed(ledger)

    [mine], [viewers] = [
        (await ledger.api.data(TEMPLATES, token, id=ledger.destination_id))["destination"]["templates"][
            "edges"
        ]
        for token in (ADMIN, await ledger.api.token(Role.VIEWER))
    ]

    assert mine["node"] == {
        "body": f"Call {NUMBER}, {{{{1}}}}",
        "media": [f"https://loft.example/{NUMBER}.png"],
        "buttons": [{"title": f"Ring {NUMBER}", "kind": "PHONE_NUMBER", "value": NUMBER}],
    }
    assert viewers["node"] == {
        "body": "Call +1••••67, {{1}}",
        "media": ["https://loft.example/+1••••67.png"],
        "buttons": [{"title": "Ring +1••••67", "kind": "PHONE_NUMBER", "value": "+1••••67"}],
    }


async def test_a_dry_run_shows_what_its_plan_knows(ledger: Ledger) -> None:
    mapping = await ledger.api.mapping(ledger.destination_id, {"to": NUMBER, "body": "Hello"}, name="Says")

    assert await tried(ledger, mapping) == {
        "text": "Hello",
        "media": ["https://media.example/feather.png"],
        "buttons": [],
    }


async def test_a_dry_run_shows_what_the_last_sync_said_where_its_plan_does_not_know(ledger: Ledger) -> None:
    mapping = await ledger.api.mapping(ledger.destination_id, {"to": NUMBER, "body": "HX1"}, name="Names")
    before = await tried(ledger, mapping)
    await listed(ledger)

    assert before == NOTHING
    assert await tried(ledger, mapping) == {
        "text": f"Call {NUMBER}, Ada",
        "media": [f"https://loft.example/{NUMBER}.png"],
        "buttons": [{"title": f"Ring {NUMBER}", "kind": "PHONE_NUMBER", "value": NUMBER}],
    }
