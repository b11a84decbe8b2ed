"""`consentImport`: what many people said, recorded by a job from rows or from a file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Channel, ConsentExport
from gateway import audit, consent_files
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.consent_files import GIVEN, HeaderError, Reading
from gateway.graphql.contacts.changes import ConsentUpdateInput
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.changes import ReplayPayload
from gateway.graphql.jobs import types as background_jobs
from gateway.graphql.jobs.types import Job
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import once
from gateway.graphql.terms.inputs import INPUT, check_space
from gateway.graphql.terms.scalars import from_time
from gateway.pipeline.consent_imports import beginning
from gateway.storage import background_jobs as stored, consent_imports, uploads
from gateway.storage.consent_imports import ConsentImport
from gateway.workspace import Role

MOST_ROWS = 1_000
"""How many rows may be given with a call; more are uploaded."""


@strawberry.input(
    description="What many people said: give `rows` or `uploadId`. Nothing is changed unless `dryRun` is false."
)
class ConsentImportInput:
    """See consentImport."""

    rows: list[ConsentUpdateInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 1,000 words of consent, of one space. A row that can't be recorded is among the `problems` of the job's "
        "`result`, with its place from 1 on as the line.",
    )
    upload_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="A file that `POST /uploads` took in the last 24 hours, CSV or JSON: the export of a system that is known by its columns, or "
        "one with the columns `phone`, `channel`, `status`, `at`, `sender`, `method`, `wordingVersion`, `url`, `ip` and `note`, of which the "
        "first three are needed.",
    )
    export: str | None = strawberry.field(
        name="from",
        default=strawberry.UNSET,
        description="Of an upload, what exported it: `plain` (a file of one's own), `segment`, `customerio`, `braze`, `klaviyo`, or another that a "
        "destination here knows, such as the opt-outs of its provider; null: told by the columns. What is refused for a name says which there "
        "are. Where noes of an export are the people's own stops, it takes an ADMIN.",
    )
    channel: Channel | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of an upload, the channel that its rows are about where they do not say it; null: they say it.",
    )
    dry_run: bool = strawberry.field(
        default=True, description="Only count what would become of each row: nothing is recorded."
    )
    idempotency_key: str = strawberry.field(
        description="Yours, of 1 to 255 characters: for 24 hours the same key and input again give the same job."
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Record what many people said, in the background: a job of the kind CONSENT_IMPORT, whose `result` counts what became of the rows. "
        "It lifts no person's own stop, whoever asks, and makes one only of an ADMIN's export of them. A yes without a time is older than any "
        "other word, a no without one is said now; of several words the newest counts, and of the same moment the no. What an import recorded before is not recorded twice."
    )
    async def consent_import(self, info: Info, given: Annotated[ConsentImportInput, INPUT]) -> ReplayPayload:
        context = info.context
        context.require(Role.OPERATOR, "Importing consent")
        rows = given.rows if isinstance(given.rows, list) else None
        upload_id = given.upload_id if isinstance(given.upload_id, str) else None
        said = consent_files.Asked(given.export or None, given.channel or None)
        unclear = _unclear(rows, upload_id, said)
        if unclear is not None:
            return _wrong(unclear)
        space, wrong = _space_of(context, rows or ())
        if wrong is not None:
            return _wrong(wrong)
        text = "" if rows is None else "".join(map(_line, rows))
        services, applies = context.services, not given.dry_run

        def create(database: Database) -> BackgroundJob | UserError:
            now = services.clock.now()
            where = space
            if upload_id is not None:
                found = _of_upload(context, database, upload_id, said, now)
                if isinstance(found, InputError):
                    return found
                where, source, reading = found
            else:
                source, reading = uploads.keep(database, space, text, now), GIVEN
            job = BackgroundJob.begun(
                stored.new_id(),
                where,
                BackgroundKind.CONSENT_IMPORT,
                now,
                result=beginning(reading, applies=applies),
            )
            stored.add(database, job)
            consent_imports.begin(database, _asked(context, job, source, reading, applies=applies))
            given_ = {"dryRun": not applies, "uploadId": upload_id, "rows": rows and len(rows)}
            told = audit.changes({}, {**given_, "from": reading.export} if upload_id else given_)
            context.record(database, "consentImport", job.id, told, space=where)
            return job

        input_ = {"rows": text, "uploadId": upload_id, "dryRun": not applies}
        if said.export or said.channel:
            input_ |= {"from": said.export, "channel": said.channel}
        made = await once(
            services, space, "consentImport", given.idempotency_key, input_, create, BackgroundJob
        )
        if made.id is None:
            return _wrong(*made.errors)
        found = (
            Job.of(context.viewer, made.value) if made.value else await background_jobs.seen(context, made.id)
        )
        return ReplayPayload(job=found, matching=None, errors=[])


_NOTHING = "Nothing was changed."
_NO_UPLOAD = (
    f"There is no upload with this id, or it came more than 24 hours ago. {_NOTHING} Send the file to `POST /uploads` again, and take the "
    "`uploadId` of the answer."
)


def _unclear(
    rows: Sequence[ConsentUpdateInput] | None, upload_id: str | None, said: consent_files.Asked
) -> InputError | None:
    if (rows is None) == (upload_id is None):
        return input_error(ErrorCode.INVALID, f"Give `rows` or `uploadId`, and not both. {_NOTHING}")
    if rows is not None and not rows:
        return input_error(ErrorCode.REQUIRED, f"It has no row. {_NOTHING}", "rows")
    if rows is not None and (said.export or said.channel):
        message = f"`from` and `channel` are of a file, and here are rows, which say it themselves. {_NOTHING} Leave it out."
        return input_error(ErrorCode.INVALID, message, "from" if said.export else "channel")
    return None


def _of_upload(
    context: Context, database: Database, upload_id: str, said: consent_files.Asked, now: datetime
) -> tuple[str, str, Reading] | InputError:
    """The space of the upload, its id, and how it is read."""
    upload = uploads.get(database, upload_id, now, holds=True)
    if upload is None or not context.viewer.sees(upload.space):
        return input_error(ErrorCode.NOT_FOUND, _NO_UPLOAD, "uploadId")
    known = consent_files.exports(context.services.workspace.definitions.values())
    try:
        reading = consent_files.reading(uploads.lines(database, upload.id, 0), known, said)
    except HeaderError as error:
        return input_error(ErrorCode.INVALID, f"{error} {_NOTHING}", "uploadId")
    export = known[reading.export]
    if export.own_stops and not context.viewer.may(Role.ADMIN):
        return input_error(ErrorCode.FORBIDDEN, _own_stops(context, export), "uploadId")
    return upload.space, upload.id, reading


def _own_stops(context: Context, export: ConsentExport) -> str:
    return (
        f"It is read as {export.title}, and its noes are the people's own stops, which only their own START or an ADMIN lifts: importing it takes "
        f"the role ADMIN; this token has {context.viewer.role.value}. {_NOTHING} Use another token. With the columns `phone`, `channel` and `status` it "
        'may be read as a file of your own (`from: "plain"`): then they are ordinary noes.'
    )


def _wrong(*errors: UserError) -> ReplayPayload:
    return ReplayPayload(job=None, matching=None, errors=[*errors])


def _asked(
    context: Context, job: BackgroundJob, upload_id: str, reading: Reading, *, applies: bool
) -> ConsentImport:
    return ConsentImport(
        job_id=job.id,
        upload_id=upload_id,
        actor=context.viewer.name,
        country=context.snapshot.country_of_space(job.space),
        reading=reading.kept(),
        applies=applies,
        lines=reading.begins,
        rows=0,
    )


def _space_of(context: Context, rows: Sequence[ConsentUpdateInput]) -> tuple[str, InputError | None]:
    """The one space of these rows, the token's own where there are none; and what is wrong with them as a whole."""
    if len(rows) > MOST_ROWS:
        message = f"There are {len(rows)} rows, and at most {MOST_ROWS} are taken so. {_NOTHING} Send them to `POST /uploads` as CSV or JSON."
        return "", input_error(ErrorCode.INVALID, message, "rows")
    spaces = list(dict.fromkeys(row.space or "default" for row in rows)) or [context.viewer.space]
    for space in spaces:
        context.require_space(space)
        wrong = check_space(space, "rows")
        if wrong:
            return space, wrong[0]
    if len(spaces) > 1:
        message = f"The rows are of several spaces. {_NOTHING} Import those of each by a call of its own."
        return spaces[0], input_error(ErrorCode.INVALID, message, "rows")
    return spaces[0], None


def _line(row: ConsentUpdateInput) -> str:
    shown = row.evidence
    at = shown.at if isinstance(shown.at, datetime) else None
    words = {
        "phone": row.phone,
        "channel": row.channel.value,
        "status": row.status.value,
        "sender": row.sender or "",
        "at": from_time(at) if at else "",
        "method": shown.method,
        "wordingVersion": shown.wording_version or "",
        "url": shown.url or "",
        "ip": shown.ip or "",
        "note": shown.note or "",
    }
    return consent_files.row(words)
