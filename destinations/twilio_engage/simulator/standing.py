"""How an account stands: what its owner, or Twilio, does with it, a person or a test does here."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from destinations.twilio_engage.simulator.accounts import Account, AccountStatus
from destinations.twilio_engage.simulator.errors import CommandError
from destinations.twilio_engage.simulator.world import World


class Standing(BaseModel):
    """The new state of an account; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    sid: str
    status: AccountStatus | None = None
    trial: bool | None = None
    verified: list[str] | None = None


def change_standing(world: World, standing: Standing) -> Account:
    """The account as it is then. Raises CommandError when there is none of that SID."""
    for account in world.accounts:
        if account.sid == standing.sid:
            changed = replace(
                account,
                status=standing.status or account.status,
                trial=account.trial if standing.trial is None else standing.trial,
                verified=account.verified if standing.verified is None else frozenset(standing.verified),
            )
            world.accounts.change(changed)
            return changed
    raise CommandError(f"there is no account {standing.sid}")
