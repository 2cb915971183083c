"""``index dump`` exports the index whole, or says why not and leaves nothing half-done."""

import gzip
import json
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import instance
from imagesearch_ops.errors import InputError
from imagesearch_ops.index import download, dump, tasks
from imagesearch_ops.index.dump import run_dump
from local_cloud.image_search import ImageSearchService
from tests.e2e.conftest import COMMAND, clean_environ, untraced, wait_until
from tests.local_cloud.image_search.api import Api, picture

IDS = [("1", "a.jpg"), ("1", 'b,"c".jpg'), ("\x1b[31m", "line\nbreak\u202e.jpg"), ("日本", "靴.jpg")]
# What the local service calls its instance's files; the real service names the bucket as it likes.
SIGNATURE = "Signature="


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, service: ImageSearchService) -> None:
    """Let tasks take a moment, and polls follow each other at once."""
    for module in (instance, tasks, download):
        monkeypatch.setattr(module, "SLOT_SECONDS", 0.02)
    service.change_tasks(seconds=0.05)
    service.change_rates(detail=1000, dump=1000, dump_list=1000)


@pytest.fixture
def filled(api: Api, service: ImageSearchService) -> ImageSearchService:
    for number, ids in enumerate(IDS):
        api.add(picture(corner=number), *ids, category_id=4, int_attr=number + 1, str_attr="red")
    return service


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def expected(ids=IDS) -> list[dict]:
    return [
        {
            "product_id": product_id,
            "pic_name": pic_name,
            "category_id": 4,
            "attributes": {"IntAttr": number, "StrAttr": "red"},
        }
        for number, (product_id, pic_name) in enumerate(ids, 1)
    ]


def calls(service: ImageSearchService, leg: str) -> int:
    return [call.leg for call in service.calls].count(leg)


@pytest.mark.parametrize("packing", ["none", "gzip", "zip"])
@pytest.mark.parametrize("form", ["json_lines", "json_array", "csv"])
def test_every_entry_is_written(environ, filled, capsys, tmp_path, form: str, packing: str) -> None:  # noqa: PLR0917
    filled.change_tasks(seconds=0.05, format=form, packing=packing)
    target = tmp_path / "entries.jsonl"
    assert run_dump(target, None, environ, as_json=True) == 0
    assert read(target) == expected()
    assert (tmp_path / "entries.jsonl.raw").stat().st_size > 50
    assert {path.name for path in tmp_path.iterdir()} == {"entries.jsonl", "entries.jsonl.raw"}
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert (summary["lines"], summary["recognised"], summary["total_before"], summary["total_after"]) == (4, 4, 4, 4)
    assert (summary["file"], summary["raw"]) == (str(target), f"{target}.raw")
    assert (summary["exit"], summary["error"]) == (0, None)


def test_a_person_is_told_what_happens(environ, filled, capsys, tmp_path) -> None:
    assert len(filled.entries()) == 4
    target = tmp_path / "entries.jsonl"
    run_dump(target, None, environ, as_json=False)
    out, err = capsys.readouterr()
    assert out == f"4 entries written to {target} (JSON lines)\n"
    _deployment, exporting, raw = err.splitlines()
    assert re.fullmatch(r"The instance exports its 4 entries \(task \d+\)\. This may take a while\.", exporting)
    assert raw == f"The dump as it came is in {target}.raw."


@pytest.mark.usefixtures("service")
def test_an_empty_index_is_an_empty_file(environ, capsys, tmp_path) -> None:
    assert run_dump(tmp_path / "none.jsonl", None, environ, as_json=False) == 0
    assert (tmp_path / "none.jsonl").read_bytes() == b""
    assert capsys.readouterr().out.startswith("0 entries written to ")


def test_another_dump_is_waited_for(environ, filled, api, capsys, tmp_path) -> None:
    filled.change_tasks(seconds=1)
    api.client.dump_meta_with_options(_dump_request(), api.runtime)
    filled.change_tasks(seconds=0.05)
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=False) == 0
    assert read(tmp_path / "entries.jsonl") == expected()
    waiting, exporting = capsys.readouterr().err.splitlines()[1:3]
    assert waiting == "Another task of the instance is running. Waiting for its end."
    assert exporting.startswith("The instance exports its 4 entries")


def _dump_request():
    from alibabacloud_imagesearch20201214.models import DumpMetaRequest  # noqa: PLC0415

    return DumpMetaRequest(instance_name="demo")


def test_a_task_among_many_is_found(environ, filled, api, tmp_path) -> None:
    filled.change_tasks(seconds=0)
    for _ in range(12):
        api.client.dump_meta_with_options(_dump_request(), api.runtime)
        time.sleep(0.05)
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=True) == 0
    assert read(tmp_path / "entries.jsonl") == expected()


def test_a_task_that_fails_is_named_with_its_code(environ, filled, tmp_path) -> None:
    filled.change_tasks(seconds=0.05, fail=True)
    with pytest.raises(IngestError, match=r"the export \d+ failed at the service: Console.InternalError, Scripted"):
        run_dump(tmp_path / "entries.jsonl", None, environ, as_json=False)
    assert [*tmp_path.iterdir()] == []


def test_a_service_that_is_busy_or_absent_for_a_moment_is_asked_again(environ, filled, tmp_path) -> None:
    for leg in ("detail", "dump", "dump_list"):
        filled.faults.add({"leg": leg, "kind": "error", "code": "DeniedRequest", "status": 400})
        filled.faults.add({"leg": leg, "kind": "reset"})
    filled.faults.add({"leg": "download", "kind": "reset"})
    filled.faults.add({"leg": "download", "kind": "html"})
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=True) == 0
    assert read(tmp_path / "entries.jsonl") == expected()


def test_a_url_that_has_expired_is_asked_for_again(environ, filled, tmp_path) -> None:
    filled.faults.add({"leg": "download", "kind": "error", "code": "AccessDenied", "status": 403, "times": 2})
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=True) == 0
    assert read(tmp_path / "entries.jsonl") == expected()
    assert calls(filled, "download") == 3


def test_a_url_that_never_works_ends_the_command(environ, filled, capsys, tmp_path) -> None:
    filled.faults.add({"leg": "download", "kind": "error", "code": "AccessDenied", "status": 403, "times": None})
    with pytest.raises(
        IngestError, match=r"refused the URL, which may have expired: status 403 \(AccessDenied\)"
    ) as error:
        run_dump(tmp_path / "entries.jsonl", None, environ, as_json=False)
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
    assert calls(filled, "download") == 5
    assert [*tmp_path.iterdir()] == []
    assert SIGNATURE not in str(error.value) + capsys.readouterr().err


def test_a_download_that_is_cut_is_completed(environ, filled, tmp_path) -> None:
    filled.faults.add({"leg": "download", "kind": "cut", "times": 3})
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=True) == 0
    assert read(tmp_path / "entries.jsonl") == expected()


def test_a_dump_that_is_not_understood_is_kept_and_described(environ, filled, monkeypatch, capsys, tmp_path) -> None:
    lines = b'{"itemId":"Secret-1","picList":["geheim.jpg"]}\n' * 4
    monkeypatch.setattr("local_cloud.image_search.dumps.render_file", lambda *_: lines)
    target = tmp_path / "entries.jsonl"
    target.write_text("of yesterday")
    assert run_dump(target, None, environ, as_json=True) == 1
    assert target.read_text() == "of yesterday"
    assert (tmp_path / "entries.jsonl.raw").read_bytes() == lines
    out, err = capsys.readouterr()
    summary = json.loads(out)["summary"]
    assert (summary["lines"], summary["recognised"], summary["file"], summary["exit"]) == (4, 0, None, 1)
    assert summary["error"]["reason"] == "dump_not_recognised"
    assert len(filled.entries()) == 4
    shown = err.splitlines()[2:]
    assert shown[0] == (f"only 0 of 4 lines of the dump (JSON lines) were recognised. {target} was not written.")
    assert shown[1:4] == ['  {"itemId":"xxxxxx-9","picList":["xxxxxx.xxx"]}'] * 3
    assert "Please report these lines" in shown[4]
    assert shown[5] == f"The dump as it came is in {target}.raw."


def test_a_dump_without_a_header_needs_names(environ, filled, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(
        "local_cloud.image_search.dumps.render_file", lambda *_: b"".join(b"%d,x,4,a.jpg\n" % n for n in range(4))
    )
    assert len(filled.entries()) == 4
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=True) == 1
    assert run_dump(tmp_path / "entries.jsonl", "product_id,_,category_id,pic_name", environ, as_json=True) == 0
    assert [(one["product_id"], one["pic_name"]) for one in read(tmp_path / "entries.jsonl")] == [
        (str(number), "a.jpg") for number in range(4)
    ]


def test_entries_that_are_added_meanwhile_are_allowed_for(environ, filled, api, tmp_path) -> None:
    filled.change_tasks(seconds=1)
    adding = threading.Timer(0.5, lambda: [api.add(picture(), "new", f"{n}.jpg") for n in range(3)])
    adding.start()
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=True) == 0
    adding.join()
    assert read(tmp_path / "entries.jsonl") == expected()


def test_half_of_the_entries_are_not_a_dump(environ, filled, monkeypatch, capsys, tmp_path) -> None:
    half = b'{"ProductId":"1","PicName":"a.jpg"}\n' * 2
    monkeypatch.setattr("local_cloud.image_search.dumps.render_file", lambda *_: gzip.compress(half))
    assert len(filled.entries()) == 4
    assert run_dump(tmp_path / "entries.jsonl", None, environ, as_json=False) == 1
    assert "has 2 lines, but the instance counted 4 entries" in capsys.readouterr().err
    assert not (tmp_path / "entries.jsonl").exists()


@pytest.mark.parametrize("place", ["/dev/null", "/no/such/folder/x.jsonl", "."])
def test_no_device_is_replaced_and_no_export_begun(environ, service, tmp_path, monkeypatch, place: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        run_dump(Path(place), None, environ, as_json=False)
    assert calls(service, "dump") == 0


def test_wrong_columns_begin_no_export(environ, service, tmp_path) -> None:
    with pytest.raises(InputError, match="'nonsense' is not a field"):
        run_dump(tmp_path / "entries.jsonl", "nonsense", environ, as_json=False)
    assert calls(service, "dump") == 0


def test_a_full_disk_is_named_and_leaves_nothing(environ, filled, api, tmp_path) -> None:
    api.add(picture(), "large", "a.jpg", custom_content="x" * 4000)
    assert len(filled.entries()) == 5
    limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", COMMAND]
    done = subprocess.run(  # noqa: S603 - our own command
        [*limited, "index", "dump", str(tmp_path / "entries.jsonl")],
        # Or else it would cut files of Python and of coverage.
        env=untraced(clean_environ(**environ, PYTHONDONTWRITEBYTECODE="1")),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "Nothing was written.\n")
    assert done.stderr.splitlines()[-1] == f"imagesearch-ingest: {tmp_path}/entries.jsonl.raw: File too large"
    assert [*tmp_path.iterdir()] == []


def test_ctrl_c_while_the_service_exports_leaves_nothing(environ, filled, tmp_path) -> None:
    filled.change_tasks(seconds=60)
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "index", "dump", str(tmp_path / "entries.jsonl"), "--json"],
        env=clean_environ(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            wait_until(lambda: calls(filled, "dump_list") > 0)
        finally:
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out)["summary"]["error"]["reason"] == "interrupted"
    assert [*tmp_path.iterdir()] == []


def test_ctrl_c_while_lines_are_read_keeps_the_raw_file(environ, filled, monkeypatch, capsys, tmp_path) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise SystemExit(130)

    assert len(filled.entries()) == 4
    monkeypatch.setattr(dump, "normalise", interrupt)
    with pytest.raises(SystemExit):
        run_dump(tmp_path / "entries.jsonl", None, environ, as_json=False)
    assert [path.name for path in tmp_path.iterdir()] == ["entries.jsonl.raw"]
    assert capsys.readouterr().err.splitlines()[-1] == f"The dump as it came is in {tmp_path}/entries.jsonl.raw."
