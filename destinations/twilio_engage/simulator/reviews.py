"""How WhatsApp's review of a template ends: nobody reviews here, so that a person or a test has to say."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from destinations.twilio_engage.simulator.errors import CommandError
from destinations.twilio_engage.simulator.templates import Approval, Category, Status, Template
from destinations.twilio_engage.simulator.world import World


class Verdict(BaseModel):
    """The new state of a template; what is left out stays, the reason apart."""

    model_config = ConfigDict(extra="forbid")

    sid: str
    status: Status
    category: Category | None = None
    rejection_reason: str = ""


def change_approval(world: World, verdict: Verdict) -> Template:
    """The template as it is then. Raises CommandError when no account has it."""
    for account in world.accounts:
        template = account.template(verdict.sid)
        if template is not None:
            changed = replace(template, approval=_approval(template, verdict), updated=world.now())
            world.accounts.change(account.with_template(changed))
            return changed
    raise CommandError(f"no account has a template {verdict.sid}")


def _approval(template: Template, verdict: Verdict) -> Approval:
    if verdict.status == "unsubmitted":
        return Approval()
    known = template.approval
    return replace(
        known,
        status=verdict.status,
        category=verdict.category or known.category or "UTILITY",
        name=known.name or template.friendly_name,
        rejection_reason=verdict.rejection_reason,
    )
