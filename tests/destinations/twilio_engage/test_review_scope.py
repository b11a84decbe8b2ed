"""What is said of texts that read something which is never there."""

from collections.abc import Callable
from typing import Any

import pytest

from destinations.twilio_engage import definition
from destinations.twilio_engage.review import scope
from mappings import Template

SCOPE = {"profile": {"user_id": "u1", "phone": "+12025550142", "traits": {"x": "X"}}}


def said(body: Any) -> list[str]:
    found = list(scope.of_sms({"body": body}))
    assert all(not problem.certain and problem.path[0] == "body" for problem in found)
    return [problem.message for problem in found]


@pytest.mark.parametrize(
    ("read", "nearest"),
    [
        ("properties.total", "profile.traits.total"),
        ("properties.order.id", "profile.traits.order.id"),
        ("properties.id", "profile.traits.id"),
        ("properties", "profile.traits"),
        ("profile.trait.x", "profile.traits.x"),
        ("profile.first_name", "profile.traits.first_name"),
        ("profile.properties.x", "profile.traits.x"),
        ("profile.userId", "profile.user_id"),
        ("Profile.traits.x", "profile.traits.x"),
        ("profiles.traits.x", "profile.traits.x"),
        ("customer.first_name", "profile.traits.first_name"),
        ("customer.id", "profile.user_id"),
        ("traits.x", "profile.traits.x"),
        ("user.x", "profile.traits.x"),
        ("user.traits.x", "profile.traits.x"),
        ("event.x", "profile.traits.x"),
        ("event.properties.x", "profile.traits.x"),
        ("context.traits.x", "profile.traits.x"),
        ("first_name", "profile.traits.first_name"),
        ("userId", "profile.user_id"),
        ('traits["first name"]', 'profile.traits["first name"]'),
        ("context.ip", '{"@template": "... {{context.ip}} ..."}'),
        ("event", '{"@template": "... {{event}} ..."}'),
    ],
)
def test_what_a_text_never_has_is_told_with_the_nearest_that_exists(read: str, nearest: str) -> None:
    [message] = said(f"Hi {{{{ {read} }}}}")

    assert message.startswith(f"`{read}` is always empty here: ")
    assert nearest in message
    assert said(f"{{% if {read} %}}a{{% endif %}}") == [message]
    assert Template(f"{{{{ {read} }}}}").render(SCOPE) == ""


@pytest.mark.parametrize(
    "body",
    [
        "Hi {{ profile.traits.x }}",
        '{{ profile.traits["first name"] | default: "there" }}',
        "{{ profile.user_id }} {{ profile.phone }}",
        "{% assign total = profile.traits.total | times: 2 %}{{ total }}",
        "{% for item in profile.traits.items %}{{ item.name }}{{ forloop.index }}{% endfor %}",
        "{% raw %}{{ properties.total }}{% endraw %}",
        {"@path": "$.properties.text"},
        {"@template": "{{properties.total}}"},
        {"@liquid": "{{ properties.total }}"},
        "no braces",
        None,
    ],
)
def test_a_text_that_may_show_something_is_not_doubted(body: Any) -> None:
    assert said(body) == []


def test_texts_are_read_wherever_the_mapping_wrote_them() -> None:
    body = {
        "@if": {
            "exists": {"@path": "$.properties.x"},
            "then": "{{ traits.x }}",
            "else": {"@template": "{{event}} {% if user.vip %}!{% endif %}"},
        }
    }
    fields = {"body": body, "to": "{{ traits.mobile }}", "media": ["https://a.example/{{ properties.x }}"]}

    found = [problem.path for problem in scope.of_sms(fields)]

    assert found == [("body", "@if", "then"), ("body", "@if", "else", "@template"), ("to",), ("media", "0")]


def test_a_path_of_a_mapping_is_told_with_what_a_text_has_instead() -> None:
    assert said("Hi {{ $.properties.x }}") == [
        "`$.properties.x` is a path of a mapping, which a text does not read. Did you mean `profile.traits.x`?"
    ]
    assert said("It costs {{ profile.traits.x }} $.99") == []


@pytest.mark.parametrize("slug", ["sendSms", "sendWhatsApp"])
def test_the_check_of_both_actions_warns(slug: str, settings: Callable[..., Any]) -> None:
    check = definition.action(slug).check
    assert check is not None
    fields = {"from": "+12025550100", "send": True, "body": "{{ properties.total }}"}

    [problem] = check(fields, settings())

    assert (problem.path, problem.certain) == (("body",), False)
    assert check({**fields, "body": "{{ profile.traits.total }}"}, settings()) == ()


def test_an_unknown_filter_is_told_with_the_nearest() -> None:
    assert said("{{ profile.traits.x | titlecase }}") == [
        "There is no filter `titlecase`, so it does nothing. Did you mean `capitalize`?"
    ]


def test_variables_of_whatsapp_read_traits_alone_and_only_where_they_are_rendered() -> None:
    fields = {"contentVariables": {"1": "{{ profile.user_id }}", "2": "{{ profile.traits.x }}"}}

    assert [problem.path for problem in scope.of_whatsapp(fields)] == [("contentVariables", "1")]
    assert list(scope.of_whatsapp({**fields, "traitEnrichment": False})) == []
    assert list(scope.of_sms(fields)) == []


def test_no_preset_is_doubted() -> None:
    for preset in definition.presets:
        review = scope.of_sms if preset.action == "sendSms" else scope.of_whatsapp
        assert list(review(preset.fields)) == []
