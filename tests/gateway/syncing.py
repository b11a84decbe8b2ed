"""An account whose lists the tests write, and what is known of it in a world."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from destinations import kit
from destinations.kit import Channel, OwnedSender, OwnedTemplate, SenderKind, TemplateApproval
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.pipeline import syncs
from gateway.storage import background_jobs, senders, templates
from gateway.synced import Sender, Template
from tests.gateway.paper import OURS, Provider, definition
from tests.gateway.world import World

OTHER = "+12025550009"


def number(address: str = OURS, **changed: Any) -> OwnedSender:
    """A number of the account."""
    made = OwnedSender(
        address,
        SenderKind.PHONE_NUMBER,
        f"Shop ({address})",
        (Channel.SMS, Channel.MMS),
        sid=f"PN{address}",
        country="US",
    )
    return msgspec.structs.replace(made, **changed)


def template(sid: str = "HX1", **changed: Any) -> OwnedTemplate:
    """An approved template of the account."""
    made = OwnedTemplate(
        sid,
        "order_on_its_way",
        "en",
        ("twilio/text",),
        TemplateApproval.APPROVED,
        variables={"1": "Ada", "2": None},
    )
    return msgspec.structs.replace(made, **changed)


def named_sender(fields: Mapping[str, Any], _settings: Any) -> kit.NamedSender | None:
    """The number that a mapping names as it stands."""
    named = fields.get("from")
    return kit.NamedSender(named, SenderKind.PHONE_NUMBER) if isinstance(named, str) else None


def named_template(fields: Mapping[str, Any]) -> str | None:
    """A body is a template's id, if it is one."""
    named = fields.get("body")
    return named if isinstance(named, str) else None


def write_url(sender: OwnedSender, url: str, _context: kit.Context[Any]) -> kit.HttpRequest:
    return kit.HttpRequest("POST", f"https://paper.example/numbers/{sender.sid}", form=(("Url", url),))


@dataclass
class Account:
    """What the provider lists. `trouble` is raised instead; `read` counts the lists that were read."""

    senders: list[OwnedSender] = field(default_factory=lambda: [number()])
    templates: list[OwnedTemplate] = field(default_factory=lambda: [template()])
    unread: frozenset[SenderKind] = frozenset()
    trouble: BaseException | None = None
    read: int = 0
    destination_ids: list[str | None] = field(default_factory=list)
    read_both: asyncio.Event = field(default_factory=asyncio.Event)

    async def list_senders(self, context: kit.Context[Any]) -> kit.SenderList:
        await self._look(context)
        return kit.SenderList(tuple(self.senders), self.unread)

    async def list_templates(self, context: kit.Context[Any]) -> tuple[OwnedTemplate, ...]:
        await self._look(context)
        return tuple(self.templates)

    async def _look(self, context: kit.Context[Any]) -> None:
        self.read += 1
        if self.read > 1:
            self.read_both.set()
        self.destination_ids.append(context.about.destination_id)
        if self.trouble is not None:
            raise self.trouble

    @property
    def sync(self) -> kit.Sync:
        urls = kit.InboundUrls(self.read_url, write_url)
        return kit.Sync(senders=self.list_senders, templates=self.list_templates, inbound_urls=urls)

    async def read_url(self, sender: OwnedSender, _context: kit.Context[Any]) -> str | None:
        return next(one.inbound_url for one in self.senders if one.address == sender.address)


def with_sync(provider: Provider, account: Account) -> kit.DestinationDefinition:
    """The paper destination, whose account can be listed."""
    return replace(definition(provider), sync=account.sync)


async def sync_all(world: World) -> int:
    """Do every sync that is due or was asked for; how many."""
    done = 0
    while await syncs.step(world.services):
        done += 1
    return done


async def known(world: World) -> dict[str, Sender]:
    """The senders of the destination by address, as they are stored."""
    found = await world.store.read(lambda c: senders.known(c, ["dst_paper"]))
    return dict(found["dst_paper"].by_address) if found else {}


async def known_templates(world: World) -> dict[str, Template]:
    return await world.store.read(lambda c: templates.of_destination(c, "dst_paper"))


async def jobs_of(world: World, kind: BackgroundKind = BackgroundKind.SENDER_SYNC) -> list[BackgroundJob]:
    """The newest first."""
    page = await world.store.read(lambda c: background_jobs.page(c, "default", kind, 100, None))
    return list(page.items)
