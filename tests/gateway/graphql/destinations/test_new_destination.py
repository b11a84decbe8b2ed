"""What a destination begins with whose owner said nothing of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed

POLICY = (
    "quietHoursStart quietHoursEnd dailyMessageLimit perRecipientDailyLimit perRecipientWeeklyLimit optOutWords "
    "allowedCountries timeZone"
)
BEGINS: dict[str, Any] = {
    "quietHoursStart": "21:00",
    "quietHoursEnd": "08:00",
    "dailyMessageLimit": 1000,
    "perRecipientDailyLimit": 10,
    "perRecipientWeeklyLimit": None,
    "optOutWords": True,
    "timeZone": "UTC",
}
ACCOUNT: dict[str, Any] = {
    "accountSid": f"AC{'a' * 32}",
    "apiKeySid": f"SK{'b' * 32}",
    "apiKeySecret": "s" * 32,
    "authToken": "t" * 32,
}


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return installed()


@pytest.mark.parametrize(
    ("country", "given", "differing"),
    [
        ("US", None, {"allowedCountries": ["US"]}),
        ("GB", {"dailyMessageLimit": 5}, {"allowedCountries": ["GB"], "dailyMessageLimit": 5}),
        ("GB", {"allowedCountries": []}, {"allowedCountries": []}),
        (
            "US",
            {"quietHoursStart": "00:00", "quietHoursEnd": "00:00", "optOutWords": False},
            {
                "allowedCountries": ["US"],
                "quietHoursStart": "00:00",
                "quietHoursEnd": "00:00",
                "optOutWords": False,
            },
        ),
    ],
)
async def test_it_protects_whom_it_texts_but_for_what_was_said_otherwise(
    api: Any, country: str, given: Any, differing: dict[str, Any]
) -> None:
    settings = {"twilioEngage": {**ACCOUNT, "defaultCountry": country}}

    made = await api.change(
        "destinationCreate",
        {"name": "Texts", "settings": settings, "policy": given},
        f"destination {{ policy {{ {POLICY} }} }} errors {{ message }}",
    )

    assert made == {"destination": {"policy": {**BEGINS, **differing}}, "errors": []}
