"""What is written: where, with which references, and never a secret."""

from pathlib import Path

import pytest

from gateway.configuration.export import slug
from gateway.errors import StartupError
from gateway.workspace import Role
from tests.gateway.configuration.conftest import ENVIRON, Gateway, contents, quiet, written
from tests.gateway.configuration.everything import EVERYTHING


async def test_a_file_says_what_is_not_the_default_and_what_makes_it_readable(
    gateway: Gateway, small: Path, tmp_path: Path
) -> None:
    await gateway.apply(small)

    assert {name: text.decode() for name, text in (await gateway.export(tmp_path / "out")).items()} == {
        "sources/shop.yaml": "source: Shop\ntrust: SERVER\ndestinations:\n  - Pigeons\n",
        "destinations/pigeons.yaml": (
            "destination: Pigeons\ndefinition: pigeon-post\nsettings:\n  loft: LF1\n  seal: env:PIGEONS_SEAL\n  home: '+15550001111'\n"
            "policy:\n  allowedCountries: []\n"
        ),
        "mappings/notes.yaml": (
            'mapping: Notes\ndestination: Pigeons\naction: sendNote\ntrigger: type = "track" and event = "Note Written"\n'
            "purpose: MARKETING\nfields:\n  body: Hello\n  send: true\n"
        ),
    }


async def test_no_secret_is_written(gateway: Gateway, tmp_path: Path) -> None:
    await gateway.apply(written(tmp_path / "in", EVERYTHING))

    files = await gateway.export(tmp_path / "out")

    assert len(files) == 7
    for secret in (*ENVIRON.values(), *gateway.secrets.values()):
        assert all(secret.encode() not in content for content in files.values())


async def test_a_reader_may_export_and_a_viewer_may_not(
    gateway: Gateway, small: Path, tmp_path: Path
) -> None:
    await gateway.apply(small)
    reader, viewer = await gateway.api.token(Role.READER), await gateway.api.token(Role.VIEWER)

    await gateway.export(tmp_path / "out", reader)

    with pytest.raises(StartupError, match="The token of a VIEWER sees no numbers"):
        await gateway.export(tmp_path / "none", viewer)
    assert not (tmp_path / "none").exists()


async def test_what_is_there_keeps_its_file_and_its_references(gateway: Gateway, tmp_path: Path) -> None:
    files = {
        "team/birds.yml": (
            "destination: Pigeons\ndefinition: pigeon-post\nsettings:\n  loft: {env: LOFT}\n  seal: file:seal.txt\n  home: {env: HOME_LOFT}\n"
        ),
        "seal.txt": "a seal of wax, and long enough\n",
    }
    folder = written(tmp_path / "in", files)
    environ = {"LOFT": "LF7", "HOME_LOFT": "env:LOFT"}
    await gateway.files(folder, environ=environ).apply(quiet(), lambda _: True, gateway.secrets.__setitem__)

    await gateway.files(folder, environ=environ).export(quiet(), force=True)

    assert contents(folder) == {
        name: text.encode()
        for name, text in {
            "team/birds.yml": (
                "destination: Pigeons\ndefinition: pigeon-post\nsettings:\n  loft:\n    env: LOFT\n  seal: file:seal.txt\n  home:\n    env: HOME_LOFT\n"
                "policy:\n  allowedCountries: []\n"
            ),
            "seal.txt": files["seal.txt"],
        }.items()
    }
    await gateway.files(folder, environ={**environ, "LOFT": "LF8"}).export(quiet(), force=True)
    assert b"  loft: LF7\n" in contents(folder)["team/birds.yml"]
    assert b"  home:\n    env: HOME_LOFT\n" in contents(folder)["team/birds.yml"]


async def test_other_content_is_only_replaced_where_that_is_said(gateway: Gateway, small: Path) -> None:
    await gateway.apply(small)
    before = contents(small)
    written(small, {"sources/old.yaml": "source: Old\n"})

    with pytest.raises(StartupError) as refused:
        await gateway.export(small)

    assert str(refused.value).startswith(
        f"3 files in {small} have another content: destinations/pigeons.yaml, mappings/notes.yaml, "
    )
    assert contents(small) == {**before, "sources/old.yaml": b"source: Old\n"}
    new, left = await gateway.files(small).export(quiet(), force=True)
    assert (new, left) == (sorted(before), ["sources/old.yaml"])
    assert await gateway.files(small).export(quiet()) == ([], ["sources/old.yaml"])


async def test_a_folder_that_can_not_be_read_is_left_as_it_is(gateway: Gateway, small: Path) -> None:
    await gateway.apply(small)
    written(small, {"mappings/notes.yaml": "a: [\n"})
    before = contents(small)

    with pytest.raises(StartupError, match="There is a problem"):
        await gateway.files(small).export(quiet(), force=True)

    assert contents(small) == before


async def test_names_that_would_have_one_file_or_variable_have_two(gateway: Gateway, tmp_path: Path) -> None:
    of = "definition: pigeon-post\nsettings: {loft: LF1, seal: env:SEAL}\n"
    names = ["Pigeon / ..", "pigeon..", "🕊", "24", "Ünï"]
    await gateway.apply(
        written(
            tmp_path / "in",
            {f"{place}.yaml": f'destination: "{name}"\n{of}' for place, name in enumerate(names)},
        )
    )

    files = await gateway.export(tmp_path / "out")

    assert {
        name: [line for line in text.decode().splitlines() if "env:" in line or "destination" in line]
        for name, text in files.items()
    } == {
        "destinations/24.yaml": ["destination: '24'", "  seal: env:_24_SEAL"],
        "destinations/pigeon.yaml": ["destination: Pigeon / ..", "  seal: env:PIGEON_SEAL"],
        "destinations/pigeon-2.yaml": ["destination: pigeon..", "  seal: env:PIGEON_SEAL_2"],
        "destinations/unnamed.yaml": ["destination: 🕊", "  seal: env:SEAL"],
        "destinations/ünï.yaml": ["destination: Ünï", "  seal: env:UNI_SEAL"],
    }


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a/b", "a-b"),
        (".hidden", "hidden"),
        ("UPPER lower_case", "upper-lower-case"),
        ("日本", "日本"),
        ("..", "unnamed"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_name_becomes_one_of_a_file(name: str, file: str) -> None:
    assert slug(name) == file
