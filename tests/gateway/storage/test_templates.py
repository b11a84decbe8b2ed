"""Templates are kept with what their forms say, and found by the SIDs that requests name."""

from functools import partial

from sqlalchemy import update

from destinations.kit import Button, ButtonKind, TemplateForm
from gateway.secrets import Secrets
from gateway.storage import destinations, templates
from gateway.storage.engine import Store
from gateway.storage.tables import templates as table
from tests.factories import NOW, destination, later
from tests.gateway.syncing import template

FORMS = (
    TemplateForm(
        "twilio/quick-reply",
        "Is {{1}} well?",
        ("https://shop.example/{{1}}.png",),
        (Button("Yes", ButtonKind.REPLY, "yes"), Button("Look", ButtonKind.URL)),
    ),
    TemplateForm("whatsapp/authentication"),
)


async def with_destinations(store: Store, *ids: str) -> None:
    secrets = Secrets(["a key of the tests' own"])
    for key in ids:
        await store.write(
            partial(destinations.add, destination=destination(id=key, name=key), secrets=secrets)
        )


async def test_a_template_is_kept_with_what_its_forms_say(store: Store) -> None:
    await with_destinations(store, "dst_1")
    await store.write(lambda c: templates.keep(c, "dst_1", [template(forms=FORMS)], NOW))

    found = await store.read(lambda c: templates.of_destination(c, "dst_1"))

    assert found["HX1"].forms == FORMS


async def test_what_was_kept_before_forms_were_is_completed_by_the_next_sync(store: Store) -> None:
    await with_destinations(store, "dst_1")
    await store.write(lambda c: templates.keep(c, "dst_1", [template(forms=FORMS)], NOW))
    await store.write(lambda c: c.execute(update(table).values(forms=None)))

    before = await store.read(lambda c: templates.of_destination(c, "dst_1"))
    changes = await store.write(lambda c: templates.keep(c, "dst_1", [template(forms=FORMS)], later(60)))
    again = await store.write(lambda c: templates.keep(c, "dst_1", [template(forms=FORMS)], later(120)))
    after = await store.read(lambda c: templates.of_destination(c, "dst_1"))

    assert (before["HX1"].forms, after["HX1"].forms) == ((), FORMS)
    assert (changes.changed, again.changed) == (("HX1",), ())


async def test_templates_are_found_by_destination_and_sid(store: Store) -> None:
    await with_destinations(store, "dst_1", "dst_2")
    for key, sids in (("dst_1", ("HX1", "HX2")), ("dst_2", ("HX1",))):
        listed = [template(sid, name=f"{sid} of {key}") for sid in sids]
        await store.write(partial(templates.keep, destination_id=key, listed=listed, at=NOW))

    asked = [("dst_1", "HX1"), ("dst_2", "HX1"), ("dst_2", "HX2"), ("dst_3", "HX1")]
    found = await store.read(lambda c: templates.by_sids(c, asked))

    assert {key: one.name for key, one in found.items()} == {
        ("dst_1", "HX1"): "HX1 of dst_1",
        ("dst_2", "HX1"): "HX1 of dst_2",
    }
    assert await store.read(lambda c: templates.by_sids(c, [])) == {}
