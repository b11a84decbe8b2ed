"""The mapping modules: one event shape to one action each, pure data, ready to use but for what an account owns.

A preset carries no `from`: who sends is for the owner of the account to say. One that sends an approved WhatsApp
template carries no `contentSid` either. Each description ends with what is to be filled in.
"""

from mappings.presets import (
    audience_entered_sms,
    audience_entered_whatsapp,
    identify_welcome_sms,
    lapsed_sms,
    reply_whatsapp,
    track_order_whatsapp,
)
from mappings.presets.preset import Preset

PRESETS: tuple[Preset, ...] = (
    identify_welcome_sms.PRESET,
    audience_entered_sms.PRESET,
    lapsed_sms.PRESET,
    reply_whatsapp.PRESET,
    audience_entered_whatsapp.PRESET,
    track_order_whatsapp.PRESET,
)
"""Every preset, those first that need least."""

__all__ = ["PRESETS", "Preset"]
