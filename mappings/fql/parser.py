"""Reads the tokens of a trigger into a tree of conditions.

    either     = all, { "or", all }
    all        = one, { "and", one }
    one        = ( "not" | "!" ), one | "(", either, ")" | search | operand, operator, value
    search     = ( "contains" | "match" ), "(", operand, ",", text, ")"
    operand    = field | ( "length" | "lowercase" | "typeof" ), "(", field, ")"

So `and` binds tighter than `or`, and parentheses nest.
"""

from mappings.errors import TriggerError
from mappings.fql import literals
from mappings.fql.functions import SEARCHES, Value, function_named
from mappings.fql.lexer import Kind, Token, tokens
from mappings.fql.piece import Piece
from mappings.fql.tree import (
    OBJECT_FIELDS,
    PLAIN_FIELDS,
    All,
    Comparison,
    Condition,
    Either,
    Not,
    Operand,
    Search,
)
from mappings.paths import Keys
from mappings.text import number_text
from mappings.values import HALF_CHARACTER

LONGEST = 10_000
"""Triggers longer than this many characters are refused."""

DEEPEST = 50
"""Parentheses and negations nested deeper than this are refused."""

_LITERALS = {"true": True, "false": False, "null": None}
_FIELDS_HINT = "A trigger looks at type, event, name, userId, and at properties, traits and context with what is inside them."
_ARGUMENTS_HINT = 'The field comes first, then the text, as in `contains(event, "Order")`.'
_OPERATOR_HINT = "A field is compared with a value, as in `properties.vip = true`."
_CONTAINS_HINT = 'Write `contains(event, "Order")`.'
_NULL_HINT = "A missing value is `= null`, any other `!= null`."
_WORDS_FOR_OPERATORS = {
    "in": 'Join comparisons with `or`, as in `type = "track" or type = "page"`.',
    "contains": _CONTAINS_HINT,
    "like": 'Write `match(event, "Order*")`.',
    "match": 'Write `match(event, "Order*")`.',
    "is": _NULL_HINT,
    "exists": _NULL_HINT,
    "between": "Write two comparisons, as in `properties.total >= 10 and properties.total <= 20`.",
}
_VALUE_HINT = "A field is compared with a text, a number, true, false or null."
_JOINING = frozenset({"and", "or", "not"})


def parse(text: str) -> Condition:
    """The tree of a trigger. Raises TriggerError with the line and column of what cannot be read."""
    if len(text) > LONGEST:
        raise TriggerError(f"the trigger has more than {LONGEST} characters", 1, 1)
    half = HALF_CHARACTER.search(text)
    if half:
        piece = Piece(text, half.start(), half.group())
        raise piece.error(f"{piece} is half a character (a lone surrogate)")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        self._end = 0
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
        start = self._take().start
        condition = self._one()
        written = self._since(start)
        if isinstance(condition, Search):
            return Search(
                condition.function, condition.operand, condition.text, not condition.negated, written
            )
        return Not(condition, written)

    def _plain(self) -> Condition:
        if self._sees(Kind.OPEN):
            self._take()
            condition = self._either()
            self._expect(Kind.CLOSE, "a closing parenthesis")
            return condition
        first = self._expect(Kind.WORD, "a condition")
        if self._sees(Kind.OPEN) and first.text in SEARCHES:
            return self._search(first)
        return self._comparison(first)

    def _comparison(self, first: Token) -> Condition:
        operand = self._operand(first)
        if not self._sees(Kind.OPERATOR):
            raise self._next.error(
                f"expected an operator such as = or != but found {self._next}",
                _WORDS_FOR_OPERATORS.get(self._next.text.lower(), _OPERATOR_HINT),
            )
        operator = self._take()
        token = self._take_value(f"a value after `{operator.text}`")
        if operator.text in {"=", "!="}:
            value = _value(token)
        else:
            if operand.function is not None and not operand.function.a_number:
                raise operator.error(f"{operator} compares numbers and {operand.function} is a text")
            value = _number(token, operator)
        if operand.function is not None:
            value = operand.function.comparable(token, value)
        return Comparison(operand, operator.text, value, self._since(first.start))

    def _search(self, function: Token) -> Condition:
        self._take()
        operand = self._operand(self._expect(Kind.WORD, "a field", _ARGUMENTS_HINT))
        self._expect(Kind.COMMA, "a comma and the text to look for", _ARGUMENTS_HINT)
        token = self._take_value("the text to look for")
        text = _text(token)
        if operand.function is not None:
            text = operand.function.searchable(token, text)
        self._expect(Kind.CLOSE, "a closing parenthesis")
        return Search(function.text, operand, text, written=self._since(function.start))

    def _operand(self, first: Token) -> Operand:
        if not self._sees(Kind.OPEN):
            return Operand(_field(first), written=first)
        function = function_named(first)
        self._take()
        field = self._expect(Kind.WORD, f"a field inside {function}")
        if self._sees(Kind.OPEN):
            raise field.error(f"{function} takes a field, not another function")
        self._expect(Kind.CLOSE, "a closing parenthesis")
        return Operand(_field(field), function, field)

    def _take_value(self, wanted: str) -> Token:
        token = self._take_one_of((Kind.TEXT, Kind.NUMBER, Kind.WORD), wanted)
        if token.kind is Kind.WORD:
            if token.text.lower() in _JOINING:
                raise token.error(f"expected {wanted} but found {token}", "Put texts in quotes.")
            if self._sees(Kind.OPEN):
                raise token.error(f"expected {wanted} but found the function {token}", _VALUE_HINT)
        return token

    def _sees(self, kind: Kind) -> bool:
        return self._next.kind is kind

    def _at(self, word: str) -> bool:
        return self._next.kind is Kind.WORD and self._next.text.lower() == word

    def _take(self) -> Token:
        token = self._next
        self._end = token.start + len(token.text)
        if token.kind is not Kind.END:
            self._next = next(self._tokens)
        return token

    def _expect(self, kind: Kind, wanted: str, hint: str = "") -> Token:
        return self._take_one_of((kind,), wanted, hint)

    def _take_one_of(self, kinds: tuple[Kind, ...], wanted: str, hint: str = "") -> Token:
        if self._next.kind not in kinds:
            raise self._next.error(f"expected {wanted} but found {self._next}", hint)
        return self._take()

    def _since(self, start: int) -> Piece:
        """The text from `start` to the end of what was taken last."""
        return Piece(self._text, start, self._text[start : self._end])

    def _hint_for_rest(self) -> str:
        return (
            "Join conditions with `and` or `or`; put texts of several words in quotes."
            if self._sees(Kind.WORD)
            else ""
        )


def _field(token: Token) -> Keys:
    keys = literals.keys(token)
    root, inside = keys[0], keys[1:]
    if root in OBJECT_FIELDS or (root in PLAIN_FIELDS and not inside):
        return keys
    if root in PLAIN_FIELDS:
        raise token.error(f"there is nothing inside {root}")
    if root.lower() in _JOINING:
        raise token.error(f"expected a condition but found {token}")
    raise token.error(f"{token} is not a field", _FIELDS_HINT)


def _text(token: Token) -> str:
    """What a token stands for as a text."""
    match token.kind:
        case Kind.TEXT:
            return literals.quoted(token)
        case Kind.NUMBER:
            return number_text(literals.number(token))
    return literals.word(token)


def _value(token: Token) -> Value:
    """What a token stands for after `=` and `!=`."""
    if token.kind is Kind.NUMBER:
        return literals.number(token)
    if token.kind is Kind.WORD:
        lowered = token.text.lower()
        if lowered in _LITERALS:
            if token.text != lowered:
                raise token.error(
                    f"{token} could mean two things", f'Write `{lowered}`, or "{token.text}" for the text.'
                )
            return _LITERALS[lowered]
    return _text(token)


def _number(token: Token, operator: Token) -> Value:
    """What a token stands for after `<` and its like: a number, or a text that spells none."""
    if token.kind is Kind.NUMBER:
        return literals.number(token)
    if token.kind is Kind.WORD:
        raise token.error(f"{operator} compares numbers but found {token}")
    spelled = literals.quoted_number(token)
    return literals.quoted(token) if spelled is None else spelled
