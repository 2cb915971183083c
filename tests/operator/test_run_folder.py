"""The folder of a run: found again, locked, and never mixed up with another's."""

import json
from pathlib import Path

import pytest

from imagesearch_ops.errors import InputError
from imagesearch_ops.run_folder import find_run, open_new_run, resume_run, write_whole

ABOUT = {"url": "s3://shop", "run": "r1"}


def make_run(path: Path) -> Path:
    with open_new_run(path, ABOUT):
        pass
    return path


def test_a_run_is_found_by_its_folder_its_name_or_its_name_in_another_folder(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    named = make_run(tmp_path / "state" / "imagesearch-ingest" / "r1")
    elsewhere = make_run(tmp_path / "elsewhere" / "r1")
    assert find_run(str(named), None, environ) == named
    assert find_run("r1", None, environ) == named
    assert find_run("r1", tmp_path / "elsewhere", {"HOME": str(tmp_path)}) == elsewhere
    assert find_run("r1", elsewhere, {"HOME": str(tmp_path)}) == elsewhere
    with pytest.raises(InputError, match="there is no run r2: no "):
        find_run("r2", elsewhere, {"HOME": str(tmp_path)})


def test_each_place_in_which_a_run_was_looked_for_is_named_once(tmp_path: Path) -> None:
    missing = str(tmp_path / "gone")
    with pytest.raises(InputError, match="there is no run") as error:
        find_run(missing, None, {"HOME": str(tmp_path)})
    assert str(error.value) == f"there is no run {missing}: no run.json in {missing}"


def test_a_file_for_which_the_disk_is_full_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    monkeypatch.setattr("imagesearch_ops.run_folder.replacing", lambda _: open("/dev/full", "wb", buffering=0))  # noqa: PTH123, SIM115
    with pytest.raises(OSError, match="No space left on device") as error:
        write_whole(path, b"page")
    assert error.value.filename == str(path)


def test_what_differs_is_named(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    with (
        pytest.raises(InputError, match='url was "s3://shop", not "s3://other"; rule was null, not "x"'),
        resume_run(path, {"url": "s3://other", "rule": "x", "run": "r1"}),
    ):
        pass


def test_a_run_in_use_is_refused(tmp_path: Path) -> None:
    with (
        open_new_run(tmp_path, ABOUT),
        pytest.raises(InputError, match="is in use by another command"),
        resume_run(tmp_path, ABOUT),
    ):
        pass


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 100_000])
def test_a_broken_run_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "run.json").write_bytes(data)
    with pytest.raises(InputError, match=r"run.json is not a run's"), resume_run(tmp_path, ABOUT):
        pass


def test_what_was_known_stays_known(tmp_path: Path) -> None:
    with open_new_run(tmp_path, ABOUT) as folder:
        folder.save(last_key="a", complete=True)
    with resume_run(tmp_path, {"url": "s3://shop"}) as folder:
        assert folder.about["last_key"] == "a"
        assert json.loads((tmp_path / "run.json").read_text())["complete"] is False


def test_a_discarded_run_leaves_only_what_was_there(tmp_path: Path) -> None:
    with open_new_run(tmp_path / "mine", ABOUT) as folder:
        (tmp_path / "mine" / "list.bin").touch()
        folder.append("lines.jsonl", {"a": 1})
        folder.discard("list.bin")
    assert not (tmp_path / "mine").exists()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "notes.txt").touch()
    with open_new_run(tmp_path / "theirs", ABOUT) as folder:
        folder.discard()
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["notes.txt"]
