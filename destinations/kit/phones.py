"""Phone numbers, by one rule for all who read one: E.164, or nothing; and the one key of a person, whatever form was used."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    shortnumberinfo,
)

from destinations.kit import numbering


def as_written(value: object) -> str | None:
    """A number as somebody would write it: clients send JSON integers and whole floats too. None for what is neither a text with
    something in it nor such a number.
    """
    if isinstance(value, str):  # as nearly all are
        return str(value) if value.strip() else None  # plain, wherever it came from: it is remembered
    match value:
        case bool():
            return None
        case int() if 0 < value < _TOO_LARGE:
            return str(value)
        case float() if 0 < value < _TOO_LARGE and value == int(value):
            return str(int(value))
    return None


_TOO_LARGE = 10**18
"""No number has so many digits; a float of that size has lost some."""


def e164(value: object, country: str | None) -> str | None:
    """The number in E.164, as it is dialled, or None where it can't be one. It need not be in use.

    `country` is the one (ISO 3166, two letters) whose national numbers are read; None: only numbers with a + are. Digits of
    somebody abroad are read without their + too, where the country has no such number: people, and WhatsApp itself, leave it
    out. None are numbers that are whole only within a town, emergency and other short numbers, and what is typed to fill a form.
    """
    text = as_written(value)
    return None if text is None or len(text) > _LONGEST_TEXT else _read(text, country)


def whatsapp_e164(value: object, country: str | None) -> str | None:
    """As `e164`, for whom a WhatsApp message is addressed to: a number that is written with North America's code may have an
    area code that begins with 1, which no telephone there has. The original sends to such, and WhatsApp says what it thinks
    of them; nothing is remembered under one.
    """
    number = e164(value, country)
    written = None if number is not None else _WITH_ITS_CODE.fullmatch(_plain(as_written(value) or ""))
    if written is None:
        return number
    digits = re.sub(r"[^0-9]", "", written[0])
    is_whole = len(digits) == _SHORTEST_ABROAD and len(set(digits[1:])) > 1
    return f"+{digits}" if is_whole else None


_WITH_ITS_CODE = re.compile(r"\+?1[ .\-]?\(?1[0-9() .\-]{9,30}")
_LONGEST_TEXT = 250


@lru_cache(maxsize=20_000)  # a batch and its texts: what is matched is read again where it is sent
def _read(text: str, country: str | None) -> str | None:
    whole = _in_full(text)
    if whole is not None and not text.startswith(_MEXICO_DIALLED_OF_OLD):
        return text if _may_be_dialled(whole) else None  # as nearly all are
    written = _SPELLING.fullmatch(_whole(_plain(text)))
    if written is None:
        return None
    readings = _readings(written["number"].strip(), written["context"], country)
    possible = [number for number in readings if _is_possible(number)]
    valid = [number for number in possible if numbering.place_of(*_parts(number)).is_valid]
    if _LETTER.search(written["number"]):
        # 1-800-FLOWERS is a way of writing there alone; elsewhere a name beside a number would become digits of it.
        possible = valid = [number for number in valid if number.country_code == _NORTH_AMERICA]
    taken = next(iter(valid or possible), None)
    if taken is None or not _is_somebodys(*_parts(taken), is_valid=bool(valid)):
        return None
    return phonenumbers.format_number(taken, PhoneNumberFormat.E164)


class _InFull(NamedTuple):
    """A number in plain E.164: its country code, the national number, and where it is by the numbering plans."""

    code: int
    national: str
    place: numbering.Place


def _may_be_dialled(whole: _InFull) -> bool:
    code, national, place = whole
    return numbering.is_possible(code, len(national)) and _is_somebodys(
        code, national, is_valid=place.is_valid
    )


def _is_somebodys(code: int, national: str, *, is_valid: bool) -> bool:
    return not (_is_short(code, national, is_valid=is_valid) or _fills_a_form(code, national))


def _plain(text: str) -> str:
    """The text in ASCII, as far as signs stand for such: digits and forms of other scripts, dashes, blanks, and nothing that
    can't be seen or quotes the whole.
    """
    return "".join(map(_ascii, text)).strip(" \"'`,;")


@lru_cache(maxsize=1024)
def _ascii(sign: str) -> str:
    if sign in _ALIKE:
        return _ALIKE[sign]
    category = unicodedata.category(sign)
    if sign.isspace() or category in ("Cc", "Cf", "Mn"):
        return " " if sign.isspace() else ""
    if category == "Pd" or sign == "\N{MINUS SIGN}":
        return "-"
    return str(unicodedata.decimal(sign)) if category == "Nd" else _narrow(sign)


def _narrow(sign: str) -> str:
    """A full-width or small form as the sign that it is a form of."""
    is_form = unicodedata.decomposition(sign).startswith(("<wide>", "<small>"))
    return unicodedata.normalize("NFKC", sign) if is_form else sign


_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_ALIKE = {
    **dict.fromkeys(_QUOTES, '"'),
    **dict.fromkeys("\u00b7\u2022\u2219\u2024_", "."),
    "[": "(",
    "]": ")",
}
_LABEL = r"(?:tel|telephone|phone|mobile|cell|home|work|office)"
_EXTENSION = r"(?:;ext=|[ ,;]*(?:x|ext|extn|extension|\#|,)[ .:]*)[0-9]{1,7}\#?"
# A spreadsheet writes a whole number with a fraction of nothing, or with an exponent; one that left digits out is no number.
_SPELLING = re.compile(
    rf"""
    (?:(?:{_LABEL}|[ptm]|sms|whatsapp)\.?:(?://)?)?[ ]*
    (?P<number>\(?\+[ ]*[0-9(][0-9A-Z() ./\-~]*?|\(?[0-9][0-9A-Z() ./\-~]*?)
    (?:{_EXTENSION})?(?:[ ]*\({_LABEL}\))?
    (?:;isub=[0-9]+|;phone-context=(?P<context>\+[0-9]{{1,3}}))*
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_LETTER = re.compile(r"[A-Z]", re.IGNORECASE)
_FRACTION_OF_NOTHING = re.compile(r"(\+?[0-9]{7,15})\.0+")
_EXPONENT = re.compile(r"(\+?[0-9])\.([0-9]{6,14})E\+?([0-9]{1,2})", re.IGNORECASE)


def _readings(text: str, context: str | None, country: str | None) -> Iterator[PhoneNumber]:
    """What the text may be, the surest first."""
    if context is not None and "+" not in text:
        text = f"{context} {text}"
    given = text.startswith(("+", "("))
    abroad = None if given or not _is_dialled_abroad(text) or country is None else _parsed(f"+{text}", None)
    if abroad is not None and abroad.country_code == phonenumbers.country_code_for_region(country or ""):
        yield abroad
    national = _parsed(text, country)
    if national is not None:
        yield national
    if abroad is not None and (_is_long(text) or phonenumbers.number_type(abroad) in _MOBILE):
        yield abroad


def _whole(text: str) -> str:
    fraction = _FRACTION_OF_NOTHING.fullmatch(text)
    if fraction is not None:
        return fraction[1]
    exponent = _EXPONENT.fullmatch(text)
    if exponent is not None and len(exponent[2]) == int(exponent[3]):
        return exponent[1] + exponent[2]
    return text


def _is_dialled_abroad(text: str) -> bool:
    return _digits(text) >= _SHORTEST_ABROAD and not text.startswith("0")


def _is_long(text: str) -> bool:
    return _digits(text) > _SHORTEST_ABROAD


def _digits(text: str) -> int:
    return sum(sign.isdigit() for sign in text)


_SHORTEST_ABROAD = 11
"""Digits with which a number abroad is told from a national one: with fewer it could be either, and with no more it may be a
national one with a digit too many, so that it has to be a mobile's.
"""
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        number = international(text) or phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    number.extension = None
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    dialled = _MEXICAN_MOBILE.fullmatch(written)
    return number if dialled is None else phonenumbers.parse(f"+52{dialled[1]}")


def _parts(number: PhoneNumber) -> tuple[int, str]:
    return number.country_code or 0, phonenumbers.national_significant_number(number)


def international(text: str) -> PhoneNumber | None:
    """The number of a text in plain E.164, as `phonenumbers.parse` has it in four times the time; None where the country's rules
    for what may stand before a national number have to be asked.
    """
    whole = _in_full(text)
    return (
        None if whole is None else PhoneNumber(country_code=whole.code, national_number=int(whole.national))
    )


@lru_cache(maxsize=20_000)  # a batch and its texts: what is matched is read again where it is sent
def _in_full(text: str) -> _InFull | None:
    """The number of a text in plain E.164; None as in `international`."""
    if not _E164.fullmatch(text):
        return None
    end = _end_of_code(text)
    if end is None or text[end] == "0":
        return None
    code, national = int(text[1:end]), text[end:]
    before = numbering.national_prefix(code)
    if before is not None and before.match(national):
        return None
    return _InFull(code, national, numbering.place_of(code, national))


def _end_of_code(number: str) -> int | None:
    """Where the country code ends: no code begins with another one."""
    for end in (2, 3, 4):
        if number[1:end] in _REGIONS:
            return end
    return None


_E164 = re.compile(r"\+[0-9]{8,15}")
_REGIONS = {str(code): regions for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


def country_of(number: str) -> str | None:
    """The country (ISO 3166, two letters) of a number in E.164; None for one that belongs to no country."""
    whole = _in_full(number)
    country = whole and whole.place.region
    if country is None:
        end = _end_of_code(number)
        regions = () if end is None else _REGIONS[number[1:end]]
        country = regions[0] if regions else None
        if whole is None and len(regions) > 1:  # few countries share their code
            country = numbering.place_of(*_parts(phonenumbers.parse(number))).region or country
    return country if country is not None and country.isalpha() else None


# Dialled until 2019, refused since: https://www.itu.int/oth/T0202.aspx?parent=T0202 (Mexico), and written on by many.
_MEXICO_DIALLED_OF_OLD = "+521"
_MEXICAN_MOBILE = re.compile(r"\+521([0-9]{10})")


def _is_possible(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _is_short(code: int, national: str, *, is_valid: bool) -> bool:
    """Whether a call there reaches a service of the country, such as 112, and no subscriber."""
    regions = phonenumbers.region_codes_for_country_code(code)
    if _is_emergency(national, regions):
        return True
    if is_valid:
        return False
    bare = national.removeprefix(str(code))  # 43112 in Austria is +43 112 without its +
    zeros = len(national) - len(national.lstrip("0"))
    number = PhoneNumber(code, int(national), italian_leading_zero=zeros > 0, number_of_leading_zeros=zeros)
    return shortnumberinfo.is_valid_short_number(number) or _is_emergency(bare, regions)


def _is_emergency(digits: str, regions: Iterable[str]) -> bool:
    return len(digits) <= LONGEST_EMERGENCY and any(
        shortnumberinfo.is_emergency_number(digits, region) for region in regions
    )


LONGEST_EMERGENCY = 6
"""Digits of the longest emergency number of any country: asking each country of North America takes longer than all the rest."""


def _fills_a_form(code: int, national: str) -> bool:
    """Whether nobody has it: one digit throughout, or a North American area code that can't be one.

    Area codes begin with 2 to 9, and those that end in 11 are services. Of what follows nothing is asked: made up numbers,
    which Twilio's own examples are full of, follow no rule there.
    """
    if len(set(national)) == 1:
        return True
    return code == _NORTH_AMERICA and (national[0] in "01" or national[1:3] == "11")


_NORTH_AMERICA = 1

# The forms of one person's mobile. Brazil's WhatsApp accounts of before the ninth digit keep eight, Mexico's the 1 that was dialled
# until 2019, and Argentina's 9 is said or not.
_ONE_PERSON = (
    (re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})"), r"+55\g<1>9\g<2>"),
    (_MEXICAN_MOBILE, r"+52\g<1>"),
    (re.compile(r"\+54([1-8][0-9]{9})"), r"+549\g<1>"),
)
_OF_SEVERAL_FORMS = frozenset({"+52", "+54", "+55"})


def canonical(number: str) -> str:
    """The key (E.164) under which a person is known on every channel, whatever form of their number was given, was dialled, or
    came with a message: the same for every other number. It is for comparing; what is dialled stays as it was given.

    In Brazil and Mexico both forms are one line. In Argentina a fixed line and a mobile may share all digits but the 9, and no
    numbering plan tells which is which; since WhatsApp writes a mobile without its 9 too, they have one key, or a stop that comes
    in the one form would not be found under the other.
    """
    if number[:3] not in _OF_SEVERAL_FORMS:
        return number
    for form, one in _ONE_PERSON:
        if form.fullmatch(number):
            return form.sub(one, number)
    return number


def forms(number: str) -> frozenset[str]:
    """Every form in which the person of that number may have been dialled, or have written: what `canonical` makes one key of."""
    key = canonical(number)
    older = {form.sub(one, key) for form, one in _OLDER_FORMS if form.fullmatch(key)}
    return frozenset({key, number, *older})


_OLDER_FORMS = (
    (re.compile(r"\+55([1-9][0-9])9([6-9][0-9]{7})"), r"+55\g<1>\g<2>"),
    (re.compile(r"\+52([0-9]{10})"), r"+521\g<1>"),
    (re.compile(r"\+549([1-8][0-9]{9})"), r"+54\g<1>"),
)

_CHANNEL_PREFIX = re.compile(r"[a-z]+:")
_DIALLED = re.compile(r"\+[0-9]{7,15}|[0-9]{11,15}")
_WRITTEN_BETWEEN = str.maketrans("", "", " ().-")


@lru_cache(maxsize=1024)  # what is sent from is the same for many texts
def sender_key(address: str, country: str | None = None) -> str:
    """The one form under which an address that is sent from is known, so that a word to it is found again: without a channel's
    prefix, a number in E.164 and as `canonical` has it; a short code, a name and a service as they are.
    """
    bare = address.strip()
    prefix = _CHANNEL_PREFIX.match(bare)
    bare = bare[prefix.end() :] if prefix else bare
    number = (
        e164(bare, country)
        if country is not None and bare[:1] in "(0123456789" and len(bare) > _LONGEST_SHORT_CODE
        else None
    )
    digits = number or bare.translate(_WRITTEN_BETWEEN)
    return canonical(f"+{digits.removeprefix('+')}") if _DIALLED.fullmatch(digits) else bare


_LONGEST_SHORT_CODE = 8
