"""Whether a message may go to a number's country, and what is worth knowing of one that may."""

from collections.abc import Iterator, Sequence
from functools import cache

from destinations import kit
from destinations.kit import MmsFallback, Reason
from destinations.twilio_engage import media as media_files
from destinations.twilio_engage.gates import Verdict

_MMS_COUNTRIES = frozenset({"US", "CA", "AU"})
_DLT_COUNTRY = "IN"
_NO_MMS = "MMS reaches the US, Canada and Australia alone, and this number is in {}."


def sms_country_gate(
    recipient: str,
    allowed: frozenset[str] | None,
    policy: kit.Policy,
    *,
    media: Sequence[str],
    dlt_entity_id: str | None,
) -> Verdict:
    """Whether an SMS or MMS may go to that number's country, with these media.

    `allowed` are the countries the destination is limited to, None for any. Only what is known to reach nobody is refused,
    and what the policy refuses: what Twilio may deliver passes with a note, which names the reason that it is not refused for.
    `dlt_entity_id` is that of the destination's DLT registration; a blank one is none.
    """
    country = kit.country_of(recipient)
    if not media and country != _DLT_COUNTRY:  # as most are: nothing more is asked
        return _limited(country, allowed) or _let_through(country)
    dlt = (dlt_entity_id or "").strip() or None
    return (
        _limited(country, allowed)
        or _refused(country, policy, media=media, dlt=dlt)
        or Verdict(" ".join((_may(country), *_notes(country, media=media, dlt=dlt))))
    )


def whatsapp_country_gate(recipient: str, allowed: frozenset[str] | None) -> Verdict:
    """Whether a WhatsApp message may go to that number's country."""
    country = kit.country_of(recipient)
    return _limited(country, allowed) or _let_through(country)


@cache  # there are no more than countries
def _let_through(country: str | None) -> Verdict:
    return Verdict(_may(country))


def _limited(country: str | None, allowed: frozenset[str] | None) -> Verdict | None:
    if allowed is None or country in allowed:
        return None
    said = f"The destination sends to {', '.join(sorted(allowed))} alone, and this number is in {country or 'no country'}."
    return Verdict(said, Reason.COUNTRY_NOT_ALLOWED)


def _refused(
    country: str | None, policy: kit.Policy, *, media: Sequence[str], dlt: str | None
) -> Verdict | None:
    if media and country not in _MMS_COUNTRIES and policy.mms_fallback is MmsFallback.SUPPRESS:
        return Verdict(_NO_MMS.format(country or "no country"), Reason.MMS_COUNTRY)
    no_carrier = media_files.refused(media)
    if no_carrier is not None:
        return Verdict(no_carrier, Reason.MEDIA_TYPE)
    if country == _DLT_COUNTRY and policy.require_dlt_for_india and not dlt:
        detail = "The destination's policy asks for a DLT registration for India, and it has no dltEntityId."
        return Verdict(detail, Reason.DLT_REQUIRED)
    return None


def _notes(country: str | None, *, media: Sequence[str], dlt: str | None) -> Iterator[str]:
    if media and country not in _MMS_COUNTRIES:
        yield (
            f"Note MMS_COUNTRY: {_NO_MMS.format(country or 'no country')} Twilio's MMS Converter sends a text with a link in its "
            "place; where it is switched off, for the account or the Messaging Service, Twilio refuses this with 400: switch it on "
            "then."
        )
    doubt = media_files.doubtful(media)
    if doubt is not None:
        yield f"Note MEDIA_TYPE: {doubt}"
    if country == _DLT_COUNTRY:
        known = "the destination has a dltEntityId" if dlt else "the destination has no dltEntityId"
        yield (
            f"Note DLT_REQUIRED: {known}; what is not registered on a DLT portal reaches India by the international route, from a "
            "random number."
        )


def _may(country: str | None) -> str:
    return f"{country or 'No country'}, which may be sent to."
