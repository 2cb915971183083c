"""The walk along a PNG's chunks (W3C PNG, third edition, section 5.3)."""

from collections.abc import Iterator

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.limits import check_parts


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of every chunk up to IEND. Raises ``CORRUPT_IMAGE`` when the file ends before it."""
    start, kind, count = 8, b"", 0
    while kind != b"IEND":
        count += 1
        check_parts(count, "PNG")
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        if end > len(data):
            raise corrupt("PNG", "the file is cut short")
        yield kind, start, end
        start = end
