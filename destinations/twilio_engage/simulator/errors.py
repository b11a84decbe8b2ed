"""How Twilio says no: one exception, its table of codes, and the JSON body of an answer.

The codes and their HTTP statuses are those of Twilio's error dictionary; the words are ours. A code that has
none here is answered with its name in the destination's table.
"""

from collections.abc import Mapping
from typing import Any

from destinations.twilio_engage import error_codes

_BAD_REQUEST = 400

# Codes that answer with something else than 400.
_STATUSES: Mapping[int, int] = {
    20001: 200,  # a warning: the request was carried out
    20003: 401,
    20004: 405,
    20005: 401,
    20006: 403,
    20008: 403,
    20403: 403,
    20404: 404,
    20409: 409,
    20422: 422,
    20429: 429,
    20500: 500,
    20503: 503,
    20504: 504,
    21701: 404,
    21710: 409,
    60600: 404,
    60606: 403,
    60728: 429,
    92009: 409,
}

_MESSAGES: Mapping[int, str] = {
    20001: "A parameter is not valid",
    20003: "Authenticate",
    20004: "Method not allowed",
    20008: "Resource not accessible with test account credentials",
    20404: "The requested resource was not found",
    20422: "Invalid parameter",
    20429: "Too many requests",
    20500: "An internal server error has occurred",
    20503: "Service unavailable",
    20504: "Gateway timeout",
    21211: "Invalid 'To' phone number",
    21212: "Invalid 'From' number or sender ID",
    21408: "Permission to send an SMS has not been enabled for the region of the 'To' number",
    21602: "Message body is required",
    21603: "A 'From' or a 'MessagingServiceSid' parameter is required to send a message",
    21604: "A 'To' phone number is required",
    21606: "The 'From' phone number is not a message-capable number of this account for this destination",
    21609: "Invalid 'StatusCallback' URL",
    21610: "Attempt to send to an unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The message cannot be sent with this combination of 'To' and 'From'",
    21614: "The 'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the limit of 1600 characters",
    21619: "A text message body or media URLs must be specified",
    21620: "Invalid media URL",
    21623: "More than 10 media URLs",
    21624: "Invalid validity period value",
    21654: "ContentSid is required with ContentVariables",
    21655: "The ContentSid is invalid",
    21656: "The ContentVariables parameter is invalid",
    21658: "A content variable exceeds the limit of 1600 characters",
    21660: "The 'From' sender does not belong to this account",
    21664: "FallbackFrom cannot be used with From",
    21666: "FallbackFrom requires a MessagingServiceSid",
    21667: "FallbackFrom requires a Messaging Service with an RCS sender",
    21701: "The Messaging Service does not exist",
    21703: "The Messaging Service has no sender for this kind of message",
    21704: "The Messaging Service has no senders",
    21705: "The Messaging Service SID is invalid",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30016: "The channels of 'To' and 'From' differ",
    30029: "Invalid ContentRetention",
    30030: "Invalid AddressRetention",
    30034: "Message from an unregistered number",
    30036: "Validity period expired",
    30409: "The message is not scheduled and cannot be canceled",
    30450: "Message delivery blocked",
    35111: "SendAt is required with ScheduleType",
    35114: "SendAt must be from 300 seconds to 35 days in the future, in ISO 8601",
    35118: "MessagingServiceSid is required to schedule a message",
    35126: "ScheduleType must be 'fixed'",
    35127: "Body and ContentVariables cannot be given together",
    63003: "Channel could not find the To address",
    63006: "Could not format the content for the channel",
    63007: "No channel with the specified From address",
    63013: "The message goes against a policy of the channel",
    63015: "The sandbox can only send to those who joined it",
    63016: "Free-form message outside the allowed window; use a template",
    63018: "Rate limit exceeded for the channel",
    63021: "The channel takes no such content",
    63024: "Invalid message recipient",
    63028: "The number of parameters does not match that of the template",
    63040: "The template was rejected",
    63041: "The template is paused",
    63042: "The template is disabled",
    63049: "The message was not delivered to keep marketing engagement healthy",
    92002: "More than 100 content variables",
    92007: "The content variables are invalid",
    92009: "The template was submitted before",
}


class TwilioError(Exception):
    """Twilio refuses a request; `detail` names the value, `retry_after` (seconds) becomes that header."""

    def __init__(
        self,
        code: int,
        detail: str | None = None,
        *,
        status: int | None = None,
        message: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.code = code
        self.status = status or _STATUSES.get(code, _BAD_REQUEST)
        base = message or meaning(code)
        self.message = f"{base}: {detail}" if detail else base
        self.retry_after = retry_after
        super().__init__(f"{code} {self.message}")

    def body(self) -> dict[str, Any]:
        """The JSON object of the answer: code, message, more_info, status."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class CommandError(Exception):
    """A control call asks for what is not there; Twilio has no part in this."""


def meaning(code: int) -> str:
    """What a code says, for an answer or for the error_message of a message that failed later."""
    known = error_codes.lookup(str(code))
    return _MESSAGES.get(code, known.name if known else f"Error {code}")


def invalid(detail: str) -> TwilioError:
    """What a parameter that can't be read gives outside of a create."""
    return TwilioError(20001, detail, status=_BAD_REQUEST)
