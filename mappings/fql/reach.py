"""Which events a trigger can match at all, judged by their type and name."""

from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand

Values = frozenset[str] | None
"""The texts one of which a field must have; None stands for any value, a missing one included."""


def reach(condition: Condition) -> tuple[Values, Values]:
    """The values of `type` and of `event` that an event must have to fulfil `condition`."""
    return _values(condition, "type"), _values(condition, "event")


def _values(condition: Condition, field: str) -> Values:
    match condition:
        case Comparison(Operand((name,), None), "=", str(value)) if name == field:
            return frozenset({value})
        case Not(Comparison(Operand((name,), None), "!=", str(value))) if name == field:
            return frozenset({value})
        case Not(Not(inner)):
            return _values(inner, field)
        case All(conditions):
            known = [values for one in conditions if (values := _values(one, field)) is not None]
            return frozenset.intersection(*known) if known else None
        case Either(conditions):
            each = [_values(one, field) for one in conditions]
            known = [values for values in each if values is not None]
            return frozenset.union(*known) if len(known) == len(each) else None
    return None
