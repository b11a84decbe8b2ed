import pytest

from mappings import filter_doubts, template_reads


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{{ profile.traits.x }}", [("profile", "traits", "x")]),
        ('{{ profile.traits["first name"] }}', [("profile", "traits", "first name")]),
        ("{{ a.b[c.d].e }}", [("a", "b"), ("c", "d")]),
        ("{% assign a = b.c %}{{ a.d }}", [("b", "c")]),
        ("{% capture a %}{{ b }}{% endcapture %}{{ a }}", [("b",)]),
        ("{% for i in a.list %}{{ i.x }}{{ forloop.index }}{% endfor %}", [("a", "list")]),
        ("{% tablerow i in a.list %}{{ i.x }}{% endtablerow %}", [("a", "list")]),
        ("{% if a.b == c and d %}{{ e }}{% elsif f %}{% else %}{{ g }}{% endif %}", [("a", "b"), *"cdefg"]),
        ("{% case a.b %}{% when c %}{{ d }}{% endcase %}", [("a", "b"), *"cd"]),
        ("{% liquid\nassign a = b.c\necho a\necho d %}", [("b", "c"), ("d",)]),
        ('{{ "x" | append: a.b | default: c, allow_false: d }}', [("a", "b"), ("c",), ("d",)]),
        ('{{ "now" | date: "%Y" }}{{ true }}{{ nil }}{{ 1.5 }}', []),
        ("{% raw %}{{ a.b }}{% endraw %}{% comment %}{{ a.b }}{% endcomment %}", []),
        ("{% increment n %}{{ n }}", []),
        ("no braces", []),
        ("{{ not a template", []),
    ],
)
def test_what_a_template_reads_is_known_without_an_event(
    text: str, paths: list[str | tuple[str, ...]]
) -> None:
    wanted = {(one,) if isinstance(one, str) else one for one in paths}

    assert set(template_reads(text).paths) == wanted


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("uppercase", "upcase"),
        ("upcse", "upcase"),
        ("capitalise", "capitalize"),
        ("Default", "default"),
        ("trim", "strip"),
        ("length", "size"),
        ("date_format", "date"),
    ],
)
def test_an_unknown_filter_is_told_with_the_nearest(written: str, nearest: str) -> None:
    [said] = filter_doubts(f"{{% if a %}}{{{{ profile.traits.x | {written} }}}}{{% endif %}}")

    assert said == f"There is no filter `{written}`, so it does nothing. Did you mean `{nearest}`?"


@pytest.mark.parametrize(
    "text", ['{{ a | default: "x" | upcase }}', "{{ a | date: '%Y' }}", "a | nothing", "{{ 'a | b' }}"]
)
def test_known_filters_are_not_doubted(text: str) -> None:
    assert list(filter_doubts(text)) == []
