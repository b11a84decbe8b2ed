"""What a destination's verification says of the job that reads what people wrote in the last day, as long as that is not done."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from destinations.kit import Check, DestinationStatus, destination_call, mutation_call
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.storage import background_jobs, destinations

CODE = "INBOUND_IMPORT"
_NAME = "messages of the last day"
_GOES_ON = (
    "Not all that people wrote in the last 24 hours was read yet when this was checked. A job goes on with it; a stop that it finds holds "
    "what has not left by then."
)


def lock(connection: Connection, destination_id: str) -> None:
    """Nobody else changes what its verification says before this transaction ends."""
    destinations.lock(connection, [destination_id])


def note(connection: Connection, destination_id: str) -> Check | None:
    """The check that says how the last such job stands; None where it is done, or there is none."""
    job = background_jobs.last_of(connection, BackgroundKind.INBOUND_IMPORT, destination_id)
    if job is None or job.status is BackgroundStatus.DONE:
        return None
    message, remedy = _said(job, destination_id)
    return Check(_NAME, passed=True, code=CODE, message=message, remedy=remedy)


def _said(job: BackgroundJob, destination_id: str) -> tuple[str, str]:
    match job.status:
        case BackgroundStatus.RUNNING:
            see = f'query {{ node(id: "{job.id}") {{ ... on Job {{ status done message }} }} }}'
            return _GOES_ON, f"See how far it is: run {see}."
        case BackgroundStatus.CANCELED:
            verify = destination_call("destinationVerify", destination_id, "destination { status }")
            return (
                f"What people wrote in the last 24 hours was not all read. {job.message}",
                f"Run {verify}.",
            )
        case _:
            resume = mutation_call("jobResume", "job { status }", id=job.id)
            return (
                f"What people wrote in the last 24 hours is not all read. {job.message}",
                f"Let it go on: run {resume}.",
            )


def renew(connection: Connection, destination_id: str, now: datetime) -> None:
    """Have the verification of a verified destination say how it stands now. It is locked."""
    stands = destinations.standings(connection, [destination_id]).get(destination_id)
    if stands is None or stands.status is not DestinationStatus.VERIFIED or not stands.verification:
        return
    after = noted(stands.verification, note(connection, destination_id))
    if after != stands.verification:
        destinations.set_verification(connection, destination_id, stands.status, after, now)


def noted(run: Mapping[str, Any], said: Check | None) -> Mapping[str, Any]:
    """The run of checks with that in the place of what it said of such a job."""
    checks = [one for one in run.get("checks", ()) if one["code"] != CODE]
    return {**run, "checks": [*checks, *([] if said is None else [asdict(said)])]}
