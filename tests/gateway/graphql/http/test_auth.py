from typing import Any

import pytest
from pydantic import SecretStr

from gateway.auth import Authenticator, Viewer
from gateway.workspace import Role


async def test_the_first_admin_token_is_an_admin_of_every_space(api: Any, admin_token: str) -> None:
    viewer = await api.services.authenticator.authenticate(f"Bearer {admin_token}")

    assert viewer == Viewer("first admin", Role.ADMIN, "default", every_space=True)
    assert viewer.sees("any")


async def test_a_stored_token_belongs_to_its_space_alone(api: Any) -> None:
    token = await api.token(Role.OPERATOR, "brand")

    viewer = await api.services.authenticator.authenticate(f"Bearer {token}")

    assert viewer == Viewer("OPERATOR of brand", Role.OPERATOR, "brand")
    assert (viewer.sees("brand"), viewer.sees("default")) == (True, False)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer wrong", "Bearer é\ud800"]
)
async def test_anything_else_is_nobody(api: Any, header: str | None) -> None:
    assert await api.services.authenticator.authenticate(header) is None


async def test_without_a_first_admin_token_none_is_guessed(api: Any, admin_token: str) -> None:
    authenticator = Authenticator(api.services.store, None)

    for token in (admin_token, "None", ""):
        assert await authenticator.authenticate(f"Bearer {token}") is None


async def test_the_first_admin_token_shows_nowhere(api: Any) -> None:
    authenticator = Authenticator(api.services.store, SecretStr("a-very-secret-token"))

    assert "a-very-secret-token" not in repr(vars(authenticator))


def test_roles_include_the_lower_ones() -> None:
    order = [Role.VIEWER, Role.READER, Role.OPERATOR, Role.ADMIN]

    for rank, role in enumerate(order):
        viewer = Viewer("x", role, "default")

        assert [viewer.may(least) for least in order] == [place <= rank for place in range(4)]
        assert viewer.masked == (role is Role.VIEWER)
