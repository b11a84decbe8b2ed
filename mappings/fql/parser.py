"""Reads the tokens of a trigger into a tree of conditions.

    either     = all, { "or", all }
    all        = one, { "and", one }
    one        = ( "not" | "!" ), one | "(", either, ")" | function, "(", field, ",", text, ")" | field, operator, value

So `and` binds tighter than `or`, and parentheses nest.
"""

from dataclasses import dataclass

from mappings.errors import TriggerError
from mappings.fql.lexer import Kind, Token, tokens
from mappings.paths import Keys

LONGEST = 10_000
"""Triggers longer than this many characters are refused."""

DEEPEST = 50
"""Parentheses and negations nested deeper than this are refused."""

PLAIN_FIELDS = frozenset({"type", "event", "name", "userId"})
OBJECT_FIELDS = frozenset({"properties", "traits", "context"})
FUNCTIONS = frozenset({"contains", "match"})

_UNSUPPORTED = frozenset({"length", "lowercase", "typeof"})
_FIELDS_HINT = "A trigger looks at type, event, name, userId, and at properties, traits and context with what is inside them."
_LITERALS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`, the operator being one of = != < <= > >=."""

    field: Keys
    operator: str
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Search:
    """`contains(field, text)` or `match(field, text)`. A negated one (`!contains`) asks for a text without it: it
    does not hold for a field that is missing or no text.
    """

    function: str
    field: Keys
    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Conditions joined with `and`."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions joined with `or`."""

    conditions: tuple["Condition", ...]


Condition = Comparison | Search | Not | All | Either


def parse(text: str) -> Condition:
    """The tree of a trigger. Raises TriggerError with the line and column of what cannot be read."""
    if len(text) > LONGEST:
        raise TriggerError(f"the trigger has more than {LONGEST} characters", 1, 1)
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        self._depth = 0

    def whole(self) -> Condition:
        if self._sees(Kind.END):
            raise self._next.error(
                "the trigger is empty", 'To match every track event, write `type = "track"`.'
            )
        condition = self._either()
        if not self._sees(Kind.END):
            raise self._next.error(
                f"expected `and`, `or` or the end but found {self._next}", self._hint_for_rest()
            )
        return condition

    def _either(self) -> Condition:
        conditions = [self._all()]
        while self._at("or"):
            self._take()
            conditions.append(self._all())
        return conditions[0] if len(conditions) == 1 else Either(tuple(conditions))

    def _all(self) -> Condition:
        conditions = [self._one()]
        while self._at("and"):
            self._take()
            conditions.append(self._one())
        return conditions[0] if len(conditions) == 1 else All(tuple(conditions))

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._next.error(f"the trigger is nested deeper than {DEEPEST} levels")
        condition = self._negated() if self._sees(Kind.NOT) or self._at("not") else self._plain()
        self._depth -= 1
        return condition

    def _negated(self) -> Condition:
        self._take()
        condition = self._one()
        if isinstance(condition, Search):
            return Search(condition.function, condition.field, condition.text, negated=not condition.negated)
        return Not(condition)

    def _plain(self) -> Condition:
        if self._sees(Kind.OPEN):
            self._take()
            condition = self._either()
            self._expect(Kind.CLOSE, "a closing parenthesis")
            return condition
        first = self._expect(Kind.WORD, "a condition")
        if self._sees(Kind.OPEN) and first.keys[0] in FUNCTIONS | _UNSUPPORTED:
            return self._search(first)
        field = _field(first)
        operator = self._expect(Kind.OPERATOR, "an operator such as = or !=").text
        return Comparison(field, operator, self._value(operator))

    def _search(self, function: Token) -> Condition:
        if function.text not in FUNCTIONS:
            raise function.error(
                f"{function.text}() is not supported",
                "There are contains(field, text) and match(field, text).",
            )
        self._take()
        field = _field(self._expect(Kind.WORD, "a field"))
        self._expect(Kind.COMMA, "a comma and the text to look for")
        text = self._take_one_of((Kind.TEXT, Kind.NUMBER, Kind.WORD), "the text to look for").text
        self._expect(Kind.CLOSE, "a closing parenthesis")
        return Search(function.text, field, text)

    def _value(self, operator: str) -> str | float | bool | None:
        token = self._take_one_of((Kind.TEXT, Kind.NUMBER, Kind.WORD), f"a value after `{operator}`")
        if token.kind is Kind.NUMBER:
            return token.number
        if token.kind is Kind.TEXT:
            return token.text
        lowered = token.text.lower()
        if lowered in {"and", "or", "not"}:
            raise token.error(
                f"expected a value after `{operator}` but found {token}", "Put texts in quotes."
            )
        if operator not in {"=", "!="}:
            raise token.error(f"`{operator}` compares numbers but found {token}")
        if lowered in _LITERALS and token.text != lowered:
            raise token.error(
                f"{token} could mean two things", f'Write `{lowered}`, or "{token.text}" for the text.'
            )
        return _LITERALS.get(token.text, token.text)

    def _sees(self, *kinds: Kind) -> bool:
        return self._next.kind in kinds

    def _at(self, word: str) -> bool:
        return self._sees(Kind.WORD) and self._next.text.lower() == word

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._next = next(self._tokens)
        return token

    def _expect(self, kind: Kind, wanted: str) -> Token:
        return self._take_one_of((kind,), wanted)

    def _take_one_of(self, kinds: tuple[Kind, ...], wanted: str) -> Token:
        if not self._sees(*kinds):
            raise self._next.error(f"expected {wanted} but found {self._next}")
        return self._take()

    def _hint_for_rest(self) -> str:
        return (
            "Join conditions with `and` or `or`; put texts of several words in quotes."
            if self._sees(Kind.WORD)
            else ""
        )


def _field(token: Token) -> Keys:
    root, inside = token.keys[0], token.keys[1:]
    if root in PLAIN_FIELDS and not inside:
        return token.keys
    if root in OBJECT_FIELDS:
        return token.keys
    if root in PLAIN_FIELDS:
        raise token.error(f"there is nothing inside {root}")
    if root.lower() in {"and", "or"}:
        raise token.error(f"expected a condition but found {token}")
    raise token.error(f"{token} is not a field", _FIELDS_HINT)
