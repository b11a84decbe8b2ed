"""What Twilio exports of consent: its lists of who stopped, and what its consent API says of contacts. A no of it is the person's own stop."""

from destinations import kit

_WORDS = {"start": kit.Said.YES, "unstop": kit.Said.YES, "help": kit.Said.UNKNOWN, "info": kit.Said.UNKNOWN}


def _says(value: object) -> kit.Said:
    """What Twilio's word says. A START of an export is a yes like any other."""
    return _WORDS.get(str(value).strip().lower()) or kit.opt_in_says(value)


_AT = ("at", "changed at")
_SHOWS = {"method": "method", "note": "keyword"}

consent_export = kit.ConsentExport(
    name="twilio",
    title="Twilio's opt-outs",
    needs="the number (`phone_number`, or `contact_id`), and whether it stopped (`opt_out_type` or `status`) or when (`opted_out_at`)",
    known_by=(
        frozenset({"optouttype"}),
        frozenset({"optoutkeyword"}),
        frozenset({"optedoutat"}),
        frozenset({"optoutdate"}),
        frozenset({"dateoptedout"}),
        frozenset({"contactid", "senderid", "status"}),
        frozenset({"messagingservicesid", "phonenumber"}),
    ),
    columns={
        "phone": (
            "phonenumber",
            "contactid",
            "phone",
            "recipient",
            "recipientphonenumber",
            "enduserphonenumber",
        ),
        "status": ("optouttype", "status", "consentstatus"),
        "stopped at": ("optedoutat", "optoutdate", "dateoptedout", "optouttime", "optouttimestamp"),
        "at": ("dateofconsent", "datecreated", "createdat", "date", "timestamp"),
        "changed at": ("dateupdated", "updatedat"),
        "sender": (
            "messagingservicesid",
            "senderid",
            "sender",
            "messagingservice",
            "twilionumber",
            "shortcode",
        ),
        "channel": ("channel",),
        "keyword": ("optoutkeyword", "keyword"),
        "method": ("source",),
    },
    statements=(
        kit.ConsentStatement("status", None, ("stopped at", *_AT), "sender", evidence=_SHOWS, says=_says),
        kit.ConsentStatement("keyword", None, ("stopped at", *_AT), "sender", evidence=_SHOWS, says=_says),
        kit.ConsentStatement(None, None, ("stopped at",), "sender", evidence=_SHOWS),
    ),
    channel=kit.Channel.SMS,
    own_stops=True,
)
