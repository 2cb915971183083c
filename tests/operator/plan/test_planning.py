"""A plan of a folder, from its listing to its summary, within this process."""

import json
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.image_workers import Previews
from imagesearch_ops.plan.pictures import Looked
from imagesearch_ops.plan.planning import run_plan, stop_at_faults
from imagesearch_ops.plan.wanted import Wanted
from tests.support.pictures import encode, jpeg, scene

FIELDS = [  # as specified
    *("key", "bytes", "etag", "outcome", "reason", "detail", "product_id", "pic_name"),
    *("format", "width", "height", "bytes_out", "steps", "ms"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "shop/1.jpg": jpeg(),
        "shop/2.png": encode(scene(), "PNG"),
        "shop/3.jpg": encode(scene(5000, 300), "JPEG"),
        "shop/4.jpg": b"only text",
        "shop/5.png": encode(scene(20, 20), "PNG"),
        "shop/6.gif": encode(scene(), "GIF"),
        "Thumbs.db": b"x",
        "x" * 120 + "/" + "y" * 150 + ".jpg": jpeg(),
    }
    for key, data in files.items():
        path = tmp_path / "in" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "in"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "INGEST_EXCLUDE": "*.gif"}


def plan(capsys: pytest.CaptureFixture[str], wanted: Wanted, environ: dict[str, str]) -> list[dict[str, Any]]:
    run_plan(wanted, environ, as_json=True)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_number_adds_up(folder: Path, environ: dict[str, str], capsys) -> None:
    *lines, last = plan(capsys, Wanted(str(folder), every=True), environ)
    summary = last["summary"]
    assert {name: summary[name] for name in ("listed", "eligible", "skipped", "rejected_by_key", "sampled")} == {
        "listed": 8,
        "eligible": 5,
        "skipped": {"excluded": 1, "never_a_picture": 1},
        "rejected_by_key": {"key_too_long": 1},
        "sampled": 5,
    }
    assert summary["listed_bytes"] == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert (summary["would_add"], summary["would_reject"]) == (3, {"image_too_small": 1, "not_an_image": 1})
    assert summary["would_reject_share"] == {"estimate": 0.4, "low": 0.4, "high": 0.4}
    assert summary["changed_share"] == 0.333333  # only the long one is scaled
    assert summary["bytes_out_estimate"] == sum(line["bytes_out"] or 0 for line in lines)
    assert (summary["capacity_left"], summary["expires"], summary["cost"]["usd"]) == (None, None, None)
    assert (summary["exit"], summary["error"], summary["v"]) == (0, None, 1)


def test_an_object_line_says_what_would_become_of_it(folder: Path, environ: dict[str, str], capsys) -> None:
    *lines, _ = plan(capsys, Wanted(str(folder), every=True), environ)
    by_key = {line["key"]: line for line in lines}
    assert all(list(line) == FIELDS for line in lines)
    good, bad = by_key["shop/1.jpg"], by_key["shop/5.png"]
    assert (good["outcome"], good["reason"], good["product_id"], good["pic_name"]) == (
        "would_add",
        None,
        "shop",
        "shop/1.jpg",
    )
    assert (good["format"], good["width"], good["height"], good["steps"]) == ("JPEG", 320, 200, [])
    assert (bad["outcome"], bad["reason"], bad["format"]) == ("would_reject", "image_too_small", None)
    assert bad["detail"] == "20x20 pixels; both sides must be at least 100"
    assert by_key["shop/3.jpg"]["width"] == 4096


def test_the_settings_of_the_shell_are_obeyed(folder: Path, environ: dict[str, str], capsys) -> None:
    settings = {
        "INGEST_SMALL_PICTURES": "pad",
        "INGEST_KEY_TEMPLATE": "shop/{product_id}.{_}",
        "INGEST_ADDS_PER_SECOND": "1",
    }
    settings["INGEST_MAX_SOURCE_MEGABYTES"] = "0.002"
    *lines, last = plan(capsys, Wanted(str(folder), every=True), environ | settings)
    by_key = {line["key"]: line for line in lines}
    assert by_key["shop/5.png"]["outcome"] == "would_add"
    assert by_key["shop/1.jpg"]["product_id"] == "1"
    assert by_key["shop/3.jpg"]["reason"] == "object_too_large"
    assert last["summary"]["rejected_by_key"] == {"key_too_long": 1}
    assert last["summary"]["adds_per_second"] == 1


def test_the_share_of_the_rate_decides_how_long_it_takes(folder: Path, environ: dict[str, str], capsys) -> None:
    share = environ | {"INGEST_ADDS_PER_SECOND": "2", "INGEST_RATE_SHARE_PERCENT": "25"}
    run_plan(Wanted(str(folder), keys_only=True), share, as_json=False)
    shown = capsys.readouterr()
    assert "5 adds at 0.5 a second (25% of 2)" in " ".join(shown.out.split())
    assert "no deployment: 0.5 adds/s (25% of 2), rule " in shown.err
    run_plan(Wanted(str(folder), keys_only=True, rate=3), share, as_json=False)
    assert "5 adds at 3 a second" in " ".join(capsys.readouterr().out.split())


def test_keys_alone_are_judged_without_reading(folder: Path, environ: dict[str, str], capsys) -> None:
    (last,) = plan(capsys, Wanted(str(folder), keys_only=True, rate=0.5), environ)
    summary = last["summary"]
    assert (summary["eligible"], summary["sampled"], summary["bytes_out_estimate"]) == (5, 0, None)
    assert summary["would_reject_share"] == {"estimate": None, "low": None, "high": None}
    assert summary["hours"] == 0.003  # five adds at one in two seconds


def test_a_price_has_its_date_and_source(folder: Path, environ: dict[str, str], capsys) -> None:
    summary = plan(capsys, Wanted(str(folder), prices="us-east-1"), environ)[-1]["summary"]
    assert summary["cost"]["usd"] is not None
    assert "list prices of us-east-1 as of 2026-03-14 (aws.amazon.com/s3/pricing" in summary["cost"]["basis"]


@pytest.mark.parametrize(
    ("files", "settings", "words"),
    [
        ([], {}, "holds no objects: there is nothing to add."),
        ([".hidden"], {}, "holds no objects: there is nothing to add."),
        (["a.jpg", "b.jpg"], {"INGEST_EXCLUDE": "*.jpg"}, "The rule takes none of the 2 objects in"),
        (["a.jpg"], {"INGEST_KEY_TEMPLATE": "x/{product_id}"}, "The rule takes none of the 1 objects in"),
    ],
)
def test_nothing_to_add_is_said(tmp_path: Path, capsys, files: list[str], settings: dict[str, str], words: str) -> None:
    (tmp_path / "in").mkdir()
    for name in files:
        (tmp_path / "in" / name).write_bytes(b"x")
    environ = {"XDG_STATE_HOME": str(tmp_path), **settings}
    assert run_plan(Wanted(str(tmp_path / "in")), environ, as_json=False) is ExitCode.INCOMPLETE
    assert words in capsys.readouterr().err


def test_the_summary_is_readable_at_80_columns(folder: Path, environ: dict[str, str], capsys, monkeypatch) -> None:
    monkeypatch.setattr("imagesearch_ops.output._columns", lambda: 80)
    monkeypatch.setattr("imagesearch_ops.output.is_data_shown", lambda: True)
    run_plan(Wanted(str(folder), every=True), environ, as_json=False)
    *shown, last = capsys.readouterr().out.rstrip().splitlines()
    assert max(map(len, shown)) <= 80
    text = " ".join(" ".join(shown).split())
    for words in (
        "8 objects",
        "5 that the rule takes, 2 skipped, 1 rejected by their keys",
        "40.0 % would be rejected",
    ):
        assert words in text
    assert last.startswith("8 listed, 5 taken by the rule, 40.0 % would be rejected")


def test_a_run_goes_on_only_as_it_was(folder: Path, environ: dict[str, str], tmp_path: Path, capsys) -> None:
    state = tmp_path / "run"
    plan(capsys, Wanted(str(folder), keys_only=True, state=state), environ)
    for wanted, settings, named in (
        (Wanted(str(folder), sample=7), {}, 'sample was "keys only", not 7'),
        (Wanted(str(folder / "shop"), keys_only=True), {}, f'url was "{folder}", not "{folder}/shop"'),
        (Wanted(str(folder), keys_only=True), {"INGEST_EXCLUDE": "*.jpg"}, 'exclude was ["*.gif"], not ["*.jpg"]'),
        (Wanted(str(folder), keys_only=True), {"INGEST_KEY_TEMPLATE": "{product_id}"}, 'rule was "default"'),
        (Wanted(str(folder), keys_only=True), {"INGEST_JPEG_QUALITY": "80"}, "preparation was"),
    ):
        with pytest.raises(InputError) as error:
            run_plan(wanted._replace(resume=str(state)), environ | settings, as_json=True)
        assert named in str(error.value)
        assert "\n" not in str(error.value)


def test_a_finished_run_says_the_same_again(folder: Path, environ: dict[str, str], tmp_path: Path, capsys) -> None:
    wanted = Wanted(str(folder), sample=3, state=tmp_path / "run")
    first = plan(capsys, wanted, environ)
    for path in folder.rglob("*.*"):
        path.write_bytes(b"")  # nothing is read again
    second = plan(capsys, wanted._replace(state=None, resume=str(tmp_path / "run")), environ)
    assert second[:-1] == first[:-1]
    assert second[-1]["summary"] | {"seconds": 0} == first[-1]["summary"] | {"seconds": 0}


def test_a_new_run_takes_no_folder_of_another(folder: Path, environ: dict[str, str], tmp_path: Path, capsys) -> None:
    wanted = Wanted(str(folder), keys_only=True, state=tmp_path / "run")
    plan(capsys, wanted, environ)
    with pytest.raises(InputError, match="already holds a run"):
        run_plan(wanted, environ, as_json=True)


def test_a_run_that_has_not_begun_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "caf\udce9.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="not UTF-8"):
        run_plan(Wanted(str(tmp_path / "in"), every=True, state=tmp_path / "run"), {}, as_json=True)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sample": 3, "every": True}, "--sample, --all and --keys-only contradict each other"),
        ({"keys_only": True, "every": True}, "--sample, --all and --keys-only contradict each other"),
        ({"sample": 100_001}, "--sample 100001: at most 100000. Use --all"),
        ({"rate": 0.0}, "--rate 0: must be above 0"),
        ({"rate": float("nan")}, "--rate nan: must be above 0"),
        ({"prices": "eu-west-1"}, "there are prices of us-east-1 only"),
        ({"prices": "us-east-1", "place": "oss://shop"}, "there are prices of AWS only"),
        ({"resume": "nowhere"}, "there is no run nowhere"),
        ({"html": Path("page")}, "--html names a page to write"),
    ],
)
def test_options_that_cannot_be_obeyed_are_refused(
    folder: Path, environ: dict[str, str], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as error:
        run_plan(Wanted(str(folder))._replace(**changes), environ, as_json=False)
    assert words in str(error.value)


def test_a_bucket_that_the_function_skips_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(InputError, match="INGEST_BUCKET is other: the function would skip every object of shop"):
        run_plan(Wanted("s3://shop"), environ | {"INGEST_BUCKET": "other", "AWS_REGION": "us-east-1"}, as_json=False)


def looked(n: int, reason: Reason | None = None) -> Looked:
    return Looked(n, {}, Previews(), IngestError(reason, f"fault {n}") if reason else None)


def test_a_fault_of_one_object_is_kept_beside_the_others() -> None:
    found = [
        looked(1, Reason.TIMEOUT),
        looked(2),
        looked(3, Reason.ACCESS_DENIED),
        looked(4),
        looked(5, Reason.TIMEOUT),
    ]
    assert [one.n for one in stop_at_faults(iter(found))] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("reason", "raised", "kept"),
    [
        (Reason.TIMEOUT, Reason.TIMEOUT, 1),
        (Reason.ACCESS_DENIED, Reason.BUCKET_FORBIDDEN, 1),
        (Reason.CREDENTIALS, Reason.CREDENTIALS, 1),
    ],
)
def test_an_outage_ends_the_plan_and_is_not_counted(reason: Reason, raised: Reason, kept: int) -> None:
    seen: list[int] = []
    found = [looked(0), *(looked(n, reason) for n in range(1, 15))]
    with pytest.raises(IngestError) as error:
        seen.extend(one.n for one in stop_at_faults(iter(found)))
    assert error.value.reason is raised
    assert len(seen) <= kept


def test_a_plan_in_which_nothing_could_be_read_is_no_plan() -> None:
    with pytest.raises(IngestError, match="no object can be read: fault 1"):
        list(stop_at_faults(iter([looked(1, Reason.ACCESS_DENIED)])))
