"""The form of a request, exactly as it came: its pairs in their order."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from destinations.twilio_engage.simulator.body import TOO_LARGE, read_body
from destinations.twilio_engage.simulator.errors import TwilioError, invalid
from destinations.twilio_engage.simulator.urls import is_web_url

_MOST_PAIRS = 1_000


@dataclass(frozen=True, slots=True)
class Form:
    """Names and values in the order of the wire."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The first value of `name`, or None; an empty value counts as none, as it does at Twilio."""
        return next((value for key, value in self.pairs if key == name and value), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name and value]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)

    def url(self, name: str, default: str | None) -> str | None:
        """The http(s) URL that `name` sets: `default` when it is not there, None when it is empty.

        Raises TwilioError 20001 (400) for any other text.
        """
        if not self.has(name):
            return default
        value = self.get(name)
        if value is not None and not is_web_url(value):
            raise invalid(name)
        return value

    def is_true(self, name: str) -> bool:
        return (self.get(name) or "").lower() == "true"


async def read_form(request: Request) -> Form:
    """The form-encoded body of `request`; a body of another type holds no parameters.

    Raises TwilioError with status 413 when the body is larger than 128 KiB or has more than 1,000 pairs.
    """
    body = await read_body(request)
    if not request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return Form(())
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_PAIRS)
    except ValueError:
        raise TwilioError(20001, "too many parameters", status=TOO_LARGE) from None
    return Form(tuple(pairs))
