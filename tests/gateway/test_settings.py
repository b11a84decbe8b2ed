"""The settings of the process."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.errors import StartupError
from gateway.settings import Settings, unknown


def refusal(**environ: str) -> str:
    with pytest.raises(StartupError) as caught:
        Settings.from_environ({f"HELIOGRAPH_{name}": text for name, text in environ.items()})
    return str(caught.value)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environ({})

    assert settings.data_dir == Path(".heliograph")
    assert settings.database == "sqlite:///.heliograph/heliograph.db"
    assert settings.embedded
    assert settings.secret_keys == ()
    assert settings.admin_token is None
    assert settings.public_url is None
    assert settings.reconcile_patience_seconds == 60
    assert settings.allowed_hosts == frozenset()
    assert settings.cors_origins == frozenset()
    assert settings.retention_payloads_days == 7
    assert settings.retention_bodies_days == 30
    assert settings.retention_deliveries_days == 90
    assert (settings.log_format, settings.log_level) == ("console", "info")


def test_other_programs_variables_and_empty_ones_are_passed_over() -> None:
    settings = Settings.from_environ({"PATH": "/bin", "HELIOGRAPH_PUBLIC_URL": "", "HELIOGRAPHIC": "x"})

    assert settings == Settings()


@pytest.mark.parametrize("text", ["a:1,b:2", "a:1 b:2", " a:1,\n b:2 ,"])
def test_lists_are_separated_by_commas_or_blanks(text: str) -> None:
    settings = Settings.from_environ({"HELIOGRAPH_ALLOWED_HOSTS": text})

    assert settings.allowed_hosts == frozenset({"a:1", "b:2"})


def test_secret_keys_keep_their_order() -> None:
    settings = Settings.from_environ({"HELIOGRAPH_SECRET_KEYS": "newer-key,older-key"})

    assert [key.get_secret_value() for key in settings.secret_keys] == ["newer-key", "older-key"]


def test_nothing_secret_is_in_the_repr() -> None:
    settings = Settings.from_environ(
        {
            "HELIOGRAPH_SECRET_KEYS": "key-nobody-sees",
            "HELIOGRAPH_ADMIN_TOKEN": "token-nobody-sees",
            "HELIOGRAPH_DATABASE_URL": "postgresql+asyncpg://me:password-nobody-sees@db/x",
            "HELIOGRAPH_REDIS_URL": "rediss://me:password-nobody-sees@cache:6380/1",
        }
    )

    assert "nobody-sees" not in repr(settings)
    assert not settings.embedded


def test_a_misspelt_variable_is_left_out_and_can_be_told() -> None:
    environ = {"HELIOGRAPH_DATADIR": "x", "HELIOGRAPH_LOG_LEVEL": "info", "OTHER": "y", "HELIOGRAPH_A": ""}

    assert Settings.from_environ(environ) == Settings()
    assert unknown(environ) == ["HELIOGRAPH_A", "HELIOGRAPH_DATADIR"]


def test_a_wrong_choice_names_the_choices() -> None:
    assert refusal(LOG_FORMAT="xml") == (
        "HELIOGRAPH_LOG_FORMAT input should be 'console' or 'json'. Nothing was started."
    )


def test_every_wrong_setting_is_named_in_one_line() -> None:
    message = refusal(LOG_FORMAT="xml", LOG_LEVEL="loud", RECONCILE_PATIENCE_SECONDS="soon")

    assert message == (
        "HELIOGRAPH_RECONCILE_PATIENCE_SECONDS input should be a valid number, unable to parse string as a number; "
        "HELIOGRAPH_LOG_FORMAT input should be 'console' or 'json'; "
        "HELIOGRAPH_LOG_LEVEL input should be 'debug', 'info', 'warning' or 'error'. Nothing was started."
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("-1", "greater than or equal to 0"),
        ("nan", "finite number"),
        ("inf", "finite number"),
        ("1e9", "less than or equal to 14400"),
    ],
)
def test_patience_is_a_time_a_message_can_wait(text: str, why: str) -> None:
    assert refusal(RECONCILE_PATIENCE_SECONDS=text) == (
        f"HELIOGRAPH_RECONCILE_PATIENCE_SECONDS input should be {'a ' if 'finite' in why else ''}{why}. Nothing was started."
    )


@pytest.mark.parametrize(
    "url", ["texts.example.com", "ftp://x", "https://", "https://x/?a=1", "https://x/#a"]
)
def test_a_public_url_that_is_none_is_refused(url: str) -> None:
    assert refusal(PUBLIC_URL=url) == (
        "HELIOGRAPH_PUBLIC_URL is no address such as https://texts.example.com. Nothing was started."
    )


def test_plain_http_is_refused_beyond_loopback() -> None:
    assert refusal(PUBLIC_URL="http://texts.example.com") == (
        "HELIOGRAPH_PUBLIC_URL must begin with https:// unless it is on loopback: callbacks carry phone numbers. "
        "Nothing was started."
    )


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://texts.example.com/", "https://texts.example.com"),
        ("https://example.com/texts/", "https://example.com/texts"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
        ("https://Texts.Example.com:443/a/../b", "https://texts.example.com/b"),
    ],
)
def test_a_public_url_is_kept_without_its_last_slash(url: str, kept: str) -> None:
    assert Settings.from_environ({"HELIOGRAPH_PUBLIC_URL": url}).public_url == kept


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", ["a?b", "c%20d", "e#f", "g h"])
def test_the_database_lies_in_the_data_directory_whatever_that_is_called(name: str) -> None:
    settings = Settings.from_environ({"HELIOGRAPH_DATA_DIR": f"/srv/{name}"})

    assert make_url(settings.database).database == f"/srv/{name}/heliograph.db"


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        (
            "ALLOWED_HOSTS",
            "http://foo/bar,here:1",
            "takes host[:port], without a scheme or a path, and not http://foo/bar",
        ),
        ("ADMIN_TOKEN", "  ", "is blank: set a token, or unset it"),
        (
            "DATABASE_URL",
            "mysql://x",
            "is no address such as sqlite:///path or postgresql+asyncpg://user@host/name",
        ),
        ("PUBLIC_URL", "https://a b", "is no address such as https://texts.example.com"),
    ],
)
def test_a_value_that_can_not_work_is_refused_at_once(variable: str, text: str, said: str) -> None:
    with pytest.raises(StartupError) as refused:
        Settings.from_environ({f"HELIOGRAPH_{variable}": text})

    assert str(refused.value) == f"HELIOGRAPH_{variable} {said}. Nothing was started."


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite+aiosqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("postgres://me@here/x", "postgresql+asyncpg://me@here/x"),
        ("postgresql://me@here/x", "postgresql+asyncpg://me@here/x"),
    ],
)
def test_an_address_may_be_written_as_others_write_it(given: str, used: str) -> None:
    assert Settings.from_environ({"HELIOGRAPH_DATABASE_URL": given}).database == used


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache",
        "redis://cache:6379/0",
        "redis://:secret@cache/15",
        "redis://me:s%40cret@[::1]:6379",
        "rediss://cache:6380?ssl_ca_certs=/etc/ssl/ours.pem",
    ],
)
def test_a_redis_is_named_by_its_address(url: str) -> None:
    assert Settings.from_environ({"HELIOGRAPH_REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    "url",
    [
        "cache:6379",
        "http://cache:6379",
        "redis://",
        "redis://cache:port",
        "redis://cache:0",
        "redis://cache/first",
        "redis://cache/0/1",
        "redis://cache/0#1",
        "redis://cache?db=1",
        "redis://cache?ssl_ca_certs=/x.pem",
        "rediss://cache?ssl_cert_reqs=none",
        "rediss://cache?ssl_ca_certs=",
    ],
)
def test_an_address_of_a_redis_that_can_not_work_is_refused_at_once(url: str) -> None:
    assert refusal(REDIS_URL=url) == (
        "HELIOGRAPH_REDIS_URL is no address such as redis://user:password@host:6379/0, or rediss:// with TLS and ?ssl_ca_certs=, "
        "?ssl_certfile=, ?ssl_keyfile=; signs in a password are written as in any address: %40 for @. Nothing was started."
    )


def test_origins_are_those_that_browsers_send() -> None:
    text = "https://shop.example.com,http://localhost:3000 capacitor://localhost"

    settings = Settings.from_environ({"HELIOGRAPH_CORS_ORIGINS": text})

    assert settings.cors_origins == {
        "https://shop.example.com",
        "http://localhost:3000",
        "capacitor://localhost",
    }


@pytest.mark.parametrize(
    "origin",
    ["*", "shop.example.com", "https://shop.example.com/", "https://Shop.example.com", "https://a/b"],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    assert refusal(CORS_ORIGINS=origin) == (
        "HELIOGRAPH_CORS_ORIGINS takes origins as a browser sends them, such as https://shop.example.com: in lower case, "
        f"without a path or a slash at the end, and not {origin}. Nothing was started."
    )


def test_trusted_proxies_are_addresses_and_networks() -> None:
    settings = Settings.from_environ({"HELIOGRAPH_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7"})

    assert settings.trusted_proxies == {"10.0.0.0/8", "192.0.2.7"}


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example.com", "*"])
def test_what_is_no_network_is_no_proxy(text: str) -> None:
    with pytest.raises(StartupError, match="HELIOGRAPH_TRUSTED_PROXIES takes addresses and networks"):
        Settings.from_environ({"HELIOGRAPH_TRUSTED_PROXIES": text})
