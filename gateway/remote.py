"""A gateway that runs, as the commands ask its API: where it is, and with which token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from gateway.app import ADMIN_FILE
from gateway.errors import StartupError
from gateway.events import shown
from gateway.settings import Settings

TOKEN = "HELIOGRAPH_TOKEN"  # noqa: S105  the name of a variable
NOTHING = "Nothing was done."

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Refused(StartupError):  # noqa: N818  it says what became of the request
    """Raised where the API refused a request as a whole; `code` is the API's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Remote:
    """Its address without a path, and the token."""

    url: str
    token: SecretStr = field(repr=False)

    @property
    def address(self) -> str:
        """Of its API."""
        return f"{self.url}/graphql"

    @property
    def headers(self) -> Mapping[str, str]:
        """What is sent with every request."""
        return {"Authorization": f"Bearer {self.token.get_secret_value()}"}

    async def ask(self, client: httpx.AsyncClient, query: str, variables: Mapping[str, Any]) -> Any:
        """The data that its API answers with. Raises Refused, and StartupError where nothing that can be used came back."""
        body = {"query": query, "variables": variables}
        try:
            response = await client.post(self.address, json=body, headers=dict(self.headers))
        except httpx.HTTPError as error:
            raise self.unreachable(error) from None
        try:
            answer = response.json()
        except ValueError:
            answer = None
        is_answer = isinstance(answer, dict) and bool(answer.get("errors") or "data" in answer)
        if not is_answer or response.status_code == httpx.codes.UNAUTHORIZED:
            self.check(response.status_code)
            raise self._stranger(response.status_code)
        if answer.get("errors"):
            first = answer["errors"][0]
            raise Refused(str((first.get("extensions") or {}).get("code")), first["message"])
        return answer["data"]

    def unreachable(self, error: httpx.HTTPError) -> StartupError:
        """Nothing answered there."""
        why = str(error) or type(error).__name__
        return StartupError(
            f"No gateway answers at {self.url} ({why}). {NOTHING} "
            "Start it (`heliograph serve`), or say where it is with --url."
        )

    def check(self, status: int) -> None:
        """Raises StartupError where an answer with that status shows that the token is wrong, or that this is no gateway."""
        if status == httpx.codes.UNAUTHORIZED:
            raise StartupError(
                f"The gateway at {self.url} does not know this token, or it was revoked. {NOTHING} On the server, `heliograph token "
                f"create --role READER --name NAME` makes one; give it with {TOKEN}, or with --token."
            )
        if status != httpx.codes.OK:
            raise self._stranger(status)

    def _stranger(self, status: int) -> StartupError:
        return StartupError(
            f"What answers at {self.url} is no gateway that can do this (it said {status}). {NOTHING} "
            "Say where the gateway is with --url."
        )


def remote(settings: Settings, environ: Mapping[str, str], *, url: str, token: str | None) -> Remote:
    """The gateway at that address. Without a token the one of HELIOGRAPH_TOKEN is taken, or where it is the one of this
    installation, its own. Raises StartupError.
    """
    parsed = _url(url)
    found = token or environ.get(TOKEN) or (_own(settings) if _is_ours(parsed, settings) else "")
    if not found:
        raise StartupError(
            f"This asks the gateway at {parsed} with a token, and there is none. {NOTHING} On the server, `heliograph token create "
            f"--role READER --name NAME` makes one; give it with {TOKEN}, or with --token."
        )
    if not found.isascii() or not found.isprintable():
        raise StartupError(f"The token has characters that none has. {NOTHING} Copy it anew.")
    return Remote(parsed, SecretStr(found))


def _url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise StartupError(
            f"{shown(url)} is no address of a gateway. {NOTHING} Write it as http://127.0.0.1:8080."
        )
    return url.rstrip("/").removesuffix("/graphql")


def _is_ours(url: str, settings: Settings) -> bool:
    """Whether the gateway there is that of these settings: nobody else is told its token."""
    return httpx.URL(url).host in _LOOPBACK or url == settings.public_url


def _own(settings: Settings) -> str:
    if settings.admin_token is not None:
        return settings.admin_token.get_secret_value()
    try:
        return (settings.data_dir / ADMIN_FILE).read_text().strip()
    except OSError:
        return ""
