import logging
from typing import Any

import pytest

SECRET = "hush-this-is-the-secret"
CREATE = (
    "mutation($input: DestinationCreateInput!) { destinationCreate(input: $input) { errors { message } } }"
)


@pytest.mark.parametrize(
    "settings",
    [
        {"loft": "LF1", "seal": SECRET},
        {"loft": "", "seal": SECRET},
        {"loft": "XX", "seal": SECRET, "apiKeySid": "PK1", "apiKeySecret": SECRET},
        {"loft": "LF1", "apiKeySecret": SECRET},
        {"loft": "LF1", "country": "GBR", "seal": SECRET},
        {"seal": SECRET},
        {"loft": None, "seal": SECRET},
        {"loft": 5, "seal": SECRET},
        {"loft": "LF1", "seal": {"value": SECRET}},
        {"loft": "LF1", "seal": [SECRET]},
        {"loft": "LF1", "wings": SECRET},
        {"loft": "LF1", "speed": SECRET},
        {"loft": "LF1", "insured": SECRET},
        SECRET,
        [SECRET],
    ],
)
async def test_no_answer_and_no_log_line_repeats_a_secret(
    api: Any, settings: Any, capsys: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    wrapped = [
        {"name": "P", "settings": {"pigeonPost": settings}},
        {"name": "P", "settings": {"pigeonPost": settings, "owlPost": SECRET}},
        {"name": " ", "settings": {"pigeonPost": settings}, "seal": SECRET},
    ]

    for given in wrapped:
        answer = await api.post({"query": CREATE, "variables": {"input": given}})

        assert answer.status_code == 200
        assert SECRET not in answer.text
    everything = "{ destinations { edges { node { name lastVerification { status } settings { ... on PigeonPostSettings "
    everything += "{ loft seal { lastFour } apiKeys { sid secret { lastFour } } } } } } } }"
    assert SECRET not in (await api.post({"query": everything})).text
    assert SECRET not in "".join(capsys.readouterr()) + caplog.text


CHANGES = [
    ("destinationUpdate", {"settings": {"pigeonPost": {"seal": SECRET}}}),
    ("destinationUpdate", {"settings": {"pigeonPost": {"seal": SECRET, "loft": "XX"}}}),
    ("destinationUpdate", {"settings": {"pigeonPost": {"seal": {"value": SECRET}}}}),
    ("destinationUpdate", {"settings": {"pigeonPost": {"apiKeySid": "PK1", "apiKeySecret": SECRET}}}),
    ("destinationUpdate", {"settings": {"pigeonPost": {"apiKeySecret": SECRET}}}),
    ("destinationKeyAdd", {"apiKeySid": "PK2", "apiKeySecret": SECRET, "idempotencyKey": "k"}),
    ("destinationKeyAdd", {"apiKeySid": "PK2", "apiKeySecret": [SECRET]}),
    ("destinationKeyAdd", {"apiKeySid": "PK2", "apiKeySecret": SECRET, "label": "x" * 300}),
    ("destinationAuthTokenAdd", {"authToken": SECRET}),
    ("destinationAuthTokenAdd", {"authToken": {"value": SECRET}}),
]


@pytest.mark.parametrize(("operation", "given"), CHANGES)
async def test_nor_does_a_change_repeat_one_or_keep_it_in_clear(
    api: Any, operation: str, given: dict[str, Any], capsys: Any, caplog: Any, tmp_path: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    destination = await api.destination(apiKeySid="PK1", apiKeySecret="another-one")
    kind = f"{operation[0].upper()}{operation[1:]}Input"
    query = f"mutation($input: {kind}!) {{ {operation}(input: $input) {{ destination {{ id }} errors {{ message }} }} }}"
    asked = {"query": query, "variables": {"input": {"id": destination, "expectedRevision": 1, **given}}}

    answers = [await api.post(asked), await api.post(asked)]

    log = await api.post({"query": "{ auditEntries { edges { node { changes { field before after } } } } }"})
    assert [answer.status_code for answer in answers] == [200, 200]
    assert SECRET not in "".join(answer.text for answer in answers) + log.text
    assert SECRET not in "".join(capsys.readouterr()) + caplog.text
    for file in tmp_path.iterdir():
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "literal",
    [
        '{loft: "LF1", seal: "%s"}',
        '{loft: "", seal: "%s"}',
        '{seal: "%s"}',
        '{loft: "LF1", seal: {value: "%s"}}',
        '{loft: "LF1", wings: "%s"}',
        '{loft: "LF1", speed: "%s"}',
        '{loft: "LF1", insured: "%s"}',
        '{loft: "LF1", seal: "%s" "%s"}',
        '{loft: "LF1", seal: """%s""" """%s"""}',
        '"%s"',
    ],
)
async def test_nor_one_that_was_written_into_the_query(
    api: Any, literal: str, capsys: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = literal.replace("%s", SECRET)
    query = f'mutation {{ destinationCreate(input: {{name: "P", settings: {{pigeonPost: {settings}}}}}) {{ errors {{ message }} }} }}'

    answer = await api.post({"query": query})

    assert answer.status_code == 200
    assert SECRET not in answer.text
    assert SECRET not in "".join(capsys.readouterr()) + caplog.text


async def test_a_fault_while_secrets_are_at_hand_does_not_log_them(
    api: Any, caplog: Any, monkeypatch: Any
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr("gateway.storage.destinations.add", fail)

    answer = await api.post(
        {
            "query": CREATE,
            "variables": {
                "input": {"name": "P", "settings": {"pigeonPost": {"loft": "LF1", "seal": SECRET}}}
            },
        }
    )

    logged = caplog.text
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "the disk is on fire" not in answer.text
    assert "the disk is on fire" in logged
    assert SECRET not in logged


async def test_a_write_key_is_in_one_answer_only(api: Any, capsys: Any) -> None:
    made = await api.change("sourceCreate", {"name": "Shop", "idempotencyKey": "k"}, "writeKey")
    key = made["writeKey"]

    again = await api.post(
        {
            "query": "mutation($input: SourceCreateInput!) { sourceCreate(input: $input) { writeKey source { writeKey { lastFour } } } }",
            "variables": {"input": {"name": "Shop", "idempotencyKey": "k"}},
        }
    )
    listed = await api.post({"query": "{ sources { edges { node { name writeKey { lastFour setAt } } } } }"})

    assert key not in again.text + listed.text + "".join(capsys.readouterr())
