"""What is answered to a provider, and why a call of it is not heard."""

from dataclasses import dataclass

_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_XML = (b"content-type", b"text/xml; charset=utf-8")
_SILENCE = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a value; its `headers` are whole."""

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()


STATUS_HEARD = Answer(204)
INBOUND_HEARD = Answer(200, _SILENCE, (_XML, (b"content-length", str(len(_SILENCE)).encode())))
"""To a person's message: an XML without instructions, so that nothing is written back."""


class RefusedError(Exception):
    """A call changed nothing: the status that is answered, and the words, which say so. `retry_after` is in seconds, and `result` is what it
    is counted as.
    """

    def __init__(
        self,
        status: int,
        words: str,
        *,
        result: str | None = None,
        retry_after: int | None = None,
        allow: str | None = None,
    ) -> None:
        super().__init__(words)
        self.status, self.words, self.result = status, words, result
        self._told = {b"retry-after": None if retry_after is None else str(retry_after), b"allow": allow}

    @property
    def answer(self) -> Answer:
        """It, as it is answered."""
        body = f"{self.words}\n".encode()
        told = tuple((name, value.encode()) for name, value in self._told.items() if value is not None)
        return Answer(self.status, body, (_PLAIN, (b"content-length", str(len(body)).encode()), *told))
