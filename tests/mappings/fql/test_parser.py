import pytest

from mappings import compile_trigger
from mappings.fql.functions import FUNCTIONS
from mappings.fql.parser import DEEPEST, parse
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand, Search

EVENT = Operand(("event",))
TRACK = Comparison(Operand(("type",)), "=", "track")
ORDER = Comparison(EVENT, "=", "x")
NAME = Comparison(Operand(("name",)), "!=", "y")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('type = "track"', TRACK),
        ("type='track'", TRACK),
        ("type = track", TRACK),
        ('((type = "track"))', TRACK),
        ('type = track and event = x or name != "y"', Either((All((TRACK, ORDER)), NAME))),
        ('type = track or event = x and name != "y"', Either((TRACK, All((ORDER, NAME))))),
        ('type = track AND (event = x OR name != "y")', All((TRACK, Either((ORDER, NAME))))),
        ("type=track and event=x and name!=y", All((TRACK, ORDER, NAME))),
        ("(type=track)and(event=x)or(name!=y)", Either((All((TRACK, ORDER)), NAME))),
        ("not type = track and event = x", All((Not(TRACK), ORDER))),
        ("!(type = track)", Not(TRACK)),
        ("not(type = track)", Not(TRACK)),
        ("not not type = track", Not(Not(TRACK))),
        ('contains(event, "x")', Search("contains", EVENT, "x")),
        ('!contains(event, "x")', Search("contains", EVENT, "x", negated=True)),
        ('not match(event, "x*")', Search("match", EVENT, "x*", negated=True)),
        ("!!match(event, 12)", Search("match", EVENT, "12")),
        ('!(contains(event, "x"))', Search("contains", EVENT, "x", negated=True)),
    ],
)
def test_conditions_are_joined_as_usual(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("length(event) > 3", Comparison(Operand(("event",), FUNCTIONS["length"]), ">", 3)),
        ("length( event )<=3", Comparison(Operand(("event",), FUNCTIONS["length"]), "<=", 3)),
        ('length(event) >= "3"', Comparison(Operand(("event",), FUNCTIONS["length"]), ">=", 3.0)),
        ("length(event) = null", Comparison(Operand(("event",), FUNCTIONS["length"]), "=", None)),
        ('lowercase(event)!="x"', Comparison(Operand(("event",), FUNCTIONS["lowercase"]), "!=", "x")),
        ("typeof(event) = string", Comparison(Operand(("event",), FUNCTIONS["typeof"]), "=", "string")),
        ("typeof(event) = 'list'", Comparison(Operand(("event",), FUNCTIONS["typeof"]), "=", "array")),
        ("typeof(event) = bool", Comparison(Operand(("event",), FUNCTIONS["typeof"]), "=", "boolean")),
        ("typeof(event) != null", Comparison(Operand(("event",), FUNCTIONS["typeof"]), "!=", "null")),
        (
            '!contains(lowercase(event), "x")',
            Search("contains", Operand(("event",), FUNCTIONS["lowercase"]), "x", negated=True),
        ),
        ('match(typeof(event), "*r*")', Search("match", Operand(("event",), FUNCTIONS["typeof"]), "*r*")),
    ],
)
def test_functions_stand_where_fields_stand(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("properties.a.b", ("properties", "a", "b")),
        ("properties.a-b_c.0", ("properties", "a-b_c", "0")),
        ("properties.a[0]", ("properties", "a", "0")),
        ("properties.a[12][0].b", ("properties", "a", "12", "0", "b")),
        ("properties[0]", ("properties", "0")),
        ("properties.length[1]", ("properties", "length", "1")),
        (r"properties.a\ b\.c", ("properties", "a b.c")),
        (r"properties.a\[0\]", ("properties", "a[0]")),
        (r"properties.\$a\"b", ("properties", '$a"b')),
        (r"propert\ies.a", ("properties", "a")),
        ("traits['a b'].c", ("traits", "a b", "c")),
        ('context["a.b"]["\N{SNOWMAN}"]', ("context", "a.b", "\N{SNOWMAN}")),
        ("traits['']", ("traits", "")),
        ("properties", ("properties",)),
    ],
)
def test_names_may_be_escaped_quoted_or_the_number_of_an_item(text: str, keys: tuple[str, ...]) -> None:
    assert parse(f"{text}=1") == Comparison(Operand(keys), "=", 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a b"', "a b"),
        (r'"say \"hi\" \\ \n"', r'say "hi" \ \n'),
        (r"'it\'s'", "it's"),
        ('"new\nline"', "new\nline"),
        ('"\N{SNOWMAN}\x00"', "\N{SNOWMAN}\x00"),
        ("word", "word"),
        ("a.b-c", "a.b-c"),
        (r"two\ words", "two words"),
        ("NaN", "NaN"),
        ("12", 12),
        ("-12.50", -12.5),
        ("+3e2", 300.0),
        ("007", 7),
        (f"{'0' * 5000}7", 7.0),
        (f"1{'0' * 300}", 10**300),
        ("true", True),
        ("false", False),
        ("null", None),
        ('"true"', "true"),
        ('"5"', "5"),
    ],
)
def test_values_are_texts_numbers_booleans_or_null(text: str, value: object) -> None:
    condition = parse(f"name = {text}")

    assert condition == Comparison(Operand(("name",)), "=", value)  # type: ignore[arg-type]  # the table holds all kinds
    assert type(getattr(condition, "value", ...)) is type(value)


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), ('"5"', 5.0), ("' 5e1 '", 50.0), ('"many"', "many"), ('""', "")]
)
def test_a_number_in_order_may_stand_in_quotes(text: str, value: object) -> None:
    assert parse(f"properties.x > {text}") == Comparison(Operand(("properties", "x")), ">", value)  # type: ignore[arg-type]  # as above


def test_every_term_knows_where_and_how_it_was_written() -> None:
    condition = parse('type = "track"\n  and not ( length(event)>3 )')

    assert isinstance(condition, All)
    first, second = condition.conditions
    assert isinstance(first, Comparison)
    assert isinstance(second, Not)
    assert isinstance(second.condition, Comparison)
    inner = second.condition.written
    assert (first.written.text, first.written.line, first.written.column) == ('type = "track"', 1, 1)
    assert (second.written.text, second.written.line, second.written.column) == (
        "not ( length(event)>3 )",
        2,
        7,
    )
    assert (inner.text, inner.line, inner.column) == ("length(event)>3", 2, 13)
    assert second.condition.operand.written.text == "event"


def test_as_many_parentheses_as_allowed_work() -> None:
    text = "not properties.a.b.c.d.e.f.g.h = 5"
    for _ in range(DEEPEST - 2):
        text = f"({text} and name != z or length(userId) = 5)"

    assert compile_trigger(text).matches({"type": "x", "name": "n"}) is True


def test_as_many_negations_as_allowed_work() -> None:
    assert compile_trigger("not " * (DEEPEST - 1) + "type = x").matches({"type": "y"}) is True


@pytest.mark.parametrize(
    ("run_together", "apart"),
    [
        ('event="A"and type="track"', 'event = "A" and type = "track"'),
        ('event="A"or type="track"', 'event = "A" or type = "track"'),
        ("event='A'AND type='track'", 'event = "A" and type = "track"'),
        ('event="A"and(type="track")', 'event = "A" and type = "track"'),
        ('event="A"and!contains(name, "b")', 'event = "A" and !contains(name, "b")'),
        ('event="A"or\ttype="track"and name="b"', 'event = "A" or type = "track" and name = "b"'),
        ('(event="A"or name="b")and type="track"', '(event = "A" or name = "b") and type = "track"'),
    ],
)
def test_and_and_or_may_follow_a_closing_quote(run_together: str, apart: str) -> None:
    assert parse(run_together) == parse(apart)


@pytest.mark.parametrize(
    ("written", "looked_for"),
    [("1.50", "1.5"), ("1.0", "1"), ("1e3", "1000"), ("+7", "7"), ("-0.50", "-0.5"), ('"1.50"', "1.50")],
)
def test_a_number_that_is_looked_for_is_its_value(written: str, looked_for: str) -> None:
    for function in ("contains", "match"):
        found = parse(f"{function}(properties.v, {written})")

        assert isinstance(found, Search)
        assert found.text == looked_for
