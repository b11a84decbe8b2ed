"""What a destination's owner decided for all of its messages: as it is shown, and as it is given."""

from typing import Self

import strawberry

from destinations.kit import MmsFallback, Policy

_MMS_FALLBACK = "What media do where there is no MMS."
_REQUIRE_DLT = "Whether a text to India is refused (DLT_REQUIRED) while the destination has no dltEntityId."


@strawberry.type(description="What holds for all messages of a destination.")
class DestinationPolicy:
    """See kit.Policy."""

    mms_fallback: MmsFallback = strawberry.field(description=_MMS_FALLBACK)
    require_dlt_for_india: bool = strawberry.field(description=_REQUIRE_DLT)

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """The policy as it is stored."""
        return cls(mms_fallback=policy.mms_fallback, require_dlt_for_india=policy.require_dlt_for_india)


@strawberry.input(
    description="What shall hold for all messages of a destination; what is left out has its default."
)
class DestinationPolicyInput:
    """See destinationCreate."""

    mms_fallback: MmsFallback | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_MMS_FALLBACK} Default: LINK."
    )
    require_dlt_for_india: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_REQUIRE_DLT} Default: false."
    )


def policy_of(given: DestinationPolicyInput | None) -> Policy:
    """The policy that was given, with the defaults of what was left out or null."""
    given = given or DestinationPolicyInput()
    return Policy(
        mms_fallback=given.mms_fallback or MmsFallback.LINK,
        require_dlt_for_india=given.require_dlt_for_india or False,
    )
