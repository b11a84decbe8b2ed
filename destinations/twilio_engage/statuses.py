"""What Twilio says of one message, as signals: in a callback, or asked for."""

import re
from collections.abc import Iterator, Mapping

from destinations import kit
from destinations.twilio_engage import error_codes, people, sids
from destinations.twilio_engage.client import STOPS
from destinations.twilio_engage.senders import WHATSAPP

_CODE = re.compile(r"[0-9]{1,9}")
_TROUBLE = ("UNDELIVERED", "FAILED")


def word(said: Mapping[str, str]) -> str:
    """The status that a callback's parameters name, in capitals; "" where they name none. Of a text SmsStatus alone may say it."""
    return (said.get("MessageStatus") or said.get("SmsStatus") or "").upper()


def signals(
    said: Mapping[str, str],
    *,
    delivery_id: str | None = None,
    price: str | None = None,
    segments: int | None = None,
    form: tuple[tuple[str, str], ...] = (),
) -> Iterator[kit.Signal]:
    """What the parameters of a status callback say: a status, and a person's stop where its error code is one. `form` is what came.

    A status nobody knows says nothing, and neither does what names no message.
    """
    sid, status = sids.of(said), word(said)
    if not sid or status not in kit.MessageStatus.__members__:
        return
    code = said.get("ErrorCode") or None
    if code is not None and _CODE.fullmatch(code) is None:
        raise ValueError("its ErrorCode is no number")
    person = people.person(said, "To")
    yield kit.StatusChanged(
        message_sid=sid,
        status=kit.MessageStatus[status],
        delivery_id=delivery_id,
        provider_code=code,
        # Of a text Twilio says the code alone.
        message=said.get("ErrorMessage")
        or said.get("ChannelStatusMessage")
        or (error_codes.name_of(code) if code else None),
        remedy=error_codes.remedy_for(code) if code else None,
        price=price,
        segments=segments,
        sender=said.get("From") or None,
        recipient=said.get("To") or None,
        external_user_ids=person.ids,
        resend=error_codes.resend_of(code) if code and status in _TROUBLE else None,
        account_trouble=code is not None and error_codes.is_of_account(code),
        too_fast=code is not None and error_codes.is_too_fast(code),
        form=form,
    )
    if code is not None and code in STOPS:
        yield kit.ConsentChanged(
            number=person.number,
            channel=person.channel,
            status=kit.ConsentStatus.UNSUBSCRIBED,
            stop=True,
            evidence=f"Twilio error {code}",
            sender=said.get("From", "").removeprefix(WHATSAPP) or None,
            service=sids.read(said.get("MessagingServiceSid"), "MessagingServiceSid"),
            reach=STOPS[code],
        )
