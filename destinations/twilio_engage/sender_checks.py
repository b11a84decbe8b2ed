"""What a verification finds out of the senders that a destination uses: the default one, and those that its mappings name.

| code | passed | what was found |
| --- | --- | --- |
| SENDER_FOREIGN | not the default sender's | the account has no such number, short code, service or WhatsApp sender (21606, 21660) |
| SENDER_NOT_ABLE | not the default sender's | it has, and that one sends no texts (21661) |
| SERVICE_EMPTY | not the default sender's | the Messaging Service has nothing in its pool (21704) |
| SENDERS_NOT_READ | yes | the account's lists could not be read, so that nothing is known of its senders |
| DLT_REQUIRED | yes | it is to text India, and has no DLT registration |
| INBOUND_WEBHOOK | yes | what people write to it does not come here: their stops are not heard |

A mapping's own sender fails no destination: it keeps the texts of that mapping alone.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from destinations import kit
from destinations.kit import Check, Expected, OwnedSender, SenderKind, SenderList
from destinations.twilio_engage import path_keys
from destinations.twilio_engage.mending import setting, verifying
from destinations.twilio_engage.owned_senders import list_senders
from destinations.twilio_engage.senders import WHATSAPP, sms_sender, whatsapp_sender
from destinations.twilio_engage.settings import TwilioEngageSettings

MOST_SECONDS = 8.0
"""How long the lists are waited for: what they show is a comfort, and somebody waits for the answer."""

_ADDRESS_SHOWN = "the address that destination { inboundUrl } shows to an ADMIN"
_DEFAULT = "defaultSender"
_ENTITY = 'dltEntityId: "<the id of the registration>"'


async def check_senders(context: kit.Context[TwilioEngageSettings], expected: Expected) -> tuple[Check, ...]:
    """A check for each sender that is used, and one for each that people can write to. Raises nothing."""
    india = _of_india(context.settings, expected.policy)
    wanted = _wanted(context.settings, expected)
    if not wanted:
        return india
    try:
        async with asyncio.timeout(MOST_SECONDS):
            found = await list_senders(context)
    except TimeoutError:
        return (*india, _not_read(f"Twilio had not listed them after {MOST_SECONDS:g} seconds."))
    except kit.IntegrationError as error:
        return (*india, _not_read(error.message))
    return (*india, *_of_senders(found, wanted), *_of_webhooks(found, wanted, expected))


def _of_india(settings: TwilioEngageSettings, policy: kit.Policy) -> tuple[Check, ...]:
    """The check that India needs, where the destination is meant to text it."""
    meant = "IN" in policy.allowed_countries or policy.require_dlt_for_india
    if not meant or (settings.dlt_entity_id or "").strip():
        return ()
    becomes = (
        "is suppressed, as the policy says"
        if policy.require_dlt_for_india
        else "goes by the international route, from a random number"
    )
    return (
        Check(
            "dlt",
            passed=True,
            code="DLT_REQUIRED",
            message=f"The destination has no dltEntityId: what it sends to India {becomes}.",
            remedy=f"Register the sender and its templates on a DLT portal, have Twilio allow them, and set dltEntityId: {setting(_ENTITY)}.",
        ),
    )


def _wanted(settings: TwilioEngageSettings, expected: Expected) -> dict[str, str]:
    """The name of each check by the address of the sender it is about; each sender once."""
    found: dict[str, str] = {}
    if settings.default_sender:
        found[_address(settings.default_sender, settings)] = _DEFAULT
    for address in expected.senders:
        found.setdefault(_address(address, settings), f"sender {address}")
    return found


def _address(given: str, settings: TwilioEngageSettings) -> str:
    country = settings.default_country
    sender = (
        whatsapp_sender(given, country) if given.strip().startswith(WHATSAPP) else sms_sender(given, country)
    )
    return sender.address


def _of_senders(found: SenderList, wanted: Mapping[str, str]) -> Iterator[Check]:
    there = {one.address: one for one in found.senders}
    for address, name in wanted.items():
        kind = _kind(address)
        one = there.get(address)
        if one is None and kind is SenderKind.ALPHANUMERIC:
            yield Check(name, passed=True, message=f"{address} is a name, which needs no entry with Twilio.")
        elif one is None and kind in found.unread:
            yield Check(
                name,
                passed=True,
                code="SENDERS_NOT_READ",
                message=f"The credentials may not see whether the account has {address}.",
            )
        elif one is None:
            yield _failed(
                name,
                "SENDER_FOREIGN",
                f"The account has no sender {address}: Twilio would refuse what is sent from it (error 21660 or 21606).",
                _another(name, address),
            )
        elif not one.channels and kind is SenderKind.MESSAGING_SERVICE:
            yield _failed(
                name,
                "SERVICE_EMPTY",
                f"The Messaging Service {one.label} has no sender that could send (error 21704).",
                f"Add a number to its sender pool in the Twilio console, then {verifying()}.",
            )
        elif not one.channels:
            yield _failed(
                name,
                "SENDER_NOT_ABLE",
                f"{address} can send neither SMS nor MMS (error 21661).",
                _another(name, address),
            )
        else:
            yield Check(name, passed=True, message=f"{one.label}: {', '.join(one.channels)}.")


def _of_webhooks(found: SenderList, wanted: Mapping[str, str], expected: Expected) -> Iterator[Check]:
    """Whether what people write comes here. Nobody can answer a name, and of what could not be listed nothing is known."""
    here = expected.inbound_url
    if here is None:
        return
    there = {one.address: one for one in found.senders}
    for address in wanted:
        one = there.get(address)
        if one is None or one.kind is SenderKind.ALPHANUMERIC:
            continue
        called = _called(one, there)
        calls = called.inbound_url
        if calls is not None and _is_same(calls, here):
            yield Check(f"inbound {address}", passed=True)
            continue
        yield Check(
            f"inbound {address}",
            passed=True,
            code="INBOUND_WEBHOOK",
            message=f"What people write to {one.label} goes {f'to {_place(calls)}' if calls else 'nowhere'} and not here: their stops "
            "and answers are not heard.",
            remedy=f"{_connecting(expected.sender_ids.get(called.address), calls, here)}, then {verifying()}.",
        )


def _connecting(sender_id: str | None, calls: str | None, here: str) -> str:
    """What has a sender call this gateway: a mutation once it is known here, and before that what is to be set in the console."""
    if sender_id is None:
        return f"Have it call {_to_paste(here)} for incoming messages, by POST, in the Twilio console"
    if calls is None:
        return f"Have it call here: run {_connect(id=sender_id)}"
    if _may_be_secret(calls):
        shows = f"query {{ node(id: {json.dumps(sender_id)}) {{ ... on Sender {{ inboundUrl }} }} }}"
        mutation = _connect(id=sender_id, expectedUrl="<its inboundUrl>")
        return f"Have it call here instead: see what it calls now by {shows}, and run {mutation} with that"
    return f"Have it call here instead: run {_connect(id=sender_id, expectedUrl=calls)}"


def _connect(**given: str) -> str:
    return kit.mutation_call("senderConnect", "job { id status }", **given)


def _may_be_secret(url: str) -> bool:
    """Whether more than a place is in it: a name and a password, or a query."""
    parts = urlsplit(url)
    return bool(parts.query or parts.username or parts.password)


def _to_paste(here: str) -> str:
    """The address, unless its path has a key that not everybody may see."""
    return _ADDRESS_SHOWN if path_keys.has_key(here) else here


def _called(one: OwnedSender, there: Mapping[str, OwnedSender]) -> OwnedSender:
    """The one whose address is called with what people write to it: itself, or the service that it belongs to."""
    pool = there.get(one.pool) if one.pool is not None and one.by_pool else None
    return one if pool is None else pool


def _is_same(calls: str, here: str) -> bool:
    """Whether it is that address; what stands behind `#` tells Twilio how to call, and behind `?` what to say besides."""
    one, another = urlsplit(calls), urlsplit(here)
    return (one.scheme, one.netloc.lower(), one.path) == (
        another.scheme,
        another.netloc.lower(),
        another.path,
    )


def _place(url: str) -> str:
    """Who is called, without what may be secret in the rest of an address."""
    return urlsplit(url).hostname or "another address"


def _kind(address: str) -> SenderKind:
    return (whatsapp_sender if address.startswith(WHATSAPP) else sms_sender)(address, None).kind


def _another(name: str, address: str) -> str:
    """What names another sender in the place of that one."""
    other = "<a sender of the account>"
    if name == _DEFAULT:
        change = setting(f'defaultSender: "{other}"')
    else:
        given = f'from: {json.dumps(address)}, to: "{other}"'
        change = f"run {kit.destination_call('senderSwap', None, 'destination { id }', given)}"
    return f"Name another sender of this account: {change}. Or move that one to it in the Twilio console, then {verifying()}."


def _failed(name: str, code: str, message: str, remedy: str) -> Check:
    if name == _DEFAULT:
        return Check(name, passed=False, code=code, message=message, remedy=remedy)
    return Check(
        name,
        passed=True,
        code=code,
        message=f"{message} The mappings that name it can't send.",
        remedy=remedy,
    )


def _not_read(why: str) -> Check:
    return Check(
        "senders",
        passed=True,
        code="SENDERS_NOT_READ",
        message=f"The account's senders could not be listed, so that nothing is known of those that are used: {why}",
        remedy=f"Verify again in a while: {verifying()}.",
    )
