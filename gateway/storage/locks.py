"""Locks that last as long as a transaction, and the one order in which everybody takes them, so that no two wait for each other.

| | what | taken by |
| --- | --- | --- |
| 1 | destinations, by id, where it may change how their accounts stand or whether they are paused | `destinations.lock` |
| 2 | numbers, all that the transaction will speak of, and the claims of destinations that have a limit, at once | `lock_numbers` |
| 3 | contacts, by number, where they are new | `people.add_contacts` |
| 4 | Deliveries, by id | `deliveries.standings` |
| 5 | jobs; attempts and callbacks of those Deliveries | `jobs`, `attempts` |
| 6 | that the configuration changed | `configuration.changed` |

Whoever takes several of a kind takes them by one statement. What is locked out of turn is what an answer shows to have been taken for
another's (`send.give_back`), which comes behind the Deliveries that were answered: should two such ever meet, PostgreSQL ends one of them,
and it is tried again.

SQLite has one writer, so there is nothing to take.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

_LOCK = text(
    "SELECT pg_advisory_xact_lock(key) FROM ("
    "SELECT DISTINCT hashtext(what) AS key FROM unnest(:many) AS what ORDER BY key) AS keys"
).bindparams(bindparam("many", type_=ARRAY(String)))


def lock_numbers(
    connection: Connection, numbers: Iterable[tuple[str, str]], claims_of: Iterable[str] = ()
) -> None:
    """Until this transaction ends nobody else who asks for these (space, number) speaks of them, or claims a text to them; and nobody else
    claims a text of these destinations, for whose limits it counts.

    Several are taken in one order, by what only the database knows: so whoever will speak of several takes them together.
    """
    if connection.dialect.name != "postgresql":
        return
    many = [f"{space}\x1f{phone}" for space, phone in numbers]
    many += [f"\x1fclaims\x1f{destination_id}" for destination_id in claims_of]
    if many:
        connection.execute(_LOCK, {"many": many})
