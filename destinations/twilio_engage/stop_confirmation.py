"""Whether Twilio itself tells a person that it heard their stop, and what they are told where it does not.

| they wrote to | what | Twilio answers | source |
| --- | --- | --- | --- |
| anything | with an OptOutType | yes | Advanced Opt-Out: it has answered by then |
| a WhatsApp sender | a word, or a button, without one | no | WhatsApp has no keywords of Twilio's own |
| a WhatsApp sender | a reaction | not sure, so nothing is sent | |
| a long code | nothing but a default keyword | yes | "Twilio support for opt-out keywords" |
| a long code | that with marks around it, or a French one | not sure | the whole message has to be the keyword; the Proxy page alone has the French |
| a toll-free number | STOP | yes | "Toll-Free opt-out": the network answers |
| a toll-free number | another default keyword, or either with marks | not sure | |
| a short code outside a service | anything | no | "Customizing HELP/STOP": nothing is done for a short code |
| a short code of a service | a default keyword | not sure | |
| any number | what only is a stop here, as in another language | no | it is no keyword of Twilio's |
| anything else, such as RCS | anything | not sure | |
"""

import re
from collections.abc import Mapping

from destinations import kit
from destinations.kit import Channel
from destinations.twilio_engage import segments
from destinations.twilio_engage.senders import WHATSAPP

_DEFAULT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_TOLL_FREE_WORD = "STOP"
_DOUBTFUL = frozenset({"ARRET", "ARRETE", "ARRETT", "ARRÊT", "ARRÊTE", "ARRÊTT"})
_REACTION = "reaction"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)[0-9]{7}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_MARKS = re.compile(r"[\W_]+")

_LIQUID = ("{{", "{%")
_LINK = re.compile(r"https?:|www\.|[^\W_]\.[^\W\d_]{2,}", re.IGNORECASE)


def is_confirmed(said: Mapping[str, str], sender: str) -> bool | None:
    """Whether Twilio answers a stop that these parameters of its call tell of, by the table; None: that is not sure."""
    if said.get("OptOutType"):
        return True
    if said.get("To", "").startswith(WHATSAPP):
        return None if said.get("MessageType", "").lower() == _REACTION else False
    written = said.get("Body", "").strip().upper()
    bare = _MARKS.sub("", written)
    may_be_a_keyword = bare in _DEFAULT or bare in _DOUBTFUL
    if _SHORT_CODE.fullmatch(sender):
        return None if said.get("MessagingServiceSid") and may_be_a_keyword else False
    if not _NUMBER.fullmatch(sender):
        return None
    if not may_be_a_keyword:
        return False
    known = {_TOLL_FREE_WORD} if _TOLL_FREE.fullmatch(sender) else _DEFAULT
    return True if written in known else None


def problems(text: str) -> tuple[str, ...]:
    """What a confirmation must not have: it is one segment of plain words, with nothing in it that could be an advertisement."""
    found = []
    if any(mark in text for mark in _LIQUID):
        found.append("It has Liquid in it ({{ or {%), and is sent as it is: write the words themselves.")
    if (link := _LINK.search(text)) is not None:
        found.append(
            f"It has a link in it, or what a phone takes for one (at {link[0]!r}): leave it out, and put a blank behind each full stop."
        )
    counted = segments.count(text)
    if counted.segments > 1:
        found.append(
            f"It takes {counted.segments} segments ({counted.encoding}), and a confirmation has one: shorten it, or leave out what is not GSM-7."
        )
    return tuple(found)


_FIELDS: Mapping[str, object] = {
    "from": {"@path": "$.properties.from"},
    "to": {"@path": "$.properties.to"},
    "body": {"@path": "$.properties.body"},
    "send": True,
}
stop_confirmation = kit.StopConfirmation(
    actions={Channel.SMS: ("sendSms", _FIELDS), Channel.WHATSAPP: ("sendWhatsApp", _FIELDS)},
    problems=problems,
)
