"""Connection overrides: what a callback URL's fragment says of time-outs and retries (`#rc=2&rp=rt,5xx`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

_KINDS = frozenset({"ct", "rt", "4xx", "5xx", "all"})


@dataclass(frozen=True, slots=True)
class Overrides:
    """Seconds to connect, to read and in total; how often to retry, and after which kinds of failure."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def read_from(cls, url: str) -> "Overrides":
        """The overrides in `url`; a value out of range is as good as none, the default holds."""
        given = dict(parse_qsl(urlsplit(url).fragment))
        retry_on = frozenset(given.get("rp", "ct").split(","))
        return cls(
            connect=_milliseconds(given, "ct", 5_000, longest=10_000),
            read=_milliseconds(given, "rt", 15_000, longest=15_000),
            total=_milliseconds(given, "tt", 15_000, longest=15_000),
            retries=_whole(given, "rc", 1, range(6)),
            retry_on=retry_on if retry_on <= _KINDS else frozenset({"ct"}),
        )

    def allows_retry(self, kind: str | None) -> bool:
        """Whether this kind of failure is tried again; None is no failure."""
        return kind is not None and (kind in self.retry_on or "all" in self.retry_on)


def _milliseconds(given: Mapping[str, str], key: str, default: int, *, longest: int) -> float:
    return _whole(given, key, default, range(100, longest + 1)) / 1000


def _whole(given: Mapping[str, str], key: str, default: int, allowed: range) -> int:
    try:
        value = int(given.get(key, ""))
    except ValueError:
        return default
    return value if value in allowed else default
