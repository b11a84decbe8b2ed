"""Who may be texted: each situation of the table, run through the whole gateway on both engines. A page has the same table."""

import os
import re
from datetime import UTC
from itertools import count
from pathlib import Path

import pytest

from gateway.storage.engine import Store
from tests.situations.render import BEGIN, END, rendered
from tests.situations.rows import GROUPS
from tests.situations.stage import Stage
from tests.situations.telling import Situation

PAGE = Path(__file__).parents[2] / "docs" / "who-may-be-texted.md"
ALL = [one for group in GROUPS.values() for one in group]
DECISIONS = {
    "ACCEPTED": "SEND",
    "HELD": "HOLD",
    "SUPPRESSED": "SUPPRESS",
}
_numbers = count()


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
async def test_who_may_be_texted(shared_store: Store, tmp_path: Path, one: Situation) -> None:
    stage = Stage(shared_store, tmp_path, f"s{next(_numbers)}", one.now.astimezone(UTC))
    try:
        await stage.configure(one.policy, {"fields": {"body": "News for you"}, **one.mapping})

        for step in one.happens:
            await step.do(stage)

        found, wanted = await stage.delivery(), one.outcome
        became = ("NONE", None) if found is None else (found.status.value, found.reason)
        assert became == (wanted.status, wanted.reason), found and found.detail
        if wanted.until is not None:
            assert found is not None
            assert found.next_attempt_at == wanted.until.astimezone(UTC)
        assert len(stage.line.requests) == one.sends
        if wanted.to is not None:
            form = dict(stage.line.requests[-1].form)
            assert form["To"].removeprefix("whatsapp:") == wanted.to
            if wanted.text is not None:
                assert form.get("Body", "") == wanted.text
        for said, delivery in stage.previewed:
            assert (said.decision == "NO_MATCH") == (delivery is None)
            # What the provider says nobody knows before.
            if delivery is not None and delivery.error_code is None:
                assert (said.decision, said.reason) == (DECISIONS[delivery.status.value], delivery.reason)
    finally:
        await stage.close()


def test_each_situation_is_told_once_and_there_are_eighty() -> None:
    names = [one.name for one in ALL]

    assert len(names) == len(set(names))
    assert len({(one.happens, str(one.mapping), str(one.policy)) for one in ALL}) == len(ALL)
    assert len(ALL) >= 80


def test_the_page_has_the_table() -> None:
    """`make snapshots` writes it anew."""
    text, table = PAGE.read_text("utf-8"), rendered(GROUPS)
    if os.environ.get("SITUATIONS") == "write":
        text = re.sub(
            f"{re.escape(BEGIN)}.*{re.escape(END)}",
            lambda _: f"{BEGIN}\n{table}\n{END}",
            text,
            flags=re.DOTALL,
        )
        PAGE.write_text(text, "utf-8")

    assert f"{BEGIN}\n{table}\n{END}" in text
