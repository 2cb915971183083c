"""Saving and restoring a cloud, also after a kill in between."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local_cloud.clouds import state
from local_cloud.clouds.state import BucketObject


class MemoryCloud:
    def __init__(self, *objects: BucketObject, letters: list[dict[str, Any]] | None = None) -> None:
        self._objects = list(objects)
        self._letters = letters or []

    def objects(self) -> Iterator[BucketObject]:
        yield from self._objects

    def upload(self, key: str, data: bytes, metadata: Mapping[str, str] | None = None) -> None:
        self._objects.append(BucketObject(key, data, dict(metadata or {})))

    def dead_letters(self) -> list[dict[str, Any]]:
        return self._letters

    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        self._letters.append(dict(letter))


OLD = BucketObject("old/ü.jpg", b"old", {"colour": "red"})
NEW = BucketObject("new.jpg", b"new", {})


def restore(folder: Path) -> MemoryCloud:
    cloud = MemoryCloud()
    state.load(folder, cloud)
    return cloud


def test_a_saved_state_is_restored(tmp_path: Path) -> None:
    state.save(tmp_path, MemoryCloud(OLD, NEW, letters=[{"code": "not_an_image"}]))
    restored = restore(tmp_path)
    assert list(restored.objects()) == [OLD, NEW]
    assert restored.dead_letters() == [{"code": "not_an_image"}]


def test_a_later_save_replaces_the_state(tmp_path: Path) -> None:
    state.save(tmp_path, MemoryCloud(OLD))
    state.save(tmp_path, MemoryCloud(NEW))
    assert list(restore(tmp_path).objects()) == [NEW]
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_an_empty_folder_restores_nothing(tmp_path: Path) -> None:
    assert list(restore(tmp_path).objects()) == []


def test_an_unfinished_save_keeps_the_old_state(tmp_path: Path) -> None:
    state.save(tmp_path, MemoryCloud(OLD))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "0").write_bytes(b"half")
    assert list(restore(tmp_path).objects()) == [OLD]


@pytest.mark.parametrize("left", ["new", "old"])
def test_a_kill_between_the_renames_loses_nothing(tmp_path: Path, left: str) -> None:
    state.save(tmp_path, MemoryCloud(OLD))
    shutil.move(tmp_path / "current", tmp_path / left)
    assert list(restore(tmp_path).objects()) == [OLD]
