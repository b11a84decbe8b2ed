"""What becomes of one message, whatever the channel: the order of the gates, and the request at their end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import client, named, profiles, recipients, senders
from destinations.twilio_engage.addressed import AddressedPayload
from destinations.twilio_engage.candidates import ChannelRules
from destinations.twilio_engage.chosen import Chosen, Recipient, suppress
from destinations.twilio_engage.content import render
from destinations.twilio_engage.gates import Verdict
from destinations.twilio_engage.remedies import Case, with_remedy
from destinations.twilio_engage.senders import Sender
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import forward_url, status_callback
from mappings import MappingError
from mappings.json_text import json_text

PayloadT = TypeVar("PayloadT", bound=AddressedPayload)

_TAGS = (
    "audience_id",
    "correlation_id",
    "journey_name",
    "step_name",
    "campaign_name",
    "campaign_key",
    "user_id",
    "message_id",
)


class Draft(msgspec.Struct, Generic[PayloadT], frozen=True):
    """A message of which is known who gets it and who sends it, and not yet what it says."""

    payload: PayloadT
    sender: Sender
    recipient: Recipient
    person: kit.Person | kit.Unknown | None

    @property
    def known(self) -> kit.Person | None:
        """The person, where one is known."""
        return None if self.person is kit.UNKNOWN else self.person

    @property
    def user_id(self) -> str | None:
        """Who it is about, by the mapping or as identified."""
        return _user_id(self.payload, self.known)

    def scope(self, traits: Mapping[str, Any]) -> dict[str, Any]:
        """What a template of the message can print."""
        return _scope(self.user_id, self.recipient.text, traits)


class Composed(msgspec.Struct, frozen=True):
    """What an action says: `content` describes it for an explanation, `gates` judge it, in their order, and `form` is the
    action's own part of the request, which comes first.
    """

    content: str
    gates: tuple[tuple[str, Verdict], ...]
    form: Sequence[tuple[str, str]]
    channel: kit.Channel
    segments: int | None = None
    encoding: str | None = None
    template_at_hand: bool = False
    text: str | None = None
    media: tuple[str, ...] = ()
    buttons: tuple[kit.Button, ...] = ()
    unicode_character: str | None = None
    tells_opt_out: bool = False


async def planned(
    context: kit.Context[TwilioEngageSettings],
    payload: PayloadT,
    *,
    rules: ChannelRules,
    answering: bool,
    compose: Callable[[Draft[PayloadT], kit.Context[TwilioEngageSettings]], Awaitable[Composed]],
) -> kit.Plan:
    """Send, hold or suppress, as the gates say, in their order: send, recipient and consent, content, the action's own.

    `answering`: where the person's window is open, the message is an answer and no advertisement. Raises the kit's
    errors for content and settings that can't be sent.
    """
    sender = rules.sender(payload.sender, context.settings.default_country)
    person = await context.facts.people.person()
    plan = await _decided(context, payload, sender, person, rules, answering=answering, compose=compose)
    return (
        plan
        if isinstance(plan, kit.Send)
        else await _with_way_out(plan, context, payload, sender, person, rules)
    )


def addressee(
    payload: AddressedPayload,
    context: kit.Context[TwilioEngageSettings],
    person: kit.Person | kit.Unknown | None,
    rules: ChannelRules,
) -> str | None:
    """The number that a message would go to, as far as that can be told without asking anybody."""
    to = _picked(payload, person, context)
    return recipients.addressee(payload, context, person, rules=rules, to=to)


async def _with_way_out(
    plan: kit.Hold | kit.Suppress,
    context: kit.Context[TwilioEngageSettings],
    payload: AddressedPayload,
    sender: Sender,
    person: kit.Person | kit.Unknown | None,
    rules: ChannelRules,
) -> kit.Plan:
    number = plan.recipient if isinstance(plan, kit.Suppress) else None
    about = context.about
    if about.user_id is None and about.anonymous_id is None:
        about = replace(about, user_id=payload.user_id)
    own = [one.id for one in payload.external_ids if one.type == "phone"]
    own += [person.phone] if person is not None and person is not kit.UNKNOWN else []
    country = context.settings.default_country
    keys = {kit.canonical(known) for text in own if (known := kit.e164(text, country)) is not None}
    is_own = number is not None and kit.canonical(number) in keys
    held: kit.Consent | kit.Unknown | None = None
    if plan.reason in (Reason.OPTED_OUT, Reason.NOT_SUBSCRIBED) and number is not None:
        held = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    consent = None if held is kit.UNKNOWN else held
    allowed = context.allowed_countries or frozenset()
    case = Case(
        rules.channel,
        about,
        sender,
        number,
        is_own=is_own,
        consent=consent,
        allowed_countries=allowed,
        confirmed_only=context.policy.double_opt_in,
    )
    return with_remedy(plan, case)


async def _decided(
    context: kit.Context[TwilioEngageSettings],
    payload: PayloadT,
    sender: Sender,
    person: kit.Person | kit.Unknown | None,
    rules: ChannelRules,
    *,
    answering: bool,
    compose: Callable[[Draft[PayloadT], kit.Context[TwilioEngageSettings]], Awaitable[Composed]],
) -> kit.Plan:
    """The first gate that stops it decides. A dry run goes on behind that, and shows what would be sent but for it."""
    trace = context.trace
    stop: kit.Hold | kit.Suppress | None = None
    if payload.send:
        trace.passed("send", "`send` is true")
    else:
        detail = f"{payload.nothing_at('send') or '`send` is not true'}."
        stop = suppress(trace, "send", Reason.SEND_DISABLED, detail)
        if not context.wholly:
            trace.recipient = addressee(payload, context, person, rules)
            return stop
    chosen = await _chosen(context, payload, sender, person, rules, answering=answering)
    stop = stop or chosen.stop
    if chosen.recipient is None or (stop is not None and not context.wholly):
        if stop is None:
            raise AssertionError("Whom nobody is chosen for, something stops")
        return stop
    draft = Draft(payload, sender, chosen.recipient, person)
    if stop is None:
        return await _written(draft, context, compose)
    noted = len(trace.results)
    try:
        rest = await _written(draft, context, compose)
    except (kit.IntegrationError, MappingError) as error:
        if len(trace.results) == noted or trace.results[-1].passed:
            trace.stopped("content", None, str(error))
        return stop
    return replace(stop, beyond=rest if isinstance(rest, kit.Send) else rest.beyond)


async def _chosen(
    context: kit.Context[TwilioEngageSettings],
    payload: AddressedPayload,
    sender: Sender,
    person: kit.Person | kit.Unknown | None,
    rules: ChannelRules,
    *,
    answering: bool,
) -> Chosen:
    if context.confirms_stop_to is not None:
        return await named.stopped(context.confirms_stop_to, context, rules, sender)
    if context.confirms_yes_to is not None:
        return await named.asked(context.confirms_yes_to, context, rules, sender)
    if context.test_recipient is not None:
        return await named.tester(context.test_recipient, context, rules, sender)
    return await recipients.choose(
        payload,
        context,
        person,
        rules=rules,
        sender=sender,
        to=_picked(payload, person, context),
        answering=answering,
    )


async def _written(
    draft: Draft[PayloadT],
    context: kit.Context[TwilioEngageSettings],
    compose: Callable[[Draft[PayloadT], kit.Context[TwilioEngageSettings]], Awaitable[Composed]],
) -> kit.Plan:
    """What a message to that recipient comes to: its content, and the gates behind it."""
    trace, sender = context.trace, draft.sender
    composed = await compose(draft, context)
    trace.passed("content", composed.content)
    stop: kit.Hold | kit.Suppress | None = await senders.known(sender, context)
    for gate, verdict in composed.gates:
        if stop is not None and not context.wholly:
            return stop
        if verdict.reason is None:
            trace.passed(gate, verdict.detail)
        else:
            number = draft.recipient.number
            refusal = suppress(trace, gate, verdict.reason, verdict.detail, number)
            stop = stop or refusal
    if stop is not None and not context.wholly:
        return stop
    try:
        send = _send(draft.payload, sender, draft.recipient, composed, context)
    except kit.IntegrationError as error:
        trace.stopped("request", None, error.message)
        if stop is None:
            raise
        return stop
    return send if stop is None else replace(stop, beyond=send)


def _picked(
    payload: AddressedPayload,
    person: kit.Person | kit.Unknown | None,
    context: kit.Context[TwilioEngageSettings],
) -> str | None:
    """The number that `to` picks, among what SERVER sources said: nobody else names a recipient."""
    if payload.to is None:
        return None
    known = None if person is kit.UNKNOWN else person
    own = payload.traits if payload.trait_enrichment and context.trusted else None
    traits = profiles.over(known.server_traits if known else {}, own)
    scope = _scope(_user_id(payload, known), known.phone if known else None, traits)
    return render(payload.to, scope, context.now).strip()


def _user_id(payload: AddressedPayload, person: kit.Person | None) -> str | None:
    if payload.user_id or "userId" in payload.found_nothing or person is None:
        return payload.user_id
    return person.user_id


def _scope(user_id: str | None, phone: str | None, traits: Mapping[str, Any]) -> dict[str, Any]:
    return {"profile": {"user_id": user_id, "phone": phone, "traits": traits}}


def _send(
    payload: AddressedPayload,
    sender: Sender,
    recipient: Recipient,
    composed: Composed,
    context: kit.Context[TwilioEngageSettings],
) -> kit.Send:
    form = [*composed.form, ("Tags", _tags(payload, recipient))]
    url = status_callback(
        context.settings,
        own_url=context.callback_url,
        phone=recipient.text,
        custom_args=payload.custom_args,
        connection_overrides=payload.connection_overrides,
    )
    if url is not None:  # None: nobody listens
        form.append(("StatusCallback", url))
    onward = None
    if context.callback_url is not None:
        onward = forward_url(context.settings, phone=recipient.text, custom_args=payload.custom_args)
    return kit.Send(
        client.create_message(context.settings, context.allowed_hosts, tuple(form)),
        recipient=recipient.number,
        channel=composed.channel,
        sender=sender.address,
        sender_kind=sender.kind,
        segments=composed.segments,
        encoding=composed.encoding,
        template_at_hand=composed.template_at_hand,
        text=composed.text,
        media=composed.media,
        buttons=composed.buttons,
        unicode_character=composed.unicode_character,
        forward_url=onward,
        tells_opt_out=composed.tells_opt_out,
    )


def _tags(payload: AddressedPayload, recipient: Recipient) -> str:
    """The Tags of a message, which Twilio shows in its reports."""
    given = payload.custom_args
    found = {name: given[name] for name in _TAGS if name in given} if given else {}
    if recipient.id_type is not None:
        found["external_id_type"] = recipient.id_type
    found["external_id_value"] = recipient.text
    return json_text(found)
