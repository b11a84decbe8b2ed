"""Falcons: a destination whose keys and tokens are lists, as pigeons have no tokens. A loft says what it thinks of each."""

from collections.abc import AsyncIterator
from dataclasses import replace

from destinations import kit
from gateway.graphql.catalogue.settings import revealed
from tests.gateway.graphql.pigeons import PIGEONS, PigeonSettings

KEY = {"apiKeySid": "FK1", "apiKeySecret": "the-secret-of-the-first"}
SECOND = {"apiKeySid": "FK2", "apiKeySecret": "the-secret-of-the-second"}


class FalconSettings(PigeonSettings):
    marks: tuple[kit.AuthToken, ...] = kit.field(
        (), type="password", label="Marks", description="What the loft signs its calls with."
    )
    note: str | None = kit.field(label="Note", description="For people.", checked=False)
    perch: str | None = kit.field(label="Perch", description="Where the owner is told.", checked=False)
    cry_seals: tuple[kit.SigningSecret, ...] = kit.field(
        (),
        type="password",
        label="Cry seals",
        description="What the owner is told is signed with.",
        checked=False,
    )


def outgoing(settings: FalconSettings) -> kit.Outgoing | None:
    """Where an owner is told."""
    if settings.perch is None:
        return None
    return kit.Outgoing(settings.perch, frozenset(kit.OwnerEvent), settings.cry_seals)


def problems(settings: FalconSettings) -> tuple[tuple[str, str], ...]:
    """A perch in the sea holds no falcon."""
    return (("perch", "A perch is on land."),) if settings.perch == "https://sea.example/" else ()


class Loft:
    """Refuses what is `broken`, and does not answer where something is `lost`. Keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[dict[str, list[str]]] = []
        self.broken: set[str] = set()
        self.lost = False

    async def verify(
        self, settings: FalconSettings, read: kit.Read, allowed_hosts: frozenset[str]
    ) -> AsyncIterator[kit.Check]:
        values = revealed(settings)
        secrets = {name: [one["secret"] for one in values[name]] for name in ("apiKeys", "marks")}
        self.shown.append(secrets)
        if self.lost:
            yield kit.Check("loft", passed=False, code="UNREACHABLE", message="The loft does not answer.")
            return
        refused = self.broken.intersection(*[[*secrets["apiKeys"], *secrets["marks"]]])
        if refused:
            code = "CREDENTIALS_REJECTED"
            yield kit.Check("loft", passed=False, code=code, message="The loft refused it.", remedy="Look.")
            return
        yield kit.Check("loft", passed=True)


def falcons(loft: Loft) -> kit.DestinationDefinition:
    """The definition, whose checks that loft makes."""
    told = kit.OutgoingWebhooks(
        of=outgoing, problems=problems, headers=lambda *_: {}, sample=lambda url, _: (url, ())
    )
    return replace(
        PIGEONS,
        slug="falcon-post",
        name="Falcon Post",
        settings=FalconSettings,
        verify=loft.verify,
        outgoing=told,
    )
