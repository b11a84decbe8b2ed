"""What Twilio would say of a mapping's fields, before it is saved."""

from collections.abc import Callable
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage import definition
from tests.destinations.twilio_engage.conftest import NOW, Reader
from tests.destinations.twilio_engage.test_templates import APPROVED, SID, TEXT, approval, template

REST = {"from": "+12025550100", "send": True}
GOOD = {"1": "{{ profile.traits.first_name }}", "2": "o-1"}
MISSING = "The template has the variable `{}`, and the mapping gives it no value."

Review = Callable[..., Any]


@pytest.fixture
def review(settings: Callable[..., Any], reader: Callable[..., Reader]) -> Review:
    """The problems of fields as (path, message, certain), asked with those answers."""

    async def ask(
        fields: dict[str, Any], *answers: tuple[int, Any], action: str = "sendWhatsApp"
    ) -> list[tuple[str, str, bool]]:
        read = reader(*answers)
        context = kit.Context(settings=settings(), now=NOW, read=read, lookups=True)
        defined = definition.action(action)
        assert defined.check is not None
        assert defined.review is not None
        whole = {**REST, **fields}
        found = [*defined.check(whole, context.settings), *await defined.review(whole, context)]
        assert read.answers == []
        return [("/".join(problem.path), problem.message, problem.certain) for problem in found]

    return ask


async def test_fields_that_fit_the_template_have_no_problem(review: Review) -> None:
    assert await review({"contentSid": SID, "contentVariables": GOOD}, template(TEXT), APPROVED) == []


@pytest.mark.parametrize(
    ("variables", "problems"),
    [
        (None, [("contentVariables", MISSING.format(1)), ("contentVariables", MISSING.format(2))]),
        ({"1": "Ada"}, [("contentVariables", MISSING.format(2))]),
        ({**GOOD, "3": "x"}, [("contentVariables/3", "The variable `3` is not in the template.")]),
        ({**GOOD, "2": None}, [("contentVariables/2", "The variable `2` is empty.")]),
        (
            {**GOOD, "2": "a\nb"},
            [
                (
                    "contentVariables/2",
                    "The variable `2` has a line break, which WhatsApp refuses (Twilio error 63013).",
                )
            ],
        ),
        ({"@path": "$.properties.variables"}, []),
        ({**GOOD, "2": ""}, [("contentVariables/2", "The variable `2` is empty.")]),
        ({**GOOD, "2": {"@literal": ""}}, [("contentVariables/2", "The variable `2` is empty.")]),
        ({**GOOD, "2": {"@path": "$.x"}}, []),
        ({**GOOD, "2": 5}, []),
        (
            {**GOOD, "2": "{{ profile.traits.x }}\nB"},
            [
                (
                    "contentVariables/2",
                    "The variable `2` has a line break, which WhatsApp refuses (Twilio error 63013).",
                )
            ],
        ),
    ],
)
async def test_variables_that_can_not_fit_are_certain(
    review: Review, variables: Any, problems: list[tuple[str, str]]
) -> None:
    found = await review({"contentSid": SID, "contentVariables": variables}, template(TEXT), APPROVED)

    assert found == [(path, message, True) for path, message in problems]


@pytest.mark.parametrize(("value", "what"), [(5, "is no text"), ("", "is empty")])
async def test_what_goes_out_as_it_is_must_fit_as_it_is(review: Review, value: Any, what: str) -> None:
    fields = {
        "contentSid": SID,
        "contentVariables": {"1": "{{ as it is }}", "2": value},
        "traitEnrichment": False,
    }

    found = await review(fields, template(TEXT), APPROVED)

    assert found == [("contentVariables/2", f"The variable `2` {what}.", True)]


async def test_liquid_that_does_not_parse_is_certain(review: Review) -> None:
    fields = {
        "body": "Hi",
        "contentVariables": {"1": "{{ bad"},
        "media": ["https://media.example/a.png", "{{ bad"],
    }
    found = await review(fields, action="sendSms")

    assert [(path, certain) for path, _, certain in found] == [
        ("media/1", True),
        ("contentVariables/1", True),
    ]


@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
async def test_connection_overrides_that_twilio_does_not_know_are_certain(
    review: Review, action: str
) -> None:
    found = await review({"body": "Hi", "connectionOverrides": "rc=9&x=1"}, action=action)

    assert [(path, certain) for path, _, certain in found] == [("connectionOverrides", True)] * 2


async def test_the_wrong_type_and_a_template_that_is_not_there_are_certain(review: Review) -> None:
    wrong = await review({"contentSid": SID}, template({"twilio/flows": {"body": "x"}}), action="sendSms")
    missing = await review({"contentSid": SID}, (404, {"code": 20404, "message": "not here", "status": 404}))

    assert wrong == [
        (
            "contentSid",
            (
                "Sending templates with 'twilio/flows' content type is not supported by sms. "
                "Use a template whose first type is twilio/text or twilio/media."
            ),
            True,
        )
    ]
    [(path, _, certain)] = missing
    assert (path, certain) == ("contentSid", True)


@pytest.mark.parametrize("word", ["rejected", "paused", "unsubmitted"])
async def test_a_template_that_is_not_approved_is_doubtful(review: Review, word: str) -> None:
    found = await review({"contentSid": SID, "contentVariables": GOOD}, template(TEXT), approval(word))

    assert found == [
        (
            "contentSid",
            (
                f"The template is {word.upper()} at WhatsApp, not APPROVED: it is sent to nobody who has not written within "
                "the last 24 hours."
            ),
            False,
        )
    ]


async def test_an_approval_that_may_not_be_read_is_doubtful(review: Review) -> None:
    unread = (403, {"code": 20403, "message": "no", "status": 403})

    [(path, message, certain)] = await review(
        {"contentSid": SID, "contentVariables": GOOD}, template(TEXT), unread
    )

    assert (path, certain) == ("contentSid", False)
    assert message.startswith("The destination's key may not read what WhatsApp said of the template")


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_template_that_can_not_be_read_is_doubtful(review: Review, status: int) -> None:
    answer = (status, {"code": 20003 if status < 500 else 20500, "message": "no", "status": status})

    [(path, message, certain)] = await review({"contentSid": SID}, answer)

    assert (path, certain) == ("contentSid", False)
    assert message.endswith(": whether it fits is not known until a message is sent.")


async def test_of_an_sms_template_only_its_own_variables_are_asked_for(review: Review) -> None:
    liquid = {"twilio/text": {"body": "Hello {{profile.traits.name}} {{1}}"}}

    found = await review({"contentSid": SID}, template(liquid), action="sendSms")

    assert found == [("contentVariables", MISSING.format(1), True)]


async def test_free_text_through_a_service_is_certain_to_fail_without_a_template(review: Review) -> None:
    service = "MG" + "0" * 32

    alone = await review({"from": service, "body": "Hi", "contentSid": None})
    both = await review(
        {"from": service, "body": "Hi", "contentSid": SID, "contentVariables": GOOD}, template(TEXT), APPROVED
    )

    assert [(path, certain) for path, _, certain in alone] == [("from", True)]
    assert [(path, certain) for path, _, certain in both] == [("from", False)]


@pytest.mark.parametrize("sender", ["20255", "Acme"])
async def test_what_is_no_sender_of_whatsapp_is_certain(review: Review, sender: str) -> None:
    found = await review({"from": sender, "contentSid": None, "body": "Hi"})

    assert found == [
        ("from", f'"{sender}" is no sender of WhatsApp: name a number that is one, or a service.', True)
    ]


async def test_what_the_event_decides_is_not_asked_about(review: Review) -> None:
    fields = {"contentSid": {"@path": "$.properties.sid"}, "from": {"@path": "$.properties.sender"}}

    assert await review(fields) == []
