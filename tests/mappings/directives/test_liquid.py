from typing import Any

import pytest

from mappings import MappingError, compile_fields, validate_fields


def rendered(template: str, payload: Any) -> Any:
    return compile_fields({"@liquid": template})(payload)


def test_the_payload_is_the_scope() -> None:
    payload = {"properties": {"total": 10}, "traits": {}}

    assert (
        rendered("{{ properties.total | times: 1.5 }} {{ traits.name | default: 'you' }}", payload)
        == "15 you"
    )


def test_in_a_shape_the_item_is_the_scope_whatever_it_is() -> None:
    fields = {"@arrayPath": ["$.l", {"v": {"@liquid": "<{{ a }}>"}}]}

    assert compile_fields(fields)({"l": [{"a": 1}, "x", None, [1]]}) == [
        {"v": "<1>"},
        {"v": "<>"},
        {"v": "<>"},
        {"v": "<>"},
    ]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% for x in a %}{% endfor %}", 'tag "for" is disabled'),
        ("{% if a %}\n {% case a %}{% when 1 %}{% endcase %}{% endif %}", 'tag "case" is disabled'),
        ("{% assign x = a | sort %}", 'filter "sort" is disabled'),
        ("{% nosuchtag %}", "the template cannot be read"),
        ("x" * 1001, "liquid template values are limited to 1000 characters"),
    ],
)
def test_what_it_forbids_is_refused_when_it_is_compiled_and_not_by_the_originals_validator(
    template: str, message: str
) -> None:
    with pytest.raises(MappingError) as caught:
        compile_fields({"k": {"@liquid": template}})

    [problem] = caught.value.problems
    assert problem.path == "/k/@liquid"
    assert problem.message.startswith(message)
    assert validate_fields({"k": {"@liquid": template}}) == []
