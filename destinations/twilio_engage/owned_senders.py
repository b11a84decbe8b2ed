"""What the account sends from, as its lists show it.

| kind | list | channels |
| --- | --- | --- |
| PHONE_NUMBER | IncomingPhoneNumbers | as its capabilities say |
| SHORT_CODE | SMS/ShortCodes | SMS |
| MESSAGING_SERVICE | Services | those of its pool |
| ALPHANUMERIC | AlphaSenders of each service | SMS |
| WHATSAPP_SENDER | Channels/Senders, and ChannelSenders of each service | WHATSAPP |
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from msgspec.structs import replace

from destinations import kit
from destinations.kit import Channel, OwnedSender, SenderKind, SenderList
from destinations.twilio_engage.client import list_messaging, list_resource
from destinations.twilio_engage.lists import items
from destinations.twilio_engage.message_list import side_by_side
from destinations.twilio_engage.senders import WHATSAPP
from destinations.twilio_engage.settings import TwilioEngageSettings

_Item = dict[str, Any]
_Context = kit.Context[TwilioEngageSettings]

# A page has to stay below what a read may answer with, 2 MB: a number has 2 kB, a sender of WhatsApp 3 kB.
_PAGE = {"PageSize": "400"}
_NOT_TO_BE_READ = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_POOLS = {
    "PhoneNumbers": "phone_numbers",
    "ShortCodes": "short_codes",
    "AlphaSenders": "alpha_senders",
    "ChannelSenders": "senders",
}
_OF_SERVICES = (SenderKind.MESSAGING_SERVICE, SenderKind.ALPHANUMERIC)
_CAPABILITIES = {"sms": Channel.SMS, "mms": Channel.MMS}


@dataclass(slots=True)
class _Lists:
    """What was read. `refused`: what the credentials may not see, by kind of sender. `failed`: why another list could not be read."""

    numbers: list[_Item] = field(default_factory=list)
    short_codes: list[_Item] = field(default_factory=list)
    services: list[_Item] = field(default_factory=list)
    whatsapp: list[_Item] = field(default_factory=list)
    pools: dict[str, dict[str, list[_Item]]] = field(default_factory=dict)
    refused: dict[SenderKind, kit.IntegrationError] = field(default_factory=dict)
    failed: list[kit.IntegrationError] = field(default_factory=list)


async def list_senders(context: _Context) -> SenderList:
    """All that the account sends from. A list that the credentials may not see leaves its kinds `unread`; where they may see
    none, and for whatever else fails, it raises what the read raised.
    """
    read = _Lists()
    settings, hosts = context.settings, context.allowed_hosts

    async def take(into: list[_Item], request: kit.HttpRequest, key: str, *kinds: SenderKind) -> None:
        try:
            into += await items(context, request, key, f"The list of {key.replace('_', ' ')}")
        except kit.IntegrationError as error:
            if error.status in _NOT_TO_BE_READ:
                read.refused.update(dict.fromkeys(kinds, error))
            else:
                read.failed.append(error)

    number = list_resource(settings, hosts, "IncomingPhoneNumbers", _PAGE)
    short_code = list_resource(settings, hosts, "SMS/ShortCodes", _PAGE)
    services = list_messaging(settings, hosts, "/v1/Services", _PAGE)
    whatsapp = list_messaging(settings, hosts, "/v2/Channels/Senders", {"Channel": "whatsapp", **_PAGE})
    await side_by_side(
        (
            take(read.numbers, number, "incoming_phone_numbers", SenderKind.PHONE_NUMBER),
            take(read.short_codes, short_code, "short_codes", SenderKind.SHORT_CODE),
            take(read.services, services, "services", *_OF_SERVICES),
            take(read.whatsapp, whatsapp, "senders", SenderKind.WHATSAPP_SENDER),
        )
    )
    if read.failed or len(read.refused) == len(SenderKind):
        raise (read.failed or [*read.refused.values()])[0]
    read.pools = {str(one["sid"]): {name: [] for name in _POOLS} for one in read.services if one.get("sid")}
    await side_by_side(
        take(
            pool[name],
            list_messaging(settings, hosts, f"/v1/Services/{sid}/{name}", _PAGE),
            key,
            *((SenderKind.ALPHANUMERIC,) if name == "AlphaSenders" else ()),
        )
        for sid, pool in read.pools.items()
        for name, key in _POOLS.items()
    )
    if read.failed:
        raise read.failed[0]
    senders = tuple(_senders(read))
    # No list of these is in Twilio's published specification: one that shows nothing may be one that shows nothing to anybody.
    listed = {one.kind for one in senders}
    silent = {SenderKind.SHORT_CODE, SenderKind.WHATSAPP_SENDER} - listed
    return SenderList(senders, frozenset({*read.refused, *silent}))


def _senders(read: _Lists) -> Iterator[OwnedSender]:
    """Each once, whatever list it was on first."""
    known: dict[str, OwnedSender] = {}
    for one in (*_numbers(read), *_short_codes(read), *_whatsapp(read)):
        known.setdefault(one.address, one)
    held = list(_held(read))
    for address, pool, by_pool in held:
        if address in known:
            known[address] = replace(known[address], pool=pool, by_pool=by_pool)
    for one in (*_names(read), *_services(read, known, held)):
        known.setdefault(one.address, one)
    yield from known.values()


def _numbers(read: _Lists) -> Iterator[OwnedSender]:
    for one in read.numbers:
        address = _text(one, "phone_number")
        if address is None:
            continue
        able = one.get("capabilities")
        said = able if isinstance(able, dict) else {}
        yield OwnedSender(
            address,
            SenderKind.PHONE_NUMBER,
            _label(one, address),
            tuple(channel for name, channel in _CAPABILITIES.items() if said.get(name) is True),
            sid=_text(one, "sid"),
            country=kit.country_of(address),
            inbound_url=_text(one, "sms_url"),
        )


def _short_codes(read: _Lists) -> Iterator[OwnedSender]:
    countries = {
        _text(one, "short_code"): _text(one, "country_code")
        for pool in read.pools.values()
        for one in pool["ShortCodes"]
    }
    for one in read.short_codes:
        address = _text(one, "short_code")
        if address is not None:
            yield OwnedSender(
                address,
                SenderKind.SHORT_CODE,
                _label(one, address),
                (Channel.SMS,),
                sid=_text(one, "sid"),
                country=countries.get(address),
                inbound_url=_text(one, "sms_url"),
            )


def _whatsapp(read: _Lists) -> Iterator[OwnedSender]:
    for one in (*read.whatsapp, *(one for pool in read.pools.values() for one in pool["ChannelSenders"])):
        address = _text(one, "sender_id") or _text(one, "sender")
        if address is None or not address.startswith(WHATSAPP):
            continue
        profile, webhook = one.get("profile"), one.get("webhook")
        yield OwnedSender(
            address,
            SenderKind.WHATSAPP_SENDER,
            _label(profile if isinstance(profile, dict) else {}, address, "name"),
            (Channel.WHATSAPP,),
            sid=_text(one, "sid"),
            country=kit.country_of(address.removeprefix(WHATSAPP)),
            inbound_url=_text(webhook, "callback_url") if isinstance(webhook, dict) else None,
        )


def _names(read: _Lists) -> Iterator[OwnedSender]:
    for service, pool in read.pools.items():
        for one in pool["AlphaSenders"]:
            name = _text(one, "alpha_sender")
            if name is not None:
                sms, sid = (Channel.SMS,), _text(one, "sid")
                yield OwnedSender(name, SenderKind.ALPHANUMERIC, name, sms, sid=sid, pool=service)


def _services(
    read: _Lists, known: Mapping[str, OwnedSender], held: Iterable[tuple[str, str, bool]]
) -> Iterator[OwnedSender]:
    channels: dict[str, set[Channel]] = {}
    for address, pool, _by_pool in held:
        sms = () if address in known else (Channel.SMS,)
        channels.setdefault(pool, set()).update(known[address].channels if address in known else sms)
    for one in read.services:
        sid = _text(one, "sid")
        if sid is not None:
            yield OwnedSender(
                sid,
                SenderKind.MESSAGING_SERVICE,
                _label(one, sid),
                tuple(channel for channel in Channel if channel in channels.get(sid, ())),
                sid=sid,
                inbound_url=_text(one, "inbound_request_url"),
            )


def _held(read: _Lists) -> Iterator[tuple[str, str, bool]]:
    """Each address of a pool, the service, and whether that one's address is called with what people write to it."""
    for one in read.services:
        sid = _text(one, "sid") or ""
        by_pool = one.get("use_inbound_webhook_on_number") is not True
        for listed in read.pools.get(sid, {}).values():
            for held in listed:
                for key in ("phone_number", "short_code", "alpha_sender", "sender"):
                    address = _text(held, key)
                    if address is not None:
                        # A sender of WhatsApp has an address of its own in any case.
                        yield address, sid, by_pool and not address.startswith(WHATSAPP)


def _label(item: Mapping[str, Any], address: str, key: str = "friendly_name") -> str:
    name = _text(item, key)
    if name is None or name == address:
        return address.removeprefix(WHATSAPP)
    return f"{name} ({address.removeprefix(WHATSAPP)})"


def _text(item: Mapping[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) and value else None
