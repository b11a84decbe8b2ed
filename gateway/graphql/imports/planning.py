"""`importPlan`: what an export would become, told without making anything."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import strawberry
from pydantic import SecretStr
from sqlalchemy import Connection as Database

from gateway import audit, workspace
from gateway.events import shown
from gateway.graphql.context import Context, Info
from gateway.graphql.imports import drafts, plans
from gateway.graphql.imports.drafts import Draft, Here, MappingDraft
from gateway.graphql.imports.plans import Plan
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, check_space
from gateway.moving import forms
from gateway.moving.documents import ExportError
from gateway.moving.exported import Missed
from gateway.moving.readings import partings
from gateway.moving.wanted import IS_HERE, Question, wanted
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


@strawberry.type(description="Something of an export, and what becomes of it.")
class ImportItem:
    """One line of a plan."""

    from_: str = strawberry.field(name="from", description="What of the export it is.")
    becomes: str | None = strawberry.field(description="What it becomes here; null: nothing.")
    difference: str | None = strawberry.field(
        description="What is another then, or to be known, for a person."
    )
    lost: bool = strawberry.field(description="Whether nothing here does what it did.")


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
        items = [*_items(context, space, plan, made, here), *map(_missed, found.missed)]
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


# -- what becomes what --------------------------------------------------------------------------------------------------


def _items(
    context: Context,
    space: str,
    plan: Plan,
    made: Sequence[Draft],
    here: Here,
) -> Iterator[ImportItem]:
    needed = plan.needed(drafts.named_here(made, here))
    for draft in made:
        yield from _of_destination(draft, here)
        yield from _of_settings(draft)
        for one in draft.mappings:
            yield _of_subscription(draft, one, here)
        everything = f'all of "{draft.wanted.name}"'
        for said in (*draft.predecessor.differences, POLICY, REPEATS, _connection(context, space)):
            yield ImportItem(from_=everything, becomes=None, difference=said, lost=False)
    for question in plan.questions:
        said = f"{question.label}: it {_asked(question, needed)} as `{question.name}`."
        if question.choices:
            said = f"{question.label}: say {' or '.join(question.choices)} as `{question.name}`."
        yield ImportItem(from_=question.name, becomes=question.name, difference=said, lost=False)


def _asked(question: Question, needed: Sequence[str]) -> str:
    if question.name in needed:
        return "is needed"
    return "is known already, and may be left out," if question.needed else "may be given"


POLICY = (
    "Words that tell how to opt out, quiet hours and limits of countries are off, since there were none. What every new destination has "
    "holds: at most 1,000 texts a day, and 10 to one number; policy.dailyMessageLimit and policy.perRecipientDailyLimit change that, and 0 is "
    "no limit."
)
REPEATS = (
    "The same messageId of one person is sent once by each mapping, and an event that is older than 4 hours when it comes starts no text "
    "(maxAgeSeconds)."
)


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


def _of_destination(draft: Draft, here: Here) -> Iterator[ImportItem]:
    wanted_, there = draft.wanted, here.destination(draft.wanted.name)
    notes = list(wanted_.notes)
    if draft.destination is None:
        notes.append("It can't be made: see what is wrong with its settings.")
    elif there is not None and drafts.is_same_account(draft, there):
        names = drafts.unlike(draft, there)
        notes.insert(0, _standing(names))
    if not wanted_.enabled:
        notes.append("It was switched off, and is made so.")
    yield ImportItem(
        from_=f'{draft.predecessor.title} "{wanted_.name}"',
        becomes=None
        if draft.destination is None
        else f'destination "{wanted_.name}" ({draft.definition.slug})',
        difference=" ".join(notes) or None,
        lost=draft.destination is None,
    )


def _of_settings(draft: Draft) -> Iterator[ImportItem]:
    for one in draft.wanted.settings:
        yield ImportItem(
            from_=f"setting {shown(one.name)}",
            becomes=one.becomes,
            difference=one.difference,
            lost=one.becomes is None,
        )


def _of_subscription(draft: Draft, one: MappingDraft, here: Here) -> ImportItem:
    part, mapping = one.subscription, one.mapping
    action = f" ({part.action})" if part.action else ""
    source = f'subscription "{part.name}"{action}'
    if mapping is None:
        said = " ".join((one.why or "", *one.notes)).strip()
        return ImportItem(from_=source, becomes=None, difference=said or None, lost=True)
    notes = [*_of_mapping_here(draft, mapping, here), *one.notes]
    notes += partings(mapping.trigger, part.fields, mapping.fields, draft.predecessor.samples)
    off = "" if mapping.enabled else ", off"
    return ImportItem(
        from_=source,
        becomes=f'mapping "{mapping.name}" ({mapping.action}{off})',
        difference=" ".join(notes) or None,
        lost=False,
    )


def _of_mapping_here(draft: Draft, mapping: workspace.Mapping, here: Here) -> Iterator[str]:
    destination = here.destination(draft.wanted.name)
    there = None if destination is None else here.mapping(destination.id, mapping.name)
    if there is None:
        return
    names = drafts.unlike_mapping(mapping, there)
    yield _standing(names)


def _standing(names: Sequence[str]) -> str:
    if not names:
        return f"{IS_HERE}: unchanged."
    return f"{IS_HERE}, and is left as it is. Another than in the export: {', '.join(names)}."


def _missed(one: Missed) -> ImportItem:
    return ImportItem(from_=one.at, becomes=None, difference=one.why, lost=True)
