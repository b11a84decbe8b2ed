"""`heliograph plan`, `apply` and `export`: a folder of files beside what stands on a gateway."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import typer
from rich.console import Console

from gateway.configuration import export, folder, show
from gateway.configuration.apply import Applying, Done, Keep
from gateway.configuration.diff import Doing, Plan, diff
from gateway.configuration.references import References
from gateway.configuration.server import Standing, standing
from gateway.configuration.state import Configuration
from gateway.configuration.steps import steps
from gateway.configuration.unsaid import unsaid
from gateway.configuration.wanted import wanted
from gateway.errors import StartupError
from gateway.remote import NOTHING, Remote
from gateway.workspace import Role

TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)

Ask = Callable[[str], bool]
"""Asks whoever sits there, yes or no."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it was made of."""

    plan: Plan
    standing: Standing
    wanted: Configuration
    unsaid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """A folder, and the gateway that it is for. `environ` is where references to variables lead."""

    folder: Path
    remote: Remote
    environ: Mapping[str, str]
    transport: httpx.AsyncBaseTransport | None = None

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(timeout=TIMEOUT, transport=self.transport) as client:
            yield client

    async def planned(self, *, prune: bool = False, verify: bool = True, secrets: bool = False) -> Planned:
        """What is to be done. Raises StartupError where that can't be said."""
        async with self._client() as client:
            return await self._planned(client, prune=prune, verify=verify, secrets=secrets)

    async def _planned(
        self, client: httpx.AsyncClient, *, prune: bool, verify: bool, secrets: bool
    ) -> Planned:
        documents = folder.documents(self.folder)
        there = await standing(self.remote, client)
        references = References(self.environ, self.folder)
        want = wanted(documents, there.catalogue, references, there.items, prune=prune)
        plan = diff(want, there.items, prune=prune, verify=verify, secrets=secrets)
        return Planned(plan, there, want, await unsaid(self.remote, client))

    async def plan(
        self, console: Console, *, prune: bool, verify: bool, secrets: bool, as_json: bool
    ) -> bool:
        """Show what is to be done; whether anything is."""
        found = await self.planned(prune=prune, verify=verify, secrets=secrets)
        if as_json:
            typer.echo(show.as_json(found.plan, self.remote.url, found.standing.space))
        else:
            self._show(console, found, prune=prune)
        return bool(found.plan.changes)

    def _show(self, console: Console, found: Planned, *, prune: bool) -> None:
        show.show(console, found.plan, found.standing, found.wanted, self.remote.url, prune=prune)
        show.show_unsaid(console, found.unsaid)

    async def apply(
        self,
        console: Console,
        ask: Ask,
        keep: Keep,
        *,
        expected: str | None = None,
        prune: bool = False,
        verify: bool = True,
        secrets: bool = False,
    ) -> tuple[Done, ...]:
        """Show what is to be done, ask, and do it: all that was done. `expected` is the fingerprint of
        the plan that is meant. Where nothing is to be done any more, it need not be that one. Raises StartupError
        where it was not done, or not to its end.
        """
        async with self._client() as client:
            found = await self._planned(client, prune=prune, verify=verify, secrets=secrets)
            plan = found.plan
            self._show(console, found, prune=prune)
            if not plan.changes:
                return ()
            if expected is not None and expected != plan.fingerprint:
                raise StartupError(
                    f"This is not the plan {expected} any more: the gateway or the files changed since. {NOTHING} Look at what is above, "
                    "and if it is meant so, apply it by its own fingerprint."
                )
            _check_role(found.standing.role, plan)
            _confirm(ask, plan)
            applying = Applying(
                self.remote, client, found.standing, keep, lambda done: show.show_done(console, done)
            )
            return await applying.run(tuple(steps(plan, found.standing.catalogue, verify=verify)))

    async def export(self, console: Console, *, force: bool = False) -> tuple[list[str], list[str]]:
        """Write what stands there into the folder: the paths that were written, and those of files of which the gateway has nothing.
        Raises StartupError where that would take the place of other content, unless `force` is said.
        """
        there = folder.documents(self.folder) if self.folder.exists() else ()
        async with self._client() as client:
            found = await standing(self.remote, client)
            show.show_unsaid(console, await unsaid(self.remote, client))
        files = export.exported(found, References(self.environ, self.folder), there)
        new = {name: content for name, content in files.items() if _content(self.folder / name) != content}
        replaced = [name for name in new if _is_there(self.folder / name)]
        if replaced and not force:
            raise StartupError(
                f"{len(replaced)} files in {self.folder} have another content: {', '.join(replaced)}. {NOTHING} Compare them with "
                "`heliograph plan`; with --force they are written anew, and comments in them are lost."
            )
        folder.write(self.folder, new)
        return sorted(new), sorted(one.file for one in there if one.file not in files)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _check_role(role: Role, plan: Plan) -> None:
    """Raises StartupError where the token may not do all of it."""
    needed = Role.OPERATOR if all(one.key.kind == "mapping" for one in plan.changes) else Role.ADMIN
    if role is not Role.ADMIN and role is not needed:
        raise StartupError(
            f"This takes a token of the role {needed}, and yours has {role}. {NOTHING} On the server, `heliograph token create --role {needed} "
            "--name NAME` makes one."
        )


def _confirm(ask: Ask, plan: Plan) -> None:
    """Raises StartupError where whoever is asked says no."""
    gone = tuple(one.key for one in plan.changes if one.doing is Doing.DELETE)
    if not ask("Do this?") or (gone and not ask(f"Delete {show.counted(gone)} for good?")):
        raise StartupError(NOTHING)


def asked(console: Console, *, yes: bool, instead: str = "Say --yes, best with --plan FINGERPRINT.") -> Ask:
    """Asks at the terminal. Raises StartupError where there is none and `yes` was not said: what to do `instead`."""

    def ask(question: str) -> bool:
        if yes:
            return True
        if not (sys.stdin.isatty() and console.is_terminal):
            raise StartupError(f"There is nobody to ask here. {NOTHING} {instead}")
        return console.input(f"{question} [y/N] ", markup=False).strip().lower() in ("y", "yes")

    return ask
