"""`heliograph import segment`: what Segment had configured, shown as a plan first, and made on a gateway that runs once one says so."""

import getpass
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console

from gateway import ids, segment_view as view
from gateway.configuration.apply import Keep
from gateway.configuration.command import TIMEOUT, Ask
from gateway.errors import StartupError
from gateway.import_command import opened
from gateway.moving import forms
from gateway.moving.documents import ExportError, only
from gateway.moving.exported import Export
from gateway.moving.wanted import IS_HERE
from gateway.moving.written import together, written
from gateway.remote import Remote
from gateway.settings import OF_IMPORTS

NOTHING: Final = "Nothing was made."
MOST_BYTES: Final = 100_000_000
MOST_SENT: Final = 200_000
"""Characters of what is left of exports once all is left out that nobody reads; the API takes no more in one request."""

_PLAN: Final = """mutation HeliographImport($input: ImportPlanInput!) {
  importPlan(input: $input) { planId needed items { from becomes difference lost } errors { message } }
}"""
_APPLY: Final = """mutation HeliographImport($input: ImportApplyInput!) {
  importApply(input: $input) { job { id result } errors { message } }
}"""
_VERIFY: Final = """mutation HeliographImport($input: IdInput!) {
  destinationVerify(input: $input) {
    destination { id name status lastVerification { checks { name passed message remedy } } } errors { message }
  }
}"""
_SOURCES: Final = "query HeliographImport { viewer { space } sources(first: 1) { edges { node { id } } } }"
_SOURCE: Final = """mutation HeliographImport($input: SourceCreateInput!) {
  sourceCreate(input: $input) { source { id name } writeKey errors { message } }
}"""
_CONNECT: Final = """mutation HeliographImport($input: SourceConnectInput!) {
  sourceConnect(input: $input) { source { id } errors { message } }
}"""

Secret = Callable[[str], str]
"""Asks for something that nobody is to see."""


def exported(names: Sequence[str]) -> Export:
    """What is in these files; `-` is standard input. Raises StartupError."""
    found = []
    for name in names:
        with opened(name) as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise StartupError(f"{name} has more than 100 MB, which no export of destinations has. {NOTHING}")
        try:
            found.append(forms.read(content.decode("utf-8-sig"), name))
        except UnicodeDecodeError:
            raise StartupError(f"{name} is no text in UTF-8. {NOTHING}") from None
        except ExportError as error:
            said = str(error) if str(error).startswith(name) else f"{name}: {error}"
            raise StartupError(f"{said} {NOTHING}") from None
    return together(found)


def said_in(path: Path | None) -> Mapping[str, str]:
    """The answers of a file: a JSON object of texts. Raises StartupError, and repeats none of it."""
    if path is None:
        return {}
    try:
        found = only(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ExportError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise StartupError(
            f'{path} can\'t be read as a JSON object of texts, such as {{"NAME": "VALUE"}}. {NOTHING}'
        )
    return found


def variable(name: str) -> str:
    """The variable that answers what is asked for by that name."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return f"{OF_IMPORTS}{words.upper()}"


def secretly(console: Console) -> Secret:
    """Asks at the terminal, and shows nothing of what is typed. Raises StartupError where there is none."""

    def ask(question: str) -> str:
        if not (sys.stdin.isatty() and console.is_terminal):
            raise StartupError(
                f"There is nobody to ask for `{question}` here. {NOTHING} Set {variable(question)}, or give a JSON file with --secrets."
            )
        return getpass.getpass(f"{question}: ")

    return ask


@dataclass(slots=True)
class Moving:
    """One import into a gateway. `space`: where it goes; if left out, that of the token. Everything that was said is in `told`."""

    remote: Remote
    console: Console
    space: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    transport: httpx.AsyncBaseTransport | None = None
    told: dict[str, Any] = field(default_factory=dict)

    async def plan(self, export: Export) -> None:
        """Show what would become of it. Raises StartupError."""
        async with self._client() as client:
            await self._plan(client, export)

    async def run(
        self, export: Export, ask: Ask, secretly: Secret, keep: Keep, *, offer: bool = False
    ) -> bool:
        """Show what would become of it, ask, and make it; whether every destination that was made is verified. `offer`: also ask for what
        may be left out. Raises StartupError.
        """
        async with self._client() as client:
            plan = await self._plan(client, export)
            if not _to_be_made(plan["items"]):
                view.say(self.console, "Nothing is to be done: all of it is here already.")
                return True
            told = {name: self._answer(name, secretly) for name in plan["needed"]}
            told |= self._optional(plan["items"])
            if offer and plan["needed"]:
                others = [name for name in _questions(plan["items"]) if name not in told]
                told |= {name: said for name in others if (said := secretly(f"{name} (may be left empty)"))}
            if not ask("Make this?"):
                raise StartupError(NOTHING)
            given = {"planId": plan["planId"], "secrets": json.dumps(told), "idempotencyKey": ids.new("run")}
            job = (await self._ask(client, _APPLY, "importApply", given))["job"]
            self.told["made"] = job["result"]
            view.show_result(self.console, job["result"])
            new = [one["id"] for one in job["result"]["made"] if one["kind"] == "destination"]
            connected = any(one["kind"] == "connection" for one in job["result"]["made"])
            verified = [await self._verify(client, one) for one in new]
            if new and not connected:
                connected = await self._source(client, new, keep)
            view.show_next(self.console, self.remote.url, is_connected=connected or not new)
        return all(verified)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT, transport=self.transport)

    async def _plan(self, client: httpx.AsyncClient, export: Export) -> Mapping[str, Any]:
        text = written(export)
        if len(text) > MOST_SENT:
            raise StartupError(
                f"What can be read of it is more than one request takes. {NOTHING} Import one destination after the other, each with its "
                "subscriptions."
            )
        space = self.space or (await self._viewer(client))["viewer"]["space"]
        plan: Mapping[str, Any] = await self._ask(
            client, _PLAN, "importPlan", {"export": text, "space": space}, refuse=False
        )
        items = [*plan["items"], *view.missed(export)]
        self.told["plan"] = {**plan, "items": items}
        view.show_plan(self.console, items)
        if plan["errors"]:
            raise StartupError(" ".join(one["message"] for one in plan["errors"]))
        return plan

    def _answer(self, name: str, secretly: Secret) -> str:
        said = self.answers.get(name) or self.environ.get(variable(name)) or secretly(name)
        if not said.strip():
            raise StartupError(f"`{name}` is empty. {NOTHING}")
        return said

    def _optional(self, items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """What may be said besides, and was. A name of --secrets that nobody asks for is told by the gateway."""
        names = _questions(items)
        there = {name: self.environ[variable(name)] for name in names if self.environ.get(variable(name))}
        return {**there, **self.answers}

    async def _verify(self, client: httpx.AsyncClient, destination_id: str) -> bool:
        answer = await self._ask(client, _VERIFY, "destinationVerify", {"id": destination_id}, refuse=False)
        self.told.setdefault("verified", []).append(answer["destination"])
        view.show_verification(self.console, answer)
        return bool(answer["destination"]) and answer["destination"]["status"] == "VERIFIED"

    async def _viewer(self, client: httpx.AsyncClient) -> Any:
        return await self.remote.ask(client, _SOURCES, {})

    async def _source(self, client: httpx.AsyncClient, destinations: Sequence[str], keep: Keep) -> bool:
        """Where the space has no source: make one, and connect it; whether it has one that is connected now."""
        there = await self._viewer(client)
        space = there["viewer"]["space"]
        if there["sources"]["edges"] or self.space not in (None, space):
            return False
        made = await self._ask(client, _SOURCE, "sourceCreate", {"name": "Segment", "space": space})
        for one in destinations:
            link = {"sourceId": made["source"]["id"], "destinationId": one}
            await self._ask(client, _CONNECT, "sourceConnect", link)
        view.say(self.console, f'The source "Segment" ({made["source"]["id"]}) was made and connected.')
        keep("write key of the source Segment", made["writeKey"])
        self.told["source"] = made["source"]
        return True

    async def _ask(
        self,
        client: httpx.AsyncClient,
        query: str,
        name: str,
        given: Mapping[str, Any],
        *,
        refuse: bool = True,
    ) -> Any:
        answer = (await self.remote.ask(client, query, {"input": given}))[name]
        if refuse and answer["errors"]:
            raise StartupError(" ".join(one["message"] for one in answer["errors"]))
        return answer


def _questions(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [one["from"] for one in items if view.is_question(one)]


def _to_be_made(items: Sequence[Mapping[str, Any]]) -> bool:
    return any(view.is_made(one) and not (one["difference"] or "").startswith(IS_HERE) for one in items)
