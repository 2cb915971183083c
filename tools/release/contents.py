"""The packages of every part of a release."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from release.build import Build
from release.distributions import Distribution, read_folder, read_zip
from release.origins import Index, Origin, Target

AWS = Target(("runtime", "operator"), "3.13", "aarch64-manylinux_2_28")
ALIBABA = Target(("runtime-alibaba",), "3.12", "x86_64-manylinux_2_28")
CONTAINER = Target(("container",), "3.12", "x86_64-manylinux_2_28")
# The wheel works on other machines, too. Its packages are those of all extras, as Linux on x86 gets them.
WHEEL = Target(("wheel",), "3.13", "x86_64-manylinux_2_28")


@dataclass(frozen=True)
class Content:
    """A package, the file that it came from, and the parts of the release that contain or install it."""

    distribution: Distribution
    origin: Origin
    parts: tuple[str, ...]


def read_contents(build: Build) -> list[Content]:
    """Return the packages of the zips, and of what the container and the wheel install, sorted by name and file."""
    found: dict[tuple[str, str, Origin], tuple[Distribution, list[str]]] = {}
    targets = (AWS, ALIBABA, CONTAINER, WHEEL)
    with ThreadPoolExecutor() as pool:
        indexes = dict(zip(targets, pool.map(lambda target: Index(build, target), targets), strict=True))
    for part, target, distributions in _parts(build):
        for one in distributions:
            origin = indexes[target].find(one)
            found.setdefault((one.name, one.version, origin), (one, []))[1].append(part)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[0][1], item[0][2].file_name))
    return [Content(one, key[2], tuple(parts)) for key, (one, parts) in ordered]


def _parts(build: Build) -> list[tuple[str, Target, list[Distribution]]]:
    zips = [(archive.name, read_zip(archive)) for archive in sorted(build.out.glob("*.zip"))]
    parts = [(name, AWS if "-aws-" in name else ALIBABA, packages) for name, packages in zips if packages]
    for name, target in {"container-context.tar.gz": CONTAINER, "py3-none-any.whl": WHEEL}.items():
        (archive,) = build.out.glob(f"*{name}")
        parts.append((archive.name, target, read_folder(install(build, target, Path(name)))))
    return parts


def install(build: Build, target: Target, name: Path) -> Path:
    """Return a folder into which the packages of ``target`` are unpacked, with the options that the layers have."""
    folder = build.source / "build" / name
    options = build.run("make", "--no-print-directory", "--file", "tools/release/options.mk").split()
    files = [option for file in target.requirements for option in ("-r", f"requirements/{file}.txt")]
    platform = ["--python-version", target.python, "--python-platform", target.platform]
    into = ["--python", ".venv/bin/python", "--target", str(folder)]
    build.run(".venv/bin/uv", "pip", "install", *options, *platform, *into, *files)
    return folder
