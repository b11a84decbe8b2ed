"""Which deliveries are counted."""

from collections.abc import Mapping

from strawberry.utils.str_converters import to_camel_case

from gateway.graphql.context import Context
from gateway.graphql.deliveries.filters import DeliveryFilterInput
from gateway.graphql.terms.errors import Refused, bad_input
from gateway.stats import Dimension

_COLUMNS = {
    "destination_id": Dimension.DESTINATION.column,
    "mapping_id": Dimension.MAPPING.column,
    "sender": Dimension.SENDER.column,
    "channel": Dimension.CHANNEL.column,
    "country": Dimension.COUNTRY.column,
    "reason": Dimension.REASON.column,
    "error_code": Dimension.ERROR_CODE.column,
}
"""By the field of a filter."""


def wanted(context: Context, given: DeliveryFilterInput | None) -> Mapping[str, frozenset[str]]:
    """The values of each column that is asked for. Raises Refused for what counts do not know, and what this viewer may not ask."""
    asked = {name: value for name, value in vars(given).items() if value} if given else {}
    others = sorted(to_camel_case(name) for name in asked if name not in _COLUMNS)
    if others:
        known = ", ".join(to_camel_case(name) for name in _COLUMNS)
        raise bad_input(
            f"Counts are not kept by {', '.join(others)}: leave that out of `filter`. They are by {known}, and the time is `range`. "
            "For anything else ask for deliveries(filter:)."
        )
    if "sender" in asked and context.viewer.masked:
        raise Refused("FORBIDDEN", "A VIEWER sees no numbers, so counts can't be filtered by a sender.")
    return {_COLUMNS[name]: _values(value) for name, value in asked.items()}


def _values(value: str | list[str]) -> frozenset[str]:
    return frozenset(str(one) for one in (value if isinstance(value, list) else [value]))
