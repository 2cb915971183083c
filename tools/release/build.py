"""Build the parts of a release from the exported commit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from release.commands import run

# What SAM builds for template.yaml, by the name of its zip: makefile, target.
AWS = {
    "function": ("functions/ingest_s3", "IngestFunction"),
    "dependencies": ("layers/dependencies", "DependenciesLayer"),
    "library": ("layers/ingest", "IngestLayer"),
    "operator": ("layers/operator", "OperatorLayer"),
    "audit": ("functions/audit", "AuditFunction"),
    "watch": ("functions/watch", "WatchFunction"),
}
ALIBABA_ZIPS = ".fc/zips"
TEMPLATES = {"aws": "template.yaml", "alibaba": "template.ros.yaml"}


@dataclass(frozen=True)
class Build:
    """The exported commit, where its release goes, what the files' names begin with, and the commands' environment."""

    source: Path
    out: Path
    prefix: str
    env: Mapping[str, str]

    def run(self, *command: str | Path) -> str:
        return run(list(command), self.source, self.env)

    def name(self, rest: str) -> Path:
        return self.out / f"{self.prefix}-{rest}"


def build_aws(build: Build) -> None:
    """Zip the functions and layers of template.yaml, and write that template with the zips in the place of folders."""
    template = without_files((build.source / TEMPLATES["aws"]).read_text(encoding="utf-8"))
    for part, (folder, target) in AWS.items():
        built, archive = build.source / "build" / part, build.name(f"aws-{part}.zip")
        built.mkdir(parents=True)
        build.run("make", "--makefile", f"{folder}/Makefile", f"build-{target}", f"ARTIFACTS_DIR={built}")
        build.run(".venv/bin/python", "layers/zip.py", built, archive)
        template = point_at(template, folder, archive.name)
    build.name("aws-template.yaml").write_text(template, encoding="utf-8")


def without_files(template: str) -> str:
    """Return ``template`` without the files that `sam publish` uploads: `sam deploy` would look for them, too."""
    return re.sub(r"^    (LicenseUrl|ReadmeUrl): .*\n", "", template, flags=re.MULTILINE)


def point_at(template: str, folder: str, archive: str) -> str:
    """Return ``template`` with the zip in the place of the folder. `sam deploy` uploads a zip as it is."""
    for name in ("CodeUri", "ContentUri"):
        template = template.replace(f"{name}: {folder}\n", f"{name}: {archive}\n")
    return template


def build_alibaba(build: Build) -> None:
    """Zip the function and layers of template.ros.yaml, and copy that template.

    The environment belongs to the working tree, so make must take it as installed.
    """
    build.run("make", "--assume-old=.venv/.installed", "build-alibaba")
    for archive in sorted((build.source / ALIBABA_ZIPS).glob("*.zip")):
        build.name(f"alibaba-{archive.name}").write_bytes(archive.read_bytes())
    build.name("alibaba-template.yaml").write_bytes((build.source / TEMPLATES["alibaba"]).read_bytes())


def build_wheel(build: Build) -> None:
    """Build the wheel for PyPI, and the source distribution, from which anybody can build it."""
    build.run(".venv/bin/uv", "build", "--quiet", "--no-build-isolation", "--offline", "--out-dir", build.out, ".")
    (build.out / ".gitignore").unlink(missing_ok=True)
