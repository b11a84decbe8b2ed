"""What an export is to become: for each of its destinations the type here that takes its place, and what has to be said besides."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from destinations.kit import (
    AskedSetting,
    DestinationDefinition,
    ExportedSubscription,
    MovedSetting,
    Predecessor,
    UnclearAction,
)
from gateway.events import shown
from gateway.moving.documents import ExportError
from gateway.moving.exported import Export, FoundDestination, FoundSubscription, Missed
from gateway.workspace import LONGEST_NAME

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")


IS_HERE: Final = "It is here already"
"""What is said first of whatever an import has not to make."""


@dataclass(frozen=True, slots=True)
class WantedSubscription:
    """One that is to become a mapping. `at` says where of the export it is, `answer` under which name its action is to be said, where the
    export does not tell it, and `notes` what is to be said of it besides.
    """

    at: str
    name: str
    action: str | None
    trigger: str
    enabled: bool
    fields: Mapping[str, Any]
    answer: str | None = None
    notes: tuple[str, ...] = ()

    def exported(self, answers: Mapping[str, str]) -> ExportedSubscription:
        """As the predecessor reads it, with what was answered."""
        action = self.action if self.answer is None else answers.get(self.answer)
        return ExportedSubscription(self.name, action, self.trigger, self.enabled, self.fields)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A destination that is to be made of the type `definition`, in the place of one of the type `predecessor` (its title). `given` are its
    settings by their old names, without secrets, and `settings` says what becomes of each; `asked` has for each name under which something is to be said the old setting that it is.
    """

    at: str
    definition: str
    predecessor: str
    name: str
    enabled: bool
    given: Mapping[str, Any]
    settings: tuple[MovedSetting, ...]
    asked: Mapping[str, str]
    optional: tuple[str, ...] = ()
    subscriptions: tuple[WantedSubscription, ...] = ()
    notes: tuple[str, ...] = ()

    def told(self, answers: Mapping[str, str]) -> dict[str, Any]:
        """The settings by their old names, with what was answered."""
        said = {setting: answers[name] for name, setting in self.asked.items() if name in answers}
        return {**self.given, **said}


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be said: what it is, for a person, and a value of its form."""

    name: str
    label: str
    stands_in: str
    needed: bool
    secret: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What is wanted, what has to be said for it, and what of the export is not taken over."""

    wanted: tuple[Wanted, ...] = ()
    questions: tuple[Question, ...] = ()
    missed: tuple[Missed, ...] = ()


def predecessor_of(definition: DestinationDefinition, title: str) -> Predecessor:
    """The one of that title. Raises KeyError."""
    for one in definition.predecessors:
        if one.title == title:
            return one
    raise KeyError(title)


def wanted(export: Export, definitions: Mapping[str, DestinationDefinition]) -> Read:
    """What is wanted of an export. Raises ExportError where two of its parts contradict each other, or nothing is."""
    accounts, missed = _joined(export)
    found: list[Wanted] = []
    questions: list[Question] = []
    for destination, subscriptions in accounts:
        known = _known(destination, subscriptions, definitions)
        if known is None:
            missed.append(Missed(destination.at, _unknown(destination)))
            missed += [Missed(one.at, "Nothing here does what its destination did.") for one in subscriptions]
            continue
        made, asked = _wanted(destination, subscriptions, *known, taken=[one.name for one in questions])
        found.append(made)
        questions += asked
    if not found:
        said = " ".join(dict.fromkeys(one.why for one in missed))
        raise ExportError(f"Nothing of it can be taken over. {said}")
    return Read(_named_apart(found), tuple(questions), tuple(missed))


def _unknown(destination: FoundDestination) -> str:
    kind = destination.kind or destination.title
    return (
        f"No destination here takes the place of {shown(kind)}."
        if kind
        else "It does not say of which type it is."
    )


# -- which subscription belongs to which destination --------------------------------------------------------------------

_Account = tuple[FoundDestination, list[FoundSubscription]]


def _joined(export: Export) -> tuple[list[_Account], list[Missed]]:
    destinations = _once(export.destinations, "destination")
    missed = list(export.missed)
    by_id = {one.id: (one, list[FoundSubscription]()) for one in destinations if one.id is not None}
    accounts = [
        by_id[one.id] if one.id is not None else (one, list[FoundSubscription]()) for one in destinations
    ]
    alone: dict[str | None, _Account] = {}
    for one in _once(export.subscriptions, "subscription"):
        if one.destination_id in by_id:
            by_id[one.destination_id][1].append(one)
        elif len(accounts) == 1 and (one.destination_id is None or accounts[0][0].id is None):
            accounts[0][1].append(one)
        elif one.destination_id is None and accounts:
            raise ExportError(
                f"{one.at}: it does not say to which of the {len(accounts)} destinations this subscription belongs. Give each destination "
                "with its subscriptions in a file of its own, and import one after the other."
            )
        else:
            stand_in = FoundDestination(at=f"the destination of {one.at}", id=one.destination_id)
            alone.setdefault(one.destination_id, (stand_in, []))[1].append(one)
    return [*accounts, *alone.values()], missed


def _once(found: Sequence[Any], what: str) -> list[Any]:
    """Each of them once. Raises ExportError where one is there twice, and the two differ."""
    kept: dict[str, Any] = {}
    others = []
    for one in found:
        there = None if one.id is None else kept.setdefault(one.id, one)
        if there is None:
            others.append(one)
        elif replace(one, at=there.at) != there:
            raise ExportError(
                f"The {what} {shown(one.id)} is there twice, and not alike ({there.at}; {one.at}). Leave out the older one."
            )
    return [*kept.values(), *others]


# -- of which type it is ------------------------------------------------------------------------------------------------

_Known = tuple[DestinationDefinition, Predecessor]


def _known(
    destination: FoundDestination,
    subscriptions: Sequence[FoundSubscription],
    definitions: Mapping[str, DestinationDefinition],
) -> _Known | None:
    """Whose place it takes: told by its slug or name, else by the fields of its subscriptions. None: nobody's."""
    every = [(definition, one) for definition in definitions.values() for one in definition.predecessors]
    if destination.kind is not None or destination.title is not None:
        return next(
            (
                (definition, one)
                for definition, one in every
                if destination.kind in one.slugs
                or (destination.kind is None and destination.title in one.names)
            ),
            None,
        )
    if not subscriptions:
        return None
    fields = {name for one in subscriptions for name in one.fields}
    ranked = sorted(((len(fields & one.fields), place) for place, (_, one) in enumerate(every)), reverse=True)
    best = ranked[0] if ranked else (0, 0)
    if best[0] == 0 or (len(ranked) > 1 and ranked[1][0] == best[0]):
        return None
    return every[best[1]]


# -- what it is to become -----------------------------------------------------------------------------------------------


def _wanted(
    destination: FoundDestination,
    subscriptions: Sequence[FoundSubscription],
    definition: DestinationDefinition,
    predecessor: Predecessor,
    taken: Sequence[str],
) -> tuple[Wanted, list[Question]]:
    questions: list[Question] = []
    names = _Names([*taken])
    parts: list[WantedSubscription] = []
    for number, one in enumerate(subscriptions, 1):
        part, notes = _subscription(one, destination, f"{predecessor.title} {number}")
        unclear = predecessor.moved(part.exported({}))
        if isinstance(unclear, UnclearAction):
            name = names.new("action")
            part = replace(part, answer=name)
            label = f"Action of the subscription {shown(part.name)}"
            questions.append(
                Question(name, label, unclear.actions[0], needed=True, secret=False, choices=unclear.actions)
            )
        parts.append(replace(part, notes=notes))
    asked = predecessor.asked(destination.settings, [one.exported({}) for one in parts])
    called = {one.name: names.new(one.name) for one in asked}
    questions += [_question(one, called[one.name], destination) for one in asked]
    secret = {one.name for one in asked}
    there = {**destination.settings, **dict.fromkeys(sorted(destination.masked), "")}
    settings = predecessor.settings(there, [one.exported({}) for one in parts])
    kept = {
        one.name: destination.settings[one.name]
        for one in settings
        if one.becomes is not None and one.name not in secret and one.name in destination.settings
    }
    made = Wanted(
        at=destination.at,
        definition=definition.slug,
        predecessor=predecessor.title,
        name=_name(destination.name, predecessor.title),
        enabled=destination.enabled is not False,
        given=kept,
        settings=settings,
        asked={called[one.name]: one.name for one in asked},
        optional=tuple(called[one.name] for one in asked if not one.needed),
        subscriptions=_called_apart(parts),
        notes=tuple(_left(destination.left)),
    )
    return made, questions


class _Names:
    """Names for what is asked, each once in a plan."""

    def __init__(self, taken: Iterable[str], between: str = "_") -> None:
        self._taken, self._between = set(taken), between

    def new(self, wanted: str) -> str:
        """That name, or with a number behind it."""
        name = next(one for one in _numbered(wanted, self._between) if one not in self._taken)
        self._taken.add(name)
        return name


def _numbered(text: str, between: str) -> Iterator[str]:
    yield text
    for number in count(2):
        yield f"{text}{between}{number}"


def _question(asked: AskedSetting, name: str, destination: FoundDestination) -> Question:
    whose = f" ({destination.name})" if destination.name else ""
    return Question(name, f"{asked.label}{whose}", asked.stands_in, needed=asked.needed, secret=asked.secret)


def _subscription(
    found: FoundSubscription, destination: FoundDestination, otherwise: str
) -> tuple[WantedSubscription, tuple[str, ...]]:
    action = found.action or destination.actions.get(found.action_id or "")
    notes = [*_left(found.left)]
    if found.model is not None:
        notes.append(
            f"It was fed with the rows of a Reverse ETL model ({shown(found.model)}), which is left: nothing here reads a warehouse. Send "
            "such rows as events."
        )
    if found.enabled is None:
        notes.append(
            "The export does not say whether it was enabled, so that it is off: mappingUpdate turns it on."
        )
    part = WantedSubscription(
        at=found.at,
        name=_name(found.name, otherwise),
        action=action,
        trigger=found.trigger or "",
        enabled=found.enabled is True,
        fields=found.fields,
    )
    return part, tuple(notes)


def _left(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"Not read: {', '.join(map(shown, names))}."


def _name(given: str | None, otherwise: str) -> str:
    return _UNPRINTABLE.sub(" ", given or "").strip()[: LONGEST_NAME - 8].strip() or otherwise


def _called_apart(parts: Sequence[WantedSubscription]) -> tuple[WantedSubscription, ...]:
    """By names of which each is there once, so that a second run finds them again."""
    names = _Names((), " ")
    return tuple(replace(one, name=names.new(one.name)) for one in parts)


def _named_apart(found: Sequence[Wanted]) -> tuple[Wanted, ...]:
    names = _Names((), " ")
    return tuple(replace(one, name=names.new(one.name)) for one in found)
