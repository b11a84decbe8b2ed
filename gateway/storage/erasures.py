"""Whom each erasure that is under way is about: sealed, so that a copy of the ledger tells nobody whose number it is."""

import msgspec
from sqlalchemy import Connection, delete, insert, select

from gateway.secrets import Secrets
from gateway.storage.tables import erasures
from gateway.storage.whom import Whom

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Whom).decode


def begin(connection: Connection, secrets: Secrets, job_id: str, whom: Whom) -> None:
    """That job is to erase them."""
    sealed = secrets.encrypt(_encode(whom).decode())
    connection.execute(insert(erasures).values(job_id=job_id, space=whom.space, sealed=sealed))


def of_job(connection: Connection, secrets: Secrets, job_id: str) -> Whom | None:
    """Whom that job is to erase; None once it has. Raises StartupError where no key opens it."""
    sealed = connection.scalar(select(erasures.c.sealed).where(erasures.c.job_id == job_id))
    return None if sealed is None else _decode(secrets.decrypt(sealed))


def end(connection: Connection, job_id: str) -> None:
    """That job is to erase nobody any more."""
    connection.execute(delete(erasures).where(erasures.c.job_id == job_id))
