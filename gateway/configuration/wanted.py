"""What documents want of a server: complete, in the form in which it is compared with what stands there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.configuration.catalogue import Catalogue, Definition, Field
from gateway.configuration.documents import (
    DestinationDocument,
    Key,
    MappingDocument,
    SourceDocument,
    Written,
    references_in,
)
from gateway.configuration.problems import ConfigurationError, Problem, nearest
from gateway.configuration.references import References, Secret, Unresolved
from gateway.configuration.state import Configuration, Item, Path


def wanted(
    documents: Iterable[Written],
    catalogue: Catalogue,
    references: References,
    standing: Configuration,
    *,
    prune: bool = False,
) -> Configuration:
    """What these documents want. A name that they have not written is looked for among what stands, unless that would be deleted.
    Raises ConfigurationError with all that is wrong.
    """
    reading = _Reading(catalogue, references)
    every = tuple(documents)
    keys = {one.key for one in every} | (set() if prune else set(standing))
    definitions = {
        one.key: one.document.definition for one in every if isinstance(one.document, DestinationDocument)
    }
    found: dict[Key, Item] = {}
    for one in every:
        match one.document:
            case SourceDocument():
                values = reading.source(one)
            case DestinationDocument():
                values = reading.destination(one, one.document)
            case MappingDocument():
                to = Key("destination", one.document.destination)
                there = standing.get(to)
                slug = definitions.get(to, None if there is None else there.values[("definition",)])
                values = reading.mapping(one, one.document, slug)
        found[one.key] = Item(one.key, values)
        reading.problems += _unknown_names(one, keys)
    if reading.problems:
        raise ConfigurationError(reading.problems)
    return found


def _flat(written: Written, leave: tuple[str, ...]) -> dict[Path, Any]:
    """The values of a document, those of its policy each by itself."""
    found: dict[Path, Any] = {}
    for name, value in written.document.model_dump(mode="json", by_alias=True).items():
        if name == "policy":
            found.update({("policy", inner): one for inner, one in value.items()})
        elif name not in leave:
            found[(name,)] = value
    return found


def _unknown_names(written: Written, keys: set[Key]) -> Iterator[Problem]:
    """Names of what is neither written nor there."""
    document = written.document
    named: list[tuple[Key, Path | tuple[str, int]]] = []
    match document:
        case SourceDocument():
            places = list(written.text.value.get("destinations") or ())
            named = [
                (Key("destination", str(one).strip()), ("destinations", place))
                for place, one in enumerate(places)
            ]
        case DestinationDocument():
            if document.policy.inbound_source is not None:
                named.append((Key("source", document.policy.inbound_source), ("policy", "inboundSource")))
            if document.policy.confirmation_mapping is not None:
                asking = Key("mapping", document.policy.confirmation_mapping, document.destination)
                named.append((asking, ("policy", "confirmationMapping")))
        case MappingDocument():
            named = [(Key("destination", document.destination), ("destination",))]
    for key, path in named:
        if key not in keys:
            known = [one.name for one in keys if (one.kind, one.destination) == (key.kind, key.destination)]
            message = f"There is no {key}, neither in these files nor on the server. {nearest(key.name, sorted(known))}"
            yield written.problem(message, *path)


@dataclass(slots=True)
class _Reading:
    """Reads by what is installed on the server, and collects what is wrong."""

    catalogue: Catalogue
    references: References
    problems: list[Problem] = field(default_factory=list)

    def source(self, written: Written) -> dict[Path, Any]:
        values = _flat(written, ("source",))
        for name in references_in(SourceDocument):
            values[name,] = self._secret(written, values[name,], name)
        return values

    def destination(self, written: Written, document: DestinationDocument) -> dict[Path, Any]:
        values = _flat(written, ("destination", "settings"))
        if document.policy.allowed_countries is None:
            del values["policy", "allowedCountries"]  # it stays as it is
        definition = self._definition(written, document.definition, "definition")
        if definition is None:
            return values
        for key in document.settings:
            if key not in definition.settings:
                near = nearest(key, definition.settings)
                message = f"A {definition.name} destination has no setting `{key}`. {near}"
                self.problems.append(written.problem(message, "settings", key))
        for key, setting in definition.settings.items():
            values["settings", key] = self._setting(written, setting, document.settings.get(key))
        for sid, secret in _pairs(definition):
            if (document.settings.get(sid) is None) != (document.settings.get(secret) is None):
                message = f"`{sid}` and `{secret}` come together: write both, or neither."
                given = secret if document.settings.get(sid) is None else sid
                self.problems.append(written.problem(message, "settings", given))
        return values

    def _setting(self, written: Written, setting: Field, given: Any) -> Any:
        if given is None:
            if setting.required:
                message = f"`settings.{setting.key}` is missing. {setting.description}"
                self.problems.append(written.problem(message, "settings"))
            return None if setting.secret else setting.default
        if setting.secret:
            return self._secret(written, given, "settings", setting.key)
        variable = variable_of(given)
        if variable is not None and setting.type in _TEXTS and not setting.multiple:
            try:
                given = self.references.variable(variable)
            except Unresolved as error:
                message = f"`settings.{setting.key}`: {error}"
                self.problems.append(written.problem(message, "settings", setting.key))
                return None
        said = _misfit(setting, given)
        if said is not None:
            self.problems.append(written.problem(f"`settings.{setting.key}` {said}", "settings", setting.key))
        return given

    def _secret(self, written: Written, given: Any, *path: str) -> Secret | None:
        """What a reference leads to; None where there is none, or one that leads nowhere."""
        if given is None:
            return None
        try:
            return self.references.secret(given)
        except Unresolved as error:
            self.problems.append(written.problem(f"`{'.'.join(path)}`: {error}", *path))
            return None

    def mapping(self, written: Written, document: MappingDocument, slug: str | None) -> dict[Path, Any]:
        values = _flat(written, ("mapping", "destination", "fields"))
        definition = None if slug is None else self.catalogue.get(slug)
        if definition is None:  # what is unknown is said where it is written
            return values
        action = definition.actions.get(document.action)
        if action is None:
            message = f"{definition.name} has no action `{document.action}`. {nearest(document.action, definition.actions)}"
            self.problems.append(written.problem(message, "action"))
            return values
        if document.trigger is None:
            values["trigger",] = action.default_trigger
        # Null where it is to be nothing, so that no default takes its place.
        values |= {("fields", one.key): None for one in action.fields if one.default is not None}
        values |= {("fields", key): value for key, value in action.completed(document.fields).items()}
        return values

    def _definition(self, written: Written, slug: str, *path: str) -> Definition | None:
        found = self.catalogue.get(slug)
        if found is None:
            message = (
                f"No destination type `{slug}` is installed on this server. {nearest(slug, self.catalogue)}"
            )
            self.problems.append(written.problem(message, *path))
        return found


def _pairs(definition: Definition) -> Iterator[tuple[str, str]]:
    paired = [one.key for one in definition.settings.values() if one.pair is not None]
    yield from zip(paired[::2], paired[1::2], strict=True)


def variable_of(given: Any) -> str | None:
    """The variable that a setting is taken from: it stands there as `{env: NAME}`."""
    named = given.get("env") if isinstance(given, dict) and len(given) == 1 else None
    return named if isinstance(named, str) else None


_TEXTS: Final = ("string", "text")

_TYPES: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "boolean": (bool, "must be true or false, without quotes."),
    "number": ((int, float), "must be a number, without quotes."),
    "string": (str, "must be a text: put it in quotes."),
    "text": (str, "must be a text: put it in quotes."),
}


def _misfit(setting: Field, given: Any) -> str | None:
    """Why that can't be the value of a setting, as far as its type says."""
    if setting.type not in _TYPES:
        return None
    kind, said = _TYPES[setting.type]
    if setting.multiple and not isinstance(given, list):
        return "must be a list, such as [a, b]."
    for one in given if setting.multiple else [given]:
        if not isinstance(one, kind) or (isinstance(one, bool) and kind is not bool):
            return said
        if setting.choices and one not in setting.choices:
            return f"must be one of these: {', '.join(map(str, setting.choices))}."
    return None
