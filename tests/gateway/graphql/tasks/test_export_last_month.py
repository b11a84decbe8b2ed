"""Last month as a file: every delivery of it, and none of another month."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from gateway.deliveries_command import Export, moment
from gateway.remote import Remote
from tests.gateway.graphql.tasks.find_tasks import OPERATOR, desk


async def test_a_month_is_exported_whole(database: Path) -> None:
    async with desk(database) as (api, world):
        before = await world.happen(await world.person(), "sendSms")
        world.clock.advance((datetime(2026, 12, 1, tzinfo=UTC) - world.clock.now()) / timedelta(seconds=1))
        people = [await world.person() for _ in range(3)]
        made = [await world.happen(number, "sendSms") for number in people]
        world.clock.advance((datetime(2027, 1, 1, tzinfo=UTC) - world.clock.now()) / timedelta(seconds=1))
        after = await world.happen(await world.person(), "sendSms")

        out = StringIO()
        remote = Remote("http://heliograph.test", SecretStr(OPERATOR))
        export = Export(remote, moment("2026-12-01", "--from"), moment("2027-01-01", "--to"))
        await export.run(out, Console(file=StringIO()), client=api.client)

    rows = list(csv.DictReader(StringIO(out.getvalue())))
    assert [row["id"] for row in rows] == [one.id for one in reversed(made)]
    assert {before.id, after.id} & {row["id"] for row in rows} == set()
    assert [row["recipient"] for row in rows] == people[::-1]
    assert {(row["status"], row["country"], row["segments"]) for row in rows} == {("ACCEPTED", "US", "1")}
    assert all(row["messageSid"].startswith("SM") for row in rows)
