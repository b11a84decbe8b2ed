import pytest

from destinations.twilio_engage.overrides import fragment, problems


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None), "rp=all&rc=5"),
        (("", ""), "rp=all&rc=5"),
        (("#", None), "rp=all&rc=5"),
        ((None, "#rc=3"), "rc=3"),
        (("rc=1", "rc=3"), "rc=1"),
        (("", "rc=3"), "rc=3"),
    ],
)
def test_the_first_that_says_something_is_used(given: tuple[str | None, ...], expected: str) -> None:
    assert fragment(*given) == expected


@pytest.mark.parametrize(
    "text",
    [
        "rp=all&rc=5",
        "#rp=ct,5xx&ct=100&rt=15000&tt=15000&rc=0&sni=y&e=ashburn,dublin",
        "e=sao-paulo",
        "sni=n",
    ],
)
def test_takes_every_part_that_twilio_knows(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rc=6", "`rc` must be a whole number from 0 to 5, not `6`."),
        ("ct=99", "`ct` must be a whole number from 100 to 10000, not `99`."),
        ("rt=15001", "`rt` must be a whole number from 100 to 15000, not `15001`."),
        ("tt=x", "`tt` must be a whole number from 100 to 15000, not `x`."),
        ("rp=3xx", "`rp` must be one or more of 4xx, 5xx, all, ct, rt, not `3xx`."),
        ("sni=yes", "`sni` must be y or n, not `yes`."),
        ("rc=1&rc=2", "`rc` is given twice."),
        (
            "retries=1",
            "`retries=1` is no connection override; the parts are ct, rt, tt, rc, rp, sni, e, as in rp=all&rc=5.",
        ),
        (
            "rc",
            "`rc` is no connection override; the parts are ct, rt, tt, rc, rp, sni, e, as in rp=all&rc=5.",
        ),
    ],
)
def test_names_the_part_that_twilio_would_not_understand(text: str, sentence: str) -> None:
    assert problems(text) == (sentence,)


def test_an_edge_nobody_knows_is_named() -> None:
    [sentence] = problems("e=atlantis")

    assert sentence.startswith("`e` must be one or more of ashburn, ashburn-ix, dublin, ")
    assert sentence.endswith(", not `atlantis`.")
