from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given, strategies as st

from destinations.kit import decode_form, encode_form


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain123", "plain123"),
        ("a b", "a+b"),
        ("~*'()!-_.+%/", "%7E*%27%28%29%21-_.%2B%25%2F"),
        ("é 日本 👩", "%C3%A9+%E6%97%A5%E6%9C%AC+%F0%9F%91%A9"),
        ("a\nb\tc&d=e", "a%0Ab%09c%26d%3De"),
        (
            "https://example.com/a b?c=100%&d=e+f#%20",
            "https%3A%2F%2Fexample.com%2Fa+b%3Fc%3D100%25%26d%3De%2Bf%23%2520",
        ),
        ("", ""),
    ],
)
def test_writes_a_value_as_the_url_standard_does(value: str, written: str) -> None:
    assert encode_form([("k", value)]) == f"k={written}"


def test_keeps_the_order_and_repeats_names() -> None:
    pairs = [("b", "1"), ("a", "2"), ("b", "3")]

    assert encode_form(pairs) == "b=1&a=2&b=3"


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert encode_form([("k", "a\ud83d")]) == "k=a%EF%BF%BD"


@given(st.text())
def test_differs_from_pythons_own_in_two_signs(value: str) -> None:
    own = urlencode([("k", value)]).replace("%2A", "*").replace("~", "%7E")

    assert encode_form([("k", value)]) == own


@given(st.text() | st.text("a=&+%2Bf0é;\x00 "))
@example("&&a&=b&a=b=c&%&%4&%zz=+&%FF=%00")
def test_reads_what_pythons_own_reads(text: str) -> None:
    assert decode_form(text) == parse_qsl(text, keep_blank_values=True)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
            st.text(st.characters(exclude_categories=["Cs"])),
        )
    )
)
def test_reads_what_it_wrote(pairs: list[tuple[str, str]]) -> None:
    assert decode_form(encode_form(pairs)) == pairs
