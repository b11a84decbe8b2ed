from datetime import UTC, datetime
from typing import Any

import pytest

from mappings import Template, TemplateError
from mappings.liquid.moments import read

SCOPE: dict[str, Any] = {
    "when": "2024-12-25T08:09:05.123Z",
    "summer": "2024-07-01T12:00:00Z",
    "none": None,
    "yes": True,
}


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("when | date: '%Y-%m-%dT%H:%M:%S.%L %q %s %%'", "2024-12-25T08:09:05.123 th 1735114145 %"),
        ("when | date", "Wednesday, December 25, 2024 at 8:09 am +0000"),
        ("when | date: none", "Wednesday, December 25, 2024 at 8:09 am +0000"),
        ("when | date: ''", ""),
        ("'2024-12-22' | date: '%-d%q'", "22nd"),
        ("'2024-12-13' | date: '%d%q %N'", "13th 000000000"),
        ("when | date: '%a %A %b %B %h %e %j %y %C'", "Wed Wednesday Dec December Dec 25 360 24 20"),
        ("when | date: '%I:%M %p %l%P %k'", "08:09 AM  8am  8"),
        ("when | date: '%u %w %U %W'", "3 3 51 52"),
        ("'2024-01-07' | date: '%u %w %U %W'", "7 0 01 01"),
        ("when | date: '%x %X, %c'", "12/25/2024 8:09:05 AM, 12/25/2024, 8:09:05 AM"),
        ("when | date: '%z %:z %Z'", "+0000 +00:00 UTC"),
        ("when | date: '%-m %_H %03d %^a %#p %10Y %5a'", "12  8 025 WED am 0000002024   Wed"),
        ("when | date: '%3N %6N'", "123 123000"),
        ("when | date: '%Q %1 %'", "%Q %1 %"),
        ("when | date: '%H:%M %z %Z', 'America/New_York'", "03:09 -0500 America/New_York"),
        ("summer | date: '%H:%M %z', 'Europe/Berlin'", "14:00 +0200"),
        ("when | date: '%H:%M %z', 300", "03:09 -0500"),
        ("when | date: '%H:%M %z', -330", "13:39 +0530"),
        ("'abc' | date: '%Y'", "abc"),
        ("none | date: '%Y'", ""),
        ("'now' | date: '%Y' | size", "4"),
        ("'today' | date: '%s' | size", "10"),
        ("when | date: '%Y' | plus: 1", "2025"),
        ("when | date: '%s' | minus: 86400 | date: '%d'", "24"),
        ("when | date_to_string", "25 Dec 2024"),
        ("when | date_to_long_string", "25 December 2024"),
        ("when | date_to_string: 'ordinal'", "25th Dec 2024"),
        ("when | date_to_long_string: 'ordinal', 'US'", "December 25th, 2024"),
        ("when | date_to_xmlschema", "2024-12-25T08:09:05+00:00"),
        ("when | date_to_rfc822", "Wed, 25 Dec 2024 08:09:05 +0000"),
    ],
)
def test_a_filter_of_dates_does_what_it_does_in_liquidjs(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("2024-12-25", "2024-12-25 00:00:00.000"),
        ("2024-12", "2024-12-01 00:00:00.000"),
        ("2024/1/5", "2024-01-05 00:00:00.000"),
        (" 2024-12-25 08:09 ", "2024-12-25 08:09:00.000"),
        ("2024-12-25t08:09:10.5z", "2024-12-25 08:09:10.500"),
        ("2024-12-25T08:09:10.1234567Z", "2024-12-25 08:09:10.123"),
        ("2024-12-25T08:09:10-0530", "2024-12-25 13:39:10.000"),
        ("2024-12-25T08:00:00+02:00", "2024-12-25 06:00:00.000"),
        ("2024-12-25 08:09:10 +0200", "2024-12-25 06:09:10.000"),
        ("2024-12-25 08:09:10 UTC", "2024-12-25 08:09:10.000"),
        ("2024-12-25 08:09 PM", "2024-12-25 20:09:00.000"),
        ("2024-12-25 12:09 AM", "2024-12-25 00:09:00.000"),
        ("12/25/2024", "2024-12-25 00:00:00.000"),
        ("12/25/24", "2024-12-25 00:00:00.000"),
        ("12/25/70", "1970-12-25 00:00:00.000"),
        ("05.06.2024", "2024-05-06 00:00:00.000"),
        ("3/1/2024, 9:05:00 AM", "2024-03-01 09:05:00.000"),
        ("Dec 5, 2024", "2024-12-05 00:00:00.000"),
        ("Dec 25 2024", "2024-12-25 00:00:00.000"),
        ("5 December 2024 14:30", "2024-12-05 14:30:00.000"),
        ("Sept. 3, 2024", "2024-09-03 00:00:00.000"),
        ("25-Dec-2024", "2024-12-25 00:00:00.000"),
        ("December 2024", "2024-12-01 00:00:00.000"),
        ("Dec 25", "2001-12-25 00:00:00.000"),
        ("Wed, 25 Dec 2024 08:00:00 GMT", "2024-12-25 08:00:00.000"),
        ("Wed, 25 Dec 2024 08:00:00 EST", "2024-12-25 13:00:00.000"),
        ("Wed Dec 25 2024 08:00:00 GMT+0200 (Central European Time)", "2024-12-25 06:00:00.000"),
        (0, "1970-01-01 00:00:00.000"),
        (-1, "1969-12-31 23:59:59.000"),
        (1735114145.5, "2024-12-25 08:09:05.500"),
        ("1700000000", "2023-11-14 22:13:20.000"),
        ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000"),
        ("25/12/2024", "25/12/2024"),
        ("5th December 2024", "5th December 2024"),
        ("2024-13-45", "2024-13-45"),
        ("10:30", "10:30"),
        ("tomorrow", "tomorrow"),
        ("1735114145.5", "1735114145.5"),
        ("99999999999999999999999", "99999999999999999999999"),
    ],
)
def test_a_moment_is_read_from_the_notations_that_liquidjs_reads(value: object, rendered: str) -> None:
    assert Template("{{ a | date: '%Y-%m-%d %H:%M:%S.%L' }}").render({"a": value}) == rendered


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("2024-02-30", "2024-02-30"),
        ("Room 12", "Room 12"),
        ("-1", "-1"),
        (True, "true"),
        (["2024-12-25"], "2024-12-25"),
        (1735114145000, "1735114145000"),
        (float("nan"), "NaN"),
        (10**400, "Infinity"),
        ("9" * 100, "9" * 100),
        ("Mon " * 5000, "Mon " * 5000),
        ("\N{ARABIC-INDIC DIGIT THREE}", "\N{ARABIC-INDIC DIGIT THREE}"),
    ],
)
def test_what_is_no_moment_is_left_as_it_is(value: object, rendered: str) -> None:
    assert Template("{{ a | date: '%Y' }}").render({"a": value}) == rendered


def test_directives_of_other_strftimes_are_known_too() -> None:
    text = "{{ when | date: '%F|%T|%D|%R|%r' }}"

    assert Template(text).render(SCOPE) == "2024-12-25|08:09:05|12/25/24|08:09|08:09:05 AM"


@pytest.mark.parametrize("pattern", ["%99999999d", "%1000d"])
def test_a_directive_is_not_filled_up_without_end(pattern: str) -> None:
    assert Template(f"{{{{ when | date: '{pattern}' }}}}").render(SCOPE) == pattern


@pytest.mark.parametrize("zone", ["'Nowhere/Bad'", "'../../etc/passwd'", "'America'", "99999", "'+02:00'"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(f"{{{{ when | date: '%H', {zone} }}}}").render(SCOPE)

    name = zone.strip("'")
    assert str(caught.value) == (
        f"the template cannot be rendered: date: there is no time zone {name!r} (line 1)"
    )


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31 23:00"])
def test_a_moment_without_a_neighbour_is_left_as_it_is_in_another_zone(moment: str) -> None:
    offset = 600 if moment.startswith("0") else -600

    assert Template(f"{{{{ '{moment}' | date: '%Y', {offset} }}}}").render({}) == moment


@pytest.mark.parametrize("word", ["now", "today"])
def test_now_is_the_moment_it_is_rendered_for(word: str) -> None:
    moment = datetime(2020, 2, 29, 23, 59, 58, tzinfo=UTC)

    assert Template(f"{{{{ '{word}' | date: '%F %T' }}}}").render({}, now=moment) == "2020-02-29 23:59:58"
    assert read(word, moment) == moment
