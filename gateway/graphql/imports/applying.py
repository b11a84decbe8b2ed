"""`importApply`: a plan carried out, all of it or nothing; what is here already is left as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import strawberry
from pydantic import SecretStr
from sqlalchemy import Connection as Database

from gateway import workspace
from gateway.audit import FieldChange
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import log
from gateway.graphql.imports import drafts, plans
from gateway.graphql.imports.drafts import Draft, Here
from gateway.graphql.imports.planning import name_taken, server_sources
from gateway.graphql.jobs import types as background_jobs
from gateway.graphql.jobs.types import Job, JobPayload
from gateway.graphql.mappings.audited import audited
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import SENT_ONCE, once
from gateway.graphql.terms.inputs import INPUT
from gateway.storage import background_jobs as stored, destinations, import_plans, mappings, sources
from gateway.workspace import Role


@strawberry.input(description="A plan to carry out.")
class ImportApplyInput:
    """See importApply."""

    plan_id: strawberry.ID = strawberry.field(description="What importPlan gave, at most 24 hours ago.")
    secrets: SecretStr | None = strawberry.field(
        default=strawberry.UNSET,
        description='The text of a JSON object that has what is `needed`, by its name: `{"apiKeySecret": "..."}`.',
    )
    idempotency_key: str = strawberry.field(description=SENT_ONCE)


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Make what a plan says: destinations, which stay DRAFT until destinationVerify, and their mappings, connected to the space's SERVER "
        "source where it has but one. All of it is made, or nothing. What is here under its name is left as it is, so that a second time "
        "makes nothing, and makes up for what the first one lacked. The job is DONE, and its `result` says what was made."
    )
    async def import_apply(self, info: Info, given: Annotated[ImportApplyInput, INPUT]) -> JobPayload:
        context = info.context
        context.require(Role.ADMIN, "Carrying out an import")
        services, now = context.services, context.services.clock.now()
        found = await services.store.read(lambda c: import_plans.get(c, given.plan_id, now, services.secrets))
        if found is None or not context.viewer.sees(found[0]):
            return _refused(_no_plan())
        space, plan = found[0], plans.kept(found[1])
        if plan is None:
            return _refused(_no_plan())
        secrets = given.secrets if isinstance(given.secrets, SecretStr) else None
        blank = [drafts.drafted(context, space, one, plan.stand_ins) for one in plan.wanted]
        there = drafts.named_here(blank, drafts.here(context, space))
        answers = plans.answers(plan, secrets, there)
        if isinstance(answers, list):
            return _refused(*answers)
        made = [drafts.drafted(context, space, one, drafts.answered(answers, [one])) for one in plan.wanted]
        wrong = list(_problems(made))
        if wrong:
            return _refused(*wrong)
        same = {"planId": given.plan_id, "secrets": "" if secrets is None else secrets.get_secret_value()}
        done = await once(
            services,
            space,
            "importApply",
            given.idempotency_key,
            same,
            lambda database: _apply(context, database, space, given.plan_id, made, there),
            BackgroundJob,
        )
        if done.id is None:
            return _refused(*done.errors)
        await context.changed()
        job = (
            Job.of(context.viewer, done.value) if done.value else await background_jobs.seen(context, done.id)
        )
        return JobPayload(job=job, errors=[])


def _refused(*errors: UserError) -> JobPayload:
    return JobPayload(job=None, errors=[*errors])


def _no_plan() -> UserError:
    message = f"There is no plan with this id, or it was made more than 24 hours ago. {plans.NOTHING} Ask importPlan again, with the same export."
    return input_error(ErrorCode.NOT_FOUND, message, "planId")


def _problems(made: Sequence[Draft]) -> Iterator[UserError]:
    for draft in made:
        for one in draft.problems:
            message = one.message.replace("Nothing was changed.", plans.NOTHING)
            yield input_error(one.code, f"{draft.wanted.name}: {message}", "secrets", *one.path)


def _gone(name: str) -> str:
    return f'The destination "{name}" was deleted in this moment. {plans.NOTHING} Ask importPlan again, with the same export.'


@dataclass(slots=True)
class _Done:
    """What came of it, as the job shows it."""

    made: list[dict[str, Any]] = field(default_factory=list)
    unchanged: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)

    def there(self, kind: str, one: Any, differences: Sequence[str]) -> None:
        """It is here already."""
        told = {"kind": kind, "id": one.id, "name": one.name}
        if differences:
            self.left.append({**told, "why": f"Another than in the export: {', '.join(differences)}."})
        else:
            self.unchanged.append(told)

    @property
    def result(self) -> dict[str, Any]:
        """For the job."""
        return {"made": self.made, "unchanged": self.unchanged, "left": self.left}


def _apply(
    context: Context,
    database: Database,
    space: str,
    plan_id: str,
    made: Sequence[Draft],
    named_here: frozenset[str],
) -> BackgroundJob | UserError:
    services, now = context.services, context.services.clock.now()
    # Of two who carry it out at once the second waits here, and finds what the first one made.
    if import_plans.get(database, plan_id, now, services.secrets, for_update=True) is None:
        return _no_plan()
    every = destinations.everything(database, services.secrets)
    here = Here([one for one in every if one.space == space], mappings.everything(database))
    for draft in made:
        there = here.destination(draft.wanted.name)
        if there is not None and not drafts.is_same_account(draft, there):
            return name_taken(there, "planId")
        if there is None and draft.wanted.name in named_here:  # nobody was asked for its secrets
            return input_error(ErrorCode.NOT_FOUND, _gone(draft.wanted.name), "planId")
    done = _Done()
    connected = server_sources(context, space)
    source = connected[0] if len(connected) == 1 else None
    for draft in made:
        destination = _destination(context, database, draft, here, done)
        _mappings(context, database, draft, destination, here, done)
        if source is not None and _connects(database, source.id, destination.id):
            told = FieldChange("destinations", None, destination.id)
            context.record(database, "importApply", source.id, [told], space=space)
            done.made.append({"kind": "connection", "id": source.id, "name": source.name})
    count = len(done.made) + len(done.unchanged) + len(done.left)
    begun = BackgroundJob.begun(
        stored.new_id(), space, BackgroundKind.IMPORT, now, total=count, result=done.result
    )
    job = replace(begun, status=BackgroundStatus.DONE, done=count, finished_at=now)
    stored.add(database, job)
    return job


def _connects(database: Database, source_id: str, destination_id: str) -> bool:
    there = sources.get(database, source_id, for_update=True)
    return (
        there is not None
        and there.deleted_at is None
        and sources.connect(database, source_id, destination_id)
    )


def _destination(
    context: Context, database: Database, draft: Draft, here: Here, done: _Done
) -> workspace.Destination:
    """The one that is here, or is made now."""
    there = here.destination(draft.wanted.name)
    if there is not None:
        done.there("destination", there, drafts.unlike(draft, there))
        return there
    new = draft.destination
    if new is None:
        raise AssertionError("What can't be made was refused before")
    destinations.add(database, new, context.services.secrets)
    log.record(context, database, "importApply", None, new)
    done.made.append({"kind": "destination", "id": new.id, "name": new.name})
    return new


def _mappings(
    context: Context,
    database: Database,
    draft: Draft,
    destination: workspace.Destination,
    here: Here,
    done: _Done,
) -> None:
    for one in draft.mappings:
        if one.mapping is None:
            done.left.append(
                {"kind": "subscription", "id": None, "name": one.subscription.name, "why": one.why}
            )
            continue
        there = here.mapping(destination.id, one.mapping.name)
        if there is not None:
            done.there("mapping", there, drafts.unlike_mapping(one.mapping, there))
            continue
        new = replace(one.mapping, destination_id=destination.id)
        mappings.add(database, new)
        action = draft.definition.action(new.action)
        changes = audited(action, None, new)
        context.record(database, "importApply", new.id, changes, space=destination.space)
        done.made.append({"kind": "mapping", "id": new.id, "name": new.name})
