"""Ids."""

import re
import time
import uuid

import pytest
from hypothesis import given, strategies as st

from gateway import ids


def test_a_new_id_has_its_prefix_and_128_bits() -> None:
    assert re.fullmatch(r"evt_[0-9a-f]{32}", ids.new("evt"))


def test_new_ids_sort_by_when_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1_000_000_000_000_000_000, 1_000_000_001_000_000_000, 1_763_726_400_000_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))

    made = [ids.new("evt") for _ in range(3)]

    assert made == sorted(made)


def test_the_id_of_a_delivery_is_always_the_same() -> None:
    assert ids.delivery("default", "map_1", "m-1", "ann") == "dlv_109aa55ee051575996fd31a184b81eaf"
    assert ids.former_delivery("src_1", "m-1", "map_1") == "dlv_5249b459f3fa5565b48cabf44993a3ea"


@given(st.text(), st.text())
def test_the_id_of_a_delivery_is_a_uuid_of_version_5(message_id: str, person: str) -> None:
    name = f"default\x1fmap_1\x1f{message_id}\x1f{person}\x1f"
    expected = uuid.uuid5(uuid.UUID("7a4f5f0e-2d0b-5d0c-9a6e-48656c696f67"), name)

    assert ids.delivery("default", "map_1", message_id, person) == f"dlv_{expected.hex}"


def test_every_part_of_a_delivery_counts() -> None:
    first = {"space": "default", "mapping_id": "map_1", "message_id": "m-1", "person": "ann", "key": ""}
    made = {ids.delivery(**first), *(ids.delivery(**first | {part: "other"}) for part in first)}

    assert len(made) == 6


def test_a_credential_is_stored_as_its_sha256() -> None:
    assert ids.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(ids.digest("\ud800")) == 64
    assert ids.secret("wk") != ids.secret("wk")
    assert re.fullmatch(r"wk_[\w-]{32}", ids.secret("wk"))
