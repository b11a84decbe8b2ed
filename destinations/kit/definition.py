"""A destination as data: what it is called, what it needs, what it does. Frozen, no behaviour."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from destinations.kit.consent_exports import ConsentExport
from destinations.kit.context import Context, Read
from destinations.kit.enums import Channel, SenderKind
from destinations.kit.fields import Fields
from destinations.kit.http import HttpRequest, HttpResponse
from destinations.kit.outcome import Accepted, Outcome
from destinations.kit.outgoing import OutgoingWebhooks
from destinations.kit.owned import OwnedSender, OwnedTemplate, SenderList
from destinations.kit.plan import Plan
from destinations.kit.policy import Policy
from destinations.kit.ports import Person, Unknown
from destinations.kit.predecessors import Predecessor
from destinations.kit.shown import KnownForms, Shown
from destinations.kit.signals import Signal
from mappings.presets import Preset

KeyState = Literal["ACTIVE", "STANDBY", "FAILED"]
"""ACTIVE: requests are made with it. STANDBY: it is good, and may be promoted. FAILED: the provider refused it."""


class ApiKey(Fields):
    """One key of an account. Several may live side by side, so that rotating loses nothing: the first ACTIVE one is used.

    A setting of the type `tuple[ApiKey, ...]` is a list of keys: destinationKeyAdd, -Promote and -Remove are for it.
    """

    sid: str
    secret: SecretStr
    label: str | None = None
    state: KeyState = "ACTIVE"
    set_at: datetime | None = None


class AuthToken(Fields):
    """One token of an account, which a provider's calls are signed with. Several may live side by side: the first ACTIVE one is
    used where requests are made with one, and what any but a FAILED one signed is true.

    A setting of the type `tuple[AuthToken, ...]` is a list of tokens: destinationAuthTokenAdd, -Promote and -Remove are for it.
    """

    id: str
    secret: SecretStr
    label: str | None = None
    state: KeyState = "ACTIVE"
    set_at: datetime | None = None


FIRST_TOKEN = "tok_1"  # noqa: S105  an id
"""The id of a token that was given under the name of one, or stored before there could be several."""


def listed(given: Any, tokens: str, token: str) -> Any:
    """Settings in which one token may stand under its own name `token`, with that as the list `tokens`: for a validator that runs
    before a model's own.
    """
    if not isinstance(given, Mapping) or token not in given:
        return given
    others = {key: value for key, value in given.items() if key != token}
    if given[token] is None or tokens in others:
        return others
    return {**others, tokens: [{"id": FIRST_TOKEN, "secret": given[token]}]}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a verification: what was looked at, and what to do where it failed. `code` is ours, `provider_code` the provider's."""

    name: str
    passed: bool
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    provider_code: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A call from a provider. `url` is the public one it called, query included; header names in lower case. By GET it says in
    the query what it says in the body otherwise. `others` are further addresses that it may have called, as proxies in between
    tell it; each ends with the same path and query. `path_key` is what stands in the path for `Webhooks.path_key`.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    others: tuple[str, ...] = ()
    path_key: str | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How a provider's calls are read. Each raises InvalidAuthenticationError where the signature is wrong.

    `status` reads what became of a message, `inbound` what a person wrote; what came to the wrong one of the two, or can't be
    read, is a ValueError whose words the caller is answered with. `inbound_fragment` is what the provider takes after the address
    for what people write, such as how often it tries again. `path_key(settings, about)` is a secret that stands in the path of an address,
    where the provider's calls can't be known by a signature; None: none does. `about` is the Delivery's id, or "inbound".
    """

    status: Callable[[WebhookRequest, Any], tuple[Signal, ...]]
    inbound: Callable[[WebhookRequest, Any], tuple[Signal, ...]]
    inbound_fragment: str = ""
    path_key: Callable[[Any, str], str | None] = lambda _settings, _about: None


@dataclass(frozen=True, slots=True)
class RecentPage:
    """Some of what people wrote: of each message the signals that its call would have given, with when it was written (`occurred_at`).
    `position` says where the next page begins; None: nothing follows.
    """

    messages: tuple[tuple[Signal, ...], ...] = ()
    position: str | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """How it is read what people wrote lately, while nobody listened.

    `lists(senders, settings)` are those of these senders, and of what the settings name, to which it can be read what was written, each
    once. `page(context, sender, since, position)` reads a page of it, the newest first where the provider lists it so; a `position` of
    None: the first. It raises an IntegrationError, which is a RetryableError unless there is no such page any more. Positions are kept,
    and may be asked for by another process days later.
    """

    lists: Callable[[Sequence[str], Any], tuple[str, ...]]
    page: Callable[[Context[Any], str, datetime, str | None], Awaitable[RecentPage]]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What is asked when nobody knows whether a message was created.

    `key` is the Delivery's id, under which the answer is given. `request` is the request that was made, `started_at` when.
    `alone`: no other Delivery to that number is unsettled, so that a message whose text the provider changed can be no
    other's.
    """

    key: str
    request: HttpRequest
    started_at: datetime
    recipient: str
    alone: bool = True


Form = Sequence[tuple[str, str]]
"""The fields of a request, in their order."""

Taken = Callable[[Sequence[str]], Awaitable[frozenset[str]]]
"""Which of some message SIDs already belong to other Deliveries than those that are asked about."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The provider could not say: a read failed, or what it shows may be the message or may not. `message` says why.

    It proves nothing, and is asked again.
    """

    message: str


@dataclass(frozen=True, slots=True)
class Following:
    """A message whose status is asked for: `key` is the Delivery's id, under which the answer is given, and `sent_at` when
    its request left. `sender` and `recipient` are as the ledger shows them.
    """

    key: str
    message_sid: str
    sender: str
    recipient: str
    channel: Channel | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class InboundUrls:
    """How it is read and set what the provider calls with what people write to a sender. `read(sender, context)` asks what is set now,
    None: nothing; `write(sender, url, context)` is the request that sets it: made again, it changes nothing more. Both raise an
    IntegrationError where that can't be done.
    """

    read: Callable[[OwnedSender, Context[Any]], Awaitable[str | None]]
    write: Callable[[OwnedSender, str, Context[Any]], HttpRequest]


@dataclass(frozen=True, slots=True)
class Sync:
    """How it is learned what an account has. `senders(context)` and `templates(context)` list all of it, whatever takes how many
    reads, or raise an IntegrationError: half a list is none. `inbound_urls`: None where they can't be set from here.
    """

    senders: Callable[[Context[Any]], Awaitable[SenderList]]
    templates: Callable[[Context[Any]], Awaitable[tuple[OwnedTemplate, ...]]]
    inbound_urls: InboundUrls | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """How a request that was made, or would be, is read again as what a phone shows. `template(form)` is the id of the template that the
    form of a request names; None where it names none. `shown(form, template)` is what the phone shows: of a template what is known of it,
    None where nothing is.
    """

    template: Callable[[Form], str | None]
    shown: Callable[[Form, KnownForms | None], Shown]


@dataclass(frozen=True, slots=True)
class StopConfirmation:
    """How a person's stop is confirmed to them where the provider does not (`ConsentChanged.confirmed` is False).

    `actions` has for each channel the slug of the action that sends it and the fields of its mapping, which read `to`, `from` and `body`
    among the `properties` of an event. Its plan finds `Context.confirms_stop_to`. `problems(text)` says what such a text must not have.
    """

    actions: Mapping[Channel, tuple[str, Mapping[str, Any]]]
    problems: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a destination needs of its account: the senders that its mappings name as they stand, and the address that is to be called
    with what people write to them; None where the provider can't reach any. `policy` is what its owner decided for all messages.
    `sender_ids` has by its address the id of each sender that is known here, for mutations that name it.
    """

    senders: tuple[str, ...] = ()
    inbound_url: str | None = None
    policy: Policy = field(default_factory=Policy)
    sender_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What a mapping's fields have wrong, by their path. `certain`: no message could be sent; else it is only doubtful."""

    path: tuple[str, ...]
    message: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class NamedSender:
    """A sender as a mapping names it: the `address` is as a Send of it has it."""

    address: str
    kind: SenderKind


@dataclass(frozen=True, slots=True)
class ActionDefinition:
    """One thing that can be done with an event. Without a `channel` it is no text, and no switch of a channel stops it.

    `plan(payload, context)` decides and never acts; `interpret(response)` reads the answer to the one request of a
    Send. `reconcile(asked, taken, context)` looks for what lost answers created, for many at once: by key the message, None
    where the provider's list shows no such message, or NotKnown; no message is given to two. It asks `taken` about what it finds;
    an IntegrationError of it says NotKnown of all. `check(fields, settings)` says what of a mapping's fields can't work, or is doubtful,
    whatever the provider says; `review(fields, context)` says before one is saved what the provider would refuse, and may
    ask it. These two raise nothing. `addressee(payload, context, person)` is the number (E.164) that a message would go to, as far
    as that can be told without asking anybody: for the ledger to show of what is refused before it is planned.
    `sender(fields, settings)` is what a mapping's fields, or the settings in their place, send from as they stand; None where each
    event says, and for what no account has to have. `sender_field` is the field that names it, and `template_field` the one that names a template; None where no field does.
    `template(fields)` is the id of the template that they name as they stand, where the channel has to approve of it; None as for a sender.
    `literal_statuses(fields)` are the words of consent that they say themselves, whatever the event says, by where they stand: these are
    audited, and named where a plan rests on one (`About.literal_statuses`).
    """

    slug: str
    title: str
    description: str
    channel: Channel | None
    payload: type[Fields]
    plan: Callable[[Any, Context[Any]], Awaitable[Plan]]
    interpret: Callable[[HttpResponse], Outcome]
    reconcile: Callable[
        [Sequence[Reconciliation], Taken, Context[Any]], Awaitable[Mapping[str, Accepted | NotKnown | None]]
    ]
    default_trigger: str
    check: Callable[[Mapping[str, Any], Any], tuple[FieldProblem, ...]] | None = None
    review: Callable[[Mapping[str, Any], Context[Any]], Awaitable[tuple[FieldProblem, ...]]] | None = None
    addressee: Callable[[Any, Context[Any], Person | Unknown | None], str | None] | None = None
    sender: Callable[[Mapping[str, Any], Any], NamedSender | None] | None = None
    sender_field: str = "from"
    template_field: str | None = None
    template: Callable[[Mapping[str, Any]], str | None] | None = None
    literal_statuses: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One call of a Segment SDK: the method's name and its keyword arguments, `user_id` among them."""

    method: Literal["identify", "track"]
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DemoPromise:
    """What is promised of one Delivery of a story, in the words of the schema. `mapping` is the name of its preset."""

    mapping: str
    status: str
    message_status: str | None = None
    reason: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class DemoStory:
    """What one person does (every call names the same `user_id`), and what becomes of it: every Delivery is promised."""

    title: str
    calls: tuple[DemoCall, ...]
    promises: tuple[DemoPromise, ...]


@dataclass(frozen=True, slots=True)
class Demo:
    """What `heliograph demo` seeds, and the stories it tells.

    `folder` holds what is configured, as files: a source, a destination and its mappings, named as their presets. `environ` is where the
    references in it lead; `{host}` stands there for the simulator's host:port. `texts_at` is the path at which
    the simulator shows its messages, and `texts(answer)` the text of each by its id. `also` is what else the
    simulator answers to, by what it is.
    """

    folder: Path
    environ: Mapping[str, str]
    stories: tuple[DemoStory, ...]
    texts_at: str
    texts: Callable[[Any], Mapping[str, str]]
    also: tuple[tuple[str, str], ...] = ()

    def environ_at(self, host: str) -> Mapping[str, str]:
        """Where the references lead while the simulator is there."""
        return {name: value.replace("{host}", host) for name, value in self.environ.items()}


@dataclass(frozen=True, slots=True)
class DestinationDefinition:
    """All the program needs to know of a destination; it is found by entry point and never named elsewhere.

    `verify(settings, read, allowed_hosts)` yields the checks behind Draft -> Verified, each as soon as it is known; a package made
    before it could returns all of them. `validate_settings(settings,
    allowed_hosts)` returns what is wrong with them as (field path in camelCase, message). `test_authentication` is the
    original's credential check: it raises InvalidAuthenticationError. `original_settings` are the settings under the
    original's names, and `translate_settings` turns those into ours, for `run_action` and import.
    `follow(asked, context)` asks the provider what became of messages, whether or not it calls: by key the signals that a
    callback would give, or NotKnown, which an IntegrationError says of all. None: nobody can ask.
    `recent` is how it is read what people wrote lately, once all that `verify` looks at passed; None: nobody can.
    `check_senders(context, expected)` says of the senders that are used whether the account has them, and is asked once all that `verify`
    looks at passed; it raises nothing.
    `sync` lists the account's senders and templates; None: nobody can, and nothing is known of them.
    `messages` is how a request is read as what a phone shows; None: nobody can.
    `outgoing` is how the owner is told what becomes of messages; None: an owner is told nothing.
    `stop_confirmation` is how a stop is confirmed where the provider confirms none; None: it is not.
    `conversation_windows`: for how long after a person's last message a channel takes an answer that it refuses otherwise.
    `default_country(settings)` is the country whose national numbers are read; None: only numbers with a + are.
    `predecessors` are the types elsewhere whose place it takes.
    `consent_exports` are what the provider exports of consent.
    `phone_page(settings, allowed_hosts, number, channel)` is where a stand-in shows what that number's phone got, or all of them (None); it
    gives None where the account is at no stand-in.
    `supported_calls` are the calls whose events its mappings may be for. `simulator` is "module:factory" of an ASGI app.
    """

    slug: str
    name: str
    description: str
    settings: type[Fields]
    actions: tuple[ActionDefinition, ...]
    integration_names: tuple[str, ...]
    presets: tuple[Preset, ...]
    verify: Callable[[Any, Read, frozenset[str]], AsyncIterator[Check] | Awaitable[tuple[Check, ...]]]
    validate_settings: Callable[[Any, frozenset[str]], tuple[tuple[str, str], ...]]
    test_authentication: Callable[[Any, Read, frozenset[str]], Awaitable[None]]
    translate_settings: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    original_settings: type[Fields] | None = None
    default_country: Callable[[Any], str | None] = lambda _settings: None
    webhooks: Webhooks | None = None
    follow: (
        Callable[[Sequence[Following], Context[Any]], Awaitable[Mapping[str, tuple[Signal, ...] | NotKnown]]]
        | None
    ) = None
    recent: Recent | None = None
    check_senders: Callable[[Context[Any], Expected], Awaitable[tuple[Check, ...]]] | None = None
    sync: Sync | None = None
    messages: Messages | None = None
    outgoing: OutgoingWebhooks | None = None
    stop_confirmation: StopConfirmation | None = None
    conversation_windows: Mapping[Channel, timedelta] = field(default_factory=dict)
    supported_calls: tuple[str, ...] = ("identify", "track", "page", "screen", "group", "alias")
    predecessors: tuple[Predecessor, ...] = ()
    consent_exports: tuple[ConsentExport, ...] = ()
    simulator: str | None = None
    phone_page: Callable[[Any, frozenset[str], str | None, Channel | None], str | None] | None = None
    demo: Demo | None = None

    def action(self, slug: str) -> ActionDefinition:
        """The action of that slug. Raises KeyError."""
        for action in self.actions:
            if action.slug == slug:
                return action
        raise KeyError(slug)

    async def checks(
        self, settings: Any, read: Read, allowed_hosts: frozenset[str]
    ) -> AsyncGenerator[Check, None]:
        """What `verify` says of these settings. Raises what it raises."""
        said = self.verify(settings, read, allowed_hosts)
        if isinstance(said, Awaitable):
            for check in await said:
                yield check
            return
        async for check in said:
            yield check
