"""Check that any bytes are prepared soundly or refused for a true reason: soon, silently and within memory."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason, Stage
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.pictures import MIN_SIDE, inspect
from tests.decoders.renderers import by_opencv, size_in_vips

POLICY = Policy(min_side=1, max_megapixels=1)  # so that damage reaches the decoders
_SECONDS = 2  # of processor time, which does not depend on other programs
_STDERR = 2
_DECODERS: dict[str, Callable[[bytes], tuple[int, ...]]] = {
    "OpenCV": lambda data: by_opencv(data).shape[1::-1],
    "libvips": size_in_vips,
}


def check(data: bytes) -> str | None:
    """Return what is wrong, in one line; ``None`` if nothing is."""
    outcome: PreparedImage | BaseException
    with _capture_stderr() as written:
        began = time.process_time()
        try:
            outcome = prepare(data, POLICY)
        except Exception as error:  # noqa: BLE001 (any exception is a finding)
            outcome = error
        seconds = time.process_time() - began
        words = written()
    if words:
        return f"wrote to stderr: {words[:200]!r}"
    if seconds > _SECONDS:
        return f"took {seconds:.1f} s"
    if isinstance(outcome, PreparedImage):
        with _capture_stderr():  # OpenCV's decoders print messages
            return _find_fault(outcome)
    return _find_false_reason(outcome)


@contextmanager
def _capture_stderr() -> Iterator[Callable[[], bytes]]:
    """Redirect file descriptor 2: native libraries do not use ``sys.stderr``."""
    with tempfile.TemporaryFile() as file:
        before = os.dup(_STDERR)
        os.dup2(file.fileno(), _STDERR)
        try:
            yield lambda: os.pread(file.fileno(), 10_000, 0)
        finally:
            os.dup2(before, _STDERR)
            os.close(before)


def _find_false_reason(error: BaseException) -> str | None:
    if not isinstance(error, IngestError):
        return f"raised {type(error).__name__}: {str(error)[:200]!r}"
    if error.reason.stage is not Stage.PREPARE and error.reason is not Reason.OBJECT_EMPTY:
        return f"refused as {error.reason.code}"
    if isinstance(error.__cause__, MemoryError):
        return f"ran out of memory: {error.detail}"
    if not error.detail or not error.detail.isprintable():
        return f"refused in words that cannot be printed: {error.detail!r}"
    return None


def _find_fault(prepared: PreparedImage) -> str | None:
    size = (prepared.width, prepared.height)
    if min(size) >= MIN_SIDE:
        try:
            seen = inspect(prepared.data)
        except ApiError as refusal:
            return f"{prepared.format} that the service refuses: {refusal}"
        if (seen.format, (seen.width, seen.height)) != (prepared.format, size):
            return f"{prepared.format} {size}, which the service takes for {seen.format} {(seen.width, seen.height)}"
    return _find_unreadable(prepared, size)


def _find_unreadable(prepared: PreparedImage, size: tuple[int, int]) -> str | None:
    """Return a problem only if no decoder reads the file. Damage that only one decoder accepts comes from the input."""
    complaints = []
    for name, decode in _DECODERS.items():
        try:
            found = decode(prepared.data)
        except Exception as error:  # noqa: BLE001 (each decoder has errors of its own)
            complaints.append(f"{name}: {' '.join(str(error).split())[:200]}")
            continue
        if found != size:
            return f"{prepared.format} {size}, which {name} takes for {found}"
    if len(complaints) == len(_DECODERS):
        return f"{prepared.format} that nothing decodes: {complaints}"
    return None
