"""What the operator's page has words for, beside what the gateway may say."""

import re
from pathlib import Path

from gateway import console
from gateway.pipeline.replays import Obstacle

JOBS = Path(console.__file__).parent / "src" / "parts" / "jobs" / "jobInWords.ts"


def test_each_reason_to_leave_a_replay_out_has_words() -> None:
    [table] = re.findall(r"const NOT_REPLAYED[^{]*\{(.*?)\n\};", JOBS.read_text("utf-8"), re.DOTALL)

    assert re.findall(r"^  (\w+): \"", table, re.MULTILINE) == [one.value for one in Obstacle]
