"""What is what in a template: text, code between braces, text that is left as it is, and what is never shown."""

from collections.abc import Iterator
from enum import Enum, auto

from mappings.errors import TemplateError
from mappings.liquid.lexer import NAME, OPENING, OUTPUT_END, VERBATIM_END


class Region(Enum):
    """A kind of stretch of a template."""

    TEXT = auto()
    CODE = auto()
    RAW = auto()
    HIDDEN = auto()  # a comment


def regions(text: str) -> Iterator[tuple[Region, int, int]]:
    """The stretches of a template, each with its start and end; together they are the whole of it.

    Raises TemplateError for an output, tag or comment that does not end.
    """
    start = 0
    while (opening := OPENING.search(text, start)) is not None:
        yield Region.TEXT, start, opening.start()
        if opening[1] == "{":
            closing = OUTPUT_END.match(text, opening.end())
            end = closing.end() if closing else -1
        else:
            end = text.find("%}", opening.end()) + 2
        if end <= opening.end():
            raise TemplateError("an output or a tag is not closed", text.count("\n", 0, opening.start()) + 1)
        yield Region.CODE, opening.start(), end
        start = end
        named = NAME.match(text[opening.end() : end - 2].strip()) if opening[1] == "%" else None
        name = named[0] if named else ""
        if name in VERBATIM_END:
            found = VERBATIM_END[name].search(text, start)
            if found is None:
                raise TemplateError(f"{{% {name} %}} is not closed", text.count("\n", 0, start) + 1)
            yield (Region.RAW if name == "raw" else Region.HIDDEN), start, found.start()
            yield Region.CODE, found.start(), found.end()
            start = found.end()
    yield Region.TEXT, start, len(text)
