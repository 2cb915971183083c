"""Run inside the child process: read images from standard input, write the results to standard output.

The limits are set first, and Pillow is imported under them. So this module must not import Pillow at its top. Before
the first image arrives, the child loads everything and gives up what it no longer needs: files, sockets, privileges
(ADR 66).
"""

import math
import os
import resource
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from imagesearch_ingest.adapters.subprocess.frames import Frame, read_frame, write_frame
from imagesearch_ingest.adapters.subprocess.kernel import give_up_privileges, hide_memory
from imagesearch_ingest.model.errors import IngestError

if TYPE_CHECKING:
    from imagesearch_ingest.images import Policy
    from imagesearch_ingest.model.images import PreparedImage

Prepare = Callable[[bytes, "Policy"], "PreparedImage"]
_NOBODY = 65534  # the user and group without files of their own, on every Linux
_ANY_LENGTH = (1 << 32) - 1  # the parent is trusted


def main(memory_bytes: int) -> None:
    """Serve requests until the parent closes the pipe or ends."""
    limit(memory_bytes)
    source, sink = open_pipes()
    # Imported under the limits, and before "ready" is sent, so that the time is not charged to an image.
    from imagesearch_ingest.adapters.subprocess import codec, preload  # noqa: F401, PLC0415
    from imagesearch_ingest.images import prepare  # noqa: PLC0415

    preload.load_all()
    lock_down()
    write_frame(sink, {"ready": True})
    with suppress(BrokenPipeError):
        serve(source, sink, prepare)


def limit(memory_bytes: int) -> None:
    """Forbid core files and limit the address space, in bytes. Do nothing on a system without such limits (macOS)."""
    for kind, maximum in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory_bytes)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (maximum, maximum))


def lock_down() -> None:
    """Give up root, new privileges, and the right to open anything: a file, a socket, a pipe.

    The open pipes stay. A limit of 0 file descriptors counts for new ones only, and only root may raise it again
    (getrlimit(2)). Nothing that needs a file may be imported afterwards.
    """
    with suppress(OSError):  # root without the capability to change its user
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    hide_memory()
    give_up_privileges()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def serve(source: BinaryIO, sink: BinaryIO, prepare: Prepare) -> None:
    """Answer each request in turn until ``source`` ends."""
    while request := read_frame(source, _ANY_LENGTH):
        _limit_processor(request.header["seconds"])
        write_frame(sink, *_answer(request, prepare))


def open_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two pipes, and send file descriptor 1 to /dev/null: native libraries print to it."""
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.close(nothing)
    return os.fdopen(0, "rb"), sink


def _limit_processor(seconds: float) -> None:
    """Limit the processor time of one image: a parent that was killed cannot stop its child."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(request: Frame, prepare: Prepare) -> tuple[dict[str, Any], bytes]:
    from imagesearch_ingest.adapters.subprocess.codec import decode_policy, encode_prepared  # noqa: PLC0415 - under the limits

    try:
        policy = decode_policy(request.header["policy"])
        prepared, payload = encode_prepared(prepare(request.payload, policy))
    except IngestError as error:
        out_of_memory = isinstance(error.__cause__, MemoryError)
        return {"reason": error.reason.name, "detail": error.detail, "out_of_memory": out_of_memory}, b""
    except Exception as error:  # noqa: BLE001 - a fault in our own code, which the parent reports
        detail = f"{type(error).__name__}: {error}"
        return {"reason": "INTERNAL_ERROR", "detail": detail, "out_of_memory": False}, b""
    return {"prepared": prepared}, payload
