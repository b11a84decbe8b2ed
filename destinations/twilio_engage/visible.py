"""What of a text a person sees: controls are dropped, and a text that shows nothing is empty (Twilio error 21602)."""

import unicodedata

_KEPT_CONTROLS = frozenset("\t\n\r")
_DROPPED = {
    code: None
    for code in (*range(0x20), *range(0x7F, 0xA0))  # C0, delete, C1 (ECMA-48): no phone shows them
    if chr(code) not in _KEPT_CONTROLS
}
# Formats (joiners, directions, tags, soft hyphens), controls, what is unassigned, and blanks.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Zs", "Zl", "Zp"})
# Signs before a number that are formats and are drawn all the same (Unicode, Prepended_Concatenation_Mark).
_DRAWN_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# Letters and marks that are drawn as nothing (Unicode, Default_Ignorable_Code_Point), and the Braille blank.
_UNSEEN = frozenset(
    [
        "\u034f",
        *("\u115f", "\u1160", "\u3164", "\uffa0"),
        *("\u17b4", "\u17b5"),
        *("\u180b", "\u180c", "\u180d", "\u180f"),
        *map(chr, range(0xFE00, 0xFE10)),
        *map(chr, range(0xE0100, 0xE01F0)),
        "\u2800",
    ]
)


def visible(text: str) -> str:
    """The text without controls; "" for one that then shows nothing.

    Blanks and joiners within a text stay: they are part of names and of emoji.
    """
    kept = without_controls(text)
    return kept if shows_something(kept) else ""


def without_controls(text: str) -> str:
    """The text without C0 and C1 controls, tabs and line breaks apart."""
    return text if text.isprintable() else text.translate(_DROPPED)


def shows_something(text: str) -> bool:
    """Whether a person sees anything of the text."""
    return any(map(_is_seen, text))


def _is_seen(character: str) -> bool:
    if character.isalnum() and character.isascii():
        return True
    if character in _UNSEEN:
        return False
    return character in _DRAWN_FORMATS or unicodedata.category(character) not in _UNSEEN_CATEGORIES
