"""What the types of a content template say, whatever the type: their text, their media and their buttons."""

from collections.abc import Iterator, Mapping
from typing import Any

from destinations import kit
from destinations.kit import Button, ButtonKind, TemplateForm
from destinations.twilio_engage.templates import filled as with_values

_KINDS: Mapping[str, ButtonKind] = {
    "QUICK_REPLY": ButtonKind.REPLY,
    "URL": ButtonKind.URL,
    "PHONE_NUMBER": ButtonKind.PHONE_NUMBER,
    "COPY_CODE": ButtonKind.COPY_CODE,
}
_VALUES: Mapping[ButtonKind, str] = {
    ButtonKind.REPLY: "id",
    ButtonKind.URL: "url",
    ButtonKind.PHONE_NUMBER: "phone",
    ButtonKind.COPY_CODE: "code",
}
_TITLES = ("title", "copy_code_text")
_OPENS = ("button", "button_text")
"""Of a list picker and a flow: their one button, which opens them."""


def of_types(types: Mapping[str, Any]) -> tuple[TemplateForm, ...]:
    """The types of a template as the Content API has them, in their order."""
    return tuple(read(kind, content) for kind, content in types.items() if isinstance(content, dict))


def read(kind: str, content: Mapping[str, Any]) -> TemplateForm:
    """One type. The text of a card may be its title; the words of an authentication template are WhatsApp's own. Of the cards of
    a carousel only the text above them is read.
    """
    media = content.get("media")
    listed = media if isinstance(media, list) else [media]
    return TemplateForm(
        kind,
        _text(content, ("body", "title")),
        tuple(url for url in listed if isinstance(url, str) and url),
        tuple(_buttons(kind, content)),
    )


def filled(form: TemplateForm, values: Mapping[str, str]) -> kit.Shown:
    """What a phone shows of it with these values."""
    return kit.Shown(
        None if form.body is None else with_values(form.body, values),
        tuple(with_values(url, values) for url in form.media),
        tuple(
            Button(
                with_values(one.title, values),
                one.kind,
                None if one.value is None else with_values(one.value, values),
            )
            for one in form.buttons
        ),
    )


def _buttons(kind: str, content: Mapping[str, Any]) -> Iterator[Button]:
    actions = content.get("actions")
    for action in actions if isinstance(actions, list) else ():
        title = _text(action, _TITLES) if isinstance(action, dict) else None
        if title is None:
            continue
        replies = kind == "twilio/quick-reply"  # its actions need no type
        does = ButtonKind.REPLY if replies else _KINDS.get(str(action.get("type")), ButtonKind.OTHER)
        yield Button(title, does, _text(action, (_VALUES[does],)) if does in _VALUES else None)
    opens = _text(content, _OPENS)
    if opens is not None:
        yield Button(opens, ButtonKind.OTHER)


def _text(content: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of these that is a text, and not an empty one."""
    return next((found for key in keys if isinstance(found := content.get(key), str) and found), None)
