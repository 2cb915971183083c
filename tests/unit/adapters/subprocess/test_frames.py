import io

import pytest

from imagesearch_ingest.adapters.subprocess.frames import FrameError, read_frame, write_frame


def frames_as_bytes(*frames: tuple[dict, bytes]) -> bytes:
    sink = io.BytesIO()
    for header, payload in frames:
        write_frame(sink, header, payload)
    return sink.getvalue()


def test_frames_arrive_in_order_and_unchanged() -> None:
    frames = [({"a": [1, None, "鞋"]}, b"\x00\xff" * 500), ({}, b"")]
    source = io.BytesIO(frames_as_bytes(*frames))
    assert [read_frame(source, 1000), read_frame(source, 1000)] == frames
    assert read_frame(source, 1000) is None


def test_a_frame_cut_short_anywhere_is_an_error() -> None:
    whole = frames_as_bytes(({"a": 1}, b"12345"))
    for length in range(1, len(whole)):
        with pytest.raises(FrameError):
            read_frame(io.BytesIO(whole[:length]), 1000)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 100,
        b"Segmentation fault\n" * 100,
        b"\0\0\0\2\0\0\0\0[]",
        b"\0\0\0\2\0\0\0\0{x",
        b"\0\0\0\2\0\0\0\0\xff\xff",
        b"\0\0\xff\xff\0\0\0\0" + b"[" * 0xFFFF,
    ],
    ids=["huge lengths", "text", "not an object", "not JSON", "not UTF-8", "deeply nested"],
)
def test_rubbish_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError):
        read_frame(io.BytesIO(data), 1000)


def test_too_long_a_payload_is_not_read() -> None:
    source = io.BytesIO(frames_as_bytes(({}, bytes(1001))))
    with pytest.raises(FrameError):
        read_frame(source, 1000)
    assert source.tell() < 100
