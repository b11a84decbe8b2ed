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
    assert "Hello Dan, your order 1042 is on its way." in ran.stdout
    assert "http://127.0.0.1" in ran.stdout
    assert "#token=" not in ran.stdout, "a link that is dead by the time it is read"
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert ran.stdout.count("NOT_SUBSCRIBED") == 3
    assert ran.stdout.count("21211") >= 2
    assert "sms_opt_in" in ran.stdout
    assert list(tmp_path.iterdir()) == []
