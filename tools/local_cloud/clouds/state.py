"""Save and restore a local cloud between two runs: the bucket's objects and the dead letters.

The local Image Search saves its own index. Events in the queue are not saved: restoring an object announces it again,
which leads to the same index.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

_LIST = "state.json"


class BucketObject(NamedTuple):
    key: str
    data: bytes
    metadata: Mapping[str, str]


class SavedCloud(Protocol):
    """A cloud whose state can be saved and restored."""

    def objects(self) -> Iterator[BucketObject]: ...
    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None: ...  # noqa: ANN401 - bytes or a file
    def dead_letters(self) -> list[dict[str, Any]]: ...
    def put_dead_letter(self, letter: Mapping[str, Any]) -> None: ...


def save(folder: Path, cloud: SavedCloud) -> None:
    """Write the state to ``folder``. The old state is replaced last, so a kill leaves one complete state."""
    new, current, old = folder / "new", folder / "current", folder / "old"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    objects = list(_save_objects(new, cloud))
    state = {"objects": objects, "dead_letters": cloud.dead_letters()}
    (new / _LIST).write_text(json.dumps(state))  # written last: marks the folder as complete
    shutil.rmtree(old, ignore_errors=True)
    if current.exists():
        current.rename(old)
    new.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def load(folder: Path, cloud: SavedCloud) -> None:
    """Restore the state that ``save`` wrote. A folder without a state restores nothing."""
    complete = [folder / name for name in ("current", "new", "old") if (folder / name / _LIST).exists()]
    if not complete:
        return
    current = complete[0]
    state = json.loads((current / _LIST).read_text())
    for item in state["objects"]:
        cloud.upload(item["key"], (current / item["file"]).read_bytes(), item["metadata"])
    for letter in state["dead_letters"]:
        cloud.put_dead_letter(letter)


def _save_objects(folder: Path, cloud: SavedCloud) -> Iterator[dict[str, Any]]:
    for number, item in enumerate(cloud.objects()):
        (folder / str(number)).write_bytes(item.data)
        yield {"key": item.key, "file": str(number), "metadata": dict(item.metadata)}
