"""What is counted of the /v1 API, by labels that do not grow."""

from typing import TYPE_CHECKING

from gateway import metrics
from gateway.ingest.endpoints import IngestApp
from gateway.ingest.pace import Pace
from tests.factories import track

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api


def counted(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def requests() -> list[float]:
    return [counted("heliograph_ingest_requests_total", status=one) for one in ("2xx", "4xx", "5xx")]


async def test_requests_are_counted_by_the_class_of_their_status_and_refusals_by_their_code(
    api: "Api",
) -> None:
    before = requests()
    codes = ("unknown_write_key", "no_user_anon_id", "not_found")
    refused = [counted("heliograph_ingest_refused_total", code=code) for code in codes]

    await api.post("/v1/track", track())
    await api.post("/v1/batch", {"batch": [track(), {}]})
    await api.post("/v1/track", track(), authorization="Basic d2tfbm9ib2R5czo=")
    await api.post("/v1/track", track(userId=None))
    await api.post(f"/v1/{'x' * 50}", track())

    assert [after - was for after, was in zip(requests(), before, strict=True)] == [2, 3, 0]
    now = [counted("heliograph_ingest_refused_total", code=code) for code in codes]
    assert [after - was for after, was in zip(now, refused, strict=True)] == [1, 1, 1]


async def test_what_is_over_the_rate_is_counted(api: "Api") -> None:
    before = counted("heliograph_ingest_refused_total", code="rate_limited")
    app = IngestApp(api.world.services, pace=Pace(api.world.clock, at_once=1, per_second=1))

    async def body() -> dict[str, object]:
        return {"type": "http.request", "body": b'{"batch":[{},{}]}'}

    for _ in range(3):
        await api.call(body, app)

    assert counted("heliograph_ingest_refused_total", code="rate_limited") - before == 2
