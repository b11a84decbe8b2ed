"""What the account owner fills in. Secrets are SecretStr: they show as ********** wherever they are printed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import SecretStr, model_validator

from destinations import kit


class TwilioRegion(StrEnum):
    """Where the account's data is processed. Credentials belong to one region."""

    US1 = "US1"
    IE1 = "IE1"
    AU1 = "AU1"


class WebhookFormat(StrEnum):
    """How the owner is told what becomes of messages."""

    EVENTS = "EVENTS"
    TWILIO_FORM = "TWILIO_FORM"


class TwilioEngageSettings(kit.Fields):
    """A Twilio account, and how to send with it."""

    account_sid: str = kit.field(
        required=True,
        label="Account SID",
        description="The account that sends: AC and 32 hexadecimal digits. In Twilio's Console on the Account Dashboard, under Account Info.",
    )
    api_keys: tuple[kit.ApiKey, ...] = kit.field(
        (),
        type="object",
        label="API keys",
        description="SID and secret of the keys that requests are made with: the first ACTIVE one is used. In Twilio's Console under Account, API "
        "keys & tokens: a Standard key, whose secret is shown there once.",
    )
    auth_tokens: tuple[kit.AuthToken, ...] = kit.field(
        (),
        type="password",
        label="Auth Tokens",
        description="Verifies the signature of Twilio's webhooks; also the credential where there is no API key. In Twilio's Console on the "
        "Account Dashboard, under Account Info.",
    )
    shared_key: SecretStr | None = kit.field(
        type="password",
        label="Shared key",
        description="Verifies webhooks that Twilio signs with a shared key, for accounts that keep their Auth Token to themselves.",
        advanced=True,
    )
    callback_secret: SecretStr | None = kit.field(
        type="password",
        label="Callback secret",
        description="At least 24 characters of your own: where there is neither Auth Token nor shared key, the addresses that Twilio "
        "calls have a key made of it in their path.",
        advanced=True,
    )
    region: TwilioRegion = kit.field(
        TwilioRegion.US1,
        choices=tuple(TwilioRegion),
        label="Region",
        description="The Twilio region of the account: it decides which host is called. US1 unless the keys were made in another.",
    )
    webhook_url: str | None = kit.field(
        format="uri",
        label="Webhook URL",
        description="Where you are told what becomes of messages, in the format of webhookFormat.",
        checked=False,
        advanced=True,
    )
    webhook_format: WebhookFormat = kit.field(
        WebhookFormat.EVENTS,
        choices=tuple(WebhookFormat),
        label="Webhook format",
        description="EVENTS: signed events of this system (Standard Webhooks). TWILIO_FORM: the status callbacks of Twilio, as Segment's "
        "destination had them sent to webhookUrl; it takes an authToken, which signs what is passed on. Left out: EVENTS; only where "
        "Twilio can't reach this gateway, and there is neither an authToken nor webhookEvents, TWILIO_FORM, which Twilio then sends itself.",
        checked=False,
        chosen=True,
        advanced=True,
    )
    webhook_events: tuple[str, ...] = kit.field(
        (),
        label="Webhook events",
        description="Of what webhookUrl is told in the format EVENTS, such as delivery.failed. Empty: of everything.",
        checked=False,
        advanced=True,
    )
    webhook_secrets: tuple[kit.SigningSecret, ...] = kit.field(
        (),
        type="password",
        label="Webhook secret",
        description="Signs what webhookUrl is told in the format EVENTS; this system makes it, and webhookSecretRotate makes another.",
        checked=False,
        advanced=True,
    )
    default_sender: str | None = kit.field(
        label="Default sender",
        description="Number, short code, Messaging Service SID, name or `whatsapp:` and a number, for mappings that name no `from`.",
        checked=False,
    )
    shorten_links: bool = kit.field(
        default=True,
        type="boolean",
        label="Shorten links",
        description="Asks Twilio to shorten links; it does so for a Messaging Service with a domain of its own.",
        checked=False,
        advanced=True,
    )
    twilio_hostname: str | None = kit.field(
        label="Twilio host name",
        description="Another API host below twilio.com, or one the operator allows. Empty: the region's own.",
        advanced=True,
    )
    connection_overrides: str | None = kit.field(
        label="Connection overrides",
        description="How Twilio calls back: parts ct, rt, tt, rc, rp, sni, e. Empty: rp=all&rc=5.",
        checked=False,
        advanced=True,
    )
    default_country: str | None = kit.field(
        label="Default country",
        description="Two letters (ISO 3166): whose national numbers are read. Empty: only numbers with a + are.",
        checked=False,
    )
    dlt_entity_id: str | None = kit.field(
        label="DLT entity ID",
        description="The registration that an SMS to India goes out under; it is not sent along, and asked for only where the "
        "policy says requireDltForIndia.",
        checked=False,
        advanced=True,
    )
    space_id: str | None = kit.field(
        label="Space ID",
        description="The Segment space whose profile API is asked for traits.",
        checked=False,
        advanced=True,
    )
    source_id: str | None = kit.field(
        label="Source ID",
        description="The Segment source, kept for reference.",
        checked=False,
        advanced=True,
    )
    profile_api_environment: str | None = kit.field(
        label="Profile API environment",
        description="`production`, or a staging one.",
        checked=False,
        advanced=True,
    )
    profile_api_access_token: SecretStr | None = kit.field(
        type="password",
        label="Profile API access token",
        description="Needed only by mappings that fetch traits (traitEnrichment false).",
        advanced=True,
    )
    profile_api_region: str | None = kit.field(
        choices=("us-west-2", "eu-west-1"),
        label="Profile API region",
        description="Where the space lives.",
        checked=False,
        advanced=True,
    )

    @property
    def auth_token(self) -> SecretStr | None:
        """The ACTIVE Auth Token."""
        return next((one.secret for one in self.auth_tokens if one.state == "ACTIVE"), None)

    @property
    def signing_tokens(self) -> tuple[SecretStr, ...]:
        """Those that Twilio may sign its calls with, now or soon."""
        return tuple(one.secret for one in self.auth_tokens if one.state != "FAILED")

    @property
    def signing_secrets(self) -> tuple[SecretStr, ...]:
        """All that Twilio may sign its calls with: these tokens, and the shared key."""
        return (*self.signing_tokens, *([self.shared_key] if self.shared_key else []))

    @model_validator(mode="before")
    @classmethod
    def _with_a_list_of_tokens(cls, given: Any) -> Any:
        return kit.listed(given, "authTokens", "authToken")

    @model_validator(mode="before")
    @classmethod
    def _with_the_format_of_old(cls, given: Any) -> Any:
        """Whoever had a webhook before there were formats gets what it always got: Twilio's callbacks."""
        if not isinstance(given, Mapping) or not {"webhookFormat", "webhook_format"}.isdisjoint(given):
            return given
        has_one = given.get("webhookUrl") or given.get("webhook_url")
        return {**given, "webhookFormat": WebhookFormat.TWILIO_FORM} if has_one else given


class OriginalSettings(kit.Fields):
    """The settings of Segment's *Engage Messaging Twilio* under their own names, as far as they were used.

    What belongs to the profile API was required there even by mappings that never ask it; here it may be left out.
    """

    account_sid: str = kit.field(
        required=True, alias="twilioAccountSID", label="Twilio Account SID", description="Twilio account id"
    )
    api_key_sid: str = kit.field(
        required=True, alias="twilioApiKeySID", label="Twilio API Key SID", description="Twilio API key id"
    )
    api_key_secret: str = kit.field(
        required=True,
        alias="twilioApiKeySecret",
        type="password",
        label="Twilio API Key Secret",
        description="Twilio API key secret",
    )
    profile_api_environment: str | None = kit.field(
        label="Profile API Environment", description='"production", or anything else for the .build API'
    )
    profile_api_access_token: str | None = kit.field(
        type="password", label="Profile API Access Token", description="Token of the profile API"
    )
    space_id: str | None = kit.field(label="Space ID", description="Segment space id")
    source_id: str | None = kit.field(label="Source ID", description="Segment source id")
    webhook_url: str | None = kit.field(format="uri", label="Webhook URL", description="Status callback URL")
    twilio_hostname: str | None = kit.field(label="Twilio host name", description="Twilio API host")
    connection_overrides: str | None = kit.field(
        label="Connection Overrides", description="Fragment placed on the callback URL"
    )
    region: str | None = kit.field(
        choices=("us-west-2", "eu-west-1"), label="Region", description="Region of the profile API"
    )


def translate_settings(original: Mapping[str, Any]) -> dict[str, Any]:
    """The original's settings under our names; ours pass as they are.

    The original read national numbers as US ones, so that is the default country here. Its `region` is the profile
    API's, which is told from a Twilio region by its value.
    """
    ours = {key: value for key, value in original.items() if key not in _RENAMED}
    if "twilioAccountSID" in original:
        ours["accountSid"] = original["twilioAccountSID"]
    if "twilioApiKeySID" in original:
        secret = original.get("twilioApiKeySecret", "")
        ours["apiKeys"] = [{"sid": original["twilioApiKeySID"], "secret": secret}]
    if "region" in original:
        key = "region" if original["region"] in set(TwilioRegion) else "profileApiRegion"
        ours[key] = original["region"]
    ours.setdefault("defaultCountry", "US")
    return ours


_RENAMED = frozenset({"twilioAccountSID", "twilioApiKeySID", "twilioApiKeySecret", "region"})


def default_country(settings: TwilioEngageSettings) -> str | None:
    """The country whose national numbers are read."""
    return settings.default_country
