import io

import pytest

from imagesearch_ingest.adapters.subprocess.frames import FrameError, read_frame, write_frame


def written(*frames: tuple[dict, bytes]) -> bytes:
    sink = io.BytesIO()
    for header, payload in frames:
        write_frame(sink, header, payload)
    return sink.getvalue()


def test_frames_come_out_as_they_went_in_one_after_the_other() -> None:
    frames = [({"a": [1, None, "鞋"]}, b"\x00\xff" * 500), ({}, b"")]
    source = io.BytesIO(written(*frames))
    assert [read_frame(source, 1000), read_frame(source, 1000)] == frames
    assert read_frame(source, 1000) is None


def test_a_frame_that_stops_anywhere_is_no_frame() -> None:
    whole = written(({"a": 1}, b"12345"))
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
    ids=["lengths beyond reason", "text", "no object", "no JSON", "no text", "nothing but brackets"],
)
def test_rubbish_is_no_frame(data: bytes) -> None:
    with pytest.raises(FrameError):
        read_frame(io.BytesIO(data), 1000)


def test_a_payload_that_is_longer_than_allowed_is_not_read() -> None:
    source = io.BytesIO(written(({}, bytes(1001))))
    with pytest.raises(FrameError):
        read_frame(source, 1000)
    assert source.tell() < 100
