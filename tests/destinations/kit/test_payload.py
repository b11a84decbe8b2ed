import pytest
from hypothesis import given, strategies as st

from destinations import kit
from destinations.kit.payload import check_fields


class Item(kit.Fields):
    id: str | None = kit.field(label="ID", description="Who.")
    count: float | None = kit.field(type="number", label="Count", description="How many.")


class Payload(kit.Fields):
    name: str = kit.field(required=True, setting="default_name", label="Name", description="The name.")
    kind: str | None = kit.field(label="Kind", description="One of two.", choices=("small", "large"))
    size: str | None = kit.field(label="Size", description="One of three.", choices=("s", "m", "l"))
    home: str | None = kit.field(label="Home page", description="A URL.", format="uri")
    active: bool = kit.field(default=False, type="boolean", label="Active", description="Yes or no.")
    amount: float | None = kit.field(type="number", label="Amount", description="A number.")
    extra: dict[str, object] | None = kit.field(type="object", label="Extra", description="Anything.")
    tags: tuple[str, ...] = kit.field((), label="Tags", description="Some words.")
    items: tuple[Item, ...] = kit.field((), type="object", label="Items", description="Some things.")
    note: str = "not a field of the catalogue"


class Settings(kit.Fields):
    default_name: str | None = kit.field(label="Default name", description="For mappings without one.")


def refusal(**values: object) -> str:
    with pytest.raises(kit.PayloadValidationError) as raised:
        kit.payload_of(Payload, values)
    return raised.value.message


def test_strips_empty_values_and_drops_unknown_ones() -> None:
    payload = kit.payload_of(Payload, {"name": "a", "kind": "", "extra": None, "unknown": 1, "note": "x"})

    assert payload == Payload(name="a")


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (5.0, "5"), (2.5, "2.5"), (True, "true"), (False, "false"), (["a"], "a"), ([7], "7")],
)
def test_turns_scalars_and_lists_of_one_into_text(value: object, text: str) -> None:
    assert kit.payload_of(Payload, {"name": value}).name == text


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("true", True),
        ("false", False),
        (1, True),
        (0, False),
        (True, True),
        ([False], False),
        ([None], False),
    ],
)
def test_reads_booleans_from_words_and_from_one_and_zero(value: object, meaning: bool) -> None:
    assert kit.payload_of(Payload, {"name": "a", "active": value}).active is meaning


@pytest.mark.parametrize(
    ("value", "number"), [("3", 3), ("2.5", 2.5), ("1e3", 1000.0), (True, 1), (4, 4), ([5], 5), ([None], 0)]
)
def test_reads_numbers_from_text(value: object, number: float) -> None:
    assert kit.payload_of(Payload, {"name": "a", "amount": value}).amount == number


def test_wraps_a_single_value_where_several_may_stand() -> None:
    payload = kit.payload_of(Payload, {"name": "a", "tags": 5, "items": {"id": 7, "count": "2", "other": 1}})

    assert payload.tags == ("5",)
    assert payload.items == (Item(id="7", count=2),)


def test_says_everything_that_is_wrong_at_once_what_is_missing_first() -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        kit.payload_of(Payload, {"active": "maybe", "extra": [1], "tags": [{}], "items": ["x"]})

    assert raised.value.message == (
        "The root value is missing the required field 'name'. "
        "Active must be a boolean but it was a string. "
        "Extra must be an object but it was an array. "
        "The value at /tags/0 must be a string but it was an object. "
        "The value at /items/0 must be an object but it was a string."
    )
    assert (raised.value.code, raised.value.status) == ("PAYLOAD_VALIDATION_FAILED", 400)
    assert raised.value.remedy == "Mend `name`, `active`, `extra`, `tags`, `items`."


def test_names_the_place_inside_an_object() -> None:
    expected = "The value at /items/0/id must be a string but it was an array."

    assert refusal(name="a", items=[{"id": ["x", "y"]}]) == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "huge"}, 'Kind must be one of: "small" or "large".'),
        ({"size": "xl"}, 'Size must be one of: "s", "m" or "l".'),
        ({"home": "foo"}, "Home page must be a valid URI string but it was not."),
        ({"amount": "many"}, "Amount must be a number but it was a string."),
        ({"tags": [None, ["x", "y"]]}, "The value at /tags/1 must be a string but it was an array."),
    ],
)
def test_refuses_what_a_field_does_not_take(values: dict[str, object], message: str) -> None:
    assert refusal(name="a", **values) == message


def test_a_setting_stands_in_for_a_field_the_mapping_leaves_out() -> None:
    settings = Settings(default_name="b")

    assert kit.payload_of(Payload, {"name": ""}, settings).name == "b"
    assert kit.payload_of(Payload, {"name": "a"}, settings).name == "a"


def test_a_setting_that_is_empty_stands_in_for_nothing() -> None:
    with pytest.raises(kit.PayloadValidationError, match="missing the required field 'name'"):
        kit.payload_of(Payload, {}, Settings())


def test_a_mapping_that_resolved_to_nothing_misses_what_is_required() -> None:
    with pytest.raises(
        kit.PayloadValidationError, match=r"^The root value is missing the required field 'name'.$"
    ):
        kit.payload_of(Payload, None)


def test_what_a_model_does_not_take_is_a_validation_error_too() -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        kit.model_of(Payload, {"name": {"secret": "s3cret"}})

    assert raised.value.message == "The value at /name: Input should be a valid string."


class _Text(str):
    """A text that has to be looked at: of no type that a field takes as it is."""

    __slots__ = ()


class _Object(dict[str, object]):
    """An object of which the same is true."""


def looked_at(value: object) -> object:
    match value:
        case str():
            return _Text(value)
        case dict():
            return _Object((key, looked_at(item)) for key, item in value.items())
        case list():
            return list(map(looked_at, value))
    return value


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["true", "1.5", "small", "a:b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "count", "x"]), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["name", "kind", "home", "active", "amount", "extra", "tags", "items"]), _VALUES
    )
)
def test_a_value_of_the_type_of_its_field_is_taken_as_any_other_is(values: dict[str, object]) -> None:
    def taken(given: dict[str, object]) -> object:
        try:
            return check_fields(Payload, given)
        except kit.PayloadValidationError as error:
            return error.message, error.remedy

    assert taken(values) == taken({key: looked_at(value) for key, value in values.items()})
