from destinations import kit
from destinations.kit import Channel
from mappings import Written, rendered
from tests.destinations.toy.pager import client, gates
from tests.destinations.toy.pager.settings import Settings

MOST = 80
"""Characters on the screen of a pager."""


class Payload(kit.Fields):
    to: str | None = kit.field(label="To", description="A pager; left out: the person's latest phone.")
    text: kit.Text | None = kit.field(
        required=True, unless="phrase", type="text", label="Text", description="What it says, in Liquid."
    )
    phrase: str | None = kit.field(
        label="Phrase", description="The id of a text that the provider keeps, instead of a text."
    )
    sender: str = kit.field(
        alias="from", required=True, setting="sender", label="From", description="The number it comes from."
    )


async def plan(payload: Payload, context: kit.Context[Settings]) -> kit.Plan:
    number = await gates.recipient(payload.to, context)
    if not isinstance(number, str):
        return number
    refused = await gates.consent(number, payload.sender, context)
    if refused is not None:
        return refused
    text = await _text(payload, context)
    context.trace.passed("content", f"{len(text)} characters")
    callback = (("callback", context.callback_url),) if context.callback_url else ()
    form = (("to", number), ("from", payload.sender), ("text", text), *callback)
    request = client.post(
        context.settings, client.api(context.settings, context.allowed_hosts, "pages"), form
    )
    return kit.Send(request, recipient=number, channel=Channel.SMS, sender=payload.sender)


async def _text(payload: Payload, context: kit.Context[Settings]) -> str:
    person = await context.facts.people.person()
    traits = dict(person.traits) if isinstance(person, kit.Person) else {}
    text = rendered(await _template(payload, context), {"traits": traits}, context.now)
    if len(text) > MOST:
        raise kit.PayloadValidationError(
            f"A page has room for {MOST} characters.", code="TOO_LONG", remedy="Shorten the text."
        )
    return text


async def _template(payload: Payload, context: kit.Context[Settings]) -> str:
    if payload.phrase is None:
        return payload.text or ""
    answer = await context.read(
        client.get(
            context.settings, client.api(context.settings, context.allowed_hosts, "phrases", payload.phrase)
        )
    )
    if answer.status == 404:
        raise kit.PayloadValidationError(
            "There is no such phrase.", code="NO_PHRASE", remedy="Mend the field `phrase`."
        )
    stored = answer.json()
    if not answer.ok or not isinstance(stored, dict) or "text" not in stored:
        raise kit.RetryableError(f"The phrase can't be read: {answer.status}.")
    return Written(stored["text"])


action = kit.ActionDefinition(
    slug="sendPage",
    title="Send page",
    description="Pages somebody.",
    channel=Channel.SMS,
    payload=Payload,
    plan=plan,
    interpret=client.interpret,
    reconcile=client.reconcile,
    default_trigger='type = "track" and event = "Alarm Raised"',
)
