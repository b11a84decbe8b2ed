"""All that a destination imports: `from destinations import kit`."""

from destinations.kit.configured import configured_fields
from destinations.kit.consent_words import Said, opt_in_says, status_says
from destinations.kit.context import Context, Read
from destinations.kit.definition import (
    ActionDefinition,
    ApiKey,
    Check,
    Demo,
    DemoCall,
    DemoPromise,
    DemoStory,
    DestinationDefinition,
    FieldProblem,
    Reconciliation,
    WebhookRequest,
    Webhooks,
)
from destinations.kit.enums import (
    Channel,
    ConsentStatus,
    DestinationStatus,
    MessageStatus,
    Purpose,
    Reason,
)
from destinations.kit.errors import (
    IntegrationError,
    InvalidAuthenticationError,
    PayloadValidationError,
    RetryableError,
)
from destinations.kit.fields import Field, Fields, default_fields, field, fields_of
from destinations.kit.form import encode_form
from destinations.kit.http import BasicAuth, HttpRequest, HttpResponse, reason_phrase
from destinations.kit.outcome import (
    Accepted,
    Held,
    Outcome,
    Rejected,
    Suppressed,
    Throttled,
    Uncertain,
)
from destinations.kit.payload import check_fields, model_of, payload_of
from destinations.kit.phones import canonical, canonical_e164, e164, whatsapp_e164
from destinations.kit.plan import GateResult, Hold, Plan, Send, Suppress, Trace
from destinations.kit.ports import UNKNOWN, Consent, Conversations, Facts, NothingKnown, Person, Unknown
from destinations.kit.signals import ConsentChanged, InboundMessage, Signal, StatusChanged

__all__ = [
    "UNKNOWN",
    "Accepted",
    "ActionDefinition",
    "ApiKey",
    "BasicAuth",
    "Channel",
    "Check",
    "Consent",
    "ConsentChanged",
    "ConsentStatus",
    "Context",
    "Conversations",
    "Demo",
    "DemoCall",
    "DemoPromise",
    "DemoStory",
    "DestinationDefinition",
    "DestinationStatus",
    "Facts",
    "Field",
    "FieldProblem",
    "Fields",
    "GateResult",
    "Held",
    "Hold",
    "HttpRequest",
    "HttpResponse",
    "InboundMessage",
    "IntegrationError",
    "InvalidAuthenticationError",
    "MessageStatus",
    "NothingKnown",
    "Outcome",
    "PayloadValidationError",
    "Person",
    "Plan",
    "Purpose",
    "Read",
    "Reason",
    "Reconciliation",
    "Rejected",
    "RetryableError",
    "Said",
    "Send",
    "Signal",
    "StatusChanged",
    "Suppress",
    "Suppressed",
    "Throttled",
    "Trace",
    "Uncertain",
    "Unknown",
    "WebhookRequest",
    "Webhooks",
    "canonical",
    "canonical_e164",
    "check_fields",
    "configured_fields",
    "default_fields",
    "e164",
    "encode_form",
    "field",
    "fields_of",
    "model_of",
    "opt_in_says",
    "payload_of",
    "reason_phrase",
    "status_says",
    "whatsapp_e164",
]
