"""Prepare images with pyvips: libvips' shortcut from bytes to a thumbnail, as its documentation recommends."""

import pyvips  # type: ignore[import-untyped]  # published without type information

from benchmarks.images.workers.protocol import serve

pyvips.cache_set_max(0)  # otherwise the second run would return the cached result


def work(data: bytes, limit: int) -> bytes:
    has_profile = pyvips.Image.new_from_buffer(data, "").get_typeof("icc-profile-data")
    colours = {"export_profile": "srgb"} if has_profile else {}  # it costs time, also without a profile
    image = pyvips.Image.thumbnail_buffer(data, limit, height=limit, size="down", **colours)
    if image.hasalpha():
        image = image.flatten(background=255)
    output: bytes = image.jpegsave_buffer(Q=90, keep="none", subsample_mode="on")
    return output


if __name__ == "__main__":
    libvips = ".".join(str(pyvips.version(part)) for part in range(3))
    serve(work, {"pyvips": pyvips.__version__, "libvips": libvips})
