"""A pause from another process holds what a running gateway would send, and its end lets it go."""

import subprocess
import sys

from tests.integration.system import System, until


def heliograph(system: System, *arguments: str) -> str:
    """What a command printed that went well."""
    ran = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env=system.environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran
    return ran.stdout


def paused(system: System) -> bool:
    shown = system.ask(
        "query($id: ID!) { destination(id: $id) { paused } }",
        id=system.destination_id,
    )
    return bool(shown["destination"]["paused"])


def test_a_running_gateway_goes_by_what_another_process_says(system: System) -> None:
    system.seed()
    person = {"userId": "ann", "traits": {"phone": "+12025550101", "sms_opt_in": True}}
    assert system.post("/v1/identify", person).status_code == 200

    heliograph(system, "pause", "--destination", system.destination_id, "--note", "The campaign was wrong.")
    for number in range(3):
        event = {"userId": "ann", "event": "Audience Entered", "messageId": f"m-{number}"}
        assert system.post("/v1/track", event).status_code == 200

    until(lambda: [one["reason"] for one in system.deliveries()] == ["PAUSED"] * 3, what="everything waiting")
    until(lambda: paused(system), what="the gateway knowing of the pause")
    assert system.texts() == []

    said = heliograph(system, "resume", "--destination", system.destination_id)

    assert "│     3 │" in said
    until(lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"] * 3, what="everything sent")
    until(lambda: not paused(system), what="the gateway knowing of its end")
    assert len(system.texts()) == 3
