"""Build WebPs chunk by chunk."""

import struct

WIDTH, HEIGHT = 120, 110


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def chunk(kind: bytes, body: bytes, *, size: int | None = None, padding: bool = True) -> bytes:
    """Return a chunk, which may announce another size, or lack its padding."""
    return kind + struct.pack("<I", len(body) if size is None else size) + body + bytes(len(body) % 2 * padding)


def canvas(flags: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    return chunk(
        b"VP8X", struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


def split(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and body of each chunk of a sound file."""
    parts, at = [], 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return parts
