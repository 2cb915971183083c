"""Prepare images with this project's library."""

from PIL import __version__ as pillow_version

from benchmarks.images.workers.protocol import serve
from imagesearch_ingest import __version__
from imagesearch_ingest.images import Policy, prepare


def work(data: bytes, limit: int) -> bytes:
    return prepare(data, Policy(longest_side=limit)).data


if __name__ == "__main__":
    serve(work, {"imagesearch-ingest": __version__, "Pillow": pillow_version})
