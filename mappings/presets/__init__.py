"""The mapping modules: one event shape to one action each, pure data, ready to use but for what an account owns.

A preset carries no `from`: who sends is for the owner of the account to say. One that sends an approved WhatsApp
template carries no `contentSid` either. Each description ends with what is to be filled in.

What a MARKETING one does at a new destination, where nothing else is said:
1. It texts who said yes, and nobody of whom nothing is known.
2. It texts numbers of the destination's default country alone.
3. It texts between 08:00 and 21:00 where the person is, and waits at night.
4. It texts a number 10 times a day at most, and 1,000 times in all.
5. A person's first SMS, and one every 30 days, ends with how to opt out.
"""

from mappings.presets import (
    audience_entered_sms,
    audience_entered_whatsapp,
    audience_identify_sms,
    identify_welcome_sms,
    journey_step_sms,
    lapsed_sms,
    reply_whatsapp,
    track_order_whatsapp,
    trait_computed_sms,
)
from mappings.presets.preset import Preset

PRESETS: tuple[Preset, ...] = (
    identify_welcome_sms.PRESET,
    audience_entered_sms.PRESET,
    audience_identify_sms.PRESET,
    lapsed_sms.PRESET,
    journey_step_sms.PRESET,
    trait_computed_sms.PRESET,
    reply_whatsapp.PRESET,
    audience_entered_whatsapp.PRESET,
    track_order_whatsapp.PRESET,
)
"""Every preset, those first that need least."""

__all__ = ["PRESETS", "Preset"]
