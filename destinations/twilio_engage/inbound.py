"""What a person wrote to one of our senders: that they wrote, and what it says of consent."""

import re
from collections.abc import Iterator, Mapping

from destinations import kit
from destinations.twilio_engage import keywords
from destinations.twilio_engage.senders import WHATSAPP

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
    text = said.get("ButtonText") or said.get("Body") or None
    message = kit.InboundMessage(
        message_sid=sid,
        number=kit.canonical(number) if on_whatsapp else number,
        sender=sender,
        channel=channel,
        text=text,
    )
    yield message
    meant = keywords.meaning(text, said.get("OptOutType"))
    if meant is not None:
        status, evidence = meant
        yield kit.ConsentChanged(
            number=message.number,
            channel=channel,
            status=status,
            stop=status is kit.ConsentStatus.UNSUBSCRIBED,
            evidence=evidence,
            sender=sender,
            service=said.get("MessagingServiceSid") or None,
        )
