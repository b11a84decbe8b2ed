from typing import Any

import pytest

from mappings import doubtful_fields


def said(value: Any) -> list[str]:
    return [problem.message for problem in doubtful_fields({"to": value})]


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("$.property.x", "`$.properties.x`"),
        ("$.propertes.total", "`$.properties.total`"),
        ("$.Properties.total", "`$.properties.total`"),
        ("properties_.total", "`$.properties.total`"),
        ("$properties.total", "`$.properties.total`"),
        ("$.props.total", "`$.properties.total`"),
        ("$.trait.phone", "`$.traits.phone`"),
        ("$.profile.traits.phone", "`$.traits.phone`"),
        ("$.user.phone", "`$.traits.phone`"),
        ("$.contxt.ip", "`$.context.ip`"),
        ("$.user_id", "`$.userId`"),
        ("$.event.properties.total", "`$.properties.total`"),
        ("$.products[*].name", '{"@arrayPath": ["$.properties.products", {"name": {"@path": "$.name"}}]}'),
        (
            "$.properties.products[].sku",
            '{"@arrayPath": ["$.properties.products", {"sku": {"@path": "$.sku"}}]}',
        ),
        (
            "$.properties.products.*.sku",
            '{"@arrayPath": ["$.properties.products", {"sku": {"@path": "$.sku"}}]}',
        ),
        ("$.properties.products[-1].sku", "`$.properties.products[0]`"),
        ("$.properties.products[0:2]", "`$.properties.products[0]`"),
        ("{{ properties.x }}", "`$.properties.x`"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_with_the_one_that_was_meant(path: str, nearest: str) -> None:
    [message] = said({"@path": path})

    assert nearest in message


@pytest.mark.parametrize(
    "path",
    [
        "$.properties.x",
        "properties.total",
        "$.traits.phone",
        "$.context.traits.phone",
        "$.userId",
        "$.event",
        "$.timestamp",
        "$.external_ids",
        "$.",
        "$.properties.products[0].name",
        "$.properties.products.0.name",
        "$.properties['a*b']",
        "$.properties.property",
        "$.something_of_mine",
    ],
)
def test_a_path_that_may_lead_somewhere_is_not_doubted(path: str) -> None:
    assert said({"@path": path}) == []


def test_paths_that_begin_at_an_item_or_a_made_value_may_begin_with_anything() -> None:
    item = {"id": {"@path": "$.property.x"}}

    assert said({"@arrayPath": ["$.properties.products", item]}) == []
    assert said({"@transform": {"apply": {"property": 1}, "mapping": item}}) == []
    [inside] = said({"@arrayPath": ["$.properties.orders", {"names": {"@path": "$.lines[*].name"}}]})
    assert '{"@arrayPath": ["$.lines", {"name": {"@path": "$.name"}}]}' in inside
    assert len(said({"@transform": {"apply": item, "mapping": {}}})) == 1
    assert len(said({"@arrayPath": ["$.property.products", item]})) == 1
    assert len(said([{"@if": {"exists": {"@path": "$.trait.x"}, "then": {"@path": "$.trait.x"}}}])) == 2


@pytest.mark.parametrize(
    ("template", "nearest"),
    [
        ("Hi {{ $.properties.x }}", "`{{properties.x}}`"),
        ("Hi {{$.traits.first_name}}!", "`{{traits.first_name}}`"),
        ("{{{ $.properties.x }}}", "`{{properties.x}}`"),
        ("{{ profile.traits.x }}", "`{{traits.x}}`"),
        ("{{property.x}}", "`{{properties.x}}`"),
        ("{{ trait.x }}", "`{{traits.x}}`"),
        ("{{ customer.first_name }}", "`{{traits.first_name}}`"),
        ("{{ properties.x | upcase }}", '{"@liquid": "{{ properties.x | upcase }}"}'),
    ],
)
def test_braces_that_show_nothing_are_told_with_what_would(template: str, nearest: str) -> None:
    [message] = said({"@template": template})

    assert "shows nothing" in message
    assert nearest in message


@pytest.mark.parametrize(
    "template",
    [
        "{{properties.x}}",
        "Hi {{ traits.first_name }}",
        "{{event}}",
        "{{{ userId }}}",
        "{{ mine }}",
        "no braces",
        "{ $.x }",
    ],
)
def test_braces_that_may_show_something_are_not_doubted(template: str) -> None:
    assert said({"@template": template}) == []


def test_a_filter_that_there_is_none_of_is_told_in_a_liquid_directive() -> None:
    [message] = said({"@liquid": "{{ properties.x | uppercase }}"})

    assert message == "There is no filter `uppercase`, so it does nothing. Did you mean `upcase`?"
    assert said({"@liquid": "{{ properties.x | upcase }}"}) == []


@pytest.mark.parametrize(
    ("template", "nearest"),
    [
        ("{{ property.x }}", "`properties.x`"),
        ("{{ profile.traits.first_name | upcase }}", "`traits.first_name`"),
        ("{{ trait.x }}", "`traits.x`"),
        ("{{ customer.first_name | default: 'you' }}", "`traits.first_name`"),
        ("{{ event.properties.total }}", "`properties.total`"),
        ("{% if propertes.vip %}yes{% endif %}", "`properties.vip`"),
        ("{% assign a = user.name %}{{ a }}", "`traits.name`"),
        ("{{ 1 | plus: props.count }}", "`properties.count`"),
    ],
)
def test_a_liquid_directive_that_reads_no_field_of_an_event_is_told_which_was_meant(
    template: str, nearest: str
) -> None:
    [message] = said({"@liquid": template})

    assert "is always empty here" in message
    assert nearest in message


@pytest.mark.parametrize(
    "template",
    [
        "{{ properties.x | upcase }}",
        "{{ traits.first_name }}",
        "{{ event }} {{ event.size }}",
        "{{ mine }}",
        "{% assign user = traits %}{{ user.name }}",
        "{% capture data %}x{% endcapture %}{{ data }}",
        '{{ "now" | date: "%Y" }}',
        "{{ context.traits.phone }}",
    ],
)
def test_a_liquid_directive_that_may_read_something_is_not_doubted(template: str) -> None:
    assert said({"@liquid": template}) == []
    assert said({"@arrayPath": ["$.properties.items", {"it": {"@liquid": "{{ user.name }}"}}]}) == []
