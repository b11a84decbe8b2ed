"""`importPlan`: what an export would become, told without making anything."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated

import strawberry
from pydantic import SecretStr
from sqlalchemy import Connection as Database

from gateway import audit, workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.imports import drafts, plans
from gateway.graphql.imports.drafts import Draft, Here
from gateway.graphql.imports.items import ImportItem, items_of
from gateway.graphql.imports.plans import Plan
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, check_space
from gateway.moving import forms
from gateway.moving.documents import ExportError
from gateway.moving.wanted import wanted
from gateway.storage import import_plans
from gateway.workspace import Role, SourceTrust

NOTHING = "Nothing was changed."


@strawberry.input(description="What another system had configured.")
class ImportPlanInput:
    """See importPlan."""

    export: SecretStr = strawberry.field(
        description="The text of its exports, several behind one another: what Segment's Public API answers of a destination and of its "
        "subscriptions, a Terraform state, or the form of its code (`partnerAction`, `subscribe`, `mapping`). It is not kept."
    )
    space: str | None = strawberry.field(
        default="default", description="The space that is to have what is made of it."
    )


@strawberry.type(description="What an export would become. Nothing is made before importApply.")
class ImportPlanPayload:
    """Of importPlan."""

    plan_id: strawberry.ID | None = strawberry.field(
        description="The plan, for importApply: for 24 hours. The same export again gives the same one. Null where it can't be made."
    )
    items: list[ImportItem] = strawberry.field(
        description="All of the export, in its order, and what becomes of it."
    )
    needed: list[str] = strawberry.field(
        description="The names of what importApply has to be told, such as secrets, which no export has."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it can be made.")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Read what another system had configured, and say what would become of it: what becomes what, what has to be said besides, what is "
        "another then and why, and what is lost. Nothing is made; the plan is kept for 24 hours, the export is not."
    )
    async def import_plan(self, info: Info, given: Annotated[ImportPlanInput, INPUT]) -> ImportPlanPayload:
        context = info.context
        context.require(Role.ADMIN, "Planning an import")
        space = given.space or "default"
        context.require_space(space)
        wrong = check_space(space, "space")
        if wrong:
            return _refused(wrong)
        try:
            found = wanted(
                forms.read(given.export.get_secret_value()), context.services.workspace.definitions
            )
        except ExportError as error:
            return _refused([input_error(ErrorCode.INVALID, f"{error} {NOTHING}", "export")])
        plan = Plan.of(found)
        made = [drafts.drafted(context, space, one, plan.stand_ins) for one in plan.wanted]
        here = drafts.here(context, space)
        needed = plan.needed(drafts.named_here(made, here))
        # In a thread: whatever else is asked meanwhile is answered.
        told = items_of(plan, made, here, found.missed, _connection(context, space))
        items = await asyncio.to_thread(list, told)
        problems = [*_problems(made), *_taken(made, here)]
        if problems:
            return ImportPlanPayload(plan_id=None, items=items, needed=needed, errors=[*problems])
        plan_id = await _keep(context, space, plan)
        return ImportPlanPayload(plan_id=strawberry.ID(plan_id), items=items, needed=needed, errors=[])


def _refused(errors: Sequence[UserError]) -> ImportPlanPayload:
    return ImportPlanPayload(plan_id=None, items=[], needed=[], errors=list(errors))


async def _keep(context: Context, space: str, plan: Plan) -> str:
    text, now = plan.text(), context.services.clock.now()
    plan_id = plans.id_of(space, text)

    def keep(database: Database) -> None:
        if import_plans.keep(database, plan_id, space, text, now, context.services.secrets):
            told = audit.changes({}, {"destinations": [one.name for one in plan.wanted]})
            context.record(database, "importPlan", plan_id, told, space=space)

    await context.services.store.write(keep)
    return plan_id


def _problems(made: Sequence[Draft]) -> Iterator[InputError]:
    for draft in made:
        for one in draft.problems:
            message = f"{draft.wanted.name}: {one.message}"
            yield input_error(one.code, message, "export", *one.path)


def _taken(made: Sequence[Draft], here: Here) -> Iterator[InputError]:
    for draft in made:
        there = here.destination(draft.wanted.name)
        if there is not None and draft.destination is not None and not drafts.is_same_account(draft, there):
            yield name_taken(there, "export")


def name_taken(there: workspace.Destination, *path: str) -> InputError:
    """A destination of another account has the name of one that is to be made."""
    message = (
        f'A destination named "{there.name}" ({there.id}) exists in this space, and is of another account. It was left as it is, and '
        "nothing was made: give it another name (destinationUpdate), or take the one of the export out of it."
    )
    return input_error(ErrorCode.TAKEN, message, *path)


def _connection(context: Context, space: str) -> str:
    found = server_sources(context, space)
    if len(found) == 1:
        return f'The source "{found[0].name}" is connected to it.'
    if not found:
        return "The space has no SERVER source: make one (sourceCreate), and connect it (sourceConnect)."
    return "The space has several SERVER sources: connect those whose events it is for (sourceConnect)."


def server_sources(context: Context, space: str) -> list[workspace.Source]:
    """Those of a space that may start a text."""
    every = context.sources_of(space).values()
    return [one for one in every if one.deleted_at is None and one.trust is SourceTrust.SERVER]
