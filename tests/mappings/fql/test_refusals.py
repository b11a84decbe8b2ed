"""Triggers that cannot be read: the place, the message and the hint of each."""

import pytest

from mappings import TriggerError, compile_trigger
from mappings.fql.parser import LONGEST


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "the trigger is empty"),
        (" \n  ", 2, 3, "the trigger is empty"),
        ("type", 1, 5, "expected an operator such as = or != but found the end"),
        ("type =", 1, 7, "expected a value after `=` but found the end"),
        ("type = and", 1, 8, "expected a value after `=` but found `and`"),
        ('type == "x"', 1, 6, "`==` is not an operator"),
        ('type=="x"', 1, 5, "`==` is not an operator"),
        ("type <> x", 1, 6, "`<>` is not an operator"),
        ("properties.a => 5", 1, 14, "`=>` is not an operator"),
        ('type = "x" && name = "y"', 1, 12, "`&&` is not an operator"),
        ('type = "x"\nand name "y"', 2, 10, 'expected an operator such as = or != but found `"y"`'),
        ('type = "x" name = "y"', 1, 12, "expected `and`, `or` or the end but found `name`"),
        ('type = "x" and', 1, 15, "expected a condition but found the end"),
        ('or type = "x"', 1, 1, "expected a condition but found `or`"),
        ("not", 1, 4, "expected a condition but found the end"),
        ("()", 1, 2, "expected a condition but found `)`"),
        ('(type = "x"', 1, 12, "expected a closing parenthesis but found the end"),
        ('type = "x")', 1, 11, "expected `and`, `or` or the end but found `)`"),
        ("event = Audience Entered", 1, 18, "expected `and`, `or` or the end but found `Entered`"),
        ('foo = "x"', 1, 1, "`foo` is not a field"),
        ('TYPE = "x"', 1, 1, "`TYPE` is not a field"),
        ('type = "x" or\r\n  foo.bar = "x"', 2, 3, "`foo.bar` is not a field"),
        ("userId.x = 1", 1, 1, "there is nothing inside userId"),
        ("event[0] = 1", 1, 1, "there is nothing inside event"),
        ('event = "x', 1, 9, "a text in quotes does not end"),
        (r'event = "x\"', 1, 9, "a text in quotes does not end"),
        ("event = it's", 1, 11, "a text in quotes does not end"),
        ('event="a"andy="b"', 1, 10, "a text in quotes is followed by something else"),
        ('event="a"and.type="b"', 1, 10, "a text in quotes is followed by something else"),
        ('event="a"an', 1, 10, "a text in quotes is followed by something else"),
        ('event="a"not type="b"', 1, 10, "a text in quotes is followed by something else"),
        ('event="a""b"', 1, 10, "a text in quotes is followed by something else"),
        ('event="a"and', 1, 13, "expected a condition but found the end"),
        ('event = "a"b', 1, 12, "a text in quotes is followed by something else"),
        ("properties.a[b] = 1", 1, 13, "`[` cannot stand here"),
        ("properties.a[-1] = 1", 1, 13, "`[` cannot stand here"),
        ("properties.a[01] = 1", 1, 13, "`[` cannot stand here"),
        (f"properties.a[{'1' * 10}] = 1", 1, 13, "`[` cannot stand here"),
        ("properties.a] = 1", 1, 13, "`]` cannot stand here"),
        ("properties.a[0]b = 1", 1, 1, "`properties.a[0]b` has a name right after a bracket"),
        ("event = a[0]", 1, 9, "`a[0]` has brackets"),
        ("properties.\N{SNOWMAN} = 1", 1, 12, "`\N{SNOWMAN}` cannot stand here"),
        ("properties..a = 1", 1, 1, "`properties..a` has a dot without a name beside it"),
        ("properties.a. = 1", 1, 1, "`properties.a.` has a dot without a name beside it"),
        ("properties.a = 1.2.3", 1, 16, "this is not a number"),
        ("properties.a = 5x", 1, 16, "this is not a number"),
        ("properties.a = .5", 1, 16, "this is not a number"),
        ("properties.a = -", 1, 16, "this is not a number"),
        ("properties.a > true", 1, 16, "`>` compares numbers but found `true`"),
        ("properties.a > NaN", 1, 16, "`>` compares numbers but found `NaN`"),
        ("properties.a = NULL", 1, 16, "`NULL` could mean two things"),
        ("contains(event)", 1, 15, "expected a comma and the text to look for but found `)`"),
        ("contains()", 1, 10, "expected a field but found `)`"),
        ("contains(, x)", 1, 10, "expected a field but found `,`"),
        ('match("a*", event)', 1, 7, 'expected a field but found `"a*"`'),
        ("match(event, x", 1, 15, "expected a closing parenthesis but found the end"),
        ("match(event, not)", 1, 14, "expected the text to look for but found `not`"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger(text)

    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("length() > 3", 8, "expected a field inside length() but found `)`"),
        ("length(5) > 3", 8, "expected a field inside length() but found `5`"),
        ("length(foo) > 3", 8, "`foo` is not a field"),
        ("length(event", 13, "expected a closing parenthesis but found the end"),
        ("length(event, name) > 3", 13, "expected a closing parenthesis but found `,`"),
        ("length(event)", 14, "expected an operator such as = or != but found the end"),
        ("length(lowercase(event)) > 3", 8, "length() takes a field, not another function"),
        ("length > 3", 1, "`length` is not a field"),
        ("length(event) = x", 17, "length() is a number and never `x`"),
        ('length(event) = "5"', 17, 'length() is a number and never `"5"`'),
        ("length(event) != true", 18, "length() is a number and never `true`"),
        ('length(event) > "many"', 17, 'length() is a number and never `"many"`'),
        ('contains(length(event), "5")', 25, 'length() is a number, in which there is no `"5"`'),
        ('lowercase(event) = "Order"', 20, '`"Order"` has capital letters, and lowercase() has none'),
        ('match(lowercase(event), "O*")', 25, '`"O*"` has capital letters, and lowercase() has none'),
        ("lowercase(event) = 5", 20, "lowercase() is a text and never `5`"),
        ("lowercase(event) > 5", 18, "`>` compares numbers and lowercase() is a text"),
        ("typeof(event) = text", 17, "typeof() is never `text`"),
        ("typeof(event) = true", 17, "typeof() is never `true`"),
        ("typeof(event) = 5", 17, "typeof() is never `5`"),
        ("typeof(event) < 5", 15, "`<` compares numbers and typeof() is a text"),
        ('uppercase(event) = "X"', 1, "`uppercase` is not a function"),
        ("LENGTH(event) > 3", 1, "`LENGTH` is not a function"),
        ("event(name) = x", 1, "`event` is not a function"),
        ("type = lower(event)", 8, "expected a value after `=` but found the function `lower`"),
        (
            "contains(event, lowercase(name))",
            17,
            "expected the text to look for but found the function `lowercase`",
        ),
        ("match(upper(event), x)", 7, "`upper` is not a function"),
        ("match(contains(event), x)", 7, "`contains` is not a function of a field"),
    ],
)
def test_wrong_use_of_a_function_is_refused_with_its_place(text: str, column: int, message: str) -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger(text)

    assert (caught.value.line, caught.value.column, caught.value.message) == (1, column, message)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('type == "track"', "Equality is written with one `=`."),
        ("type in ['a']", 'Join comparisons with `or`, as in `type = "track" or type = "page"`.'),
        ("properties.vip", "A field is compared with a value, as in `properties.vip = true`."),
        ("type = a b", "Join conditions with `and` or `or`; put texts of several words in quotes."),
        ('match("a*", event)', 'The field comes first, then the text, as in `contains(event, "Order")`.'),
        (
            "properties.a[x] = 1",
            'Brackets hold the number of an item, from 0, or a name in quotes: `properties.tags[0]`, `traits["first name"]`.',
        ),
        ("properties.a[0]b = 1", "Put a dot between them."),
        (
            "reverse(event) = x",
            "There are contains(field, text), match(field, text), length(field), lowercase(field) and typeof(field).",
        ),
        ("uppercase(event) = X", "Compare lowercase(field) with a text in small letters."),
        ('length(event) = "5"', "Write the number as it is, as in `length(event) > 3`."),
        ("lowercase(event) = X", "Write it in small letters."),
        ("typeof(event) = x", "It is string, number, boolean, null, array (or list) or object."),
        ("type = f(event)", "A field is compared with a text, a number, true, false or null."),
        ("name = 1e999", "Numbers go up to 1.8e308."),
    ],
)
def test_a_hint_says_how_to_mend_it(text: str, hint: str) -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger(text)

    assert caught.value.hint == hint


def test_an_error_reads_as_a_sentence_with_its_hint() -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger('type == "track"')

    assert (
        str(caught.value) == "`==` is not an operator (line 1, column 6). Equality is written with one `=`."
    )


DIGITS = "9" * 5000


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("x" * 1_000_000, 1, f"the trigger has more than {LONGEST} characters"),
        ("(" * 1000 + "type = x" + ")" * 1000, 51, "the trigger is nested deeper than 50 levels"),
        ("not " * 1000 + "type = x", 201, "the trigger is nested deeper than 50 levels"),
        ("!" * 1000, 51, "the trigger is nested deeper than 50 levels"),
        ("length(" * 1000, 8, "length() takes a field, not another function"),
        ('name = "\ud800"', 9, r"`\ud800` is half a character (a lone surrogate)"),
        ("name = '\U0001f600\udc00'", 10, r"`\udc00` is half a character (a lone surrogate)"),
        ("na\x00me = 1", 3, r"`\x00` cannot stand here"),
        ("name = 1e400", 8, "`1e400` is too large"),
        ("name = -1e400", 8, "`-1e400` is too large"),
        ('properties.x > "1e400"', 16, '`"1e400"` is too large'),
        (f"name = 1{'0' * 400}", 8, f"`1{'0' * 58}…` is too large"),
        (f"name = {DIGITS}", 8, f"`{'9' * 59}…` is too large"),
        (f"name = {DIGITS}x", 8, "this is not a number"),
        (f"properties{'.' * 5000}", 1, f"`properties{'.' * 49}…` has a dot without a name beside it"),
        ('name = "' + r"\"" * 4000, 8, "a text in quotes does not end"),
        (f"{'a' * 5000} = 1", 1, f"`{'a' * 59}…` is not a field"),
        ('name = "a\nb" "\n"', 4, r'expected `and`, `or` or the end but found `"\n"`'),
    ],
)
def test_the_worst_texts_are_refused_in_few_words(text: str, column: int, message: str) -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger(text)

    assert (caught.value.column, caught.value.message) == (column, message)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('event contains "Order"', 'Write `contains(event, "Order")`.'),
        ('event LIKE "Order%"', 'Write `match(event, "Order*")`.'),
        ("traits.phone is not null", "A missing value is `= null`, any other `!= null`."),
        ("traits.phone exists", "A missing value is `= null`, any other `!= null`."),
        (
            "properties.total between 1 and 2",
            "Write two comparisons, as in `properties.total >= 10 and properties.total <= 20`.",
        ),
        (
            "event = \N{LEFT DOUBLE QUOTATION MARK}Order\N{RIGHT DOUBLE QUOTATION MARK}",
            "Write straight quotes.",
        ),
    ],
)
def test_what_other_languages_write_is_answered_with_how_it_is_written_here(text: str, hint: str) -> None:
    with pytest.raises(TriggerError) as caught:
        compile_trigger(text)

    assert caught.value.hint == hint
