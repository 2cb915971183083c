"""Who takes part on this machine, and the command that starts each one's worker."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from benchmarks.images.workers import imagemagick

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
OURS, PYVIPS, SHARP, IMAGEMAGICK, PLAIN = "this project", "pyvips", "sharp", "ImageMagick", "plain Pillow"
NAMES = (OURS, PYVIPS, SHARP, IMAGEMAGICK, PLAIN)
RIVALS = (PYVIPS, SHARP)  # the ratio is to the faster of these

Commands = dict[str, list[str]]


def installed() -> Commands:
    """In the tables' order. What is missing is missing here; what is here must work."""
    commands = {
        OURS: _python("ours"),
        PYVIPS: _python("vips") if find_spec("pyvips") else None,
        SHARP: _sharp(),
        IMAGEMAGICK: _imagemagick(),
        PLAIN: _python("plain_pillow"),
    }
    return {name: command for name, command in commands.items() if command}


def environment() -> dict[str, str]:
    """One thread, for those who would take more; and memory, for the one that is given little."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "layers/ingest/python"))),
        "VIPS_CONCURRENCY": "1",
        "MAGICK_CONFIGURE_PATH": str(FOLDER / "imagemagick"),
    }


def _python(worker: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.images.workers.{worker}"]


def _sharp() -> list[str] | None:
    node = which("node")
    if not node or not (FOLDER / "node_modules/sharp").is_dir():
        return None
    return [node, str(FOLDER / "workers/sharp.mjs")]


def _imagemagick() -> list[str] | None:
    """Every folder of the path is asked, since the first ``convert`` may be another program."""
    for name in ("magick", "convert"):
        for folder in os.get_exec_path():
            command = which(name, path=folder)
            if command and imagemagick.version(command):
                return [*_python("imagemagick"), command]
    return None
