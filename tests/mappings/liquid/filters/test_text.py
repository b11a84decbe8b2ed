from typing import Any

import pytest

from mappings import Template, TemplateError

SCOPE: dict[str, Any] = {
    "s": "a b&<c>'\"",
    "hello": "Hello World",
    "n": 3.0,
    "yes": True,
    "list": ["b", "a", None, [1, 2]],
    "object": {"k": "v"},
    "none": None,
    "lines": "a\nb\r\nc",
    "padded": "  a  b ",
    "html": '<p class="x">Hi &amp; <b>bye</b></p><!-- c > d --><script>x()</script><style>y</style>!',
    "wave": "hi 👋🏽 you",
    "url": "http://x.y/a b?q=é#h",
}


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("yes | append: 'x'", "truex"),
        ("n | append: n", "33"),
        ("n | prepend: yes", "true3"),
        ("list | append: 'x'", "ba12x"),
        ("object | append: 'x'", "[object Object]x"),
        ("none | append: 'x'", "x"),
        ("hello | append: none | append: nope", "Hello World"),
        ("yes | upcase", "TRUE"),
        ("'ß é' | upcase", "SS É"),
        ("'ÀB' | downcase", "àb"),
        ("'hELLO wORLD' | capitalize", "Hello world"),
        ("'ǆ' | capitalize", "Ǆ"),
        ("none | capitalize", ""),
        ("padded | strip | append: '|'", "a  b|"),
        ("padded | lstrip | append: '|'", "a  b |"),
        ("padded | rstrip | append: '|'", "  a  b|"),
        ("'xxhixx' | strip: 'x'", "hi"),
        ("'xyhi' | lstrip: 'yx'", "hi"),
        ("'hi..' | rstrip: '.'", "hi"),
        ("padded | squish", "a b"),
        ("padded | normalize_whitespace | append: '|'", " a b |"),
        ("lines | strip_newlines", "abc"),
        ("lines | newline_to_br", "a<br />\nb<br />\nc"),
        ("'a < b > c <d' | strip_html", "a  c <d"),
        ("s | escape", "a b&amp;&lt;c&gt;&#39;&#34;"),
        ("s | xml_escape", "a b&amp;&lt;c&gt;&#39;&#34;"),
        ("'&lt;b> &amp; & &nbsp;' | escape_once", "&lt;b&gt; &amp; &amp; &amp;nbsp;"),
        ("'a b+é&/!' | url_encode", "a+b%2B%C3%A9%26%2F!"),
        ("'👋' | url_encode", "%F0%9F%91%8B"),
        ("'a+b%20c%C3%A9' | url_decode", "a b cé"),
        ('"a\'b c" | cgi_escape', "a%27b+c"),
        ("url | uri_escape", "http://x.y/a%20b?q=%C3%A9#h"),
        ("'hé' | base64_encode", "aMOp"),
        ("'aMOp' | base64_decode", "hé"),
        ("'aGk' | base64_decode", "hi"),
        ("'Hello, _World_!' | slugify", "hello-world"),
        ("'a,b,,c,,' | split: ',' | json", '["a","b","","c"]'),
        ("'ab' | split: '' | join: '-'", "a-b"),
        ("'a  b' | split: ' ' | json", '["a","","b"]'),
        ("none | split: ',' | size", "0"),
        ("s | replace: 'b', n", "a 3&<c>'\""),
        ("'aXbX' | replace: 'X'", "ab"),
        ("'a.b' | replace: '.', '$&'", "a$&b"),
        ("'abc' | replace: '', '-'", "a-b-c"),
        ("'oxox' | replace_first: 'o', 'a'", "axox"),
        ("'oxox' | replace_last: 'o', 'a'", "oxax"),
        ("'oxox' | replace_last: 'z', 'a'", "oxox"),
        ("hello | remove: 'l'", "Heo Word"),
        ("hello | remove: ''", "Hello World"),
        ("hello | remove_first: 'l'", "Helo World"),
        ("hello | remove_last: 'l'", "Hello Word"),
        ("hello | remove_last: 'H'", "ello World"),
        ("hello | truncate: 8", "Hello..."),
        ("hello | truncate: 11", "Hello World"),
        ("hello | truncate: 5, ''", "Hello"),
        ("hello | truncate: 7, '…'", "Hello …"),
        ("hello | truncate: 2", "..."),
        ("hello | truncate: 0", "..."),
        ("hello | truncate: nope", "Hello World"),
        ("42 | truncate: 1", "..."),
        ("'one two three' | truncatewords: 2", "one two..."),
        ("'one two three' | truncatewords: 3", "one two three..."),
        ("'one two three' | truncatewords: 4", "one two three"),
        ("'one two' | truncatewords: 0", "one..."),
        ("'one two' | truncatewords: 1, '--'", "one--"),
        ("' one  two ' | number_of_words", "2"),
        ("'a,b,c' | split: ',' | array_to_sentence_string", "a, b, and c"),
        ("'a,b' | split: ',' | array_to_sentence_string: 'or'", "a or b"),
        ("'a' | array_to_sentence_string", "a"),
        ("none | array_to_sentence_string", ""),
        ("hello | upcase: 1, 2", "HELLO WORLD"),
        ("hello | no_such_filter: 1, 2", "Hello World"),
        ("hello | no_such_filter | upcase", "HELLO WORLD"),
    ],
)
def test_a_filter_of_text_does_what_it_does_in_liquidjs(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("wave | size", "9"),
        ("wave | truncate: 7", "hi 👋..."),
        ("wave | slice: 3", "👋"),
        ("html | strip_html", "Hi &amp; bye!"),
        ("'100%' | url_decode", "100%"),
        ("'<script' | strip_html", "<script"),
    ],
)
def test_characters_stay_whole_and_odd_text_stays_as_it_is(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


def test_what_is_no_base64_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        Template("{{ 'abcde' | base64_decode }}").render({})

    assert str(caught.value) == ("the template cannot be rendered: base64_decode: this is no base64 (line 1)")
