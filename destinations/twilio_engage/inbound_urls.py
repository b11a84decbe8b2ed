"""What Twilio calls with what people write to a sender: read, and set.

| kind | resource | where it is |
| --- | --- | --- |
| PHONE_NUMBER | IncomingPhoneNumbers | `SmsUrl` |
| SHORT_CODE | SMS/ShortCodes | `SmsUrl` |
| MESSAGING_SERVICE | Services | `InboundRequestUrl` |
| WHATSAPP_SENDER | Channels/Senders | `webhook.callback_url` |
"""

from msgspec.structs import replace

from destinations import kit
from destinations.kit import OwnedSender, SenderKind
from destinations.twilio_engage.client import list_messaging, list_resource
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

_Context = kit.Context[TwilioEngageSettings]


async def read(sender: OwnedSender, context: _Context) -> str | None:
    """What is called now. Raises what `read_object` raises, and IntegrationError where what is set there is not called."""
    answer = await read_object(context, _resource(sender, context), f"The sender {sender.address}")
    if answer.get("sms_application_sid"):
        raise kit.IntegrationError(
            f"An application ({answer['sms_application_sid']}) is set for {sender.address}, which goes before an address",
            "APPLICATION_SET",
            remedy="Take the application off the number in the Twilio console, then try again.",
        )
    webhook = answer.get("webhook")
    found = webhook.get("callback_url") if isinstance(webhook, dict) else None
    url = found or answer.get("sms_url") or answer.get("inbound_request_url")
    return url if isinstance(url, str) else None


def write(sender: OwnedSender, url: str, context: _Context) -> kit.HttpRequest:
    """The request that has `url` called by POST."""
    resource = replace(_resource(sender, context), method="POST")
    match sender.kind:
        case SenderKind.WHATSAPP_SENDER:
            return replace(resource, json={"webhook": {"callback_url": url, "callback_method": "POST"}})
        case SenderKind.MESSAGING_SERVICE:
            return replace(resource, form=(("InboundRequestUrl", url), ("InboundMethod", "POST")))
        case _:
            return replace(resource, form=(("SmsUrl", url), ("SmsMethod", "POST")))


def _resource(sender: OwnedSender, context: _Context) -> kit.HttpRequest:
    settings, hosts, sid = context.settings, context.allowed_hosts, sender.sid
    match sender.kind:
        case SenderKind.PHONE_NUMBER if sid:
            return list_resource(settings, hosts, f"IncomingPhoneNumbers/{sid}", {})
        case SenderKind.SHORT_CODE if sid:
            return list_resource(settings, hosts, f"SMS/ShortCodes/{sid}", {})
        case SenderKind.MESSAGING_SERVICE if sid:
            return list_messaging(settings, hosts, f"/v1/Services/{sid}", {})
        case SenderKind.WHATSAPP_SENDER if sid:
            return list_messaging(settings, hosts, f"/v2/Channels/Senders/{sid}", {})
    raise kit.IntegrationError(f"Nobody can write to {sender.address}", "NO_INBOUND")
