"""The filters of text. What they are given is turned into text first, as LiquidJS prints it."""

import base64
import binascii
import re
from urllib.parse import quote, quote_plus, unquote_plus

from liquid.exceptions import FilterArgumentError

from mappings.liquid.bounds import ITEM, Work, refuse_longer_than_allowed
from mappings.liquid.values import items, text, whole
from mappings.values import UNDEFINED

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
_NOT_YET_ESCAPED = re.compile(r"&(?!(?:amp|lt|gt|#34|#39);)|[<>\"']")
_BLANKS = re.compile(r"\s+")
_NOT_IN_SLUG = re.compile(r"[\W_]+")
_HTML = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"), ("<", ">"))


def append(work: Work, value: object, end: object = UNDEFINED) -> str:
    return text(work, value) + text(work, end)


def prepend(work: Work, value: object, start: object = UNDEFINED) -> str:
    return text(work, start) + text(work, value)


def upcase(work: Work, value: object) -> str:
    return text(work, value).upper()


def downcase(work: Work, value: object) -> str:
    return text(work, value).lower()


def capitalize(work: Work, value: object) -> str:
    given = text(work, value)
    return given[:1].upper() + given[1:].lower()


def strip(work: Work, value: object, characters: object = UNDEFINED) -> str:
    return text(work, value).strip(_stripped(work, value, characters))


def lstrip(work: Work, value: object, characters: object = UNDEFINED) -> str:
    return text(work, value).lstrip(_stripped(work, value, characters))


def rstrip(work: Work, value: object, characters: object = UNDEFINED) -> str:
    return text(work, value).rstrip(_stripped(work, value, characters))


def squish(work: Work, value: object) -> str:
    return " ".join(text(work, value).split())


def normalize_whitespace(work: Work, value: object) -> str:
    return _BLANKS.sub(" ", text(work, value))


def strip_newlines(work: Work, value: object) -> str:
    return text(work, value).replace("\r\n", "\n").replace("\n", "")


def newline_to_br(work: Work, value: object) -> str:
    return text(work, value).replace("\r\n", "\n").replace("\n", "<br />\n")


def strip_html(work: Work, value: object) -> str:
    """The text without tags, comments, scripts and styles; what does not end is left."""
    given = text(work, value)
    kept, start, at = [], 0, given.find("<")
    unended: set[str] = set()
    while at >= 0 and ">" not in unended:
        end = -1
        for opening, closing in _HTML:
            if end < 0 and closing not in unended and given.startswith(opening, at):
                end = given.find(closing, at + len(opening))
                if end < 0:
                    unended.add(closing)
                else:
                    kept.append(given[start:at])
                    start = end + len(closing)
        at = given.find("<", max(start, at + 1))
    return "".join([*kept, given[start:]])


def escape(work: Work, value: object) -> str:
    return text(work, value).translate(_ESCAPES)


def escape_once(work: Work, value: object) -> str:
    return _NOT_YET_ESCAPED.sub(lambda found: found[0].translate(_ESCAPES), text(work, value))


def url_encode(work: Work, value: object) -> str:
    return quote_plus(text(work, value), safe="!*'()~", errors="replace")


def url_decode(work: Work, value: object) -> str:
    return unquote_plus(text(work, value))


def cgi_escape(work: Work, value: object) -> str:
    return quote_plus(text(work, value), errors="replace")


def uri_escape(work: Work, value: object) -> str:
    return quote(text(work, value), safe=";,/?:@&=+$!~*'()#[]", errors="replace")


def base64_encode(work: Work, value: object) -> str:
    return base64.b64encode(text(work, value).encode(errors="replace")).decode()


def base64_decode(work: Work, value: object) -> str:
    given = text(work, value)
    try:
        return base64.b64decode(given + "=" * (-len(given) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError) as error:
        raise FilterArgumentError("base64_decode: this is no base64", token=None) from error


def slugify(work: Work, value: object) -> str:
    return _NOT_IN_SLUG.sub("-", text(work, value).lower()).strip("-")


def split(work: Work, value: object, between: object = UNDEFINED) -> list[object]:
    """The pieces between one `between` and the next, without empty ones at the end."""
    given, gap = text(work, value), text(work, between)
    pieces: list[object] = [*given.split(gap)] if gap else [*given]
    while pieces and not pieces[-1]:
        pieces.pop()
    return pieces


def replace(work: Work, value: object, old: object = UNDEFINED, new: object = UNDEFINED) -> str:
    given, wanted, instead = text(work, value), text(work, old), text(work, new)
    refuse_longer_than_allowed(len(given) + given.count(wanted) * (len(instead) - len(wanted)))
    return given.replace(wanted, instead) if wanted else instead.join(given)


def replace_first(work: Work, value: object, old: object = UNDEFINED, new: object = UNDEFINED) -> str:
    return text(work, value).replace(text(work, old), text(work, new), 1)


def replace_last(work: Work, value: object, old: object = UNDEFINED, new: object = UNDEFINED) -> str:
    given, wanted = text(work, value), text(work, old)
    # Python looks for a long text from the right in quadratic time, and from the left in linear time.
    behind = given[::-1].find(wanted[::-1])
    end = len(given) - behind
    return given if behind < 0 else given[: end - len(wanted)] + text(work, new) + given[end:]


def remove(work: Work, value: object, old: object = UNDEFINED) -> str:
    return text(work, value).replace(text(work, old), "")


def remove_first(work: Work, value: object, old: object = UNDEFINED) -> str:
    return replace_first(work, value, old)


def remove_last(work: Work, value: object, old: object = UNDEFINED) -> str:
    return replace_last(work, value, old)


def truncate(work: Work, value: object, length: object = UNDEFINED, end: object = "...") -> str:
    """At most `length` characters, `end` among them."""
    given, ending = text(work, value), text(work, end)
    most = 50 if length is UNDEFINED else whole(length)
    return given if len(given) <= most else given[: max(0, most - len(ending))] + ending


def truncatewords(work: Work, value: object, count: object = UNDEFINED, end: object = "...") -> str:
    words = text(work, value).split()
    most = 15 if count is UNDEFINED else max(1, whole(count))
    return " ".join(words) if len(words) < most else " ".join(words[:most]) + text(work, end)


def number_of_words(work: Work, value: object) -> int:
    return len(text(work, value).split())


def array_to_sentence_string(work: Work, value: object, connector: object = "and") -> str:
    """`a, b, and c`"""
    *texts, last = ["", *(text(work, item) for item in items(work, value))]
    start = texts[1:]
    if not start:
        return last
    gap = f" {text(work, connector)} "
    return start[0] + gap + last if len(start) == 1 else ", ".join(start) + "," + gap + last


def _stripped(work: Work, value: object, characters: object) -> str | None:
    """The characters to strip, each once; None for blanks."""
    stripped = "".join(set(text(work, characters)))
    work.spend(len(stripped) * len(text(work, value)) // ITEM)  # each may be compared with each
    return stripped or None


FILTERS = {
    "append": append,
    "array_to_sentence_string": array_to_sentence_string,
    "base64_decode": base64_decode,
    "base64_encode": base64_encode,
    "capitalize": capitalize,
    "cgi_escape": cgi_escape,
    "downcase": downcase,
    "escape": escape,
    "escape_once": escape_once,
    "lstrip": lstrip,
    "newline_to_br": newline_to_br,
    "normalize_whitespace": normalize_whitespace,
    "number_of_words": number_of_words,
    "prepend": prepend,
    "remove": remove,
    "remove_first": remove_first,
    "remove_last": remove_last,
    "replace": replace,
    "replace_first": replace_first,
    "replace_last": replace_last,
    "rstrip": rstrip,
    "slugify": slugify,
    "split": split,
    "squish": squish,
    "strip": strip,
    "strip_html": strip_html,
    "strip_newlines": strip_newlines,
    "truncate": truncate,
    "truncatewords": truncatewords,
    "upcase": upcase,
    "uri_escape": uri_escape,
    "url_decode": url_decode,
    "url_encode": url_encode,
    "xml_escape": escape,
}
