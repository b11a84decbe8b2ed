"""The first README command, as it runs after the set-up."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_demo_keeps_its_promises(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    environ |= {"TMPDIR": str(tmp_path)}

    ran = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once", "--port", "0", "--simulator-port", "0"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("ACCEPTED") == 3
    assert ran.stdout.count("DELIVERED") == 3
    assert "Hi Ada, thank you for" in ran.stdout
    assert '{"1":"Dan","2":"1042"}' in ran.stdout
    assert ran.stdout.count("NOT_SUBSCRIBED") == 3
    assert ran.stdout.count("21211") >= 2
    assert "sms_opt_in" in ran.stdout
    assert list(tmp_path.iterdir()) == []
