"""Secrets at rest."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from gateway.errors import StartupError
from gateway.secrets import KEY_FILE, Secrets, key_file

OLD, NEW = "the older key of two", "the newer key of two"


def test_what_was_encrypted_comes_back() -> None:
    secrets = Secrets([NEW])

    token = secrets.encrypt("s3cret ✓")

    assert "s3cret" not in token
    assert secrets.decrypt(token) == "s3cret ✓"


def test_an_older_key_still_decrypts_and_the_newer_one_encrypts() -> None:
    written_before = Secrets([OLD]).encrypt("s3cret")
    rotated = Secrets([NEW, OLD])

    written_after = rotated.encrypt("s3cret")

    assert rotated.decrypt(written_before) == "s3cret"
    assert Secrets([NEW]).decrypt(written_after) == "s3cret"


def test_without_the_key_it_says_which_to_put_back() -> None:
    token = Secrets([OLD]).encrypt("s3cret")

    with pytest.raises(StartupError, match=r"none of the keys fits. Nothing was changed. Put the key"):
        Secrets([NEW]).decrypt(token)


@pytest.mark.parametrize(
    "key",
    [Fernet.generate_key().decode(), "a+/b" * 10 + "a+/=", "sixteen letters!"],
    ids=["Fernet", "text in base64", "other text"],
)
def test_a_fernet_key_and_any_longer_text_are_keys(key: str) -> None:
    assert Secrets([key]).decrypt(Secrets([key]).encrypt("s3cret")) == "s3cret"


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(StartupError) as caught:
        Secrets(["fifteen letters"])

    assert str(caught.value) == (
        "HELIOGRAPH_SECRET_KEYS has a key under 16 characters. Make one with `openssl rand -base64 32`."
    )


def test_the_repr_shows_nothing() -> None:
    assert repr(Secrets([NEW])) == "Secrets(**********)"


def test_the_key_file_is_made_once_and_is_this_users_alone(tmp_path: Path) -> None:
    key = key_file(tmp_path)

    assert key_file(tmp_path) == key
    assert Secrets([key]).decrypt(Secrets([key]).encrypt("x")) == "x"
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("text", ["", "not a key"])
def test_a_damaged_key_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text)

    with pytest.raises(StartupError) as caught:
        key_file(tmp_path)

    assert str(caught.value) == (
        f"The key file {tmp_path / KEY_FILE} can't be used (it holds no key). Nothing was changed. "
        "Restore it: without it the stored secrets can't be read."
    )
    assert (tmp_path / KEY_FILE).read_text() == text


def test_a_data_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"can't be used \(No such file or directory\)"):
        key_file(tmp_path / "gone")
