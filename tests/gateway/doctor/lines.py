"""Checks as a person reads them."""

from collections.abc import Iterable

from gateway.doctor.checks import Check

Line = tuple[str, str, str]
"""The name, the level, and all the words."""


def line(check: Check) -> Line:
    return check.name, check.level.value, " ".join(filter(None, (check.message, check.remedy)))


def lines(checks: Iterable[Check]) -> list[Line]:
    return [line(check) for check in checks]
