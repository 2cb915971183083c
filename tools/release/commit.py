"""The commit that a release is built from."""

import re
from dataclasses import dataclass
from pathlib import Path

from release.commands import run
from release.faults import ReleaseError

VERSION_FILE = "layers/ingest/python/imagesearch_ingest/__init__.py"
HEADING = r"^## {version} \((\d{{4}}-\d{{2}}-\d{{2}})\)$"


@dataclass(frozen=True)
class Commit:
    """The repository, and of its last commit the ID, the time in seconds and the version."""

    root: Path
    commit_id: str
    epoch: int
    version: str


def read_commit(root: Path, tag: str = "") -> Commit:
    """Return the last commit. Raise ReleaseError if files differ from it, or if tag or changelog lack its version."""
    refuse_changes(run(["git", "status", "--porcelain", "--untracked-files=all"], root))
    version = read_version((root / VERSION_FILE).read_text(encoding="utf-8"))
    refuse_other_tag(tag, version)
    refuse_missing_entry((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    commit_id, epoch = run(["git", "log", "-1", "--format=%H %ct"], root).split()
    return Commit(root, commit_id, int(epoch), version)


def refuse_changes(status: str) -> None:
    """Raise ReleaseError unless ``status``, what `git status --porcelain` prints, is empty."""
    if changed := [line[3:] for line in status.splitlines()]:
        more = f" and {len(changed) - 1} more" if changed[1:] else ""
        raise ReleaseError(
            f"The working tree differs from the last commit: {changed[0]}{more}. Commit, stash or remove the changes."
        )


def read_version(source: str) -> str:
    """Return the version that the package's source states. Raise ReleaseError if it is none of three numbers."""
    found = re.search(r'^__version__ = "(.*)"$', source, re.MULTILINE)
    if not found or not re.fullmatch(r"\d+\.\d+\.\d+", found[1]):
        raise ReleaseError(f"__version__ in {VERSION_FILE} must be three numbers, such as 0.2.0")
    return found[1]


def refuse_other_tag(tag: str, version: str) -> None:
    """Raise ReleaseError if there is a ``tag`` that is not that of ``version``."""
    if tag not in ("", f"v{version}"):
        raise ReleaseError(
            f"The tag is {tag}, and __version__ in {VERSION_FILE} is {version}. Tag the commit v{version}."
        )


def refuse_missing_entry(changelog: str, version: str) -> None:
    """Raise ReleaseError unless ``changelog`` has a part for ``version`` that says something."""
    part = re.split(HEADING.format(version=re.escape(version)), changelog, maxsplit=1, flags=re.MULTILINE)
    if not part[1:] or not re.match(r"\s*[^\s#]|\s*###", part[2]):
        raise ReleaseError(
            f"CHANGELOG.md has no entry '## {version} (YYYY-MM-DD)' with text. Rename its part 'Unreleased', or "
            f"correct __version__ in {VERSION_FILE}."
        )


def export(commit: Commit, folder: Path) -> None:
    """Write the commit's files to ``folder``, so that nothing else of the working tree gets into the release."""
    archive = folder.with_suffix(".tar")
    run(["git", "archive", "--format=tar", f"--output={archive}", commit.commit_id], commit.root)
    folder.mkdir()
    run(["tar", "--extract", f"--file={archive}", "--no-same-owner", "--no-same-permissions"], folder)
    archive.unlink()
    (folder / ".venv").symlink_to(commit.root / ".venv")
