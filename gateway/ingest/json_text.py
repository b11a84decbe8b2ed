"""JSON looked at as text, before values are made of it: each look takes time in proportion to its length, and little of it."""

import re
from typing import Final

import msgspec

MENDED: Final = rb"\ufffd"
"""What stands where half of an escaped emoji stood."""

TOO_LARGE: Final = b"1e999"
"""What stands where NaN or an Infinity stood: JSON, and no number that a float can be."""

_FEW = 16
"""Innermost pairs are taken out, all at once, until there are few of them for the length: then each is looked at."""

_NO_OPENINGS = bytes(byte for byte in range(256) if byte not in b"[{")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ALIKE = bytes.maketrans(b"{}", b"[]")
_SLOPES = re.compile(rb"(\[+)(\]+)")
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"[c-fC-F][0-9a-fA-F]{2}"
_HALF = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD]" + _LOW + rb")|(?<!" + _HIGH + rb"\\u[dD])" + _LOW + rb")"
)


def openings(text: bytes) -> int:
    """How many objects and lists begin in it, those inside of texts among them: it has no more levels than that."""
    return len(text.translate(None, _NO_OPENINGS))


def levels(text: bytes) -> int:
    """How many objects and lists lie in one another. The text is JSON."""
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(plain.split(b'"')[::2]).translate(_ALIKE, _NO_BRACKETS)
    found, taken_out = 0, len(brackets)
    while taken_out * _FEW > len(brackets) > 0:
        taken_out, brackets = len(brackets), brackets.replace(b"[]", b"")
        taken_out -= len(brackets)
        found += 1
    height = highest = 0
    for up, down in _SLOPES.findall(brackets):
        height += len(up)
        highest = max(highest, height)
        height -= len(down)
    return found + highest


def length(text: bytes, enough: int) -> int:
    """How many bytes it has without the blanks, and where that is more than enough, with nothing escaped that need not be.
    The text is JSON.
    """
    compact = msgspec.json.format(text, indent=-1)
    if len(compact) > enough and b"\\" in compact:
        try:
            return len(msgspec.json.encode(msgspec.json.decode(compact)))
        except (ValueError, RecursionError):
            pass
    return len(compact)


def mended(text: bytes) -> bytes:
    """With JSON for what SDKs write although it is none: NaN and Infinity (Python), and half of an escaped emoji, which
    JavaScript leaves after cutting a text.
    """
    # 0xFE and 0xFF are no part of any UTF-8: they stand for what is escaped, and 0xFD for themselves.
    hidden = text.replace(b"\xfe", b"\xfd").replace(b"\xff", b"\xfd")
    hidden = hidden.replace(b"\\\\", b"\xff").replace(b'\\"', b"\xfe")
    if b"\\ud" in hidden or b"\\uD" in hidden:
        hidden = _HALF.sub(rb"\\ufffd", hidden)
    parts = hidden.split(b'"')
    outside = b'"'.join(parts[::2])
    for name in (b"-Infinity", b"Infinity", b"NaN"):
        outside = outside.replace(name, TOO_LARGE)
    parts[::2] = outside.split(b'"')
    return b'"'.join(parts).replace(b"\xfe", b'\\"').replace(b"\xff", b"\\\\")
