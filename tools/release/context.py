"""The files that the container of Function Compute is built from, as one archive for `docker build`."""

import gzip
import io
import tarfile
from pathlib import Path

from release.build import Build

DOCKERFILE = "functions/ingest_oss/Dockerfile"


def build_context(build: Build) -> None:
    """Pack the Dockerfile and what its .dockerignore lets through, sorted, with fixed owners, modes and times."""
    ignore = f"{DOCKERFILE}.dockerignore"
    lines = (build.source / ignore).read_text(encoding="utf-8").splitlines()
    named = [line.removeprefix("!") for line in lines if line.startswith("!")]
    files = sorted({path for name in [DOCKERFILE, ignore, *named] for path in _files(build.source / name)})
    target = build.name("container-context.tar.gz")
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=int(build.env["SOURCE_DATE_EPOCH"])) as packed:
        packed.write(_pack(build.source, files, int(build.env["SOURCE_DATE_EPOCH"])))


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]


def _pack(source: Path, files: list[Path], epoch: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in files:
            entry = tarfile.TarInfo(path.relative_to(source).as_posix())
            entry.size, entry.mtime, entry.mode = path.stat().st_size, epoch, 0o644
            archive.addfile(entry, io.BytesIO(path.read_bytes()))
    return buffer.getvalue()
