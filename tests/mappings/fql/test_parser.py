import pytest

from mappings import TriggerError, compile_trigger
from mappings.fql.parser import DEEPEST, LONGEST, All, Comparison, Condition, Either, Not, Search, parse

TRACK = Comparison(("type",), "=", "track")
EVENT = Comparison(("event",), "=", "x")
NAME = Comparison(("name",), "!=", "y")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('type = "track"', TRACK),
        ("type='track'", TRACK),
        ("type = track", TRACK),
        ('((type = "track"))', TRACK),
        ('type = track and event = x or name != "y"', Either((All((TRACK, EVENT)), NAME))),
        ('type = track or event = x and name != "y"', Either((TRACK, All((EVENT, NAME))))),
        ('type = track AND (event = x OR name != "y")', All((TRACK, Either((EVENT, NAME))))),
        ("type=track and event=x and name!=y", All((TRACK, EVENT, NAME))),
        ("not type = track and event = x", All((Not(TRACK), EVENT))),
        ("!(type = track)", Not(TRACK)),
        ("not not type = track", Not(Not(TRACK))),
        ('contains(event, "x")', Search("contains", ("event",), "x")),
        ('!contains(event, "x")', Search("contains", ("event",), "x", negated=True)),
        ('not match(event, "x*")', Search("match", ("event",), "x*", negated=True)),
        ("!!match(event, 12)", Search("match", ("event",), "12")),
        ('!(contains(event, "x"))', Search("contains", ("event",), "x", negated=True)),
    ],
)
def test_conditions_are_joined_as_usual(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("properties.a.b", ("properties", "a", "b")),
        ("properties.a-b_c.0", ("properties", "a-b_c", "0")),
        (r"properties.a\ b\.c", ("properties", "a b.c")),
        (r"properties.\$a\"b", ("properties", '$a"b')),
        ("traits['a b'].c", ("traits", "a b", "c")),
        ('context["a.b"]["\N{SNOWMAN}"]', ("context", "a.b", "\N{SNOWMAN}")),
        ("traits['']", ("traits", "")),
        ("properties", ("properties",)),
    ],
)
def test_names_may_be_escaped_or_quoted(text: str, keys: tuple[str, ...]) -> None:
    assert parse(f"{text} = 1") == Comparison(keys, "=", 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a b"', "a b"),
        (r'"say \"hi\" \\ \n"', r'say "hi" \ \n'),
        (r"'it\'s'", "it's"),
        ('"new\nline"', "new\nline"),
        ("word", "word"),
        ("a.b-c", "a.b-c"),
        ("12", 12),
        ("-12.50", -12.5),
        ("+3e2", 300.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ('"true"', "true"),
    ],
)
def test_values_are_texts_numbers_booleans_or_null(text: str, value: object) -> None:
    condition = parse(f"name = {text}")

    assert condition == Comparison(("name",), "=", value)  # type: ignore[arg-type]  # the table holds all kinds
    assert type(getattr(condition, "value", ...)) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "the trigger is empty"),
        (" \n  ", 2, 3, "the trigger is empty"),
        ("type", 1, 5, "expected an operator such as = or != but found the end"),
        ("type =", 1, 7, "expected a value after `=` but found the end"),
        ("type = and", 1, 8, "expected a value after `=` but found `and`"),
        ('type == "x"', 1, 6, "`==` is not an operator"),
        ('type = "x" && name = "y"', 1, 12, "`&&` is not an operator"),
        ('type = "x"\nand name "y"', 2, 10, 'expected an operator such as = or != but found `"y"`'),
        ('type = "x" name = "y"', 1, 12, "expected `and`, `or` or the end but found `name`"),
        ('type = "x" and', 1, 15, "expected a condition but found the end"),
        ('or type = "x"', 1, 1, "expected a condition but found `or`"),
        ('(type = "x"', 1, 12, "expected a closing parenthesis but found the end"),
        ('type = "x")', 1, 11, "expected `and`, `or` or the end but found `)`"),
        ("event = Audience Entered", 1, 18, "expected `and`, `or` or the end but found `Entered`"),
        ('foo = "x"', 1, 1, "`foo` is not a field"),
        ('type = "x" or\r\n  foo.bar = "x"', 2, 3, "`foo.bar` is not a field"),
        ("userId.x = 1", 1, 1, "there is nothing inside userId"),
        ('event = "x', 1, 9, "a text in quotes does not end"),
        ('event = "a"b', 1, 12, "a text in quotes is followed by something else"),
        ("properties.a[0] = 1", 1, 13, "`[` cannot stand here"),
        (
            "properties.\N{LATIN SMALL LETTER E WITH ACUTE} = 1",
            1,
            12,
            "`\N{LATIN SMALL LETTER E WITH ACUTE}` cannot stand here",
        ),
        ("properties..a = 1", 1, 1, "`properties..a` has a dot without a name beside it"),
        ("properties.a. = 1", 1, 1, "`properties.a.` has a dot without a name beside it"),
        ("properties.a = 1.2.3", 1, 16, "this is not a number"),
        ("properties.a = 5x", 1, 16, "this is not a number"),
        ("properties.a > true", 1, 16, "`>` compares numbers but found `true`"),
        ("properties.a = NULL", 1, 16, "`NULL` could mean two things"),
        ("contains(event)", 1, 15, "expected a comma and the text to look for but found `)`"),
        ("contains(, x)", 1, 10, "expected a field but found `,`"),
        ("match(event, x", 1, 15, "expected a closing parenthesis but found the end"),
        ("length(event) > 3", 1, 1, "length() is not supported"),
        ("(" * 60 + "type = x" + ")" * 60, 1, 51, "the trigger is nested deeper than 50 levels"),
        ("type = " + "x" * LONGEST, 1, 1, "the trigger has more than 10000 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger(text)

    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


def test_an_error_reads_as_a_sentence_with_its_hint() -> None:
    with pytest.raises(TriggerError) as caught:
        parse('type == "track"')

    assert (
        str(caught.value) == "`==` is not an operator (line 1, column 6). Equality is written with one `=`."
    )
    assert caught.value.hint == "Equality is written with one `=`."


def test_as_many_parentheses_as_allowed_work() -> None:
    text = "type = x"
    for _ in range(DEEPEST - 1):
        text = f"({text} and name != z or userId = 5)"

    assert compile_trigger(text).matches({"type": "x", "name": "n"}) is True


def test_as_many_negations_as_allowed_work() -> None:
    assert compile_trigger("not " * (DEEPEST - 1) + "type = x").matches({"type": "y"}) is True
