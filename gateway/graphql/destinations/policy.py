"""What a destination's owner decided for all of its messages: as it is shown, and as it is given."""

from typing import Self

import strawberry
from strawberry.scalars import JSON

from destinations.kit import InboundSourceEvent, MmsFallback, Policy, UncertainPolicy, new_policy
from gateway.auth import Viewer
from gateway.graphql.terms import masking
from gateway.quiet_hours import LAWS, QuietHours as Hours, own_hours

SLOWEST, FASTEST = 0.01, 100_000
"""Messages a second. One in 100 seconds is slower than any sender is allowed to; no sender, but a stand-in for one, takes the most."""

_NEW = new_policy(None)

_MMS_FALLBACK = "What media do where there is no MMS."
_REQUIRE_DLT = "Whether a text to India is refused (DLT_REQUIRED) while the destination has no dltEntityId."
_ALLOWED = "The countries (ISO 3166, two letters) that it sends to; empty: any."
_UNCERTAIN = (
    "What becomes of a message whose creation was in doubt, once it is proven that the provider has none."
)
_PACES = 'How fast it sends, by sender address or by kind: {"+15551234567": 1, "SHORT_CODE": 100}; the default of its kind else.'
_TEST_NUMBERS = "The numbers that a mapping's `toNumber` may send to."
_INBOUND_SOURCE = "The source whose events people's replies become: each is a track `Message Received`, for mappings of that source."
_INBOUND_SOURCE_EVENTS = (
    "What becomes an event of `inboundSourceId`, and nothing while there is none. A delivery that came of Message Delivered, Message "
    "Failed or Message Link Clicked makes none of these three again, so that a text about a text is never followed without an end."
)
_STOP_CONFIRMATION = (
    "What somebody is told who said stop in words that the provider does not answer itself, once within a day, and within 5 minutes of it or "
    "not at all. Where nobody is sure that the provider answers, nothing is sent. It is one segment, without a link and without Liquid."
)
_QUIET_START = (
    "From this time of the day on (HH:MM, where the person is) no MARKETING goes out: it waits, HELD QUIET_HOURS. The same as "
    "quietHoursEnd: at any hour, whatever the laws of `quietHours` say."
)
_QUIET_END = "Until this time of the day (HH:MM, where the person is)."
_OPT_OUT_WORDS = (
    "Whether a person's first MARKETING SMS, and one every 30 days, says how to opt out, where the country asks for it (US, CA): the words "
    "follow the body, in the language of the person's trait `language` or `locale`, and count in its segments. They are left out where the "
    "body says so itself, of content templates, and from alphanumeric senders."
)
_DAILY = "How many texts it sends on a day; what comes beyond that is suppressed (BUDGET). 0: any number."
_PERSON_DAILY = (
    "How many texts one number gets from it on a day; what comes beyond that is suppressed (FREQUENCY_CAP). Those of AUTHENTICATION "
    "mappings, test sends and confirmations of a stop neither count nor are kept back. 0: any number."
)
_PERSON_WEEKLY = "The same of each purpose, MARKETING and TRANSACTIONAL, in a week that begins on Monday."
_TIME_ZONE = (
    "Where it counts days and weeks: a name of the IANA time zone database, such as America/New_York."
)
_DOUBLE_OPT_IN = (
    "Whether a yes that an event says counts only once the person confirmed it. Until then it is PENDING, and nothing goes to that number on "
    "that channel but the question: one text of `confirmationMappingId` in 7 days. A yes that they write back to the sender that asked, within "
    "7 days, subscribes them; it lifts no stop. What consentUpdate and consentImport record stands as it is."
)
_CONFIRMATION_MAPPING = "The mapping of this destination that asks people to confirm, on the channel of its action. Its trigger is not asked: it sends nothing else."
_RETRY = "Whether what the provider could not deliver is sent once more, although the first may have arrived."


@strawberry.type(description="Hours in which a law lets no marketing out, where the person is.")
class QuietHours:
    """See quiet_hours.QuietHours."""

    country: str = strawberry.field(
        description="The country (ISO 3166, two letters) whose numbers it is about."
    )
    region: str | None = strawberry.field(
        description="The part of the country, as ISO 3166-2 has it behind the dash; null: the whole. By the number's area code; a number "
        "of no known area is in all."
    )
    start: str = strawberry.field(description="HH:MM: from then on it is quiet.")
    end: str = strawberry.field(
        description="HH:MM: from then on it is not. Before `start`: mornings and evenings."
    )
    days: list[int] = strawberry.field(description="The days of the week, as ISO 8601 has them: 1 is Monday.")
    source: str = strawberry.field(description="Where the law is found.")

    @classmethod
    def of(cls, law: Hours) -> Self:
        """The law as it is shown."""
        return cls(
            country=law.country or "",
            region=law.region,
            start=f"{law.start:%H:%M}",
            end=f"{law.end:%H:%M}",
            days=list(law.days),
            source=law.source or "",
        )


@strawberry.type(description="What holds for all messages of a destination.")
class DestinationPolicy:
    """See kit.Policy."""

    mms_fallback: MmsFallback = strawberry.field(description=_MMS_FALLBACK)
    require_dlt_for_india: bool = strawberry.field(description=_REQUIRE_DLT)
    allowed_countries: list[str] = strawberry.field(description=_ALLOWED)
    uncertain: UncertainPolicy = strawberry.field(description=_UNCERTAIN)
    messages_per_second: JSON = strawberry.field(description=_PACES)
    test_numbers: list[str] = strawberry.field(description=f"{_TEST_NUMBERS} Masked for viewers.")
    retry_undelivered: bool = strawberry.field(description=_RETRY)
    inbound_source_id: strawberry.ID | None = strawberry.field(
        description=f"{_INBOUND_SOURCE} Null: they become no events."
    )
    inbound_source_events: list[InboundSourceEvent] = strawberry.field(description=_INBOUND_SOURCE_EVENTS)
    stop_confirmation: str | None = strawberry.field(
        description=f"{_STOP_CONFIRMATION} Null: no stop is confirmed by us."
    )
    opt_out_words: bool = strawberry.field(description=_OPT_OUT_WORDS)
    quiet_hours_start: str = strawberry.field(description=_QUIET_START)
    quiet_hours_end: str = strawberry.field(description=_QUIET_END)
    quiet_hours: list[QuietHours] = strawberry.field(
        description="What the law of a country, or of a part of it, adds to the destination's own hours: of all that hold for a number the "
        "strictest counts. Empty where the destination has no quiet hours."
    )

    daily_message_limit: int = strawberry.field(description=_DAILY)
    per_recipient_daily_limit: int = strawberry.field(description=_PERSON_DAILY)
    per_recipient_weekly_limit: int | None = strawberry.field(
        description=f"{_PERSON_WEEKLY} Null: any number."
    )
    time_zone: str = strawberry.field(description=_TIME_ZONE)
    double_opt_in: bool = strawberry.field(description=_DOUBLE_OPT_IN)
    confirmation_mapping_id: strawberry.ID | None = strawberry.field(
        description=f"{_CONFIRMATION_MAPPING} Null: none does."
    )

    @classmethod
    def of(cls, viewer: Viewer, policy: Policy) -> Self:
        """The policy as this viewer sees it."""
        return cls(
            mms_fallback=policy.mms_fallback,
            require_dlt_for_india=policy.require_dlt_for_india,
            allowed_countries=sorted(policy.allowed_countries),
            uncertain=policy.uncertain,
            messages_per_second=JSON(
                {masking.text(viewer, key): pace for key, pace in policy.messages_per_second.items()}
            ),
            test_numbers=[masking.phone(viewer, number) for number in sorted(policy.test_numbers)],
            retry_undelivered=policy.retry_undelivered,
            inbound_source_id=None
            if policy.inbound_source_id is None
            else strawberry.ID(policy.inbound_source_id),
            inbound_source_events=[one for one in InboundSourceEvent if one in policy.inbound_source_events],
            stop_confirmation=policy.stop_confirmation,
            opt_out_words=policy.opt_out_words,
            quiet_hours_start=policy.quiet_hours_start,
            quiet_hours_end=policy.quiet_hours_end,
            quiet_hours=[]
            if own_hours(policy.quiet_hours_start, policy.quiet_hours_end) is None
            else [QuietHours.of(law) for law in LAWS],
            daily_message_limit=policy.daily_message_limit,
            per_recipient_daily_limit=policy.per_recipient_daily_limit,
            per_recipient_weekly_limit=policy.per_recipient_weekly_limit,
            time_zone=policy.time_zone,
            double_opt_in=policy.double_opt_in,
            confirmation_mapping_id=None
            if policy.confirmation_mapping_id is None
            else strawberry.ID(policy.confirmation_mapping_id),
        )


@strawberry.input(
    description="What shall hold for all messages of a destination. What is left out, or null, stays as it is; a new destination "
    "has the default."
)
class DestinationPolicyInput:
    """See destinationCreate and destinationUpdate."""

    mms_fallback: MmsFallback | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_MMS_FALLBACK} Default: LINK."
    )
    require_dlt_for_india: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_REQUIRE_DLT} Default: false."
    )
    allowed_countries: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_ALLOWED} Default: the default country of its settings, as it is when the destination is made; any where they have none.",
    )
    uncertain: UncertainPolicy | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_UNCERTAIN} Default: RESEND_WHEN_ABSENT."
    )
    messages_per_second: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_PACES} From {SLOWEST} to {FASTEST}. It takes the place of all that was there.",
    )
    test_numbers: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_TEST_NUMBERS} In any notation; without + in the destination's default country. Default: none.",
    )
    retry_undelivered: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_RETRY} Default: false."
    )
    inbound_source_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_INBOUND_SOURCE} It is a SERVER one of the same space; an empty text ends it. Default: none.",
    )
    inbound_source_events: list[InboundSourceEvent] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_INBOUND_SOURCE_EVENTS} It takes the place of all that was there. Default: MESSAGE_RECEIVED alone.",
    )
    stop_confirmation: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_STOP_CONFIRMATION} An empty text ends it. Default: none.",
    )
    opt_out_words: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_OPT_OUT_WORDS} Default: true."
    )
    quiet_hours_start: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_QUIET_START} Default: {_NEW.quiet_hours_start}."
    )
    quiet_hours_end: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_QUIET_END} Default: {_NEW.quiet_hours_end}."
    )
    daily_message_limit: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_DAILY} Default: {_NEW.daily_message_limit}."
    )
    per_recipient_daily_limit: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_PERSON_DAILY} Default: {_NEW.per_recipient_daily_limit}."
    )
    per_recipient_weekly_limit: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_PERSON_WEEKLY} 0 ends it. Default: none."
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_TIME_ZONE} Default: {_NEW.time_zone}."
    )
    double_opt_in: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_DOUBLE_OPT_IN} Default: false."
    )
    confirmation_mapping_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_CONFIRMATION_MAPPING} An empty text ends it. Default: none.",
    )
