"""Steps carried out one after the other, each once, and what became of them told as they are done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from gateway.configuration.documents import Key
from gateway.configuration.server import Standing
from gateway.configuration.steps import Ref, Step, secrets_in
from gateway.errors import StartupError
from gateway.remote import Remote

MOST_KEYS: Final = 20
MOST_NAMED: Final = 20

_ERRORS: Final = "errors { code message path ... on ProviderError { remedy } }"
_OF: Final[Mapping[str, str]] = {
    "source": "source { id revision } writeKey",
    "destination": "destination { id revision status lastVerification { checks { name passed message remedy } } } webhookSecret",
    "mapping": "mapping { id revision problems { severity message } }",
}
_INPUTS: Final[Mapping[str, str]] = {
    "sourceDisconnect": "SourceConnectInput",
    "destinationVerify": "IdInput",
    **dict.fromkeys(("destinationKeyPromote", "destinationKeyRemove"), "DestinationKeyInput"),
    **dict.fromkeys(("sourceDelete", "destinationDelete", "mappingDelete"), "DeleteInput"),
}


class HalfApplied(StartupError):  # noqa: N818  it says what became of it
    """Raised where a step could not be done: those before it are."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a verification looked at."""

    name: str
    passed: bool
    message: str | None
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was done. `notes` are what is doubtful; `checks` are of a verification, whose `status` is what it came to."""

    step: Step
    notes: tuple[str, ...] = ()
    status: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether it came to what it was to come to."""
        return self.status in (None, "VERIFIED")


Keep = Callable[[str, str], None]
"""Takes a secret that is shown this once: what it is, and itself."""


@dataclass(slots=True)
class Applying:
    """One run over a server. `keep` is told each secret before anything else is done; `tell` each step that was done."""

    remote: Remote
    client: httpx.AsyncClient
    standing: Standing
    keep: Keep
    tell: Callable[[Done], None]
    _ids: dict[Key, str] = field(init=False)
    _revisions: dict[Key, int] = field(init=False)

    def __post_init__(self) -> None:
        self._ids = {key: one.id for key, one in self.standing.items.items()}
        self._revisions = {key: one.revision for key, one in self.standing.items.items()}

    async def run(self, steps: Sequence[Step]) -> tuple[Done, ...]:
        """Do them all. Raises HalfApplied at the first that can't be done."""
        done: list[Done] = []
        for place, step in enumerate(steps):
            try:
                one = await self._do(step)
            except StartupError as error:
                raise HalfApplied(_told(steps, place, str(error))) from None
            done.append(one)
            self.tell(one)
        return tuple(done)

    async def _do(self, step: Step) -> Done:
        payload = await self._repeated(step) if step.repeatable else await self._ask(step, None)
        noun = _noun(step)
        made = payload.get("deletedId") if noun is None else payload.get(noun)
        if made is None:
            raise StartupError(" ".join(one["message"] for one in payload["errors"]))
        if noun is None:
            return Done(step)
        if noun == step.key.kind:
            self._ids[step.key], self._revisions[step.key] = made["id"], made["revision"]
        self._hand_over(step, payload)
        if step.operation == "destinationVerify":
            run = made["lastVerification"] or {"checks": []}
            return Done(step, status=made["status"], checks=tuple(Check(**one) for one in run["checks"]))
        notes = [one["message"] for one in payload["errors"]]
        notes += [one["message"] for one in made.get("problems", ())]
        return Done(step, tuple(notes))

    def _hand_over(self, step: Step, payload: Mapping[str, Any]) -> None:
        if payload.get("writeKey"):
            self.keep(f"write key of {step.key}", payload["writeKey"])
        if payload.get("webhookSecret"):
            self.keep(f"webhook secret of {step.key}", payload["webhookSecret"])

    async def _repeated(self, step: Step) -> Any:
        """Under the same key whoever does the same: two runs at once make one. A key of something that is no more, or that stands under
        another name by now, is of no use, and the next one is taken.
        """
        known = {one.id for one in self.standing.items.values()}
        for count in range(1, MOST_KEYS):
            payload = await self._ask(step, f"{step.idempotency_key} {count}")
            made = payload[step.key.kind]
            used = [one for one in payload["errors"] if one["path"][-1:] == ["idempotencyKey"]]
            if not used and (made is None or made["id"] not in known):
                break
        return payload

    async def _ask(self, step: Step, key: str | None) -> Any:
        given = secrets_in(self._with_ids(step.given))
        if step.operation in ("sourceCreate", "destinationCreate"):
            given["space"] = self.standing.space
        if step.revised:
            given["expectedRevision"] = self._revisions[step.key]
        if key is not None:
            given["idempotencyKey"] = key
        operation = step.operation
        kind = _INPUTS.get(operation, f"{operation[0].upper()}{operation[1:]}Input")
        noun = _noun(step)
        selection = "deletedId" if noun is None else _OF[noun]
        query = (
            f"mutation Apply($input: {kind}!) {{ {operation}(input: $input) {{ {selection} {_ERRORS} }} }}"
        )
        return (await self.remote.ask(self.client, query, {"input": given}))[operation]

    def _with_ids(self, given: Any) -> Any:
        match given:
            case Ref():
                return self._ids[given.key]
            case dict():
                return {key: self._with_ids(inner) for key, inner in given.items()}
        return given


def _noun(step: Step) -> str | None:
    """What the payload of that has; None: the id of what is no more."""
    if step.operation.endswith("Delete"):
        return None
    return "destination" if step.operation == "channelUpdate" else step.key.kind


def _listed(what: str, steps: Sequence[Step]) -> list[str]:
    more = len(steps) - MOST_NAMED
    named = [f"  {what}: {one.words}" for one in steps[:MOST_NAMED]]
    return [*named, f"  {what}: {more:,} more"] if more > 0 else named


def _told(steps: Sequence[Step], place: int, why: str) -> str:
    done = _listed("done", steps[:place])
    left = _listed("not done", steps[place + 1 :])
    before = (
        f"{place} of {len(steps)} steps were done before it, and stay."
        if place
        else "Nothing was done before it."
    )
    return "\n".join(
        [
            f"Could not {steps[place].words}: {why}",
            f"{before} Mend it, and run the same again: it goes on with what is left.",
            *done,
            *left,
        ]
    )
