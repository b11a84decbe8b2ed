"""What the bookshop configured: sources, accounts in every state, and mappings of every kind."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    ALPHANUMERIC_SENDER,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    DEFAULT_ACCOUNTS,
    OTHER_SENDER,
    QUICK_REPLY_TEMPLATE_SID,
    SENDER,
    TEMPLATE_SID,
    UNSUBMITTED_TEMPLATE_SID,
    WHATSAPP_SENDER,
)
from gateway.pipeline import syncs
from gateway.storage import tokens
from gateway.storage.engine import Store
from gateway.workspace import Role
from mappings.presets.preset import external_ids
from tests import factories
from tests.integration.engage.wired import HOST
from tests.situations.stage import Stage

SPACE = "default"
KEYS = ("key-of-every-planted-ledger",)
SHARED_SECRET = "canary-shared-secret-of-segment"
WRONG_SECRET = "canary-api-key-secret-that-was-revoked"
TOKENS = {role: f"hgt_canary-{role.value.lower()}-of-the-bookshop" for role in Role}
"""A token of each role, which whoever signs in with it types; the page may keep it, and never shows it."""

_SEND = {
    "send": True,
    "traitEnrichment": True,
    "traits": {"@path": "$.properties"},
    "externalIds": external_ids(),
}
_TEMPLATE = {"from": WHATSAPP_SENDER, **_SEND}
OLD_SENDER = "+12025550108"
"""A number that the account has at first, and gives up."""

PICTURE = "https://shop.example.com/parcels/1042.jpg"


def _when(event: str) -> str:
    return f'type = "track" and event = "{event}"'


MAPPINGS: tuple[Mapping[str, Any], ...] = (
    {
        "name": "Order confirmation",
        "action": "sendSms",
        "purpose": "TRANSACTIONAL",
        "trigger": _when("Order Placed"),
        "fields": {
            "from": SENDER,
            "body": "Hi {{ profile.traits.first_name }}, thank you for your order {{ profile.traits.order_id }}! We'll text you when it's on its way. 📦",
            **_SEND,
        },
    },
    {
        "name": "Order shipped",
        "action": "sendWhatsApp",
        "purpose": "TRANSACTIONAL",
        "trigger": _when("Order Shipped"),
        "fields": {
            **_TEMPLATE,
            "contentSid": TEMPLATE_SID,
            "contentVariables": {
                "1": "{{ profile.traits.first_name }}",
                "2": "{{ profile.traits.order_id }}",
            },
        },
    },
    {
        "name": "Abandoned cart, one hour later",
        "action": "sendSms",
        "trigger": _when("Cart Abandoned"),
        "cancelTrigger": _when("Order Placed"),
        "fields": {
            "from": OTHER_SENDER,
            "body": "{{ profile.traits.first_name }}, “{{ profile.traits.title }}” is still in your basket 📖 Come back: https://shop.example.com/basket",
            **_SEND,
        },
    },
    {
        "name": "Delivery slot",
        "action": "sendWhatsApp",
        "purpose": "TRANSACTIONAL",
        "trigger": _when("Delivery Planned"),
        "fields": {
            **_TEMPLATE,
            "contentSid": QUICK_REPLY_TEMPLATE_SID,
            "contentVariables": {"1": "{{ profile.traits.first_name }}", "2": "Friday, 2 to 4 pm"},
        },
    },
    {
        "name": "Parcel left with a neighbour (picture)",
        "action": "sendSms",
        "purpose": "TRANSACTIONAL",
        "trigger": _when("Parcel Left"),
        "fields": {
            "from": SENDER,
            "body": "Your parcel is with your neighbour. This is where:",
            "media": [PICTURE],
            **_SEND,
        },
    },
    {
        "name": "Newsletter: the week's books",
        "action": "sendSms",
        "trigger": _when("Audience Entered"),
        "fields": {
            "from": SENDER,
            "body": "New this week, picked for you, {{ profile.traits.first_name }}: {{ profile.traits.title }}. Reserve it with one word: YES. Our shop is open until eight, and there is tea. Reply STOP to opt out.",
            **_SEND,
        },
    },
    {
        "name": "Answer on WhatsApp",
        "action": "sendWhatsApp",
        "trigger": _when("Question Answered"),
        "fields": {
            **_TEMPLATE,
            "body": "With pleasure, {{ profile.traits.first_name }}: we keep it for you until Saturday.",
        },
    },
    {
        "name": "Back in stock",
        "action": "sendWhatsApp",
        "trigger": _when("Back In Stock"),
        "fields": {
            **_TEMPLATE,
            "contentSid": UNSUBMITTED_TEMPLATE_SID,
            "contentVariables": {"1": "{{ profile.traits.first_name }}", "2": "an hour"},
        },
    },
    {
        "name": "Picture of the shop",
        "action": "sendSms",
        "trigger": _when("Shop Opened"),
        "fields": {
            "from": SENDER,
            "body": "Our new shop",
            "media": ["https://shop.example.com/shop.svg"],
            **_SEND,
        },
    },
    {
        "name": "From our name",
        "action": "sendSms",
        "trigger": _when("Shop Named"),
        "fields": {"from": ALPHANUMERIC_SENDER, "body": "We have a new name", **_SEND},
    },
    {
        "name": "From the old number",
        "action": "sendSms",
        "trigger": _when("Book Returned"),
        "fields": {"from": OLD_SENDER, "body": "Thank you, your book is back with us.", **_SEND},
    },
    {
        "name": "Birthday (not yet)",
        "action": "sendSms",
        "trigger": _when("Birthday"),
        "fields": {"from": SENDER, "body": "Happy birthday! 🎂", "send": False},
    },
    {
        "name": "Win back, tried in SHADOW",
        "action": "sendSms",
        "mode": "SHADOW",
        "trigger": _when("Lapsed"),
        "fields": {
            "from": SENDER,
            "body": "We miss you, {{ profile.traits.first_name }}. 10 % off until Sunday.",
            **_SEND,
        },
    },
    {
        "name": "Summer party 2025",
        "action": "sendSms",
        "enabled": False,
        "trigger": _when("Invited"),
        "fields": {"from": SENDER, "body": "Come to our summer party!", **_SEND},
    },
)
"""Of the account that works."""

SALE: Mapping[str, Any] = {
    "name": "Flash sale",
    "action": "sendSms",
    "trigger": _when("Sale Began"),
    "fields": {"from": SENDER, "body": "Only today: 30 % off everything 🔥", **_SEND},
}
CONTINENT = {
    "name": "Order confirmation, Europe",
    "action": "sendSms",
    "purpose": "TRANSACTIONAL",
    "trigger": _when("Order Placed In Europe"),
    "fields": {"from": SENDER, "body": "Merci ! Votre commande est confirmée.", **_SEND},
}


class Town(Stage):
    """A gateway in one process whose clock is moved by hand, and what is done to it, by what was configured and by names."""

    def __init__(self, store: Store, folder: Path, now: datetime) -> None:
        super().__init__(store, folder, SPACE, now, KEYS)
        self.write_keys: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.canaries: list[str] = [API_KEY_SECRET, AUTH_TOKEN, SHARED_SECRET, WRONG_SECRET, *KEYS]

    def key(self, name: str) -> str:
        """The token of a role."""
        return TOKENS[Role(name)]

    def _add_tokens(self, connection: Connection) -> None:
        for role, token in TOKENS.items():
            name = f"{role.value.capitalize()} of the shop"
            tokens.add(connection, name=name, role=role, space=SPACE, token=token, now=self.clock.now())

    async def sign_in(self) -> None:
        """Make the tokens, without which nobody may ask for anything."""
        await self.store.write(self._add_tokens)

    async def do(self, mutation: str, kind: str, given: Mapping[str, Any], selection: str = "") -> Any:
        """What that mutation answers to this input, without errors."""
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} errors {{ code message path }} }} }}"
        payload = (await self.ask(query, input=given))[mutation]
        assert payload["errors"] == [], payload
        return payload

    async def add_source(self, name: str, **more: Any) -> None:
        made = await self.do(
            "sourceCreate", "SourceCreateInput", {"name": name, **more}, "writeKey source { id }"
        )
        self.ids[name] = made["source"]["id"]
        self.write_keys[name] = made["writeKey"]
        self.canaries.append(made["writeKey"])

    async def add_account(
        self,
        name: str,
        *,
        secret: str = API_KEY_SECRET,
        policy: Mapping[str, Any] | None = None,
        verify: bool = True,
        **more: Any,
    ) -> None:
        """An account, verified so far as its secret lets it."""
        account = {
            "accountSid": ACCOUNT_SID,
            "apiKeySid": API_KEY_SID,
            "apiKeySecret": secret,
            "authToken": AUTH_TOKEN,
            "twilioHostname": HOST,
            "defaultCountry": "US",
        }
        given = {
            "name": name,
            "settings": {"twilioEngage": {**account, **more}},
            "policy": dict(policy or {}),
        }
        made = await self.do("destinationCreate", "DestinationCreateInput", given, "destination { id }")
        self.ids[name] = made["destination"]["id"]
        if verify:
            query = "mutation($id: ID!) { destinationVerify(input: {id: $id}) { destination { status } } }"
            await self.ask(query, id=self.ids[name])

    async def connect(self, source: str, account: str) -> None:
        given = {"sourceId": self.ids[source], "destinationId": self.ids[account]}
        await self.do("sourceConnect", "SourceConnectInput", given)

    async def add_mapping(self, account: str, given: Mapping[str, Any]) -> None:
        made = await self.do(
            "mappingCreate",
            "MappingCreateInput",
            {"destinationId": self.ids[account], **given},
            "mapping { id }",
        )
        self.ids[given["name"]] = made["mapping"]["id"]

    async def change_account(self, name: str, **changed: Any) -> None:
        """Change an account as it is now."""
        query = "query($id: ID!) { destination(id: $id) { revision } }"
        shown = await self.ask(query, id=self.ids[name])
        given = {"id": self.ids[name], "expectedRevision": shown["destination"]["revision"], **changed}
        await self.do("destinationUpdate", "DestinationUpdateInput", given)

    async def sync(self) -> None:
        """Learn what the accounts have."""
        while await syncs.step(self.services):
            pass

    async def come(self, source: str, *calls: Mapping[str, Any], path: str = "batch") -> None:
        """Let these calls come in one request of that source; what is due has its turn, and so has the provider."""
        body: dict[str, Any] = {"batch": list(calls)}
        answer = await self.request(f"/v1/{path}", body, self.write_keys[source])
        assert answer.status_code == 200, answer.text

    async def settle(self) -> None:
        """Twilio says what became of each message, and owners are told."""
        while await self.simulator.advance():
            self.clock.advance(1.5)
            await self.turn()
        messenger = self._worker._messenger
        while await messenger.step():
            await messenger.finished()


WEBHOOK = "https://hooks.shop.example.com/texts?team=crm"


async def open_shop(town: Town) -> None:
    """Everything that is configured."""
    await town.sign_in()
    await town.add_source("Shop server")
    await town.add_source("Website", trust="BROWSER")
    await town.add_source("Segment", sharedSecret=SHARED_SECRET, pathKeyAllowed=True)
    account = DEFAULT_ACCOUNTS[0]
    town.simulator.change(replace(account, senders=(*account.senders, OLD_SENDER)))
    countries = {
        "allowedCountries": ["US", "GB", "FR", "IN"],
        "perRecipientDailyLimit": 6,
        "requireDltForIndia": True,
        "mmsFallback": "SUPPRESS",
        "messagesPerSecond": factories.AT_ONCE,
    }
    await town.add_account("Bookshop US", policy=countries, webhookUrl=WEBHOOK, webhookEvents=[])
    await town.add_account("Bookshop Europe", secret=WRONG_SECRET, region="IE1")
    await town.add_account("Newsletter trial", verify=False)
    await town.add_account("Flash sales", policy=countries)
    town.destination = town.ids["Bookshop US"]
    for name in ("Bookshop US", "Bookshop Europe", "Flash sales"):
        await town.connect("Shop server", name)
    await town.connect("Website", "Bookshop US")
    await town.connect("Segment", "Bookshop US")
    for mapping in MAPPINGS:
        await town.add_mapping("Bookshop US", mapping)
    await town.add_mapping("Flash sales", SALE)
    await town.add_mapping("Bookshop Europe", CONTINENT)
    await town.sync()
    await _rotate_webhook_secret(town)


async def open_stall(town: Town) -> None:
    """The least that sends: a source, an account and a mapping."""
    await town.sign_in()
    await town.add_source("Shop server")
    await town.add_account("Bookshop US", policy={"messagesPerSecond": factories.AT_ONCE}, webhookUrl=WEBHOOK)
    town.destination = town.ids["Bookshop US"]
    await town.connect("Shop server", "Bookshop US")
    await town.add_mapping("Bookshop US", MAPPINGS[0])
    await town.sync()
    await _rotate_webhook_secret(town)


async def _rotate_webhook_secret(town: Town) -> None:
    shown = await town.ask(
        "query($id: ID!) { destination(id: $id) { revision } }", id=town.ids["Bookshop US"]
    )
    given = {"id": town.ids["Bookshop US"], "expectedRevision": shown["destination"]["revision"]}
    made = await town.do("webhookSecretRotate", "WebhookSecretRotateInput", given, "webhookSecret")
    town.canaries.append(made["webhookSecret"])


def remember(town: Town, file: Path) -> None:
    """Write down what a test needs to know of it."""
    told = {"ids": town.ids, "write_keys": town.write_keys, "canaries": town.canaries}
    file.write_text(json.dumps(told, indent=1), "utf-8")
