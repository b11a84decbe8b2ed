"""The mapping modules: one event shape to one action each, ready to use but for the sender.

A preset is pure data. It carries no `from`: who sends is for the owner of the account to say, so that field has to
be added before the mapping is complete.
"""

from mappings.presets import audience_entered_sms, identify_welcome_sms
from mappings.presets.preset import Preset

PRESETS: tuple[Preset, ...] = (identify_welcome_sms.PRESET, audience_entered_sms.PRESET)
"""Every preset, those first that need least."""

__all__ = ["PRESETS", "Preset"]
