"""Run ImageMagick's command: one process per image, as it is used. The command reads the file itself."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import perf_counter

from benchmarks.images.profiles import srgb

# The first of several images. ``-define jpeg:size``, its scaled decoding, is left out: it enlarges smaller images.
_BEFORE = ("-limit", "thread", "1", "-[0]")
_STEPS = ("-auto-orient", "-thumbnail", "{limit}x{limit}>", "-colorspace", "sRGB", "-background", "white")
_CONVERT = ("-profile", "{profile}")  # from the embedded profile; an image without one gets this one
_ENCODE = ("-alpha", "remove", "-alpha", "off", "-strip", "-sampling-factor", "2x2", "-quality", "90", "jpeg:-")


def version(command: str) -> str | None:
    """Return the version; ``None`` if the command is another program named ``convert``."""
    said = subprocess.run([command, "-version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"Version: ImageMagick (\S+)", said)
    return found[1] if found else None


def run(command: str, file: Path, limit: int, profile: str) -> bytes:
    arguments = [argument.format(limit=limit, profile=profile) for argument in _BEFORE + _STEPS + _CONVERT + _ENCODE]
    with file.open("rb") as opened:
        return subprocess.run([command, *arguments], stdin=opened, stdout=subprocess.PIPE, check=True).stdout


def answer(command: str, request: dict[str, str], profile: str) -> dict[str, float]:
    """Run the command. Its memory is the peak of the command, since it has no idle state."""
    start = perf_counter()
    output = run(command, Path(request["file"]), int(request["limit"]), profile)
    ms = (perf_counter() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    Path(request["output"]).write_bytes(output)
    return {"ms": ms, "bytes": len(output), "idle_kb": 0, "peak_kb": peak}


def main(command: str) -> None:
    print(json.dumps({"versions": {"ImageMagick": version(command)}}), flush=True)
    with NamedTemporaryFile(suffix=".icc") as profile:
        profile.write(srgb())
        profile.flush()
        for line in sys.stdin:
            print(json.dumps(answer(command, json.loads(line), profile.name)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
