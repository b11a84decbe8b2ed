import pytest

from mappings import compile_trigger


def texts(*values: str) -> frozenset[str]:
    return frozenset(values)


@pytest.mark.parametrize(
    ("trigger", "types", "names"),
    [
        ('type = "track"', texts("track"), None),
        ('event = "A"', None, texts("A")),
        ('type = "track" and event = "A"', texts("track"), texts("A")),
        (
            'type = "track" and (event = "A" or event = "B") and properties.x > 1',
            texts("track"),
            texts("A", "B"),
        ),
        ('type = "track" and event = "A" or type = "identify"', texts("track", "identify"), None),
        ('event = "A" or properties.x = 1', None, None),
        ('type = "a" and type = "b"', texts(), None),
        ('type != "track"', None, None),
        ('not type = "track"', None, None),
        ('not type != "track"', texts("track"), None),
        ('not not type = "track"', texts("track"), None),
        ('!(type = "a" or type = "b")', None, None),
        ("event = 5", None, None),
        ("event = true", None, None),
        ("type = null", None, None),
        ('contains(event, "A")', None, None),
        ('name = "A" and properties.type = "track"', None, None),
    ],
)
def test_the_types_and_names_that_a_trigger_can_match_are_known(
    trigger: str, types: frozenset[str] | None, names: frozenset[str] | None
) -> None:
    compiled = compile_trigger(trigger)

    assert (compiled.types, compiled.names) == (types, names)
