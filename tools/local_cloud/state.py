"""What a local cloud keeps between two runs: the bucket's objects and the dead letters.

The index is kept by ``image_search`` itself. Events that were under way are not kept: at the next start every object is
announced anew, which brings the index to where they would have brought it.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_cloud.cloud import LocalCloud

_LIST = "state.json"


def save(folder: Path, cloud: "LocalCloud") -> None:
    """Written beside the old state and put in its place at the end, so that a kill leaves the one or the other."""
    new, current, old = folder / "new", folder / "current", folder / "old"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    objects = list(_save_objects(new, cloud))
    kept = {"objects": objects, "dead_letters": cloud.dead_letters()}
    (new / _LIST).write_text(json.dumps(kept))  # last: now it is whole
    shutil.rmtree(old, ignore_errors=True)
    if current.exists():
        current.rename(old)
    new.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def load(folder: Path, cloud: "LocalCloud") -> None:
    """Puts back what ``save`` kept; a folder without a state is an empty one."""
    whole = [folder / name for name in ("current", "new", "old") if (folder / name / _LIST).exists()]
    if not whole:
        return
    current = whole[0]
    kept = json.loads((current / _LIST).read_text())
    for item in kept["objects"]:
        cloud.upload(item["key"], (current / item["file"]).read_bytes(), item["metadata"])
    for letter in kept["dead_letters"]:
        cloud.put_dead_letter(letter)


def _save_objects(folder: Path, cloud: "LocalCloud") -> Iterator[dict[str, Any]]:
    for number, item in enumerate(cloud.objects()):
        (folder / str(number)).write_bytes(item.data)
        yield {"key": item.key, "file": str(number), "metadata": dict(item.metadata)}
