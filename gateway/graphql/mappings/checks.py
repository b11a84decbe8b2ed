"""What is wrong with a mapping, and what is only doubtful, found when it is saved, shown and previewed."""

from collections.abc import Iterable, Iterator, Mapping as Object
from dataclasses import dataclass
from typing import Any

import strawberry

from destinations.kit import (
    ActionDefinition,
    DestinationDefinition,
    FieldProblem,
    Fields,
    NamedSender,
    SenderKind,
    TemplateApproval,
    constant_problems,
)
from destinations.kit.fields import Field, default_fields, fields_of
from gateway.graphql.terms.enums import ErrorCode, Severity
from gateway.graphql.terms.errors import InputError, input_error
from gateway.graphql.terms.scalars import from_time
from gateway.synced import KnownSenders, KnownTemplate
from gateway.workspace import LONGEST_AGE
from mappings import (
    ROOT_DIRECTIVE,
    MappingError,
    TriggerError,
    compile_fields,
    compile_trigger,
    doubtful_fields,
    idle_branches,
    impossible,
    misspelt_words,
    template_problems,
)
from mappings.check import steps

MAX_AGE = 14_400
"""How old an event may be, in seconds, where a mapping does not say."""


@strawberry.type(description="Something wrong with a mapping, or doubtful.")
class MappingProblem:
    """See Finding."""

    severity: Severity = strawberry.field(description="Whether it keeps the mapping from running.")
    message: str = strawberry.field(description="What is wrong and what to do, in words for a person.")
    path: str | None = strawberry.field(description="Where, such as `/trigger` or `/fields/body`.")
    line: int | None = strawberry.field(description="Of a trigger: the line, from 1.")
    column: int | None = strawberry.field(description="Of a trigger: the column, from 1.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a mapping, as an error of an input or as a problem of what is stored."""

    message: str
    path: tuple[str, ...]
    code: ErrorCode = ErrorCode.INVALID
    severity: Severity = Severity.ERROR
    line: int | None = None
    column: int | None = None

    def as_error(self) -> InputError:
        """As an error of the input."""
        return input_error(self.code, self.message, *self.path)

    def as_problem(self) -> MappingProblem:
        """As a problem of the mapping."""
        path = "/" + "/".join(self.path)
        return MappingProblem(
            severity=self.severity, message=self.message, path=path, line=self.line, column=self.column
        )


def errors_of(found: Iterable[Finding]) -> list[InputError]:
    """Those that keep a mapping from running, as errors of the input."""
    return [finding.as_error() for finding in found if finding.severity is Severity.ERROR]


def check_age(seconds: int) -> list[InputError]:
    """What is wrong with `maxAgeSeconds`."""
    if 1 <= seconds <= LONGEST_AGE:
        return []
    message = f"An event may be 1 second to {LONGEST_AGE} seconds (400 days) old."
    return [input_error(ErrorCode.INVALID, message, "maxAgeSeconds")]


def no_object(*path: str) -> InputError:
    """Fields came that are no JSON object."""
    message = "The fields are a JSON object: each key a field of the action."
    return input_error(ErrorCode.INVALID, message, *path)


def of_trigger(text: str, key: str = "trigger") -> list[Finding]:
    """What is wrong with a trigger: it can't be read, or no event can fulfil it; or doubtful: a branch that none can."""
    try:
        trigger = compile_trigger(text)
    except TriggerError as error:
        return [_of_place(error, key, Severity.ERROR)]
    never = impossible(trigger)
    if never is not None:
        return [_of_place(never, key, Severity.ERROR)]
    return [_of_place(idle, key, Severity.WARNING) for idle in idle_branches(trigger)]


def _of_place(error: TriggerError, key: str, severity: Severity) -> Finding:
    return Finding(str(error), (key,), severity=severity, line=error.line, column=error.column)


def completed(action: ActionDefinition, given: Object[str, Any]) -> dict[str, Any]:
    """The fields as they are stored: what was given, and the action's defaults for the keys left out."""
    return {**default_fields(action.payload), **given}


def of_fields(action: ActionDefinition, settings: Fields, fields: Object[str, Any]) -> list[Finding]:
    """What is wrong with fields: unknown ones, missing ones, and what does not compile."""
    known = {field.key: field for field in fields_of(action.payload)}
    found = [
        Finding(f"{action.slug} has no field `{key}`. It has: {', '.join(known)}.", ("fields", key))
        for key in fields
        if key not in known and key != ROOT_DIRECTIVE
    ]
    for key, field in known.items():
        stands_in = (field.setting is not None and getattr(settings, field.setting) not in (None, "")) or (
            field.unless is not None and fields.get(field.unless) not in (None, "")
        )
        if field.required and not stands_in and fields.get(key) in (None, ""):
            message = f"{action.title} needs `{key}`: {field.description}"
            found.append(Finding(message, ("fields", key), ErrorCode.REQUIRED))
    return [
        *found,
        *_of_directives(fields),
        *_of_constants(known, fields),
        *_of_templates(known, fields),
    ]


def without_action(trigger: str | None, cancel_trigger: str | None, fields: Any) -> list[InputError]:
    """What is wrong with parts of a mapping whose action is not known: so far that is no matter. None: not given."""
    found = [
        *(of_trigger(trigger) if trigger is not None else ()),
        *(of_trigger(cancel_trigger, "cancelTrigger") if cancel_trigger else ()),
        *(_of_directives(fields) if isinstance(fields, dict) else ()),
    ]
    return [*errors_of(found), *([] if fields is None or isinstance(fields, dict) else [no_object("fields")])]


def _of_directives(fields: Object[str, Any]) -> Iterator[Finding]:
    """What does not compile, whatever the fields are."""
    try:
        compile_fields(fields)
    except MappingError as error:
        problems = [(problem.path, problem.message) for problem in error.problems] or [("/", error.message)]
        yield from (Finding(message, ("fields", *steps(path))) for path, message in problems)
    for problem in misspelt_words(fields):
        yield Finding(problem.message, ("fields", *steps(problem.path)))


def _of_constants(known: Object[str, Field], fields: Object[str, Any]) -> Iterator[Finding]:
    """Constants that are not of their field's type, which no event can mend."""
    for key, field in known.items():
        for path, message in constant_problems(field, fields.get(key)):
            yield Finding(message, ("fields", *steps(path)))


def _of_templates(known: Object[str, Field], fields: Object[str, Any]) -> Iterator[Finding]:
    """Templates that do not parse: a `text` field is Liquid, wherever in it the mapping wrote a text."""
    for key, field in known.items():
        if field.type == "text":
            for problem in template_problems(fields.get(key), f"/{key}"):
                yield Finding(problem.message, ("fields", *steps(problem.path)))


def of_review(problem: FieldProblem) -> Finding:
    """What a destination found, as a finding."""
    severity = Severity.ERROR if problem.certain else Severity.WARNING
    return Finding(problem.message, ("fields", *problem.path), severity=severity)


def of_check(action: ActionDefinition, settings: Fields, fields: Object[str, Any]) -> list[Finding]:
    """What the destination itself finds in the fields, without asking anybody."""
    return [] if action.check is None else list(map(of_review, action.check(fields, settings)))


def of_sender(known: KnownSenders, named: NamedSender) -> str | None:
    """What is doubtful about the sender that a mapping names; None where it can send, or nothing is known of it."""
    there = known.by_address.get(named.address)
    if there is None:
        if known.good_at is None or named.kind in known.unread or named.kind is SenderKind.ALPHANUMERIC:
            return None
        return (
            f"The account has no sender {named.address}, as far as its lists said at {from_time(known.good_at)}: take one that "
            "`destination { senders }` shows, or run senderSync if it is new. What is sent from one that the account does not have is "
            "SENDER_NOT_ALLOWED."
        )
    if there.removed_at is not None or there.detached_at is not None:
        why = "The account has it no more" if there.removed_at is not None else "It was taken out of use"
        return f"{why}: what is sent from {named.address} waits as SENDER_REMOVED. senderSwap lets another take its place."
    if there.pause is not None:
        return f"The sender {named.address} is paused: what is sent from it waits until senderResume."
    return None


def default_sender_key(definition: DestinationDefinition, action: ActionDefinition) -> str | None:
    """Under which name the settings have the sender that stands in for the field of that action; None where none does."""
    named = {one.key: one.setting for one in fields_of(action.payload)}.get(action.sender_field)
    return next((one.key for one in fields_of(definition.settings) if one.attribute == named), None)


def of_two_senders(own: NamedSender, default: NamedSender, field: str, setting: str) -> str | None:
    """What is doubtful where a mapping names one sender and its destination another, of which one is a service that picks its senders by
    itself; None where both are of that kind, or neither is.
    """
    service = SenderKind.MESSAGING_SERVICE
    if own.address == default.address or (own.kind is service) is (default.kind is service):
        return None
    wins, loses = _worded(own), _worded(default)
    unused = "none of that service's pool is used" if default.kind is service else "that sender is not used"
    return (
        f"It names {wins}, and the `{setting}` of the destination is {loses}: its own `{field}` wins, so that {unused}. To send from the "
        f"default one, take `{field}` out of the mapping's fields; if it is meant so, there is nothing to do, or take `{setting}` out of "
        "the settings where no other mapping needs it."
    )


def _worded(sender: NamedSender) -> str:
    kind = "the service" if sender.kind is SenderKind.MESSAGING_SERVICE else "the sender"
    return f"{kind} {sender.address}"


def of_template(named: str, there: KnownTemplate) -> str | None:
    """What is doubtful about the template that a mapping names; None where it may go out."""
    which = f"the template {there.name} ({named})"
    if there.removed_at is not None:
        return f"The account has {which} no more, as far as the last sync says: what is sent with it is refused. Name another one."
    if there.approval is TemplateApproval.APPROVED:
        return None
    why = f": {there.rejection_reason}" if there.rejection_reason else ""
    return (
        f"It uses {which}, which is {there.approval.value}{why}, as far as the last sync says. Until it is APPROVED it begins no "
        "conversation (TEMPLATE_NOT_APPROVED); templateSync looks again."
    )


def doubts(fields: Object[str, Any]) -> list[Finding]:
    """What compiles, but hardly does what was meant."""
    found = []
    for problem in doubtful_fields(fields):
        path = ("fields", *steps(problem.path))
        found.append(Finding(problem.message, path, severity=Severity.WARNING))
    return found
