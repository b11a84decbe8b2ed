"""What a type of destination knows of those elsewhere whose place it takes: how what was configured there becomes what is configured here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from destinations.kit.enums import Purpose


@dataclass(frozen=True, slots=True)
class ExportedSubscription:
    """What was to be done with which events, as an export of the predecessor has it. `action` is the slug of one of its actions; None: the
    export does not say. `fields` is the mapping as it stands.
    """

    name: str
    action: str | None
    trigger: str
    enabled: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AskedSetting:
    """Something that has to be said, since an export can't have it, or has it masked: the predecessor's setting of that name. `stands_in` is a
    value of the same form, with which all else is checked before it is given. `needed`: nothing is made without it.
    """

    name: str
    label: str
    stands_in: str
    needed: bool = True
    secret: bool = True


@dataclass(frozen=True, slots=True)
class MovedSetting:
    """What becomes of one setting: its name here, or None where it is left, and what is another then."""

    name: str
    becomes: str | None
    difference: str | None = None


@dataclass(frozen=True, slots=True)
class MovedMapping:
    """The mapping that a subscription becomes. `fields` are as the export has them, but for those that `differences` tell of: one sentence
    each.
    """

    action: str
    fields: Mapping[str, Any]
    trigger: str
    purpose: Purpose = Purpose.MARKETING
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LostSubscription:
    """Nothing here can do what a subscription did, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class UnclearAction:
    """Which of these actions of the predecessor a subscription is for can't be told, and has to be said."""

    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A type of destination elsewhere.

    `slugs` and `names` are what exports call it, and `fields` those of its actions. `settings(given, subscriptions)` says what becomes
    of each of its settings, and `asked(given, subscriptions)` what has to be said besides; `translate(given)` makes settings of ours, as
    `DestinationDefinition.settings` has them, of those given with the answers, and is asked for nothing that `asked` did not ask for.
    `moved(subscription)` says what becomes of one. `account` is the setting of
    ours that tells whose account it is. `differences` hold for each that is taken over. `samples` are events as the predecessor got them,
    with which both readings of a mapping are tried.
    """

    title: str
    slugs: frozenset[str]
    names: frozenset[str]
    fields: frozenset[str]
    settings: Callable[[Mapping[str, Any], Sequence[ExportedSubscription]], tuple[MovedSetting, ...]]
    asked: Callable[[Mapping[str, Any], Sequence[ExportedSubscription]], tuple[AskedSetting, ...]]
    translate: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    moved: Callable[[ExportedSubscription], MovedMapping | LostSubscription | UnclearAction]
    account: str
    differences: tuple[str, ...] = ()
    samples: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
