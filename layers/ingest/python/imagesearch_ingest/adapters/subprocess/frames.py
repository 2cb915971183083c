"""What travels over the pipes between a process and its child: lengths, a small JSON header, raw bytes.

Never pickle: whoever writes into a pipe that is unpickled runs code in the reader, and the child reads hostile files.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

_LENGTHS = struct.Struct(">II")  # of the header, and of what follows it
_LONGEST_HEADER = 1 << 20


class FrameError(ValueError):
    """What was read is no frame, or only part of one."""


class Frame(NamedTuple):
    header: dict[str, Any]
    payload: bytes


def write_frame(sink: BinaryIO, header: Mapping[str, Any], payload: bytes = b"") -> None:
    head = json.dumps(dict(header)).encode()
    sink.write(_LENGTHS.pack(len(head), len(payload)) + head)
    sink.write(payload)
    sink.flush()


def read_frame(source: BinaryIO, longest_payload: int) -> Frame | None:
    """``None`` when the other side hung up before a frame. Raises ``FrameError``.

    Lengths are believed only within limits: a writer that has gone mad may announce anything.
    """
    lengths = source.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise FrameError("a frame that stops in its lengths")
    header_length, payload_length = _LENGTHS.unpack(lengths)
    if header_length > _LONGEST_HEADER or payload_length > longest_payload:
        raise FrameError(f"a frame of {header_length} and {payload_length} bytes")
    head, payload = source.read(header_length), source.read(payload_length)
    if len(head) + len(payload) < header_length + payload_length:
        raise FrameError("a frame that is cut short")
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        raise FrameError("a frame whose header is no JSON") from None
    if not isinstance(header, dict):
        raise FrameError("a frame whose header is no object")
    return Frame(header, payload)
