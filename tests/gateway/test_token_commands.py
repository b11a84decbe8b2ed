"""`heliograph token` over a store that may be served from."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console

from gateway import token_commands
from gateway.audit import FieldChange
from gateway.clock import ManualClock
from gateway.errors import StartupError
from gateway.settings import Settings
from gateway.storage import audit, tokens
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.factories import NOW


class Terminal:
    """The commands, and what they print."""

    def __init__(self, store: Store, address: str, folder: Path, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.settings = Settings(data_dir=folder, database_url=address)

    async def create(self, name: str = "ci", role: Role = Role.READER, space: str = "default") -> str:
        return await token_commands.create(self.settings, role=role, name=name, space=space, clock=self.clock)

    async def list_all(self, space: str | None = None) -> str:
        with StringIO() as printed:
            console = Console(file=printed, width=160)
            await token_commands.list_all(self.settings, console, space=space)
            return printed.getvalue()

    async def revoke(self, token_id: str) -> str:
        with StringIO() as printed:
            console = Console(file=printed, width=160)
            await token_commands.revoke(self.settings, console, token_id, clock=self.clock)
            return printed.getvalue()

    async def id_of(self, token: str) -> str:
        found = await self.store.read(lambda c: tokens.find(c, token))
        assert found is not None
        return found.id

    async def log(self) -> list[Any]:
        page = await self.store.read(lambda c: audit.page(c, "default", None, 100, None))
        return [(one.actor, one.action, one.target_id, one.at, one.changes) for one in page.items]


@pytest.fixture
async def terminal(store: Store, address: str, tmp_path: Path, clock: ManualClock) -> Terminal:
    return Terminal(store, address, tmp_path, clock)


async def test_makes_a_token_and_tells_the_audit_log_all_but_the_token(terminal: Terminal) -> None:
    token = await terminal.create("ci", Role.OPERATOR)

    key = await terminal.id_of(token)
    told = (
        FieldChange("name", None, "ci"),
        FieldChange("role", None, "OPERATOR"),
        FieldChange("token", None, "changed"),
    )
    assert await terminal.log() == [("the command line", "apiTokenCreate", key, NOW, told)]


async def test_lists_the_tokens_of_all_spaces_or_of_one_and_shows_none(terminal: Terminal) -> None:
    first = await terminal.create("ci [x]")
    second = await terminal.create("brand's", Role.ADMIN, "brand")
    key = await terminal.id_of(first)
    await terminal.store.write(lambda c: tokens.used(c, {key: NOW}))

    everything, of_brand = await terminal.list_all(), await terminal.list_all("brand")

    lines = everything.splitlines()
    assert len([line for line in lines if "tok_" in line]) == 2
    [line] = [line for line in lines if key in line]
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        key,
        "ci [x]",
        "READER",
        "default",
        first[-4:],
        f"{NOW:%Y-%m-%d %H:%M} UTC",
        f"{NOW:%Y-%m-%d %H:%M} UTC",
    ]
    assert key not in of_brand
    assert "never" in of_brand
    for token in (first, second):
        assert token not in everything + of_brand


async def test_tells_of_the_token_that_is_a_setting(terminal: Terminal) -> None:
    assert "HELIOGRAPH_ADMIN_TOKEN" not in await terminal.list_all()

    terminal.settings = terminal.settings.model_copy(update={"admin_token": SecretStr("of-the-setting")})

    said = await terminal.list_all()
    assert "Beside these the token of HELIOGRAPH_ADMIN_TOKEN is an ADMIN of every space." in said
    assert "of-the-setting" not in said


async def test_revokes_a_token_and_warns_of_the_last_admin(terminal: Terminal) -> None:
    reader, admin = await terminal.create(), await terminal.create("boss", Role.ADMIN)
    keys = [await terminal.id_of(reader), await terminal.id_of(admin)]

    said = [await terminal.revoke(key) for key in keys]

    another = "heliograph token create --role ADMIN --name admin --space default"
    last = f"It was the last ADMIN token of the space default. Make another with: {another}\n"
    assert said == [
        "The token ci is revoked, from the next request on.\n",
        f"The token boss is revoked, from the next request on.\n{last}",
    ]
    assert await terminal.store.read(lambda c: tokens.find(c, reader)) is None
    assert [entry[1] for entry in await terminal.log()].count("apiTokenRevoke") == 2
    with pytest.raises(StartupError, match=f'There is no token "{keys[0]}"'):
        await terminal.revoke(keys[0])


@pytest.mark.parametrize(
    ("name", "space", "said"),
    [
        (" ", "default", "A name has 1 to 200 characters"),
        ("x" * 201, "default", "A name has 1 to 200 characters"),
        ("a\nb", "default", "A name has 1 to 200 characters"),
        ("first admin", "default", 'names another one "first admin"'),
        ("ci", "no blanks", "is no space"),
        ("ci", "", "is no space"),
        ("\udcff", "default", "is no text in UTF-8"),
    ],
)
async def test_a_bad_name_or_space_makes_nothing(
    terminal: Terminal, name: str, space: str, said: str
) -> None:
    with pytest.raises(StartupError, match=said) as refused:
        await terminal.create(name, space=space)

    assert "No token was made, and nothing else." in str(refused.value)
    assert not await terminal.store.read(tokens.any_exist)
    assert await terminal.log() == []
