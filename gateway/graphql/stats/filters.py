"""Which deliveries are counted."""

from collections.abc import Mapping
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from gateway.graphql.context import Context
from gateway.graphql.deliveries import filters
from gateway.graphql.deliveries.filters import DeliveryFilterInput
from gateway.graphql.terms.errors import bad_input
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
    """The values of each column that is asked for. Raises Refused for what counts do not know, and as lists of deliveries do."""
    named = [name for name, value in vars(given).items() if value] if given else []
    others = sorted(to_camel_case(name) for name in named if name not in _COLUMNS)
    if others:
        known = ", ".join(to_camel_case(name) for name in _COLUMNS)
        raise bad_input(
            f"Counts are not kept by {', '.join(others)}: leave that out of `filter`. They are by {known}, and the time is `range`. "
            "For anything else ask for deliveries(filter:)."
        )
    asked = filters.wanted(context, given, context.viewer.space)
    return {_COLUMNS[name]: _values(getattr(asked, name)) for name in named}


def _values(value: Any) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value)
