"""A made-up export of both actions with all settings and eight subscriptions, in each of the forms that can be read."""

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "files"
FORMS = {
    "Public API": ("public_api_destination.json", "public_api_subscriptions.json"),
    "Terraform": ("terraform.tfstate",),
    "code": ("code.json",),
}
NAME = "Texts of the shop"
ANSWERS = {"twilioApiKeySecret": "the-secret-of-the-key", "profileApiAccessToken": "the-token-of-the-api"}
MADE = (
    "VIP welcome",
    "VIP goodbye",
    "Test to the team",
    "In and out",
    "Order shipped",
    "Points",
    "From the warehouse",
)
"""The names of the mappings that it becomes."""


def text_of(form: str = "Public API", **swapped: str) -> str:
    """The export in that form; `swapped` has texts by what stands in their place in the files."""
    text = "\n".join((FOLDER / name).read_text("utf-8") for name in FORMS[form])
    for before, after in swapped.items():
        assert before in text
        text = text.replace(before, after)
    return text


def subscription(**given: Any) -> dict[str, Any]:
    """One as the Public API has it."""
    fields = {"from": "+15005550006", "body": "Hello", "send": True}
    return {
        "id": "sub_1",
        "name": "Hello",
        "actionSlug": "sendSms",
        "destinationId": "dest_1",
        "enabled": True,
        "trigger": 'event = "Hello"',
        "settings": fields,
        **given,
    }


def destination(**given: Any) -> dict[str, Any]:
    """A destination as the Public API has it."""
    return {
        "id": "dest_1",
        "name": "Texts",
        "enabled": True,
        "sourceId": "source_1",
        "metadata": {"slug": "actions-personas-messaging-twilio", "name": "Engage Messaging Twilio"},
        "settings": {"twilioAccountSID": f"AC{'5e' * 16}", "twilioApiKeySID": f"SK{'6f' * 16}"},
        **given,
    }
