"""dist/ holds a whole release, or what it held before."""

from collections.abc import Callable
from pathlib import Path

import pytest

from release import __main__ as program
from release.commit import Commit
from release.faults import ReleaseError


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "read_commit", lambda root, _: Commit(root, "a" * 40, 1, "1.2.3"))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/old.whl").write_bytes(b"old")
    return tmp_path / "dist"


def builds(*names: str, fault: BaseException | None = None) -> Callable[[Commit, Path], None]:
    """Return a build that writes files, and then fails if there is a ``fault``."""

    def build_release(_: Commit, folder: Path) -> None:
        (folder / "out").mkdir()
        for name in names:
            (folder / "out" / name).write_bytes(b"new")
        if fault:
            raise fault

    return build_release


def test_a_release_takes_the_place_of_the_last(
    dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "build_release", builds("b.zip", "a.whl"))
    assert program.main() == 0
    assert capsys.readouterr().out == "dist/a.whl\ndist/b.zip\n"
    assert sorted(path.name for path in dist.parent.rglob("*")) == ["a.whl", "b.zip", "dist"]


FAULTS = {
    ReleaseError("The licence is missing."): (2, "The licence is missing.\n"),
    OSError(28, "No space left on device"): (
        2,
        "No release was built, and dist/ is as it was: [Errno 28] No space left on device\n",
    ),
    KeyboardInterrupt(): (130, "Interrupted. No release was built, and dist/ is as it was.\n"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_build_that_fails_leaves_dist_as_it_was(
    dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: BaseException
) -> None:
    monkeypatch.setattr(program, "build_release", builds("half.whl", fault=fault))
    assert (program.main(), capsys.readouterr()) == (FAULTS[fault][0], ("", FAULTS[fault][1]))
    assert [path.name for path in dist.parent.rglob("*")] == ["dist", "old.whl"]


def test_a_copy_that_fails_leaves_nothing_half_done(
    dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build_release(_: Commit, folder: Path) -> None:
        (folder / "out").mkdir()
        (folder / "out/a.whl").write_bytes(b"new")
        (folder / "out/b.zip").symlink_to("missing")  # copying it fails, as on a full disk

    monkeypatch.setattr(program, "build_release", build_release)
    assert program.main() == 2
    told = capsys.readouterr()
    assert told.err.startswith("No release was built, and dist/ is as it was: ")
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert [path.name for path in dist.parent.rglob("*")] == ["dist", "old.whl"]
