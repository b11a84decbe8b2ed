"""Which files of a folder are read, and what is said of those that can't be."""

import os
from pathlib import Path

import pytest

from gateway.configuration import folder
from gateway.configuration.problems import ConfigurationError
from gateway.errors import StartupError
from tests.gateway.configuration.conftest import SMALL, contents, written


def read(path: Path) -> list[str]:
    return [one.file for one in folder.documents(path)]


def refused(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        folder.documents(path)
    return [str(one) for one in error.value.problems]


def test_yaml_is_read_wherever_it_is_but_in_what_is_hidden(tmp_path: Path) -> None:
    files = {
        "a.yaml": "source: A\n",
        "b/c/d.yml": "source: B\n",
        ".git/x.yaml": "[",
        "b/.y.yaml": "[",
        "c.txt": "[",
    }

    assert read(written(tmp_path, files)) == ["a.yaml", "b/c/d.yml"]


def test_a_link_within_is_read_and_one_that_leads_out_is_refused(tmp_path: Path) -> None:
    inside = written(tmp_path / "in", {".data/a.txt": "source: A\n"})
    outside = written(tmp_path / "out", {"b.yaml": "source: B\n"})
    (inside / "a.yaml").symlink_to(inside / ".data" / "a.txt")

    assert read(inside) == ["a.yaml"]

    (inside / "b.yaml").symlink_to(outside / "b.yaml")
    (inside / "more").symlink_to(outside)
    (inside / "gone.yaml").symlink_to(inside / "nothing.yaml")
    assert refused(inside) == [
        "b.yaml: This is a link out of the folder. Put the file itself here.",
        "gone.yaml: This is no file. Give it another name, or take it out.",
        "more: This is a link to a folder. Put the files themselves here.",
    ]


def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")

    assert refused(tmp_path) == ["a.yaml: This is no file. Give it another name, or take it out."]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    files = {
        "a.yaml": "source: A\ntrsut: SERVER\nenabled: no\n",
        "b.yaml": "sorce: B\n",
        "c.yaml": "[]",
        "d.yaml": "source: C\n",
        "e.yaml": "source: ' C '\n",
        "f.yaml": "mapping: M\ndestination: D\naction: x\npurpose: FUN\nfields: [1]\nmaxAgeSeconds: '5'\n",
    }

    assert refused(written(tmp_path, files)) == [
        "a.yaml:2: There is no `trsut` here. Did you mean `trust`?",
        "a.yaml:3: `enabled` must be true or false, without quotes.",
        "b.yaml:1: This says not what it is. Begin with `source: NAME`, `destination: NAME` or `mapping: NAME`.",
        "c.yaml:1: This says not what it is. Begin with `source: NAME`, `destination: NAME` or `mapping: NAME`.",
        "e.yaml:1: The source C is in d.yaml too. Leave it in one of the two.",
        "f.yaml:4: `purpose` must be one of these: 'MARKETING', 'TRANSACTIONAL' or 'AUTHENTICATION'.",
        "f.yaml:5: `fields` must be an object: keys, each with a value.",
        "f.yaml:6: `maxAgeSeconds` must be a whole number, without quotes.",
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"There is no folder .*nowhere\. Nothing was done\."):
        folder.documents(tmp_path / "nowhere")


def test_files_are_written_whole_and_leave_nothing_else(tmp_path: Path) -> None:
    files = {name: text.encode() for name, text in SMALL.items()}

    folder.write(tmp_path / "new", files)
    folder.write(tmp_path / "new", {"sources/shop.yaml": b"source: Other\n"})

    assert contents(tmp_path / "new") == {**files, "sources/shop.yaml": b"source: Other\n"}


def test_where_one_file_can_not_be_written_none_is(tmp_path: Path) -> None:
    written(tmp_path, {"sources/shop.yaml": "source: Old\n", "mappings": "in the way\n"})

    with pytest.raises(StartupError, match="can't be written"):
        folder.write(tmp_path, {"sources/shop.yaml": b"source: New\n", "mappings/a.yaml": b"mapping: A\n"})

    assert contents(tmp_path) == {"mappings": b"in the way\n", "sources/shop.yaml": b"source: Old\n"}
