"""Zip a folder so that the same files always make the same bytes.

Run by ``make build-alibaba`` and ``make release`` as ``python layers/zip.py FOLDER FILE.zip``. The files are sorted.
They have one time and one of two modes. Folders get no entries, since unpacking makes them.
"""

import sys
import zipfile
from pathlib import Path

TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
PLAIN, EXECUTABLE = 0o100644, 0o100755


def zip_folder(folder: Path, target: Path) -> None:
    """Write all files of a folder to a zip; raise ``ValueError`` if there are none.

    An interrupted run leaves the old file, if any, as it is.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise ValueError(f"{folder} has no files to zip. Run 'make build-alibaba' first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".new")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in files:
            _add(archive, path, path.relative_to(folder).as_posix())
    unfinished.replace(target)


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name, TIME)
    entry.create_system = 3  # Unix, whatever the machine is
    entry.external_attr = (EXECUTABLE if path.stat().st_mode & 0o100 else PLAIN) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, path.read_bytes(), compresslevel=6)


if __name__ == "__main__":
    try:
        _, source, target = sys.argv
    except ValueError:
        sys.exit("usage: zip.py FOLDER FILE.zip")
    try:
        zip_folder(Path(source), Path(target))
    except (ValueError, OSError) as error:
        sys.exit(str(error))
