"""Secrets at rest: MultiFernet, so that keys can be rotated by putting a new one first."""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from gateway.errors import StartupError

KEY_FILE = "secret.key"
_FINGERPRINTS = b"heliograph: fingerprints"
"""What the key of fingerprints is made with, so that it is no other's."""

_PROOFS = b"heliograph: proofs"
"""The same of the key by which one who has the keys is known to another."""


class Secrets:
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: Sequence[str]) -> None:
        stretched = [_fernet_key(key) for key in keys]
        self._fernet = MultiFernet([Fernet(key) for key in stretched])
        self._printing = [hmac.digest(key, _FINGERPRINTS, "sha256") for key in stretched]
        self._proving = hmac.digest(stretched[0], _PROOFS, "sha256")

    def __repr__(self) -> str:
        return "Secrets(**********)"

    def encrypt(self, text: str) -> str:
        """The text as a token that is safe to store."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def fingerprints(self, text: str) -> list[str]:
        """What a text is known by where it must not be kept itself: its HMAC under a key of its own of each key, the first one first,
        as 64 hexadecimal digits. Without the keys nobody can try texts.
        """
        return [hmac.digest(key, text.encode(), "sha256").hex() for key in self._printing]

    def proof(self, words: str) -> str:
        """What only those with the first key can make of these words."""
        return hmac.digest(self._proving, words.encode(), "sha256").hex()

    def proves(self, words: str, proof: str) -> bool:
        """Whether it was made of these words with the same first key."""
        return hmac.compare_digest(self.proof(words).encode(), proof.encode())

    def decrypt(self, token: str) -> str:
        """The text of a token. Raises StartupError where no key fits: the settings are then of no use."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken:
            raise StartupError(
                "Stored secrets can't be read: none of the keys fits. Nothing was changed. "
                "Put the key they were written with back into HELIOGRAPH_SECRET_KEYS (after the new one), "
                f"or restore {KEY_FILE} in the data directory."
            ) from None


def _fernet_key(key: str) -> bytes:
    """A Fernet key as it is; any other text of 16 characters or more is stretched into one by SHA-256."""
    try:
        if len(base64.urlsafe_b64decode(key)) == 32:  # noqa: PLR2004  the length Fernet asks for
            return key.encode("ascii")
    except ValueError:
        pass
    if len(key) < 16:  # noqa: PLR2004  less could be guessed
        raise StartupError(
            "HELIOGRAPH_SECRET_KEYS has a key under 16 characters. Make one with `openssl rand -base64 32`."
        )
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())


def key_file(data_dir: Path) -> str:
    """The key in the data directory, made with mode 0600 where there is none yet. Raises StartupError."""
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_text().strip()
        Fernet(key)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no key"
        raise StartupError(
            f"The key file {path} can't be used ({why}). Nothing was changed. "
            "Restore it: without it the stored secrets can't be read."
        ) from error
    return key


def _make(path: Path) -> None:
    """Put a new key under that name, wholly or not at all, unless another process was faster."""
    draft = path.with_name(f"{path.name}-{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
