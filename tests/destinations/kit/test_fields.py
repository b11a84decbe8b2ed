from pydantic import SecretStr

from destinations import kit


class Inner(kit.Fields):
    id: str | None = kit.field(label="ID", description="Who.")


class Settings(kit.Fields):
    sender: str = kit.field(
        required=True, alias="from", setting="default_sender", label="From", description="Who sends."
    )
    api_secret: SecretStr | None = kit.field(type="password", label="Secret", description="Kept.")
    people: tuple[Inner, ...] = kit.field(
        (), type="object", label="People", description="Whom.", mapping={"@path": "$.people"}
    )
    send: bool = kit.field(default=False, type="boolean", mapping=False, label="Send", description="Really.")
    undeclared: int = 0


def test_lists_the_documented_fields_in_their_order() -> None:
    sender, secret, people, send = kit.fields_of(Settings)

    assert sender == kit.Field(
        key="from",
        attribute="sender",
        label="From",
        description="Who sends.",
        type="string",
        required=True,
        multiple=False,
        default=None,
        choices=(),
        format=None,
        setting="default_sender",
        unless=None,
        items=None,
    )
    assert (secret.key, secret.secret, people.secret) == ("apiSecret", True, False)
    assert (people.multiple, people.items, people.default) == (True, Inner, {"@path": "$.people"})
    assert send.default is False


def test_a_new_mapping_starts_with_every_default_false_included() -> None:
    assert kit.default_fields(Settings) == {"people": {"@path": "$.people"}, "send": False}


def test_reads_outside_names_and_shows_no_secret() -> None:
    settings = Settings.model_validate({"from": "a", "apiSecret": "s3cret"})

    assert settings.sender == "a"
    assert "s3cret" not in repr(settings)


class Named(kit.Fields):
    name: str | None = kit.field(label="Name", description="Who.")
    undeclared: int = 0


class Ordered(Named):
    in_order = ("first", "name")

    first: str | None = kit.field(label="First", description="Comes before what is inherited.")


def test_a_model_may_show_what_it_inherits_in_another_place() -> None:
    assert [field.key for field in kit.fields_of(Named)] == ["name"]
    assert [field.key for field in kit.fields_of(Ordered)] == ["first", "name"]
