"""`contactErase` and `contactExport`: what a person may ask for of all that is held of them."""

from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit, exports
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.graphql.context import Context, Info
from gateway.graphql.jobs.types import Job
from gateway.graphql.terms.deletion import DeletePayload
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.phones import sought
from gateway.storage import background_jobs, erasures, whom as people
from gateway.storage.whom import TooManyPeopleError, Whom
from gateway.workspace import Role

_WHOM = (
    "`id` is that of a Contact or of a Person, or else a number with its + or a userId, in the token's space. Of a number it is whoever gave "
    "it; of a person, the numbers that nobody else gave, too."
)


@strawberry.type(description="Where an export is, or what was wrong.")
class ContactExportPayload:
    """Of `contactExport`."""

    job: Job | None = strawberry.field(
        description="Null: an export is read while it is fetched, and takes no job."
    )
    url: str | None = strawberry.field(
        description="Where it is fetched, with the token of an ADMIN as here; null where nothing is held. It is whatever is held then."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it is there.")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        f"Erase a person: their traits, numbers, events, texts and what they wrote, everywhere. {_WHOM} What waits is canceled, and what is "
        "being sent is settled first. Statistics stay, the audit log keeps that it was done, and a stop outlives it: who gives the "
        "number again can't be texted what it forbids. It is a job of the kind ERASE (`jobs`), whose `result` counts what it erased; "
        "asked for again while it runs, it is one."
    )
    async def contact_erase(self, info: Info, given: Annotated[IdInput, INPUT]) -> DeletePayload:
        context = info.context
        context.require(Role.ADMIN, "Erasing a person")
        secrets, now = context.services.secrets, context.services.clock.now()

        def change(database: Database) -> Whom | InputError:
            whom = _found(database, context, given.id)
            if isinstance(whom, InputError):
                return whom
            job = BackgroundJob.begun(
                background_jobs.new_id(), whom.space, BackgroundKind.ERASE, now, subject=whom.subject
            )
            if background_jobs.add_only(database, job):
                erasures.begin(database, secrets, job.id, whom)
                told = audit.changes({}, {"job": job.id})
                context.record(database, "contactErase", whom.subject, told, space=whom.space)
            return whom

        done = await context.services.store.write(change)
        if isinstance(done, InputError):
            return DeletePayload(deleted_id=None, errors=[done])
        return DeletePayload(deleted_id=strawberry.ID(done.subject), errors=[])

    @resolved(
        f"Say where all that is held of a person can be fetched as JSON: the same that an erasure takes, table by table. {_WHOM}"
    )
    async def contact_export(self, info: Info, given: Annotated[IdInput, INPUT]) -> ContactExportPayload:
        context = info.context
        context.require(Role.ADMIN, "Exporting a person")

        def change(database: Database) -> Whom | InputError:
            whom = _found(database, context, given.id)
            if isinstance(whom, Whom):
                told = audit.changes({}, {"url": exports.path_of(whom)})
                context.record(database, "contactExport", whom.subject, told, space=whom.space)
            return whom

        done = await context.services.store.write(change)
        if isinstance(done, InputError):
            return ContactExportPayload(job=None, url=None, errors=[done])
        url = f"{context.services.settings.public_url or ''}{exports.path_of(done)}"
        return ContactExportPayload(job=None, url=url, errors=[])


def _found(database: Database, context: Context, given: str) -> Whom | InputError:
    space = context.viewer.space
    number = sought(given, None)
    try:
        whom = people.of_id(database, given)
        if whom is None or not context.viewer.sees(whom.space):
            whom = Whom(space) if number is None else people.of_number(database, space, number)
        if whom.is_nobody:
            whom = people.of_user(database, space, given)
    except TooManyPeopleError as error:
        return input_error(ErrorCode.INVALID, f"{error} Nothing was done.", "id")
    if whom.is_nobody:
        message = (
            "Nobody is known by this id, number or userId. Nothing was done: what came a moment ago may wait in the queue; or it was erased "
            "before."
        )
        return input_error(ErrorCode.NOT_FOUND, message, "id")
    return whom
