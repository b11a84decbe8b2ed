"""A request that creates a message, read again as what the phone shows."""

import json
from collections.abc import Mapping, Sequence

from destinations.kit import KnownForms, Shown, TemplateForm
from destinations.twilio_engage import template_forms, templates
from destinations.twilio_engage.senders import WHATSAPP

Form = Sequence[tuple[str, str]]


def template(form: Form) -> str | None:
    """The content template that a request names."""
    return dict(form).get("ContentSid")


def shown(form: Form, known: KnownForms | None) -> Shown:
    """The text and media of the request; of a content template what is known of it, with the values of the request."""
    fields = dict(form)
    if "ContentSid" not in fields:
        return Shown(fields.get("Body") or None, tuple(url for name, url in form if name == "MediaUrl"))
    sent = None if known is None else _sent(known.forms, fields.get("To", ""))
    if known is None or sent is None:
        return Shown()
    samples = {name: value for name, value in known.samples.items() if value is not None}
    return template_forms.filled(sent, {**samples, **_values(fields.get("ContentVariables"))})


def _sent(forms: Sequence[TemplateForm], recipient: str) -> TemplateForm | None:
    """The form that is sent there: the richest that WhatsApp takes, or the first."""
    if not recipient.startswith(WHATSAPP):
        return next(iter(forms), None)
    kind = templates.richest(form.type for form in forms)
    return next((form for form in forms if form.type == kind), None)


def _values(text: str | None) -> Mapping[str, str]:
    """The values of a request, as it was written here: a JSON object of texts."""
    given = {} if text is None else json.loads(text)
    return {name: str(value) for name, value in given.items()}
