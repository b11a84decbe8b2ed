"""A gateway on each engine with pigeons and the real destination, and folders for it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from destinations.kit.registry import installed
from gateway.configuration.command import Files, asked
from gateway.configuration.diff import Doing
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.remote import Remote
from gateway.settings import Settings
from gateway.storage.engine import Store
from tests.gateway.graphql.conftest import ADMIN, Api, opened
from tests.gateway.graphql.pigeons import PIGEONS

ENVIRON = {
    "SEAL": "a seal of wax, and long enough",
    "KEY": "key-secret-0123456789",
    "TOKEN": "51" * 16,
    **dict.fromkeys(
        ("TEXTS_API_KEY_SECRET", "TEXTS_SHARED_KEY", "REPLIES_SHARED_SECRET"), "key-secret-0123456789"
    ),
    **dict.fromkeys(
        ("TEXTS_AUTH_TOKEN", "TEXTS_CALLBACK_SECRET", "TEXTS_PROFILE_API_ACCESS_TOKEN"), "51" * 16
    ),
}
"""Under the names of a folder that somebody wrote, and under those that an export gives."""


@dataclass
class Gateway:
    """One gateway, and what the commands do with folders and it."""

    api: Api
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def files(
        self, folder: Path, token: str = ADMIN, environ: Mapping[str, str] | None = None, **more: Any
    ) -> Files:
        transport = more.get("transport", httpx.ASGITransport(app=self.api.endpoint))
        remote = Remote("http://heliograph.test", SecretStr(token))
        return Files(folder, remote, ENVIRON if environ is None else environ, transport)

    async def plan(self, folder: Path, *, prune: bool = False, verify: bool = False) -> list[tuple[str, str]]:
        """What would be done, with what."""
        found = await self.files(folder).planned(prune=prune, verify=verify)
        return [(one.doing.value, str(one.key)) for one in found.plan.changes]

    async def apply(self, folder: Path, token: str = ADMIN, **more: Any) -> str:
        """What is printed."""
        console = quiet()
        more.setdefault("verify", False)
        await self.files(folder, token).apply(
            console, asked(console, yes=True), self.secrets.__setitem__, **more
        )
        return text_of(console)

    async def export(self, folder: Path, token: str = ADMIN) -> dict[str, bytes]:
        await self.files(folder, token).export(quiet())
        return contents(folder)

    async def clear(self, tmp_path: Path) -> None:
        """Delete everything, by a folder without a file."""
        nothing = tmp_path / "nothing"
        nothing.mkdir(exist_ok=True)
        await self.apply(nothing, prune=True)

    async def counts(self) -> tuple[int, ...]:
        """How many sources, destinations and mappings there are."""
        found = await self.api.data(
            "{ sources { edges { cursor } } destinations { edges { cursor } } mappings { edges { cursor } } }"
        )
        return tuple(len(found[name]["edges"]) for name in ("sources", "destinations", "mappings"))


class Cut(httpx.AsyncBaseTransport):
    """Lets so many mutations through, and no more: the answer to the last one is lost."""

    def __init__(self, inner: httpx.AsyncBaseTransport, most: int) -> None:
        self.inner, self.left = inner, most

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if b"mutation" in request.content:
            self.left -= 1
            if self.left < 0:
                raise httpx.ReadError("cut")
        return answer


def quiet() -> Console:
    """Keeps what is printed."""
    return Console(file=StringIO(), width=80)


def text_of(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """The folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
async def gateway(store: Store, tmp_path: Path) -> AsyncIterator[Gateway]:
    definitions = {**installed(), PIGEONS.slug: PIGEONS}
    data = tmp_path / "data"
    data.mkdir()
    async with opened(store, data, Limits(), definitions, Budget(), Settings()) as api:
        yield Gateway(api, tmp_path / "files")


SMALL = {
    "sources/shop.yaml": "source: Shop\ndestinations: [Pigeons]\n",
    "destinations/pigeons.yaml": (
        "destination: Pigeons\ndefinition: pigeon-post\nsettings:\n  loft: LF1\n  seal: env:SEAL\n"
        '  home: "+15550001111"\n'
    ),
    "mappings/notes.yaml": (
        "mapping: Notes\ndestination: Pigeons\naction: sendNote\nfields:\n  send: true\n  body: Hello\n"
    ),
}

MADE = [
    (Doing.MAKE.value, "source Shop"),
    (Doing.MAKE.value, "destination Pigeons"),
    (Doing.MAKE.value, "mapping Notes of Pigeons"),
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A source, a destination and a mapping."""
    return written(tmp_path / "small", SMALL)
