"""A release is refused in one line if its commit is not ready."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from release.commit import Commit, read_commit, refuse_missing_entry
from release.faults import ReleaseError

INIT = "layers/ingest/python/imagesearch_ingest/__init__.py"
READY = "# Changelog\n\n## Unreleased\n\n## 1.2.3 (2026-11-30)\n\n### Added\n\n- It works.\n"


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)  # noqa: S603, S607 - fixed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / INIT).parent.mkdir(parents=True)
    (tmp_path / INIT).write_text('__version__ = "1.2.3"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(READY, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "a", "--date", "2026-11-30T10:00:00Z")
    return tmp_path


def refusal(root: Path, tag: str = "") -> str:
    with pytest.raises(ReleaseError) as caught:
        read_commit(root, tag)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_clean_commit_with_its_entry_is_read(root: Path) -> None:
    commit = read_commit(root, "v1.2.3")
    assert (commit.root, commit.version) == (root, "1.2.3")
    assert re.fullmatch("[0-9a-f]{40}", commit.commit_id)
    assert isinstance(commit, Commit)


def test_a_changed_file_is_named(root: Path) -> None:
    (root / "CHANGELOG.md").write_text(READY + "more\n", encoding="utf-8")
    assert "differs from the last commit: CHANGELOG.md. Commit, stash or remove" in refusal(root)


def test_an_untracked_file_is_named(root: Path) -> None:
    for name in ("a", "b", "c"):
        (root / name).touch()
    assert "differs from the last commit: a and 2 more. Commit" in refusal(root)


def test_another_tag_is_refused(root: Path) -> None:
    assert refusal(root, "v1.2.4") == f"The tag is v1.2.4, and __version__ in {INIT} is 1.2.3. Tag the commit v1.2.3."
    assert "Tag the commit v1.2.3." in refusal(root, "1.2.3")


@pytest.mark.parametrize("version", ["1.2", "1.2.3.dev0", "next"])
def test_a_version_is_three_numbers(root: Path, version: str) -> None:
    (root / INIT).write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    git(root, "commit", "--quiet", "--all", "--message", "b")
    assert refusal(root) == f"__version__ in {INIT} must be three numbers, such as 0.2.0"


def test_a_machine_without_git_is_told_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    assert refusal(root) == "git was not found. Install it, so that it is on PATH."


CHANGELOGS = {
    "no entry": "# Changelog\n\n## Unreleased\n\n- It works.\n",
    "another version": READY.replace("1.2.3", "1.2.30"),
    "a version that only looks alike": READY.replace("1.2.3", "1x2x3"),
    "no date": READY.replace(" (2026-11-30)", ""),
    "an empty entry": "# Changelog\n\n## 1.2.3 (2026-11-30)\n\n## 1.2.2 (2026-11-01)\n\n- It worked.\n",
    "nothing below": "# Changelog\n\n## 1.2.3 (2026-11-30)\n",
}


@pytest.mark.parametrize("changelog", CHANGELOGS)
def test_a_version_without_an_entry_is_refused(changelog: str) -> None:
    with pytest.raises(ReleaseError, match=r"CHANGELOG.md has no entry '## 1.2.3 \(YYYY-MM-DD\)' with text"):
        refuse_missing_entry(CHANGELOGS[changelog], "1.2.3")


def test_a_refused_release_leaves_dist_as_it_was(root: Path) -> None:
    (root / "dist").mkdir()
    (root / "dist/kept").touch()
    (root / ".git/info/exclude").write_text("dist/\n", encoding="utf-8")
    (root / "new").touch()
    done = subprocess.run([sys.executable, "-m", "release"], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "differs from the last commit: new." in done.stderr
    assert [path.name for path in (root / "dist").iterdir()] == ["kept"]
