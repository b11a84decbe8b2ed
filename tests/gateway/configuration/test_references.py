"""Where references lead, and that a secret in their place is never repeated."""

from pathlib import Path

import pytest

from gateway.configuration.references import References, Unresolved


@pytest.fixture
def references(tmp_path: Path) -> References:
    folder = tmp_path / "files"
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets" / "token").write_bytes(b"a token\r\n")
    (folder / "empty").write_bytes(b"\n")
    (folder / "bytes").write_bytes(b"\xff")
    (tmp_path / "outside").write_text(" kept as it is \n")
    (folder / "link").symlink_to(tmp_path / "outside")
    return References({"TOKEN": "of a variable", "EMPTY": ""}, folder)


def test_a_variable_and_a_file_lead_to_what_they_hold(references: References, tmp_path: Path) -> None:
    found = {
        one: references.secret(one).value.get_secret_value()
        for one in ("env:TOKEN", "file:secrets/token", f"file:{tmp_path / 'outside'}")
    }

    assert found == {
        "env:TOKEN": "of a variable",
        "file:secrets/token": "a token",
        f"file:{tmp_path / 'outside'}": " kept as it is ",
    }


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("env:GONE", "The variable GONE is not set. Set it where this command runs."),
        ("env:EMPTY", "The variable EMPTY is not set. Set it where this command runs."),
        ("env:", "This is no name of a variable: letters, digits and _."),
        ("env:A B", "This is no name of a variable: letters, digits and _."),
        ("file:gone", "The file gone can't be read (No such file or directory)."),
        ("file:secrets", "The file secrets can't be read (Is a directory)."),
        ("file:empty", "The file empty is empty, or has more than 65,536 bytes."),
        ("file:bytes", "The file bytes is no text in UTF-8."),
        ("file:../outside", "This path leads out of the folder. Write an absolute one."),
        ("file:link", "This path leads out of the folder. Write an absolute one."),
    ],
)
def test_a_reference_that_leads_nowhere_says_so(references: References, reference: str, message: str) -> None:
    with pytest.raises(Unresolved) as refused:
        references.secret(reference)

    assert str(refused.value) == message


@pytest.mark.parametrize(
    "value", ["sk_live_1", "ENV:sk_live_1", "env sk_live_1", 5, ["sk_live_1"], {"a": "sk_live_1"}, True]
)
def test_a_secret_itself_is_refused_and_not_repeated(references: References, value: object) -> None:
    with pytest.raises(Unresolved, match="files hold references in the place of secrets") as refused:
        references.secret(value)

    assert "sk_live" not in str(refused.value)


def test_neither_shows_in_what_is_printed_of_it(references: References) -> None:
    assert "of a variable" not in repr(references.secret("env:TOKEN"))
