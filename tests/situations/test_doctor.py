"""A gateway that works has nothing to mend, and each trouble that is planted gives its own line, on both engines."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from destinations.twilio_engage.simulator import SENDER
from gateway.doctor.checks import Check, Level, as_json
from gateway.doctor.configured import examine
from gateway.storage.engine import Store
from tests.situations.stage import DEFINITIONS, ORDERED, Stage
from tests.situations.telling import NOON

DORA = "+12025550144"


@asynccontextmanager
async def opened(store: Store, folder: Path) -> AsyncIterator[Stage]:
    stage = Stage(store, folder, "doctor", NOON.astimezone(UTC))
    try:
        await stage.configure(None, {"fields": {"body": "News for you"}})
        yield stage
    finally:
        await stage.close()


async def seen(stage: Stage) -> dict[str, Check]:
    """What is not well but the note that every store has, by name."""
    services = stage.services
    now = stage.clock.now()
    every = await examine(services.settings, stage.store, services.secrets, DEFINITIONS, now)
    return {one.name: one for one in every if one.level is not Level.OK and one.name != "backups"}


def person(number: int) -> dict[str, Any]:
    return {
        "type": "identify",
        "userId": f"u{number}",
        "traits": {"phone": f"+1202555{number:04}", "sms_opt_in": False},
    }


async def made(stage: Stage, name: str, trigger: str) -> str:
    fields = {"from": SENDER, "body": "Hello", "send": True}
    listed = ", ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items())
    given = (
        f'destinationId: "{stage.destination}", action: "sendSms", name: "{name}", trigger: {json.dumps(trigger)}, '
        f"fields: {{ {listed} }}"
    )
    answer = await stage.change("mappingCreate", given, "mapping { id }")
    return str(answer["mapping"]["id"])


async def test_what_works_is_well_and_each_trouble_is_its_own_line(
    shared_store: Store, tmp_path: Path
) -> None:
    async with opened(shared_store, tmp_path) as stage:
        await stage.say({"type": "identify", "userId": "dora", "traits": {"phone": DORA, "sms_opt_in": True}})
        await stage.say({"type": "track", "userId": "dora", "event": ORDERED})

        assert await seen(stage) == {}

        never = await made(stage, "Never", 'type = "track" and event = "Order placed"')
        [(name, one)] = (await seen(stage)).items()
        assert (name, one.level, one.target) == ("mapping 'Never'", Level.NOTE, never)
        assert "The nearest of the last events is a track 'Order Placed'" in one.message
        assert '`event = "Order placed"` at 1:20 does not hold' in one.message
        given = f'id: "{never}", expectedRevision: 1'
        await stage.change("mappingDelete", given, "deletedId")
        assert await seen(stage) == {}

        always = await made(stage, "Always", 'type = "track" and event = "Asked"')
        for number in range(10):
            await stage.say(person(number))
            await stage.say({"type": "track", "userId": f"u{number}", "event": "Asked"})
        [(name, one)] = (await seen(stage)).items()
        assert (name, one.level, one.target) == ("mapping 'Always'", Level.MEND, always)
        assert one.message.startswith(
            "sent nothing in 7 days: of 10 events that matched 10 were suppressed, the last as "
        )
        assert "20255500" not in as_json([one])
        revision = f'id: "{always}", expectedRevision: 1'
        await stage.change("mappingDelete", revision, "deletedId")

        await stage.change("destinationPause", f'id: "{stage.destination}"')
        [(name, one)] = (await seen(stage)).items()
        assert (name, one.level, one.target) == ("destination 'Texts'", Level.NOTE, stage.destination)
        assert one.remedy == f'Let it go on: heliograph resume --destination "{stage.destination}"'
        await stage.change("destinationResume", f'id: "{stage.destination}"')

        source = await stage.change("sourceCreate", 'name: "Forgotten", space: "doctor"', "source { id }")
        [(name, one)] = (await seen(stage)).items()
        assert (name, one.target) == ("source 'Forgotten'", source["source"]["id"])
        await stage.change(
            one.remedy.split("mutation { ")[1].split("(")[0], _given(one.remedy), "source { name }"
        )
        assert await seen(stage) == {}

        await stage.wait(timedelta(days=8))
        assert "source 'shop'" in await seen(stage)


def _given(remedy: str) -> str:
    """The input of a mutation that is to be pasted."""
    return remedy.split("(input: {", 1)[1].split("})", 1)[0]
