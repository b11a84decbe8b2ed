"""The filters of numbers. Texts that spell a number count as one, everything else as 0.

Short decimal fractions are worked out as written: `0.1 | plus: 0.2` is 0.3.
"""

import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from math import ceil, floor, isnan

from liquid.exceptions import FilterArgumentError

from mappings.liquid.bounds import Work
from mappings.liquid.values import is_true, number, whole
from mappings.values import UNDEFINED

_MOST_DECIMALS = 20
_LARGEST_ROUNDED = 1e15
_MOST_DIGITS = 15
_PRECISE = Context(prec=100, traps=[])


def plus(_work: Work, value: object, other: object = UNDEFINED) -> float:
    return _worked_out(_PRECISE.add, operator.add, value, other)


def minus(_work: Work, value: object, other: object = UNDEFINED) -> float:
    return _worked_out(_PRECISE.subtract, operator.sub, value, other)


def times(_work: Work, value: object, other: object = UNDEFINED) -> float:
    return _worked_out(_PRECISE.multiply, operator.mul, value, other)


def divided_by(
    _work: Work, value: object, divisor: object = UNDEFINED, to_whole: object = UNDEFINED
) -> float:
    """Division with its fraction, of whole numbers too, unless `to_whole` asks for none."""
    if number(divisor) == 0:
        raise FilterArgumentError("divided_by: cannot divide by 0", token=None)
    result = _worked_out(_PRECISE.divide, operator.truediv, value, divisor)
    return floor_(_work, result) if is_true(to_whole) else result


def modulo(_work: Work, value: object, divisor: object = UNDEFINED) -> float:
    """What is left of a division, with the sign of the divisor."""
    if number(divisor) == 0:
        raise FilterArgumentError("modulo: cannot divide by 0", token=None)
    return _worked_out(_modulo, operator.mod, value, divisor)


def round_(_work: Work, value: object, digits: object = UNDEFINED) -> float:
    """Rounded to `digits` decimals, halves away from zero."""
    found, decimals = number(value), whole(digits)
    if abs(decimals) > _MOST_DECIMALS or not abs(found) < _LARGEST_ROUNDED:
        return found
    return float(_decimal(found).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _PRECISE))


def ceil_(_work: Work, value: object) -> float:
    found = number(value)
    return ceil(found) if abs(found) < _LARGEST_ROUNDED else found


def floor_(_work: Work, value: object) -> float:
    found = number(value)
    return floor(found) if abs(found) < _LARGEST_ROUNDED else found


def abs_(_work: Work, value: object) -> float:
    return abs(number(value))


def at_least(_work: Work, value: object, least: object = UNDEFINED) -> float:
    return max(number(value), number(least))


def at_most(_work: Work, value: object, most: object = UNDEFINED) -> float:
    return min(number(value), number(most))


def to_integer(_work: Work, value: object) -> float:
    return number(value)


def _worked_out(
    exactly: Callable[[Decimal, Decimal], Decimal],
    roughly: Callable[[float, float], float],
    value: object,
    other: object,
) -> float:
    """The result as one works it out on paper if that is short or whole, else as JavaScript does."""
    first, second = number(value), number(other)
    result = exactly(_decimal(first), _decimal(second))
    if result.is_nan():  # as it is where too many digits would be needed
        rough = roughly(float(first), float(second))
        if isnan(rough):
            raise FilterArgumentError("there is no such number", token=None)
        return rough
    if isinstance(first, int) and isinstance(second, int) and result == result.to_integral_value():
        return int(result)
    is_short = len(result.normalize(_PRECISE).as_tuple().digits) <= _MOST_DIGITS
    return float(result) if is_short else roughly(float(_decimal(first)), float(_decimal(second)))


def _modulo(value: Decimal, divisor: Decimal) -> Decimal:
    left = _PRECISE.remainder(value, divisor)
    if left.is_nan() or not left:
        return left
    return left + divisor if (left < 0) != (divisor < 0) else left


def _decimal(found: float) -> Decimal:
    return Decimal(found) if isinstance(found, int) else Decimal(repr(found))


FILTERS = {
    "abs": abs_,
    "at_least": at_least,
    "at_most": at_most,
    "ceil": ceil_,
    "divided_by": divided_by,
    "floor": floor_,
    "minus": minus,
    "modulo": modulo,
    "plus": plus,
    "round": round_,
    "times": times,
    "to_integer": to_integer,
}
