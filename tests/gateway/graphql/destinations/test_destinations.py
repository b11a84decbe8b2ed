import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import hypothesis
from hypothesis import strategies as st

from destinations.kit import DestinationStatus
from gateway.graphql.destinations.types import DestinationCounts
from gateway.storage import destinations
from gateway.workspace import Role
from tests.factories import NOW, destination

SETTINGS = """
  __typename
  ... on PigeonPostSettings {
    loft speed home insured country
    apiKeys { sid label state secret { configured lastFour setAt } }
    seal { configured lastFour setAt }
  }
"""
CREATED = f"""
  destination {{
    id space name status enabled revision createdAt updatedAt
    definition {{ slug name }} settings {{ {SETTINGS} }} lastVerification {{ status }} sources {{ id }}
  }}
  counts {{ connected verified awaitingAction disabled }}
  errors {{ __typename message code path }}
"""
KEY = {"apiKeySid": "PK1", "apiKeySecret": "the-secret-of-the-key"}


async def test_makes_a_draft_and_shows_no_secret(api: Any) -> None:
    settings = {"loft": "LF1", **KEY, "seal": "a-very-secret-seal", "speed": "FAST", "country": "GB"}

    payload = await api.change(
        "destinationCreate", {"name": "Pigeons", "settings": {"pigeonPost": settings}}, CREATED
    )

    at = "2026-03-01T12:00:00.000Z"
    destination_id = payload["destination"]["id"]
    assert re.fullmatch(r"dst_[0-9a-f]{32}", destination_id)
    assert payload == {
        "destination": {
            "id": destination_id,
            "space": "default",
            "name": "Pigeons",
            "status": "DRAFT",
            "enabled": True,
            "revision": 1,
            "createdAt": at,
            "updatedAt": at,
            "definition": {"slug": "pigeon-post", "name": "Pigeon Post"},
            "settings": {
                "__typename": "PigeonPostSettings",
                "loft": "LF1",
                "speed": "FAST",
                "home": None,
                "insured": True,
                "country": "GB",
                "apiKeys": [
                    {
                        "sid": "PK1",
                        "label": None,
                        "state": "ACTIVE",
                        "secret": {"configured": True, "lastFour": "-key", "setAt": at},
                    }
                ],
                "seal": {"configured": True, "lastFour": "seal", "setAt": at},
            },
            "lastVerification": None,
            "sources": [],
        },
        "counts": {"connected": 1, "verified": 0, "awaitingAction": 1, "disabled": 0},
        "errors": [],
    }
    assert api.sent.requests == []


async def test_stores_the_settings_whole_and_encrypted(api: Any, tmp_path: Any) -> None:
    settings = {"loft": "LF1", **KEY, "seal": "a-very-secret-seal"}

    destination_id = await api.destination(**settings)

    services = api.services
    stored = await services.store.read(lambda c: destinations.get(c, destination_id, services.secrets))
    assert stored.settings == {
        "loft": "LF1",
        "apiKeys": [
            {
                "sid": "PK1",
                "secret": KEY["apiKeySecret"],
                "label": None,
                "state": "ACTIVE",
                "setAt": None,
            }
        ],
        "seal": "a-very-secret-seal",
        "speed": "SLOW",
        "home": None,
        "insured": True,
        "country": None,
    }
    for file in tmp_path.iterdir():
        assert b"a-very-secret-seal" not in file.read_bytes()


async def test_a_short_secret_is_not_half_told(api: Any) -> None:
    destination_id = await api.destination(seal="short-seal")

    data = await api.data(f'{{ destination(id: "{destination_id}") {{ settings {{ {SETTINGS} }} }} }}')

    at = "2026-03-01T12:00:00.000Z"
    assert data["destination"]["settings"]["seal"] == {"configured": True, "lastFour": None, "setAt": at}
    assert data["destination"]["settings"]["apiKeys"] == []


async def test_what_was_never_set_is_shown_as_such(api: Any) -> None:
    destination_id = await api.destination()

    data = await api.data(f'{{ destination(id: "{destination_id}") {{ settings {{ {SETTINGS} }} }} }}')

    seal = data["destination"]["settings"]["seal"]
    assert seal == {"configured": False, "lastFour": None, "setAt": None}


async def test_points_at_every_setting_that_is_wrong(api: Any) -> None:
    for settings, expected in (
        ({"loft": ""}, [("REQUIRED", "loft", "Loft is blank. Where the pigeons live: LF and a number.")]),
        ({"loft": "XX"}, [("INVALID", "loft", "A loft is LF and a number. Nothing was changed.")]),
        (
            {"loft": "LF1", "country": "GBR"},
            [("INVALID", "country", "has two letters. Nothing was changed.")],
        ),
        (
            {"loft": "LF1", "apiKeySid": "PK1"},
            [("REQUIRED", "apiKeySecret", "The SID of a key and its secret come together.")],
        ),
        (
            {"loft": "LF1", "apiKeySecret": "s"},
            [("REQUIRED", "apiKeySid", "The SID of a key and its secret come together.")],
        ),
    ):
        given = {"name": "Pigeons", "settings": {"pigeonPost": settings}}
        payload = await api.change("destinationCreate", given, CREATED)

        errors = [
            {
                "__typename": "InputError",
                "message": message,
                "code": code,
                "path": ["settings", "pigeonPost", key],
            }
            for code, key, message in expected
        ]
        counts = {"connected": 0, "verified": 0, "awaitingAction": 0, "disabled": 0}
        assert payload == {"destination": None, "counts": counts, "errors": errors}


async def test_name_and_settings_are_complained_of_together(api: Any) -> None:
    given = {"name": "", "settings": {"pigeonPost": {"loft": ""}}}

    payload = await api.change("destinationCreate", given, "errors { code path }")

    assert payload["errors"] == [
        {"code": "REQUIRED", "path": ["name"]},
        {"code": "REQUIRED", "path": ["settings", "pigeonPost", "loft"]},
    ]


async def test_a_null_takes_the_default_where_there_is_no_null(api: Any) -> None:
    destination_id = await api.destination(speed=None, insured=None, seal=None)

    data = await api.data(f'{{ destination(id: "{destination_id}") {{ settings {{ {SETTINGS} }} }} }}')

    settings = data["destination"]["settings"]
    assert (settings["speed"], settings["insured"], settings["seal"]["configured"]) == ("SLOW", True, False)


async def test_exactly_one_type_of_settings_is_taken(api: Any) -> None:
    query = (
        "mutation($input: DestinationCreateInput!) { destinationCreate(input: $input) { errors { code } } }"
    )

    answer = await api.ask(query, input={"name": "Pigeons", "settings": {}})

    [error] = answer["errors"]
    assert error["message"] == "OneOf Input Object 'DestinationSettingsInput' must specify exactly one key."
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in answer


async def test_a_create_is_idempotent_secrets_included(api: Any) -> None:
    given = {"name": "P", "settings": {"pigeonPost": {"loft": "LF1", **KEY}}, "idempotencyKey": "k"}
    other = {
        "name": "P",
        "settings": {"pigeonPost": {"loft": "LF1", **KEY, "apiKeySecret": "x"}},
        "idempotencyKey": "k",
    }
    selection = "destination { id } errors { code }"

    first = await api.change("destinationCreate", given, selection)
    same = await api.change("destinationCreate", given, selection)
    changed = await api.change("destinationCreate", other, selection)

    assert first["errors"] == []
    assert same == first
    assert changed == {"destination": None, "errors": [{"code": "IDEMPOTENCY_MISMATCH"}]}


async def test_a_repeated_create_is_answered_as_it_was_and_keeps_no_secret_beside(api: Any) -> None:
    selection = "destination { name revision settings { ... on PigeonPostSettings { seal { lastFour } } } } errors { code }"
    given = {
        "name": "P",
        "settings": {"pigeonPost": {"loft": "LF1", "seal": "a-very-secret-seal"}},
        "idempotencyKey": "k",
    }
    first = await api.change("destinationCreate", given, selection.replace("{ name", "{ id name", 1))
    made = first["destination"].pop("id")
    await api.change("destinationUpdate", {"id": made, "expectedRevision": 1, "name": "Q"}, "errors { code }")

    again = await api.change("destinationCreate", given, selection)

    assert again == first
    assert again["destination"] == {"name": "P", "revision": 1, "settings": {"seal": {"lastFour": "seal"}}}


async def test_a_name_is_taken_once_in_a_space(api: Any) -> None:
    await api.destination("Pigeons")
    given = {"name": "Pigeons", "settings": {"pigeonPost": {"loft": "LF1"}}}

    payload = await api.change("destinationCreate", given, "destination { id } errors { code path }")

    assert payload == {"destination": None, "errors": [{"code": "TAKEN", "path": ["name"]}]}


VERIFIED = """
  destination { status lastVerification { status startedAt finishedAt
    checks { name passed code message remedy } } }
  counts { connected verified awaitingAction disabled }
  errors { __typename message code path ... on ProviderError { providerCode remedy retryable } }
"""


async def test_a_destination_that_passes_its_checks_is_verified(api: Any) -> None:
    destination_id = await api.destination(seal="a-good-seal")

    payload = await api.change("destinationVerify", {"id": destination_id}, VERIFIED)

    at = "2026-03-01T12:00:00.000Z"
    passed = {"passed": True, "code": None, "message": None, "remedy": None}
    assert payload == {
        "destination": {
            "status": "VERIFIED",
            "lastVerification": {
                "status": "VERIFIED",
                "startedAt": at,
                "finishedAt": at,
                "checks": [{"name": "loft", **passed}, {"name": "seal", **passed}],
            },
        },
        "counts": {"connected": 1, "verified": 1, "awaitingAction": 0, "disabled": 0},
        "errors": [],
    }


async def test_rejected_credentials_are_an_error_with_its_remedy(api: Any) -> None:
    destination_id = await api.destination(seal="broken-seal")

    payload = await api.change("destinationVerify", {"id": destination_id}, VERIFIED)

    assert payload["destination"]["status"] == "FAILED"
    assert payload["counts"] == {"connected": 1, "verified": 0, "awaitingAction": 1, "disabled": 0}
    assert payload["errors"] == [
        {
            "__typename": "ProviderError",
            "message": "The loft refused the seal of +15551234567. The settings were kept.",
            "code": "CREDENTIALS_REJECTED",
            "path": ["id"],
            "providerCode": "77",
            "remedy": "Mend the seal.",
            "retryable": False,
        }
    ]


async def test_what_does_not_exist_can_not_be_verified(api: Any) -> None:
    elsewhere = await api.destination(space="other")
    token = await api.token(Role.ADMIN)

    for destination_id, who in (("dst_0", None), (elsewhere, token)):
        kwargs = {} if who is None else {"token": who}
        payload = await api.change(
            "destinationVerify",
            {"id": destination_id},
            "destination { id } errors { message code path }",
            **kwargs,
        )

        message = "There is no destination with this id. Nothing was changed."
        error = {"message": message, "code": "NOT_FOUND", "path": ["id"]}
        assert payload == {"destination": None, "errors": [error]}


async def test_lists_by_status_and_counts(api: Any) -> None:
    verified, draft = await api.destination("A"), await api.destination("B")
    off = {"name": "C", "enabled": False, "settings": {"pigeonPost": {"loft": "LF1"}}}
    await api.change("destinationCreate", off, "errors { code }")
    await api.change("destinationVerify", {"id": verified}, "errors { code }")

    data = await api.data(
        "{ destinations(status: VERIFIED) { totalCount edges { node { id } } } "
        "destinationCounts { connected verified awaitingAction disabled } }"
    )

    assert draft != verified
    assert data == {
        "destinations": {"totalCount": 1, "edges": [{"node": {"id": verified}}]},
        "destinationCounts": {"connected": 2, "verified": 1, "awaitingAction": 1, "disabled": 1},
    }


@hypothesis.given(
    st.lists(
        st.tuples(
            st.sampled_from(["default", "other"]),
            st.booleans(),
            st.sampled_from(DestinationStatus),
            st.booleans(),
        )
    )
)
def test_the_counts_of_a_space_add_up_whatever_there_is(
    there: list[tuple[str, bool, DestinationStatus, bool]],
) -> None:
    made = {
        f"dst_{number}": destination(
            id=f"dst_{number}",
            space=space,
            enabled=enabled,
            status=status,
            deleted_at=NOW if deleted else None,
        )
        for number, (space, enabled, status, deleted) in enumerate(there)
    }
    context: Any = SimpleNamespace(snapshot=SimpleNamespace(destinations=made))

    counts = DestinationCounts.of(context, "default")

    ours = [one for one in made.values() if one.space == "default" and one.deleted_at is None]
    assert counts.connected == counts.verified + counts.awaiting_action
    assert counts.connected + counts.disabled == len(ours)
    assert counts.disabled == sum(not one.enabled for one in ours)
    assert counts.verified == sum(one.enabled and one.status is DestinationStatus.VERIFIED for one in ours)


async def test_a_type_that_was_uninstalled_is_named_and_its_destination_kept(api: Any) -> None:
    destination_id = await api.destination()
    services = api.services
    [stored] = (await services.workspace.current()).destinations.values()
    gone = replace(stored, id="dst_1", name="Gone", definition="owl-post")
    await services.store.write(lambda c: destinations.add(c, gone, services.secrets))
    services.workspace.invalidate()

    answer = await api.ask(
        '{ a: destination(id: "dst_1") { name } b: destination(id: "dst_1") { definition { slug } } }'
    )

    assert answer["data"] == {"a": {"name": "Gone"}, "b": None}
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "DEFINITION_NOT_INSTALLED"
    assert "owl-post" in error["message"]
    assert destination_id


async def test_without_a_public_url_there_is_no_address_for_what_people_write(api: Any) -> None:
    await api.destination()

    found = await api.data("{ destinations { edges { node { inboundUrl } } } }")

    assert found["destinations"]["edges"] == [{"node": {"inboundUrl": None}}]


POLICY = "destination { id policy { mmsFallback requireDltForIndia } } errors { code path }"


async def test_another_policy_under_the_same_idempotency_key_is_another_input(api: Any) -> None:
    given = {"name": "Pigeons", "settings": {"pigeonPost": {"loft": "LF1"}}, "idempotencyKey": "once"}
    strict = {"policy": {"requireDltForIndia": True}}

    first = await api.change("destinationCreate", {**given, **strict}, POLICY)
    again = await api.change("destinationCreate", {**given, **strict}, POLICY)
    other = await api.change("destinationCreate", given, POLICY)

    assert again == first
    assert other["destination"] is None
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
