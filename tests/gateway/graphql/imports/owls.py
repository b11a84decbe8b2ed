"""Where the pigeons come from: owls, whose notes they carry on."""

from collections.abc import Mapping, Sequence
from typing import Any

from destinations import kit


def _moved(one: kit.ExportedSubscription) -> kit.MovedMapping:
    return kit.MovedMapping("sendNote", one.fields, one.trigger)


def _asked(_given: Mapping[str, Any], _subscriptions: Sequence[Any]) -> tuple[kit.AskedSetting, ...]:
    return (kit.AskedSetting("whistle", "Whistle of the owl", "hoo"),)


OWLS = kit.Predecessor(
    title="Owl Post",
    slugs=frozenset({"owl-post"}),
    names=frozenset({"Owl Post"}),
    fields=frozenset({"from", "to"}),
    settings=lambda given, _: tuple(kit.MovedSetting(name, "loft") for name in given),
    asked=_asked,
    translate=lambda given: {"loft": given["tower"], "seal": given.get("whistle")},
    moved=_moved,
    account="loft",
)
EXPORT = '{"id": "d", "name": "Owls", "metadata": {"slug": "owl-post"}, "settings": {"tower": "LF7"}}'
