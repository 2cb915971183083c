"""Find the contenders on this machine, and the command that starts each one's worker."""

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
RIVALS = (PYVIPS, SHARP)  # the ratio is to the faster of the two

Commands = dict[str, list[str]]


def find_commands() -> Commands:
    """Return the commands of the installed contenders, in the order of the tables."""
    commands = {
        OURS: _find_python("ours"),
        PYVIPS: _find_python("vips") if find_spec("pyvips") else None,
        SHARP: _find_sharp(),
        IMAGEMAGICK: _find_imagemagick(),
        PLAIN: _find_python("plain_pillow"),
    }
    return {name: command for name, command in commands.items() if command}


def build_environment() -> dict[str, str]:
    """Return variables that allow each contender one thread, and ImageMagick enough memory."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "layers/ingest/python"))),
        "VIPS_CONCURRENCY": "1",
        "MAGICK_CONFIGURE_PATH": str(FOLDER / "imagemagick"),
    }


def _find_python(worker: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.images.workers.{worker}"]


def _find_sharp() -> list[str] | None:
    node = which("node")
    if not node or not (FOLDER / "node_modules/sharp").is_dir():
        return None
    return [node, str(FOLDER / "workers/sharp.mjs")]


def _find_imagemagick() -> list[str] | None:
    """Search every folder of the path, since the first ``convert`` may be another program."""
    for name in ("magick", "convert"):
        for folder in os.get_exec_path():
            command = which(name, path=folder)
            if command and imagemagick.version(command):
                return [*_find_python("imagemagick"), command]
    return None
