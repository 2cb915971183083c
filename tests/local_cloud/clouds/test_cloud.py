"""Starting and closing the local clouds."""

import gc
import io
import socket
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud

CLOUDS = [AwsCloud, AlibabaCloud]


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (120, 120), "red").save(stream, "JPEG")
    return stream.getvalue()


def wait_for_entry(cloud: LocalCloud) -> None:
    deadline = time.monotonic() + 60
    while not cloud.image_search.entries():
        assert time.monotonic() < deadline, "the picture did not reach the index within 60 s"
        time.sleep(0.05)


@pytest.mark.parametrize("kind", CLOUDS)
def test_closing_leaves_no_thread_process_or_folder(kind: type[LocalCloud]) -> None:
    threads = set(threading.enumerate())
    with kind() as cloud:
        cloud.upload("a/b.jpg", jpeg())
        wait_for_entry(cloud)
        workers = cloud.function.processes()
        folder = cloud.image_search.ca_path.parent
    assert workers
    assert all(process.poll() is not None for process in workers)
    assert set(threading.enumerate()) <= threads
    assert not folder.exists()
    # An unclosed socket would cause a warning here, and warnings are errors.
    del cloud
    gc.collect()


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_failed_start_stops_what_has_started(kind: type[LocalCloud]) -> None:
    """The second service's port is taken, so the first one is running already."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        threads = set(threading.enumerate())
        cloud = kind(port=taken.getsockname()[1] - 1)
        with pytest.raises(OSError, match="in use"):
            cloud.start()
        assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("kind", CLOUDS)
def test_objects_survive_a_restart(kind: type[LocalCloud], tmp_path: Path) -> None:
    with kind(state_dir=tmp_path, with_function=False) as cloud:
        cloud.upload("a/b.jpg", b"bytes", {"colour": "red"})
    with kind(state_dir=tmp_path, with_function=False) as cloud:
        assert [(one.key, one.data, dict(one.metadata)) for one in cloud.objects()] == [
            ("a/b.jpg", b"bytes", {"colour": "red"})
        ]
