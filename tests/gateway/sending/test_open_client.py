"""Which client is opened."""

from __future__ import annotations

import sys

import pytest

from gateway.sending import open_client
from gateway.sending.aiohttp_client import AiohttpClient
from gateway.sending.pyreqwest_client import PyreqwestClient


def test_takes_pyreqwest_where_it_is() -> None:
    assert type(open_client()) is PyreqwestClient


def test_takes_aiohttp_where_pyreqwest_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gateway.sending.pyreqwest_client", None)

    assert type(open_client()) is AiohttpClient


def test_does_not_replace_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gateway.sending.pyreqwest_client", None)

    with pytest.raises(ImportError):
        open_client("pyreqwest")


def test_opens_the_kind_it_is_asked_for() -> None:
    assert type(open_client("pyreqwest")) is PyreqwestClient
    assert type(open_client("aiohttp")) is AiohttpClient
