"""A create request, checked: it is in order and a Draft comes out, or one TwilioError says what is not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.addresses import MAGIC_TO, Address
from destinations.twilio_engage.simulator.content import Content, read_content
from destinations.twilio_engage.simulator.conversations import Conversations
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.form import Form
from destinations.twilio_engage.simulator.senders import Sender, choose
from destinations.twilio_engage.simulator.urls import is_web_url

TRIAL_LINE = "Sent from your Twilio trial account - "
LONGEST_CALLBACK = 4000  # characters
_SOONEST, _LATEST = timedelta(seconds=300), timedelta(days=35)
_VALIDITY = re.compile(r"[0-9]{1,5}")
_LONGEST_VALIDITY = 36_000  # seconds


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that may be created, or one that was received: then `sender` is the person, in the service that
    `to` belongs to. `callback` is the URL as given, fragment included.
    """

    account: Account
    to: Address
    sender: Sender
    content: Content
    callback: str | None
    send_at: datetime | None
    smart_encoded: bool
    as_mms: bool


def read_draft(
    form: Form, account: Account, accounts: Iterable[Account], conversations: Conversations, now: datetime
) -> Draft:
    """Check the parameters of a create as Twilio does; raises the first TwilioError found.

    ShortenUrls is accepted and leaves links as they are. Parameters that change nothing here (RiskCheck,
    Attempt, Tags ...) are kept in the record of what was received.
    """
    to = _recipient(form)
    sender = choose(form, account, accounts, to)
    if to.text == sender.address:
        raise TwilioError(21211, "it equals 'From'")
    if conversations.has_stopped(account, sender, to):
        raise TwilioError(21610, to.text)
    if account.trial and to.number not in account.verified:
        raise TwilioError(21608, to.number)
    content = read_content(form, account, to.channel)
    _check_options(form, sender)
    service_callback = sender.service.status_callback if sender.service else None
    return Draft(
        account=account,
        to=to,
        sender=sender,
        content=replace(content, body=TRIAL_LINE + content.body)
        if account.trial and content.body
        else content,
        callback=_callback(form) or service_callback,
        send_at=_send_at(form, sender, now),
        smart_encoded=form.is_true("SmartEncoded"),
        as_mms=form.is_true("SendAsMms"),
    )


def _recipient(form: Form) -> Address:
    text = form.get("To")
    if text is None:
        raise TwilioError(21604)
    to = Address.read(text)
    if not to.is_e164:
        raise TwilioError(21211, text)
    if to.text in MAGIC_TO:
        raise TwilioError(MAGIC_TO[to.text], text)
    return to


def _callback(form: Form) -> str | None:
    url = form.get("StatusCallback")
    if url is None:
        return None
    if len(url) > LONGEST_CALLBACK or not is_web_url(url) or "_" in (urlsplit(url).hostname or ""):
        raise TwilioError(21609, url[:200])
    return url


def _send_at(form: Form, sender: Sender, now: datetime) -> datetime | None:
    kind, text = form.get("ScheduleType"), form.get("SendAt")
    if kind is None and text is None:
        return None
    if kind != "fixed":
        raise TwilioError(35126)
    if text is None:
        raise TwilioError(35111)
    if sender.service is None:
        raise TwilioError(35118)
    try:
        send_at = datetime.fromisoformat(text)
        in_window = _SOONEST <= send_at - now <= _LATEST
    except (ValueError, TypeError):  # TypeError: a time without a zone
        raise TwilioError(35114, text) from None
    if not in_window:
        raise TwilioError(35114, text)
    return send_at


def _check_options(form: Form, sender: Sender) -> None:
    validity = form.get("ValidityPeriod")
    if validity and not (_VALIDITY.fullmatch(validity) and 1 <= int(validity) <= _LONGEST_VALIDITY):
        raise TwilioError(21624)
    if form.get("ContentRetention") not in {None, "retain", "discard"}:
        raise TwilioError(30029)
    if form.get("AddressRetention") not in {None, "retain", "obfuscate"}:
        raise TwilioError(30030)
    if form.get("FallbackFrom"):  # no service here holds an RCS sender
        raise TwilioError(21664 if sender.address else 21667 if sender.service else 21666)
