"""Read and write frames over a pipe: two lengths, a small JSON header, raw bytes.

Never pickle: unpickling runs code that the writer chooses, and the child reads hostile files.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

_LENGTHS = struct.Struct(">II")  # of the header, and of the payload
_LONGEST_HEADER = 1 << 20  # bytes


class FrameError(ValueError):
    """The bytes that were read are not a whole frame."""


class Frame(NamedTuple):
    """One message: a JSON object and raw bytes."""

    header: dict[str, Any]
    payload: bytes


def write_frame(sink: BinaryIO, header: Mapping[str, Any], payload: bytes = b"") -> None:
    """Write one frame and flush."""
    head = json.dumps(dict(header)).encode()
    sink.write(_LENGTHS.pack(len(head), len(payload)) + head)
    sink.write(payload)
    sink.flush()


def read_frame(source: BinaryIO, longest_payload: int) -> Frame | None:
    """Return the next frame, or ``None`` if the other side closed the pipe before one.

    Raise ``FrameError`` for anything else, such as a payload of more than ``longest_payload`` bytes: a broken writer
    may announce any length.
    """
    lengths = source.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise FrameError("the frame ends within its lengths")
    header_length, payload_length = _LENGTHS.unpack(lengths)
    if header_length > _LONGEST_HEADER or payload_length > longest_payload:
        raise FrameError(f"the frame is too long: {header_length} bytes of header, {payload_length} bytes of payload")
    head, payload = source.read(header_length), source.read(payload_length)
    if len(head) + len(payload) < header_length + payload_length:
        raise FrameError("the frame is cut short")
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        raise FrameError("the frame's header is not JSON") from None
    if not isinstance(header, dict):
        raise FrameError("the frame's header is not a JSON object")
    return Frame(header, payload)
