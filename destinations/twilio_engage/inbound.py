"""What a person wrote to one of our senders: that they wrote, and what it says of consent."""

from collections.abc import Iterator, Mapping

from destinations import kit
from destinations.twilio_engage import keywords, people, sids, stop_confirmation
from destinations.twilio_engage.senders import WHATSAPP

_MOST_MEDIA = 10
_LONGEST_TYPE = 255
"""Of the type of a medium, in characters: both of its names have at most 127 (RFC 6838)."""

_LONGEST_ADDRESS = 64


def signals(said: Mapping[str, str]) -> Iterator[kit.Signal]:
    """What the parameters of Twilio's call say. A call without a message SID or a sender of ours says nothing.

    WhatsApp has no keywords of Twilio's own: a STOP there is known here, or nowhere.
    """
    sid = sids.of(said)
    sender = said.get("To", "").removeprefix(WHATSAPP)
    if not sid or not sender:
        return
    if len(sender) > _LONGEST_ADDRESS:
        raise ValueError("its To is no sender's address")
    person = people.person(said, "From")
    channel = person.channel
    text = said.get("ButtonText") or said.get("ListTitle") or said.get("Body") or None
    written, pressed = (
        _texts(said, "Body", "ButtonText", "ListTitle"),
        _texts(said, "ButtonPayload", "ListId"),
    )
    meant = keywords.meaning(written, said.get("OptOutType"), pressed)
    media = [name for name in map(str, range(_MOST_MEDIA)) if said.get(f"MediaUrl{name}")]
    message = kit.InboundMessage(
        message_sid=sid,
        number=person.number,
        sender=sender,
        channel=channel,
        text=text,
        media_urls=tuple(said[f"MediaUrl{name}"] for name in media),
        media_types=tuple(said.get(f"MediaContentType{name}", "")[:_LONGEST_TYPE] for name in media),
        button=said.get("ButtonPayload") or said.get("ListId") or None,
        keyword=meant.keyword,
        needs_review=meant.needs_review,
        service=sids.read(said.get("MessagingServiceSid"), "MessagingServiceSid"),
        replied_to=sids.read(said.get("OriginalRepliedMessageSid"), "OriginalRepliedMessageSid"),
        external_user_ids=person.ids,
        address=said.get("From") or None,
        yes=keywords.yes(written, pressed) if meant.status is None and not said.get("OptOutType") else None,
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
            confirmed=stop_confirmation.is_confirmed(said, sender)
            if meant.status is kit.ConsentStatus.UNSUBSCRIBED
            else None,
        )


def _texts(said: Mapping[str, str], *names: str) -> tuple[str, ...]:
    return tuple(said[name] for name in names if said.get(name))
