"""The table: who said what, when and through which source, and what becomes of the text."""

from collections.abc import Mapping, Sequence

from tests.situations import confirmed, consent, defaults, gates, remedies
from tests.situations.telling import Situation

GROUPS: Mapping[str, Sequence[Situation]] = {
    **consent.GROUPS,
    **confirmed.GROUPS,
    **gates.GROUPS,
    **defaults.GROUPS,
    **remedies.GROUPS,
}
