"""Log lines for people or machines, with phone numbers masked wherever they turn up."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_BETWEEN = r"[ ().\-/\u00a0\u2010-\u2013\u202f]{0,3}"
_NUMBER = re.compile(
    rf"""
    (?P<kept>                                       # what looks like a number and is none:
        (?<![\w+]) \d{{4}}-\d\d-\d\d (?!\d) (?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?      #   a day, a time
      | (?<![\w.+]) (?:\d{{1,3}}\.){{3}}\d{{1,3}} (?![\d.])                               #   an IPv4 address
      | (?<![\w.+]) 0\.\d+                                                             #   a fraction
      | (?<![\w-]) [\da-fA-F]{{8}}-(?:[\da-fA-F]{{4}}-){{3}}[\da-fA-F]{{12}} (?![\w-])   #   a UUID
    )
    | (?P<plus>\+|%2[Bb]) \(? \d (?:{_BETWEEN}\d){{6,14}}
    | (?<![\w.+-]) \(? \d (?:{_BETWEEN}\d){{6,14}} (?![\w-])
    """,
    re.VERBOSE,
)
"""Phone numbers as people write them: 7 to 15 digits (E.164). Longer runs, and those inside of a word, are ids."""


def mask(text: str) -> str:
    """The text with every phone number shown as `+1••••67`: the first digit, and the last two."""
    return _NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    if match["kept"]:
        return match["kept"]
    digits = re.sub(r"\D", "", match.group().removeprefix(match["plus"] or ""))
    return f"{'+' if match['plus'] else ''}{digits[0]}••••{digits[-2:]}"


def _mask_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key not in {"timestamp", "level", "logger"}:
            event[key] = _within(value)
    return event


def _within(value: Any) -> Any:
    match value:
        case str():
            return mask(value)
        case dict():
            return {name: _within(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_within(inner) for inner in value]
    return value


def configure(log_format: Literal["console", "json"], level: str) -> None:
    """Send everything to standard error, the standard library's loggers included."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_values,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        # What is below the level goes no further: masking it would cost the most.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _plain, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.access", "httpx", "httpcore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _plain(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Without uvicorn's second copy of each message, coloured for a terminal."""
    event.pop("color_message", None)
    return event


def get(name: str) -> Any:
    """A logger; call its methods with a sentence and keyword facts."""
    return structlog.stdlib.get_logger(name)
