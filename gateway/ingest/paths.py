"""What lies under /v1, in every spelling that SDKs have for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

KINDS: Mapping[str, str] = {
    **{kind: kind for kind in ("identify", "track", "page", "screen", "group", "alias", "batch", "import")},
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": "batch",
}
"""Paths below /v1 that take events, with the short spellings of analytics.js."""

FORWARDED = "events"
"""The path for what a forwarder sends on, one event or many, of whatever type. Behind it may stand whose they are."""


class Resource(Enum):
    """What a path is for."""

    EVENTS = auto()
    METRICS = auto()  # what analytics.js measures of itself
    SETTINGS = auto()  # what analytics.js reads at its start


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: the `kind` of events it takes, and `whose` they are, where it says so; or the write key whose settings it
    shows. `methods` are those it answers to, OPTIONS apart.
    """

    resource: Resource
    methods: tuple[str, ...] = ("POST",)
    kind: str = ""
    whose: str = field(default="", repr=False)

    @property
    def names_source(self) -> bool:
        """Whether that is the id of a source, which needs a signature, and no write key."""
        return self.whose.startswith("src_")


_TARGETS: Mapping[str, Target] = {
    **{f"/v1/{name}": Target(Resource.EVENTS, kind=kind) for name, kind in KINDS.items()},
    f"/v1/{FORWARDED}": Target(Resource.EVENTS, kind=FORWARDED),
    "/v1/m": Target(Resource.METRICS),
}


def target_of(path: str) -> Target | None:
    """What is at that path, however many slashes are in it."""
    found = _TARGETS.get(path)
    if found is not None:
        return found
    match [part for part in path.split("/") if part]:
        case ["v1", "projects", write_key, "settings"]:
            return Target(Resource.SETTINGS, ("GET", "HEAD"), whose=write_key)
        case ["v1", "events", whose]:
            return Target(Resource.EVENTS, kind=FORWARDED, whose=whose)
        case ["v1", name]:
            return _TARGETS.get(f"/v1/{name}")
    return None
