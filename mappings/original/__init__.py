"""How the original read triggers and fields, its oddities included: for whoever moves here, to be shown where the two part.

    trigger_matches(trigger, event)   # whether the original took an event
    apply_fields(fields, payload)     # the values that the original gave an action, or UNDEFINED
    trigger_samples(trigger)          # events made of a trigger's own terms, some that hold and some that break each

Nothing that is sent goes by it. What it does was recorded (tests/conformance), and every recorded case runs against it.
"""

from mappings.original.fields import apply_fields
from mappings.original.samples import trigger_samples
from mappings.original.triggers import trigger_matches

__all__ = ["apply_fields", "trigger_matches", "trigger_samples"]
