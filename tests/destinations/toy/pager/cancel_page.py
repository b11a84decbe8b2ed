from collections.abc import Sequence

from destinations import kit
from tests.destinations.toy.pager import client, gates
from tests.destinations.toy.pager.settings import Settings


class Payload(kit.Fields):
    page_id: str = kit.field(
        required=True,
        label="Page id",
        description="The page that is taken back.",
        mapping={"@path": "$.properties.pageId"},
    )
    to: str | None = kit.field(label="To", description="A pager; left out: the person's latest phone.")


async def plan(payload: Payload, context: kit.Context[Settings]) -> kit.Plan:
    """Taking a page back asks nobody's consent."""
    number = await gates.recipient(payload.to, context)
    if not isinstance(number, str):
        return number
    settings = context.settings
    request = client.post(
        settings, client.api(settings, context.allowed_hosts, "pages", payload.page_id, "cancel"), ()
    )
    return kit.Send(request, recipient=number, channel=None, sender=settings.sender or "")


async def reconcile(
    asked: Sequence[kit.Reconciliation], taken: kit.Taken, context: kit.Context[Settings]
) -> dict[str, None]:
    """Canceling twice is canceling once: it is asked again."""
    return {one.key: None for one in asked}


action = kit.ActionDefinition(
    slug="cancelPage",
    title="Cancel page",
    description="Takes a page back.",
    channel=None,
    payload=Payload,
    plan=plan,
    interpret=client.interpret,
    reconcile=reconcile,
    default_trigger='type = "track" and event = "Alarm Cleared"',
)
