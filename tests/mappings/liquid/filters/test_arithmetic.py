from typing import Any

import pytest

from mappings import Template, TemplateError
from mappings.text import number_text

SCOPE: dict[str, Any] = {"price": "19.99", "n": 3.0, "yes": True, "none": None, "list": [1, 2], "id": 2**60}


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("7 | divided_by: 2", "3.5"),
        ("8 | divided_by: 2", "4"),
        ("7 | divided_by: 2, true", "3"),
        ("-7 | divided_by: 2, true", "-4"),
        ("10 | divided_by: 3", "3.3333333333333335"),
        ("n | times: 2", "6"),
        ("price | times: 2", "39.98"),
        ("'3' | plus: 1", "4"),
        ("' 5 ' | plus: '1.5'", "6.5"),
        ("'5 apples' | plus: 1", "1"),
        ("'1e3' | plus: '.5'", "1000.5"),
        ("'1,000' | plus: 1", "1"),
        ("nope | plus: 1", "1"),
        ("none | plus: nope", "0"),
        ("yes | plus: 1", "2"),
        ("10 | minus: '3'", "7"),
        ("'a' | times: 3", "0"),
        ("10 | modulo: 3", "1"),
        ("-10 | modulo: 3", "2"),
        ("10 | modulo: -3", "-2"),
        ("10.5 | modulo: 3", "1.5"),
        ("2.5 | round", "3"),
        ("-2.5 | round", "-3"),
        ("-0.4 | round", "0"),
        ("1.005 | round: 2", "1.01"),
        ("1234.5678 | round: -2", "1200"),
        ("price | round: 1", "20"),
        ("n | round: none", "3"),
        ("0.000001234 | round: 8", "0.00000123"),
        ("2.1 | ceil", "3"),
        ("-0.2 | ceil", "0"),
        ("'2.9' | floor", "2"),
        ("-7.5 | floor", "-8"),
        ("'-3.5' | abs", "3.5"),
        ("3 | at_least: 5", "5"),
        ("none | at_least: 5", "5"),
        ("3 | at_most: '2'", "2"),
        ("'x' | at_most: 2", "0"),
        ("10 | divided_by: 3 | round: 2 | append: ' EUR'", "3.33 EUR"),
        ("1e21 | plus: 0", "0"),
        ("'1e21' | plus: 1", "1e+21"),
        ("'12.7' | to_integer", "12.7"),
    ],
)
def test_a_filter_of_numbers_does_what_it_does_in_liquidjs(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("0.1 | plus: 0.2", "0.3"),
        ("1.1 | times: 3", "3.3"),
        ("price | minus: 0.1", "19.89"),
        ("price | modulo: 3", "1.99"),
        ("0.3 | divided_by: 0.1", "3"),
        ("id | plus: 1", "1152921504606846977"),
        ("2.5 | round: 999999", "2.5"),
        ("'1e300' | round: 2", "1e+300"),
        ("'1e300' | floor", "1e+300"),
    ],
)
def test_numbers_are_worked_out_as_on_paper_where_liquidjs_is_off_by_a_little(
    output: str, rendered: str
) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("1 | divided_by: 0", "divided_by: cannot divide by 0"),
        ("1 | divided_by: nope", "divided_by: cannot divide by 0"),
        ("1 | modulo: 0", "modulo: cannot divide by 0"),
        ("big | minus: big", "there is no such number"),
    ],
)
def test_what_is_no_number_is_refused_and_not_sent(output: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(f"{{{{ {output} }}}}").render({"big": 10**400})

    assert str(caught.value) == f"the template cannot be rendered: {message} (line 1)"


def test_numbers_do_not_grow_without_end() -> None:
    text = "{% assign x = 9 %}{% for i in (1..40) %}{% assign x = x | times: x %}{% endfor %}{{ x }}"

    assert Template(text).render({}) == "Infinity"


@pytest.mark.parametrize("number", [1e300, 10**300, -1e300])
def test_the_rest_of_a_number_of_many_digits_is_worked_out_as_javascript_does(number: float) -> None:
    assert Template("{{ n | modulo: 7 }}").render({"n": number}) == number_text(float(number) % 7.0)
