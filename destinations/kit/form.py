"""application/x-www-form-urlencoded as the URL standard writes and reads it, for form bodies and for query strings.

It differs from `urllib.parse.urlencode` in that `*` stays and `~` does not. Both ways it takes about half the time of `urllib.parse`.
"""

from collections.abc import Iterable
from string import ascii_letters, digits
from urllib.parse import unquote_plus

_UNTOUCHED = (ascii_letters + digits + "*-._").encode()
_WRITTEN = [chr(byte) if byte in _UNTOUCHED else f"%{byte:02X}" for byte in range(256)]
_WRITTEN[ord(" ")] = "+"
_ASCII = dict(enumerate(_WRITTEN[:128]))
_PERCENT, _BLANK = b"% "
_LONG = 32


def encode_form(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs in their order, in ASCII: `name=value` joined with `&`."""
    return "&".join([f"{encode(name)}={encode(value)}" for name, value in pairs])


def decode_form(text: str) -> list[tuple[str, str]]:
    """The pairs in their order, blank values among them: what `urllib.parse.parse_qsl` reads. What is no UTF-8 becomes U+FFFD."""
    pairs = []
    for part in text.split("&"):
        name, _, value = part.partition("=")
        if part:
            pairs.append((_decoded(name), _decoded(value)))
    return pairs


def _decoded(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


def encode(text: str) -> str:
    """One name or value. A lone surrogate, which UTF-8 can't write, becomes U+FFFD."""
    if text.isascii():
        if text.isalnum():
            return text
        return text.translate(_ASCII) if len(text) < _LONG else _encoded_by_sign(text)
    return "".join(map(_WRITTEN.__getitem__, _utf8(text)))


def _encoded_by_sign(text: str) -> str:
    """An ASCII text in half the time that `translate` takes of a long one: sign by sign, which are few in most."""
    signs = set(text.encode().translate(None, _UNTOUCHED))
    if _PERCENT in signs:  # first, since it stands in what is written for others
        text = text.replace("%", _WRITTEN[_PERCENT])
    for sign in signs:
        if sign not in (_PERCENT, _BLANK):
            text = text.replace(chr(sign), _WRITTEN[sign])
    return text.replace(" ", _WRITTEN[_BLANK])  # last, since a plus of the text itself is written as a sign


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
