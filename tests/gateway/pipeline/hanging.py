"""Receivers of owners' webhooks that answer when a test lets them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.sending.receivers import Answer
from tests.gateway.world import World

OK = Answer(200, "200 OK")


class Hanging:
    """A receiver that answers nothing until it is let go, and others that answer at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.open, self.arrived = asyncio.Event(), asyncio.Event()
        self.asked = 0
        self.at_once = 0
        self.most = 0
        self.answered: list[str] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if url == self.url:
            self.asked += 1
            self.arrived.set()
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await self.open.wait()
            self.at_once -= 1
        self.answered.append(url)
        return OK

    async def close(self) -> None:
        return


def with_receivers(world: World, receivers: Any) -> World:
    world.services = replace(world.services, receivers=receivers)
    return world
