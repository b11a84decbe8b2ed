"""What a person wrote to one of our senders: that they wrote, and what it says of consent."""

import re
from collections.abc import Iterator, Mapping

from destinations import kit
from destinations.twilio_engage import keywords
from destinations.twilio_engage.senders import WHATSAPP

_MOST_MEDIA = 10
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def signals(said: Mapping[str, str]) -> Iterator[kit.Signal]:
    """What the parameters of Twilio's call say. A call without a message SID says nothing, nor does one from what is no
    number (a short code, another channel's user).

    WhatsApp has no keywords of Twilio's own: a STOP there is known here, or nowhere.
    """
    sid = said.get("MessageSid") or said.get("SmsSid")
    address, sender = said.get("From", ""), said.get("To", "").removeprefix(WHATSAPP)
    on_whatsapp = address.startswith(WHATSAPP)
    number = address.removeprefix(WHATSAPP)
    if not sid or not sender or not _E164.fullmatch(number):
        return
    channel = kit.Channel.WHATSAPP if on_whatsapp else kit.Channel.SMS
    text = said.get("ButtonText") or said.get("ListTitle") or said.get("Body") or None
    meant = keywords.meaning(
        _texts(said, "Body", "ButtonText", "ListTitle"),
        said.get("OptOutType"),
        _texts(said, "ButtonPayload", "ListId"),
    )
    message = kit.InboundMessage(
        message_sid=sid,
        number=kit.canonical(number),
        sender=sender,
        channel=channel,
        text=text,
        media_urls=tuple(
            said[name] for name in map("MediaUrl{}".format, range(_MOST_MEDIA)) if said.get(name)
        ),
        keyword=meant.keyword,
        needs_review=meant.needs_review,
        service=said.get("MessagingServiceSid") or None,
        replied_to=said.get("OriginalRepliedMessageSid") or None,
    )
    yield message
    if meant.status is not None:
        yield kit.ConsentChanged(
            number=message.number,
            channel=channel,
            status=meant.status,
            stop=meant.status is kit.ConsentStatus.UNSUBSCRIBED,
            evidence=meant.evidence or "",
            sender=sender,
            service=message.service,
        )


def _texts(said: Mapping[str, str], *names: str) -> tuple[str, ...]:
    return tuple(said[name] for name in names if said.get(name))
