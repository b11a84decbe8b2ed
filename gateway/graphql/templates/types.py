"""Templates of accounts."""

from datetime import datetime
from typing import Self

import strawberry

from destinations.kit import TemplateApproval
from gateway import synced
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.messages.types import MessageButton, buttons
from gateway.graphql.terms import masking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.storage import templates as stored


@strawberry.type(description="A variable of a template.")
class TemplateVariable:
    """Of synced.Template."""

    name: str = strawberry.field(description="Its name, such as `1`.")
    sample: str | None = strawberry.field(
        description="What stands in for it where a message gives no value; null where there is nothing. Numbers are masked for viewers."
    )


@strawberry.type(description="A template that an account has, as the last sync listed it.")
class Template(Node):
    """See synced.Template."""

    value: strawberry.Private[synced.Template]
    sid: str = strawberry.field(description="What a mapping's `contentSid` names.")
    name: str = strawberry.field(description="Its name for people.")
    language: str = strawberry.field(description="Its language, such as `en`.")
    types: list[str] = strawberry.field(
        description="The forms that it has, by the names that the provider gives them: a channel is sent the richest that it takes."
    )
    approval: TemplateApproval = strawberry.field(description="What WhatsApp said of it.")
    rejection_reason: str | None = strawberry.field(
        description="Why it is not APPROVED, where WhatsApp says."
    )
    variables: list[str] = strawberry.field(description="The names of its variables.")
    variable_samples: list[TemplateVariable] = strawberry.field(
        description="Its variables with what stands in for each where a message gives no value."
    )
    body: str | None = strawberry.field(
        description="Its text, with its variables as the provider writes them: of the first of its forms that has one. Null where none has, and "
        "until a sync has listed it since texts are kept. Numbers are masked for viewers."
    )
    media: list[str] = strawberry.field(
        description="The addresses of its media, of the first of its forms that has some."
    )
    buttons: list[MessageButton] = strawberry.field(
        description="Its buttons, of the first of its forms that has some."
    )
    synced_at: datetime = strawberry.field(description="When a sync last listed it.")
    removed_at: datetime | None = strawberry.field(
        description="Since when the account has it no more: two syncs in a row did not list it."
    )

    dlt_template_id: str | None = strawberry.field(
        default=None,
        description="The id of its registration on a DLT portal of India. Always null: it belongs to that registration, and is "
        "part neither of what an account lists of its templates nor of what is sent. That there is one, `dltEntityId` of the settings says.",
    )

    @resolved("The destination whose account has it.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

    @classmethod
    def of(cls, context: Context, template: synced.Template) -> Self:
        """The template as this viewer sees it."""
        viewer, forms = context.viewer, template.forms
        samples = [
            TemplateVariable(name=masking.text(viewer, name), sample=masking.text(viewer, sample))
            for name, sample in template.variables.items()
        ]
        return cls(
            id=strawberry.ID(template.id),
            value=template,
            sid=masking.text(viewer, template.sid),
            name=masking.text(viewer, template.name),
            language=masking.text(viewer, template.language),
            types=[masking.text(viewer, one) for one in template.types],
            approval=template.approval,
            rejection_reason=masking.text(viewer, template.rejection_reason),
            variables=[one.name for one in samples],
            variable_samples=samples,
            body=masking.text(viewer, next((one.body for one in forms if one.body is not None), None)),
            media=[masking.text(viewer, url) for url in next((one.media for one in forms if one.media), ())],
            buttons=buttons(viewer, next((one.buttons for one in forms if one.buttons), ())),
            synced_at=template.synced_at,
            removed_at=template.removed_at,
        )


async def seen(context: Context, template_id: str) -> Template | None:
    """The template of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, template_id))
    if found is None or context.destination(found.destination_id) is None:
        return None
    return Template.of(context, found)
