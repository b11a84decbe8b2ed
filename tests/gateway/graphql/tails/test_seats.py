"""So many watch at once at most, by each token and in all."""

import asyncio

import pytest

from gateway.auth import Viewer
from gateway.graphql.http.seats import Seats
from gateway.graphql.terms.errors import Refused
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.tails.streams import PATIENCE, Stream

ANN = Viewer("Ann", Role.READER, "default", token_id="tok_ann")
BEN = Viewer("Ben", Role.READER, "default", token_id="tok_ben")
EVA = Viewer("Eva", Role.READER, "default", token_id="tok_eva")


@pytest.fixture
def seats(api: Api) -> Seats:
    return Seats(api.services.authenticator, most=3, most_of_one=2)


async def test_one_token_has_so_many_seats_and_no_more(seats: Seats) -> None:
    with seats.take(ANN), seats.take(ANN):
        with pytest.raises(Refused) as refused, seats.take(ANN):
            pass
        with seats.take(BEN):
            pass
    with seats.take(ANN):
        pass

    assert refused.value.code == "TOO_MANY_SUBSCRIPTIONS"
    assert str(refused.value) == (
        "This token has 2 subscriptions open, and may have no more at once. Nothing was begun. Close one that is not needed, then try "
        "again."
    )


async def test_a_server_has_so_many_seats_and_no_more(seats: Seats) -> None:
    full = (seats.take(ANN), seats.take(ANN), seats.take(BEN))
    with full[0], full[1], full[2], pytest.raises(Refused) as refused, seats.take(EVA):
        pass

    assert str(refused.value).startswith("This server has 3 subscriptions open, and takes no more at once.")


async def test_once_the_server_stops_everybody_is_sent_away_and_nobody_let_in(seats: Seats) -> None:
    with seats.take(ANN) as seat:
        seats.close()
        assert seat.ended.result().code == "UNAVAILABLE"
        with pytest.raises(Refused) as refused, seats.take(BEN):
            pass

    assert refused.value.code == "UNAVAILABLE"


async def test_whoever_can_not_be_looked_up_is_shown_nothing_more(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_viewer: Viewer) -> bool:
        raise ArithmeticError

    monkeypatch.setattr(seats._authenticator, "still", broken)
    monkeypatch.setattr("gateway.graphql.http.seats.AGAIN_SECONDS", 0.01)
    with seats.take(ANN) as seat:
        why = await asyncio.wait_for(seat.ended, PATIENCE)

    assert why.code == "UNAVAILABLE"


async def test_a_stream_that_finds_no_seat_is_refused_as_a_whole(
    api: Api, admin_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.endpoint.seats, "_most_of_one", 0)
    body = {"query": "subscription { deliveryTail { sequence } }"}
    stream = Stream(api.endpoint, body, authorization=f"Bearer {admin_token}")
    await stream.begun()
    end, rest = await stream.event()
    await stream.close()

    assert (stream.status, end) == (429, "end")
    assert stream.headers["content-type"] == "application/json; charset=utf-8"
    assert '"code":"TOO_MANY_SUBSCRIPTIONS"' in rest
