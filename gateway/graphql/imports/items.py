"""What a plan says: a line for each thing of an export, what becomes of it, and what is another then."""

from collections.abc import Iterator, Sequence

import strawberry

from gateway import workspace
from gateway.events import shown
from gateway.graphql.imports import drafts
from gateway.graphql.imports.drafts import Draft, Here, MappingDraft
from gateway.graphql.imports.plans import Plan
from gateway.moving.exported import Missed
from gateway.moving.readings import partings
from gateway.moving.wanted import IS_HERE, Question


@strawberry.type(description="Something of an export, and what becomes of it.")
class ImportItem:
    """One line of a plan."""

    from_: str = strawberry.field(name="from", description="What of the export it is.")
    becomes: str | None = strawberry.field(description="What it becomes here; null: nothing.")
    difference: str | None = strawberry.field(
        description="What is another then, or to be known, for a person."
    )
    lost: bool = strawberry.field(description="Whether nothing here does what it did.")


def items_of(
    plan: Plan, made: Sequence[Draft], here: Here, missed: Sequence[Missed], connection: str
) -> Iterator[ImportItem]:
    """All of an export, in its order, and what becomes of it. `connection` says which source it is connected to. Both readings of every
    subscription are run: of many that takes seconds.
    """
    needed = plan.needed(drafts.named_here(made, here))
    for draft in made:
        yield from _of_destination(draft, here)
        yield from _of_settings(draft)
        for one in draft.mappings:
            yield _of_subscription(draft, one, here)
        everything = f'all of "{draft.wanted.name}"'
        for said in (*draft.predecessor.differences, POLICY, REPEATS, connection):
            yield ImportItem(from_=everything, becomes=None, difference=said, lost=False)
    for question in plan.questions:
        said = f"{question.label}: it {_asked(question, needed)} as `{question.name}`."
        if question.choices:
            said = f"{question.label}: say {' or '.join(question.choices)} as `{question.name}`."
        yield ImportItem(from_=question.name, becomes=question.name, difference=said, lost=False)
    for each in missed:
        yield ImportItem(from_=each.at, becomes=None, difference=each.why, lost=True)


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
