"""What a plan reads on its way, where it can't be read."""

from collections.abc import Callable

import pytest

from destinations import kit
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.factories import NOW

TEMPLATE = kit.HttpRequest("GET", "https://content.twilio.com/v1/Content/HX1")


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [(429, {"retry-after": "30"}, 30.0), (503, {"retry-after": "7"}, 7.0), (503, {}, None)],
)
async def test_a_read_that_is_put_off_says_for_how_long(
    settings: Callable[..., TwilioEngageSettings], status: int, headers: dict[str, str], wait: float | None
) -> None:
    async def read(_request: kit.HttpRequest) -> kit.HttpResponse:
        return kit.HttpResponse(status, headers, b"{}")

    with pytest.raises(kit.RetryableError) as raised:
        await read_object(kit.Context(settings=settings(), now=NOW, read=read), TEMPLATE, "The template")

    assert raised.value.retry_after == wait
