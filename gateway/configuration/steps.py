"""Changes as mutations, in an order in which each finds what it needs, and nothing is let in before what holds it back is there."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.configuration.catalogue import Catalogue
from gateway.configuration.diff import Change, Doing, FieldChange, Plan
from gateway.configuration.documents import Key
from gateway.configuration.references import Secret
from gateway.configuration.server import NAMED
from gateway.configuration.state import Path, canonical, masked
from gateway.graphql.catalogue.settings import key_name

_ASKS: Final[tuple[Path, ...]] = (("policy", "doubleOptIn"), ("policy", "confirmationMapping"))
_CLEARED: Final[Mapping[str, Any]] = {
    "inboundSourceId": "",
    "confirmationMappingId": "",
    "stopConfirmation": "",
    "perRecipientWeeklyLimit": 0,
}
"""How an update says that there is none any more, where null says that it stays."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of something, which may only be made on the way."""

    key: Key


@dataclass(frozen=True, slots=True)
class Step:
    """One mutation. `words` say what it does; `given` is its input, with `Ref` in the place of ids and Secret in the place of secrets.

    `revised`: it is refused where `key` is at another revision than it was seen at. `repeatable`: it takes an idempotencyKey.
    """

    operation: str
    key: Key
    words: str
    given: Mapping[str, Any]
    revised: bool = False
    repeatable: bool = False

    @property
    def idempotency_key(self) -> str:
        """The same for the same step of any run."""
        content = canonical([self.operation, _told(self.given)])
        return f"configuration {hashlib.sha256(content.encode()).hexdigest()[:32]}"


def _told(value: Any) -> Any:
    match value:
        case Ref():
            return str(value.key)
        case dict():
            return {key: _told(inner) for key, inner in value.items()}
    return value


def steps(plan: Plan, catalogue: Catalogue, *, verify: bool = True) -> Iterator[Step]:
    """All of a plan. A destination that asks people to confirm by a mapping does so before a source reaches it, and a mapping that it asked
    by so far is switched off only then.
    """
    ordered = _Steps(plan, catalogue, verify=verify)
    yield from ordered.sources()
    yield from ordered.disconnections()
    yield from ordered.destinations()
    yield from ordered.mappings()
    yield from ordered.confirmations()
    yield from ordered.switched_off()
    yield from ordered.connections()
    yield from ordered.deletions()
    if verify:
        yield from ordered.verifications()


@dataclass(slots=True)
class _Steps:
    plan: Plan
    catalogue: Catalogue
    verify: bool
    _by_kind: dict[str, list[Change]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_kind = {
            kind: [one for one in self.plan.changes if one.key.kind == kind and one.doing is not Doing.DELETE]
            for kind in ("source", "destination", "mapping")
        }

    def sources(self) -> Iterator[Step]:
        for change in self._by_kind["source"]:
            values = _values(change, but=("destinations",))
            if change.doing is Doing.MAKE:
                enabled = values.pop("enabled")
                yield _make(change, "sourceCreate", {"name": change.key.name, **values})
                values = {} if enabled else {"enabled": False}
            if values:
                yield _update(change, "sourceUpdate", values)

    def disconnections(self) -> Iterator[Step]:
        yield from self._links(connected=False)

    def connections(self) -> Iterator[Step]:
        yield from self._links(connected=True)

    def _links(self, *, connected: bool) -> Iterator[Step]:
        operation, word = ("sourceConnect", "connect") if connected else ("sourceDisconnect", "disconnect")
        for change in self._by_kind["source"]:
            for one in change.fields:
                if one.path == ("destinations",):
                    before, after = set(one.before or ()), set(one.after or ())
                    for name in sorted(after - before if connected else before - after):
                        other = Key("destination", name)
                        given = {"sourceId": Ref(change.key), "destinationId": Ref(other)}
                        yield Step(operation, change.key, f"{word} {change.key} and {other}", given)

    def destinations(self) -> Iterator[Step]:
        for change in self._by_kind["destination"]:
            yield from self._rotation(change)
            late = (
                {one.path for one in change.fields if one.path in _ASKS}
                if _asks_by_another(change)
                else set()
            )
            values = self._of_destination(change, late)
            if change.doing is Doing.MAKE:
                yield _make(change, "destinationCreate", {"name": change.key.name, **values})
            elif values:
                yield _update(change, "destinationUpdate", values)
            for one in change.fields:
                if one.path == ("channelsOff",):
                    before, after = set(one.before or ()), set(one.after or ())
                    for channel in sorted(before ^ after):
                        on = channel in before
                        words = f"switch {channel} {'on' if on else 'off'} for {change.key}"
                        given = {"channel": channel, "enabled": on, "destinationId": Ref(change.key)}
                        yield Step("channelUpdate", change.key, words, given)

    def _rotated(self, change: Change) -> tuple[FieldChange, Secret] | None:
        """The SID of a key that takes the place of another without a pause, and its secret: where nothing else of the account changes, and
        the provider may be asked.
        """
        settings = self.catalogue[change.item.values["definition",]].settings
        changed = [one for one in change.fields if one.path[0] == "settings"]
        pairs = {settings[one.path[1]].pair for one in changed}
        sids = [one for one in changed if not settings[one.path[1]].secret and one.before and one.after]
        if not (self.verify and change.item.verified) or len(pairs) != 1 or None in pairs or not sids:
            return None
        [secret] = [one.key for one in settings.values() if one.pair in pairs and one.secret]
        return sids[0], change.item.values["settings", secret]

    def _rotation(self, change: Change) -> Iterator[Step]:
        """The new key is asked about at the provider before it is used; the old one is used until then."""
        found = self._rotated(change) if change.doing is Doing.CHANGE else None
        if found is None:
            return
        sid, secret = found
        new, there = {"id": Ref(change.key), "apiKeySid": sid.after}, change.item.keys.get(sid.after)
        if there is not None and there != masked(secret):
            yield self._of_key("Remove", change, new, f"remove the key {sid.after} with another secret")
        if there != masked(secret):
            yield self._of_key("Add", change, {**new, "apiKeySecret": secret}, f"add the key {sid.after}")
        yield self._of_key("Promote", change, new, f"use the key {sid.after}")
        yield self._of_key("Remove", change, {**new, "apiKeySid": sid.before}, f"remove the key {sid.before}")

    def _of_key(self, what: str, change: Change, given: Mapping[str, Any], words: str) -> Step:
        return Step(f"destinationKey{what}", change.key, f"{words} of {change.key}", given, revised=True)

    def _of_destination(self, change: Change, late: set[Path]) -> dict[str, Any]:
        slug, is_rotated = change.item.values["definition",], self._rotated(change) is not None
        given: dict[str, Any] = {}
        settings: dict[str, Any] = {}
        policy: dict[str, Any] = {}
        for one in change.fields:
            match one.path:
                case ("settings", name) if not is_rotated:
                    settings[name] = one.after
                case ("policy", name) if one.path not in late:
                    policy |= _of_policy(change.key, name, one.after)
                case ("enabled",):
                    given["enabled"] = one.after
        if change.doing is Doing.CHANGE:
            for setting in self.catalogue[slug].settings.values():  # the parts of a key go together
                if setting.pair is not None and any(
                    self.catalogue[slug].settings[name].pair == setting.pair for name in settings
                ):
                    settings[setting.key] = change.item.values["settings", setting.key]
        if settings or change.doing is Doing.MAKE:
            given["settings"] = {key_name(slug): settings}
        if policy:
            given["policy"] = policy
        return given

    def mappings(self) -> Iterator[Step]:
        for change in self._by_kind["mapping"]:
            if change.doing is Doing.MAKE:
                values = _values(change, but=("fields",))
                to = Ref(Key("destination", str(change.key.destination)))
                given = {
                    "destinationId": to,
                    "name": change.key.name,
                    **values,
                    "fields": self._fields(change),
                }
                yield _make(change, "mappingCreate", given)
            elif change.item.values["enabled",]:
                yield self._changed(change)

    def switched_off(self) -> Iterator[Step]:
        for change in self._by_kind["mapping"]:
            if change.doing is Doing.CHANGE and not change.item.values["enabled",]:
                yield self._changed(change)

    def _changed(self, change: Change) -> Step:
        values = _values(change, but=("fields",))
        if any(one.path[0] == "fields" for one in change.fields):
            values["fields"] = self._fields(change)
        return _update(change, "mappingUpdate", values)

    def _fields(self, change: Change) -> dict[str, Any]:
        """All of them, so that no default takes the place of what is to be nothing."""
        return {path[1]: value for path, value in change.item.values.items() if path[0] == "fields"}

    def confirmations(self) -> Iterator[Step]:
        for change in self._by_kind["destination"]:
            if _asks_by_another(change):
                policy: dict[str, Any] = {}
                for one in change.fields:
                    if one.path in _ASKS:
                        policy |= _of_policy(change.key, one.path[1], one.after)
                words = f"have {change.key} ask people to confirm"
                yield Step(
                    "destinationUpdate",
                    change.key,
                    words,
                    {"id": Ref(change.key), "policy": policy},
                    revised=True,
                )

    def deletions(self) -> Iterator[Step]:
        gone = [one for one in self.plan.changes if one.doing is Doing.DELETE]
        for change in gone:
            if change.key.kind == "source":
                for name in change.item.values["destinations",]:
                    other = Key("destination", name)
                    given = {"sourceId": Ref(change.key), "destinationId": Ref(other)}
                    yield Step("sourceDisconnect", change.key, f"disconnect {change.key} and {other}", given)
            elif change.key.kind == "destination" and change.item.values["policy", "doubleOptIn"]:
                asks_nobody = {"id": Ref(change.key), "policy": {"doubleOptIn": False}}
                words = f"have {change.key} ask nobody to confirm"
                yield Step("destinationUpdate", change.key, words, asks_nobody, revised=True)
        for kind in ("mapping", "destination", "source"):
            for change in gone:
                if change.key.kind == kind:
                    operation = f"{kind}Delete"
                    given = {"id": Ref(change.key)}
                    yield Step(operation, change.key, f"delete {change.key}", given, revised=True)

    def verifications(self) -> Iterator[Step]:
        for change in self._by_kind["destination"]:
            is_another = any(one.path[0] == "settings" for one in change.fields)
            if is_another or not change.item.verified:
                yield Step("destinationVerify", change.key, f"verify {change.key}", {"id": Ref(change.key)})


def _values(change: Change, but: tuple[str, ...]) -> dict[str, Any]:
    return {one.path[0]: one.after for one in change.fields if one.path[0] not in but}


def _make(change: Change, operation: str, given: Mapping[str, Any]) -> Step:
    return Step(operation, change.key, f"make {change.key}", given, repeatable=True)


def _update(change: Change, operation: str, given: Mapping[str, Any]) -> Step:
    return Step(operation, change.key, f"change {change.key}", {"id": Ref(change.key), **given}, revised=True)


def _of_policy(destination: Key, name: str, value: Any) -> dict[str, Any]:
    """A value of a policy as its input has it."""
    given: Any = value
    if value is not None and name == "inboundSource":
        given = Ref(Key("source", value))
    elif value is not None and name == "confirmationMapping":
        given = Ref(Key("mapping", value, destination.name))
    name = NAMED.get(name, name)
    return {name: _CLEARED[name] if given is None else given}


def _asks_by_another(change: Change) -> bool:
    """Whether people are to be asked to confirm by a mapping by which they are not asked yet."""
    wanted = change.item.values.get(("policy", "confirmationMapping"))
    return wanted is not None and any(one.path in _ASKS for one in change.fields)


def secrets_in(given: Any) -> Any:
    """The input with the secrets themselves, as it is sent."""
    match given:
        case Secret():
            return given.value.get_secret_value()
        case dict():
            return {key: secrets_in(inner) for key, inner in given.items()}
    return given
