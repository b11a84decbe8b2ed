"""Every released SDK that speaks this API, as it comes: only its host and key are set."""

from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tests.integration.faulty import Fault, faulty
from tests.integration.sdks import SDKS, Sdk, segment_python_gzip
from tests.integration.system import SENDER, System, until

_numbers = count(100)

every_sdk = pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.__name__)
by_default = pytest.mark.parametrize(
    "sdk", [sdk for sdk in SDKS if sdk is not segment_python_gzip], ids=lambda sdk: sdk.__name__
)


@dataclass(frozen=True)
class Shop:
    """A source with one customer, whom nobody else knows."""

    system: System
    write_key: str
    source_id: str
    phone: str

    def customer(self) -> list[dict[str, Any]]:
        """Says who they are, then enters the audience that is texted."""
        traits = {"first_name": "Ada", "phone": self.phone, "sms_opt_in": True}
        return [
            {"type": "identify", "userId": self.phone, "traits": traits},
            {
                "type": "track",
                "userId": self.phone,
                "event": "Audience Entered",
                "properties": {"key": "vip"},
            },
        ]

    def events(self) -> list[tuple[str, str, str | None]]:
        """(type, outcome, name) of every event of the source, in the order they came."""
        until(self.system.settled, what="everything worked off")
        return self.system.ledger(
            "SELECT type, outcome, name FROM events WHERE source_id = ? ORDER BY rowid", self.source_id
        )

    def texts(self) -> list[tuple[str, str]]:
        """(from, body) of what the stand-in was given for the customer."""
        forms = [dict(text["received"]["pairs"]) for text in self.system.texts()]
        return [(form["From"], form["Body"]) for form in forms if form["To"] == self.phone]

    def assert_one_text(self) -> None:
        assert self.events() == [
            ("identify", "UNMATCHED", None),
            ("track", "MATCHED", "Audience Entered"),
        ]
        assert self.texts() == [(SENDER, "Hi Ada!")], self.system.ledger(
            "SELECT status, reason FROM deliveries WHERE source_id = ?", self.source_id
        )


@pytest.fixture
def shop(served: System) -> Shop:
    number = next(_numbers)
    return Shop(served, *served.source(f"Shop {number}"), phone=f"+1202555{number:04d}")


@every_sdk
def test_texts_whom_the_sdk_identified(shop: Shop, sdk: Sdk) -> None:
    sdk(shop.system.url, shop.write_key, shop.customer())

    shop.assert_one_text()


@every_sdk
def test_keeps_every_event_of_several_batches_once(shop: Shop, sdk: Sdk) -> None:
    steps = [f"Step {number}" for number in range(250)]

    sdk(shop.system.url, shop.write_key, [{"type": "track", "userId": "u", "event": step} for step in steps])

    assert Counter(shop.events()) == Counter(("track", "UNMATCHED", step) for step in steps)


@by_default
@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
def test_what_is_sent_again_after_a_fault_is_one_event_and_one_text(
    shop: Shop, sdk: Sdk, fault: Fault
) -> None:
    with faulty(shop.system.port, fault) as proxy:
        sdk(proxy.url, shop.write_key, shop.customer())

    assert proxy.faults == []
    assert proxy.requests >= 2
    shop.assert_one_text()
