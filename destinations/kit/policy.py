"""What a destination's owner decided for all of its messages, as far as a plan may know of it."""

from dataclasses import dataclass

from destinations.kit.enums import MmsFallback


@dataclass(frozen=True, slots=True)
class Policy:
    """`mms_fallback`: what media do where there is no MMS. `require_dlt_for_india`: an SMS to India needs the id of a
    DLT registration on the destination.
    """

    mms_fallback: MmsFallback = MmsFallback.LINK
    require_dlt_for_india: bool = False
