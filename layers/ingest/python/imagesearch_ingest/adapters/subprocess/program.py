"""What runs inside the child process: pictures come in by standard input, what became of them goes out.

The limits are set first, and Pillow is imported under them. Nothing here may import it at the top.
"""

import math
import os
import resource
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from imagesearch_ingest.adapters.subprocess.frames import Frame, read_frame, write_frame
from imagesearch_ingest.model.errors import IngestError

if TYPE_CHECKING:
    from imagesearch_ingest.images import Policy
    from imagesearch_ingest.model.images import PreparedImage

Prepare = Callable[[bytes, "Policy"], "PreparedImage"]
_ANY_LENGTH = (1 << 32) - 1  # the parent is trusted


def main(memory_bytes: int) -> None:
    """Until the parent hangs up: its end is this process's, too."""
    limit(memory_bytes)
    source, sink = _pipes()
    # Under the limits; and before it is ready, so that no picture is charged for it.
    from imagesearch_ingest.adapters.subprocess import codec  # noqa: F401, PLC0415
    from imagesearch_ingest.images import prepare  # noqa: PLC0415

    write_frame(sink, {"ready": True})
    with suppress(BrokenPipeError):
        serve(source, sink, prepare)


def limit(memory_bytes: int) -> None:
    """No core files, and at most so much address space. Where a system knows no such limit there is none (macOS)."""
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory_bytes)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def serve(source: BinaryIO, sink: BinaryIO, prepare: Prepare) -> None:
    while request := read_frame(source, _ANY_LENGTH):
        _limit_processor(request.header["seconds"])
        write_frame(sink, *_answer(request, prepare))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Native libraries print to file descriptor 1 as they like: what they say must not get among the frames."""
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.close(nothing)
    return os.fdopen(0, "rb"), sink


def _limit_processor(seconds: float) -> None:
    """The parent stops a child that takes too long; this stops one whose parent is gone before it could."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(request: Frame, prepare: Prepare) -> tuple[dict[str, Any], bytes]:
    from imagesearch_ingest.adapters.subprocess.codec import plain_prepared, policy_of  # noqa: PLC0415 - under the limits

    policy = policy_of(request.header["policy"])
    try:
        prepared, payload = plain_prepared(prepare(request.payload, policy))
    except IngestError as error:
        spent = isinstance(error.__cause__, MemoryError)
        return {"reason": error.reason.name, "detail": error.detail, "memory_spent": spent}, b""
    except Exception as error:  # noqa: BLE001 - a fault of ours: the parent tells it as it would have told its own
        return {"reason": "INTERNAL_ERROR", "detail": f"{type(error).__name__}: {error}", "memory_spent": False}, b""
    return {"prepared": prepared}, payload
