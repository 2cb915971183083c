"""Build dist/ from the last commit: `python -m release`, called by `make release`."""

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from release.build import Build, build_alibaba, build_aws, build_wheel
from release.checksums import write_checksums
from release.commands import environment
from release.commit import Commit, export, read_commit
from release.contents import read_contents
from release.context import build_context
from release.faults import ReleaseError
from release.notices import write_notices
from release.sbom import NAME, write_sbom
from release.shipped import Known, describe

MASK = 0o022


def main(tag: str = "") -> int:
    """Build the release of the repository that is the working folder. Return the exit code."""
    os.umask(MASK)
    root = Path.cwd()
    try:
        commit = read_commit(root, tag)
        with tempfile.TemporaryDirectory(prefix="release-") as folder:
            build_release(commit, Path(folder))
            replace(root / "dist", Path(folder) / "out")
    except ReleaseError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    except OSError as fault:
        sys.stderr.write(f"No release was built, and dist/ is as it was: {str(fault)[:200]}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. No release was built, and dist/ is as it was.\n")
        return 130
    sys.stdout.writelines(f"{path.relative_to(root)}\n" for path in sorted((root / "dist").iterdir()))
    return 0


def build_release(commit: Commit, folder: Path) -> None:
    """Build everything into the folder ``out`` below ``folder``."""
    env = environment(commit.epoch)
    build = Build(folder / "source", folder / "out", f"{NAME}-{commit.version}", env)
    export(commit, build.source)
    build.out.mkdir()
    build_wheel(build)
    build_context(build)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda step: step(build), (build_aws, build_alibaba)))
    files = sorted(build.out.iterdir())
    contents = read_contents(build)
    packages = describe([content.distribution for content in contents], Known.read())
    build.name("sbom.cdx.json").write_text(write_sbom(commit, files, contents, packages), encoding="utf-8")
    notices = write_notices(packages.values(), commit.version)
    build.name("third-party-notices.txt").write_text(notices, encoding="utf-8")
    write_checksums(build.out)


def replace(target: Path, built: Path) -> None:
    """Put ``built`` in the place of ``target`` once it is copied whole: an interrupted copy leaves the old files."""
    new = target.with_name("dist.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        shutil.copytree(built, new)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        raise
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
