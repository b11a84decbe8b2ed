"""The settings of the process: one frozen value, read once from the environment."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit

from ada_url import URL
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from sqlalchemy import make_url

from gateway.errors import StartupError

PREFIX = "HELIOGRAPH_"
BUILD_TIME = frozenset({"HELIOGRAPH_SKIP_CONSOLE"})
"""Variables that are read when the package is built."""

OF_COMMANDS = frozenset({"HELIOGRAPH_TOKEN"})
"""Variables that are read by commands that ask a gateway which runs."""

OF_IMPORTS = f"{PREFIX}IMPORT_"
"""What the names of variables begin with that answer what an import asks."""

_ADDRESS = re.compile(r"https?://(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")

_HOST = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_DRIVERS: Mapping[str, str] = {
    **dict.fromkeys(("sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"), "sqlite"),
    **dict.fromkeys(("postgresql+asyncpg", "postgresql", "postgres"), "postgresql+asyncpg"),
}
"""Every way to write the two engines' addresses, and the one we use."""

REDIS_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What an address of a Redis with TLS may say of files: whom to believe, and who we are."""

MOST_DAYS = 36_500
"""A hundred years: to keep everything."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Settings(BaseModel):
    """Every field is a setting named HELIOGRAPH_<FIELD>. Lists are separated by commas or blanks."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(
        Path(".heliograph"),
        description="Where the SQLite database, the key file and the admin token file live.",
    )
    database_url: str | None = Field(
        None,
        repr=False,  # it may hold a password
        description="Where the ledger lives: `sqlite:///path` or `postgresql+asyncpg://user@host/name`. "
        "Unset: SQLite in the data directory.",
    )
    redis_url: str | None = Field(
        None,
        repr=False,  # it may hold a password
        description="Where several processes keep what they share: `redis://[user:password@]host[:port][/number]`, or "
        "`rediss://` with TLS, whose authority `?ssl_ca_certs=` may name. Redis 7 or later, and PostgreSQL beside it. "
        "Unset: one process, which shares with nobody.",
    )
    secret_keys: tuple[SecretStr, ...] = Field(
        (),
        description="Keys that encrypt stored secrets: the first encrypts, all decrypt. "
        "Unset: a key file of mode 0600 is made in the data directory (with SQLite only).",
    )
    admin_token: SecretStr | None = Field(
        None,
        description="A bearer token with the ADMIN role. Unset, and no token was made yet: one is made, shown once on a "
        "terminal, else written to `admin-token` (mode 0600) in the data directory.",
    )
    public_url: str | None = Field(
        None,
        description="The address under which a provider reaches this gateway, for its webhooks. "
        "Plain http only on loopback. Unset: no callbacks of our own.",
    )
    reconcile_patience_seconds: float = Field(
        60,
        ge=0,
        le=14_400,
        allow_inf_nan=False,
        description="How long a message may be missing from the provider's list before it counts as absent. "
        "Shorter than the provider takes to show one, it is sent twice.",
    )
    allowed_hosts: frozenset[str] = Field(
        frozenset(),
        description="Extra `host[:port]` values at which a destination's API may live, for simulators. "
        "Plain http only for loopback ones.",
    )
    webhook_allowed_hosts: frozenset[str] = Field(
        frozenset(),
        description="Hosts (`host[:port]`) that owners' webhooks may be at though their addresses are not public: private, loopback, "
        "link-local or metadata ones are refused otherwise. Whoever may change a destination can have these called.",
    )
    trusted_proxies: frozenset[str] = Field(
        frozenset(),
        description="The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, as addresses or networks: "
        "`10.0.0.0/8`. Loopback always is.",
    )
    cors_origins: frozenset[str] = Field(
        frozenset(),
        description="The pages that may send events, as origins: `https://shop.example.com`. Unset: any page, with the "
        "key of a BROWSER source. GraphQL answers pages of these origins, and the server's own, and no others.",
    )
    graphql_introspection: bool = Field(
        True,
        description="Whether GraphQL tells those with a token its schema: `true` or `false`. Without it GraphiQL completes "
        "and documents nothing.",
    )
    retention_payloads_days: int = Field(
        7,
        gt=0,
        le=MOST_DAYS,
        description="After how many days an event's payload is removed; later where a Delivery of it is not final yet.",
    )
    retention_bodies_days: int = Field(
        30,
        gt=0,
        le=MOST_DAYS,
        description="After how many days the texts that were sent and received are removed from the ledger.",
    )
    retention_deliveries_days: int = Field(
        90,
        gt=0,
        le=MOST_DAYS,
        description="After how many days Deliveries, events and inbound messages are removed. Consent is kept, and for 400 days "
        "which Deliveries there were.",
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="How log lines look: `console` or `json`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged: `debug`, `info`, `warning` or `error`."
    )

    @field_validator("database_url")
    @classmethod
    def _supported(cls, url: str | None) -> str | None:
        scheme, separator, rest = (url or "").partition("://")
        driver = _DRIVERS.get(scheme)
        if url is not None and (driver is None or not rest):
            raise ValueError("is no address such as sqlite:///path or postgresql+asyncpg://user@host/name")
        return None if url is None else f"{driver}{separator}{rest}"

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        if url is not None and not _is_redis(url):
            raise ValueError(
                "is no address such as redis://user:password@host:6379/0, or rediss:// with TLS and "
                f"{', '.join(f'?{name}=' for name in REDIS_TLS)}; signs in a password are written as in any address: "
                "%40 for @"
            )
        return url

    @field_validator("allowed_hosts", "webhook_allowed_hosts")
    @classmethod
    def _hosts(cls, hosts: frozenset[str]) -> frozenset[str]:
        wrong = sorted(host for host in hosts if not _HOST.fullmatch(host))
        if wrong:
            raise ValueError(f"takes host[:port], without a scheme or a path, and not {', '.join(wrong)}")
        return hosts

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: frozenset[str]) -> frozenset[str]:
        for proxy in sorted(proxies):
            try:
                ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"takes addresses and networks such as 10.0.0.0/8, and not {proxy}"
                ) from None
        return proxies

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: frozenset[str]) -> frozenset[str]:
        wrong = sorted(origin for origin in origins if not _ORIGIN.fullmatch(origin))
        if wrong:
            raise ValueError(
                "takes origins as a browser sends them, such as https://shop.example.com: in lower case, without a path "
                f"or a slash at the end, and not {', '.join(wrong)}"
            )
        return origins

    @field_validator("admin_token")
    @classmethod
    def _usable(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not token.get_secret_value().strip():
            raise ValueError("is blank: set a token, or unset it")
        return token

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not _ADDRESS.fullmatch(url):
            raise ValueError("is no address such as https://texts.example.com")
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError(
                "must begin with https:// unless it is on loopback: callbacks carry phone numbers"
            )
        return URL(url).href.rstrip("/")  # as the callbacks write it, which are signed as they are written

    @property
    def database(self) -> str:
        """The address of the ledger, with the default filled in."""
        return self.database_url or f"sqlite:///{quote(str(self.data_dir / 'heliograph.db'))}"

    @property
    def embedded(self) -> bool:
        """Whether the ledger is SQLite: one process, with everything in the data directory."""
        return self.database.startswith("sqlite")

    @property
    def alone(self) -> bool:
        """Whether one process does all: others need a Redis that they share."""
        return self.redis_url is None

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded ledger, which need not be there yet; None with PostgreSQL."""
        return Path(make_url(self.database).database or "") if self.embedded else None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read HELIOGRAPH_* once; what is no setting is left to `unknown`. Raises StartupError naming each setting that is wrong, without its value."""
        given: dict[str, Any] = {}
        known = {PREFIX + name.upper(): name for name in cls.model_fields}
        for variable, text in environ.items():
            name = known.get(variable)
            if name is None or text == "":
                continue
            given[name] = _words(text) if _is_list(cls, name) else text
        try:
            return cls(**given)
        except ValidationError as error:
            raise StartupError(_explain(error)) from None


def unknown(environ: Mapping[str, str]) -> list[str]:
    """The HELIOGRAPH_* variables that are no setting: a misspelt one would otherwise go unnoticed."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | BUILD_TIME | OF_COMMANDS
    ours = (variable for variable in environ if variable.startswith(PREFIX) and variable not in known)
    return sorted(variable for variable in ours if not variable.startswith(OF_IMPORTS))


def _is_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"redis", "rediss"}
        and bool(parts.hostname)
        and port != 0
        and re.fullmatch(r"/?|/[0-9]{1,4}", parts.path) is not None
        and not parts.fragment
        and all(value and name in REDIS_TLS and parts.scheme == "rediss" for name, value in options)
    )


def _is_list(settings: type[Settings], name: str) -> bool:
    return any(kind in str(settings.model_fields[name].annotation) for kind in ("tuple[", "frozenset["))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _explain(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False):
        message = problem["msg"].removeprefix("Value error, ")
        problems.append(f"{PREFIX}{str(problem['loc'][0]).upper()} {message[0].lower()}{message[1:]}")
    return "; ".join(problems) + ". Nothing was started."
