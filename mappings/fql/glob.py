"""Patterns with stars, as `match` reads them."""

from collections.abc import Sequence


def fits(text: str, parts: Sequence[str]) -> bool:
    """Whether `text` consists of `parts` with anything, or nothing, between one and the next.

    One pass over the text, whatever the pattern.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
