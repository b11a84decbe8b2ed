"""What is known of messages and refusals, as the control paths tell it."""

from typing import Any

from destinations.twilio_engage.simulator.filling import Filled
from destinations.twilio_engage.simulator.message import Message
from destinations.twilio_engage.simulator.store import Refusal


def describe(message: Message, shown: dict[str, Any]) -> dict[str, Any]:
    """A message with all that is known of it: Twilio's resource as it is `shown`, and what was received, what became
    of it, who was told.
    """
    return shown | {
        "version": message.version,
        "test": message.draft.account.test,
        "deleted": message.deleted,
        "media": list(message.draft.content.media),
        "content": _describe_template(message.draft.content.filled),
        "received": {"at": message.received_at.isoformat(), "pairs": message.received.pairs},
        "history": [{"status": status, "at": at.isoformat()} for status, at in message.history],
        "callbacks": [
            {
                "status": call.status,
                "url": call.url,
                "at": call.at.isoformat(),
                "result": call.result,
                "tries": call.tries,
            }
            for call in message.calls
        ],
    }


def describe_refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "version": refusal.version,
        "at": refusal.at.isoformat(),
        "pairs": refusal.received.pairs,
        "error": refusal.error.body(),
    }


def _describe_template(filled: Filled | None) -> dict[str, Any] | None:
    """The type that was chosen and what stood in it; null for free text."""
    if filled is None:
        return None
    return {"sid": filled.template.sid, "type": filled.kind, "parts": filled.parts}
