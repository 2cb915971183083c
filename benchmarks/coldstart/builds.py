"""Make the builds to compare as they would be deployed, for this machine's processor."""

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS, PLAIN, TUTORIAL = "this project", "the same, built plainly", "a tutorial's handler"
TUTORIAL_ON_LAMBDA = "a tutorial's handler, boto3 with byte-code"
_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}


class BuildError(Exception):
    """A makefile failed, or an interpreter is missing. The message is its output."""


@dataclass(frozen=True, slots=True)
class Build:
    """A build. ``paths`` are the import path, in order; the first one holds the handler."""

    name: str
    paths: tuple[Path, ...]

    def files(self) -> Iterator[Path]:
        """Yield every file."""
        return (path for folder in self.paths for path in folder.rglob("*") if path.is_file())

    @property
    def megabytes(self) -> float:
        """Return the unpacked size."""
        return sum(path.stat().st_size for path in self.files()) / 1e6

    @property
    def has_byte_code(self) -> bool:
        """Return whether the build contains byte-code."""
        return any(path.suffix == ".pyc" for path in self.files())


def as_deployed(cloud: str, to: Path) -> Build:
    """Return the function and its layers, merged as the platforms unpack them."""
    function = "functions/ingest_s3" if cloud == "aws" else "functions/ingest_oss"
    _make(function, "IngestFunction", cloud, to / "code")
    _make("layers/dependencies", "DependenciesLayer", cloud, to / "layers")
    _make("layers/ingest", "IngestLayer", cloud, to / "layers")
    return Build(OURS, (to / "code", to / "layers/python"))


def plain(cloud: str, to: Path) -> Build:
    """Return the same code in one folder, without byte-code."""
    _make("benchmarks/coldstart", "Plain", cloud, to)
    return Build(PLAIN, (to,))


def tutorials(to: Path) -> list[Build]:
    """Return the tutorial's handler with its own boto3, and with one like Lambda's."""
    _make("benchmarks/coldstart", "Tutorial", "aws", to / "own")
    _make("benchmarks/coldstart", "TutorialOnLambda", "aws", to / "on lambda")
    return [Build(TUTORIAL, (to / "own",)), Build(TUTORIAL_ON_LAMBDA, (to / "on lambda",))]


def runtime_client(to: Path) -> Path:
    """Return the folder of the runtime client, which Lambda provides."""
    _make("benchmarks/coldstart", "RuntimeClient", "aws", to)
    return to


def interpreter(version: str) -> str:
    """Return the interpreter of a minor version, as the builds find it."""
    return _output(["/bin/sh", str(ROOT / "layers/find_python.sh"), version]).strip()


def _make(folder: str, target: str, cloud: str, to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    variables = [f"ARTIFACTS_DIR={to}", f"ARCHITECTURE={_ARCHITECTURES[platform.machine()]}", f"CLOUD={cloud}"]
    _output(["make", "--makefile", f"{folder}/Makefile", f"build-{target}", *variables])


def _output(command: list[str]) -> str:
    """Return a command's output. It does not get the flags of the make that runs this."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
