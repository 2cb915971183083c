"""A sample asks the index about some keys, and tells the share that is missing with its interval."""

import hashlib
import json
import random
import signal
import subprocess
import time
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from imagesearch_ops import instance
from imagesearch_ops.audit.auditing import run_audit
from imagesearch_ops.audit.difference import Symbol
from imagesearch_ops.audit.sample_counts import SampleCounts, describe_sample
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.errors import InputError
from tests.e2e.conftest import COMMAND, clean_environ
from tests.operator.explain.conftest import World, alibaba_cloud, aws_cloud, on_alibaba, on_aws, world
from tests.support.pictures import jpeg

__all__ = ["alibaba_cloud", "aws_cloud", "on_alibaba", "on_aws", "world"]


@pytest.fixture(autouse=True)
def quick(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "SLOT_SECONDS", 0.02)
    world.cloud.image_search.change_rates(detail=1000)
    world.cloud.image_search.change_instance(qps=1000)


def audit(world: World, size: int, tmp_path, **options: Any) -> tuple[int, list[dict], dict, str]:
    """Return the exit code, the lines, the summary and what a person was told."""
    world.capsys.readouterr()
    environ = world.environ() | {"XDG_STATE_HOME": str(tmp_path)}
    url = world.url(f"p{world.number}/")
    code = run_audit(Wanted(url, sample=size, **{"grace": "0", **options}), environ, as_json=True)
    shown = world.capsys.readouterr()
    *lines, last = map(json.loads, shown.out.splitlines())
    return code, lines, last["summary"], shown.err


def fill(world: World, *, indexed: int, missing: int) -> None:
    data = jpeg()
    for number in range(indexed + missing):
        key = world.upload(world.key(f"{number:02}.jpg"), data)
        if number < indexed:
            world.index(key, data=data)


def test_a_sample_of_all_keys_counts_each_class(world: World, tmp_path) -> None:
    fill(world, indexed=6, missing=3)
    rejected = world.upload(world.key("bad.jpg"), b"no picture")
    world.upload(world.key("folder/"), b"")
    preparation = Settings.from_env(world.environ()).preparation_fingerprint()
    world.put_letter(rejected, etag=_md5(b"no picture"), preparation=preparation, code="not_an_image")
    code, lines, summary, _ = audit(world, 100, tmp_path)
    assert code == 4
    names = ("listed", "not_ours", "sampled", "same", "missing", "known_rejected", "waiting", "errors")
    assert [summary[name] for name in names] == [11, 1, 10, 6, 3, 1, 0, 0]
    assert summary["missing_share"] == {"estimate": 0.3, "low": 0.3, "high": 0.3}
    assert summary["drift"] is True
    assert [summary[name] for name in ("indexed", "orphaned", "foreign", "dump_complete")] == [None] * 4
    assert (summary["listing_complete"], summary["error"]) == (True, None)
    assert [(line["class"], line["key"]) for line in lines] == [
        *(("+", world.key(f"0{number}.jpg")) for number in (6, 7, 8)),
        ("x", rejected),
    ]
    assert lines[3]["why"].startswith("not_an_image: cut short (dead letter of ")


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_nothing_missing_is_no_drift(world: World, tmp_path) -> None:
    fill(world, indexed=5, missing=0)
    code, lines, summary, _ = audit(world, 3, tmp_path)
    assert (code, lines) == (0, [])
    assert (summary["listed"], summary["sampled"], summary["same"], summary["drift"]) == (5, 3, 3, False)
    assert summary["missing_share"]["low"] == 0
    assert summary["missing_share"]["high"] > 0.5


def test_the_same_keys_have_the_same_sample(world: World, tmp_path) -> None:
    fill(world, indexed=0, missing=20)
    chosen = [{line["key"] for line in audit(world, 5, tmp_path)[1]} for _ in range(2)]
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 5


def test_young_objects_wait(world: World, tmp_path) -> None:
    fill(world, indexed=1, missing=2)
    code, lines, summary, _ = audit(world, 10, tmp_path, grace="1h")
    assert (code, summary["waiting"], summary["missing"]) == (0, 2, 0)
    assert {line["why"] for line in lines} == {"younger than the grace"}


def test_a_bucket_without_pictures_is_an_error(world: World, tmp_path) -> None:
    code, _, summary, told = audit(world, 10, tmp_path)
    assert (code, summary["error"]["reason"], summary["drift"]) == (1, "nothing_compared", None)
    assert f"Nothing was asked: {world.url(f'p{world.number}/')} holds no objects." in told
    world.upload(world.key("folder/"), b"")
    assert audit(world, 10, tmp_path)[2]["error"]["message"].endswith("holds no object that the rule takes, of 1.")


def test_a_question_that_is_not_answered_is_undecided(world: World, tmp_path) -> None:
    fill(world, indexed=3, missing=0)
    fault = {"leg": "exists", "kind": "error", "code": "Whatever", "status": 500, "times": None}
    world.cloud.image_search.faults.add(fault)
    code, lines, summary, _ = audit(world, 10, tmp_path)
    assert (code, summary["errors"], summary["same"], summary["drift"]) == (1, 3, 0, None)
    assert summary["missing_share"] == {"estimate": None, "low": None, "high": None}
    assert {line["why"].partition(":")[0] for line in lines} == {"service_code_unknown"}


def test_an_index_that_does_not_answer_ends_the_command(world: World, tmp_path) -> None:
    fill(world, indexed=10, missing=0)
    world.cloud.image_search.faults.add({"leg": "exists", "kind": "reset", "times": None})
    with pytest.raises(IngestError) as error:
        audit(world, 10, tmp_path)
    assert error.value.reason is Reason.NETWORK


def test_an_access_key_that_is_refused_ends_the_command(world: World, tmp_path) -> None:
    fill(world, indexed=1, missing=0)
    environ = world.environ(ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong") | {"XDG_STATE_HOME": str(tmp_path)}
    with pytest.raises(IngestError) as error:
        run_audit(Wanted(world.url(""), sample=10), environ, as_json=True)
    assert error.value.reason is Reason.CREDENTIALS


def test_a_person_is_told_the_share_and_what_a_sample_cannot_see(world: World, tmp_path) -> None:
    fill(world, indexed=2, missing=2)
    world.capsys.readouterr()
    environ = world.environ() | {"XDG_STATE_HOME": str(tmp_path)}
    page = tmp_path / "page.html"
    url = world.url(f"p{world.number}/")
    assert run_audit(Wanted(url, sample=100, grace="0", html=page), environ, as_json=False) == 4
    out, err = world.capsys.readouterr()
    assert out.startswith(f"+ {world.key('02.jpg')}\n+ {world.key('03.jpg')}\n\n")
    assert "The index was asked about 4 of the 4 keys that the rule takes: 50.0 % are missing.\n" in err
    assert "A sample shows no orphaned and no foreign entries. Leave --sample out to see them.\n" in err
    assert out.splitlines()[-1].startswith("4 listed, unknown indexed, 2 missing, unknown orphaned: drift. Run: ")
    assert "<b>unknown</b><code>-</code> orphaned" in page.read_text()


@pytest.mark.parametrize(("options", "fault"), [({"size": 100_001}, "--sample 100001: at most 100000")])
def test_a_sample_that_memory_should_not_hold_is_refused(world: World, tmp_path, options: dict, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        audit(world, options["size"], tmp_path)


def test_the_interval_holds_in_95_of_100_samples() -> None:
    rng, population, missing = random.Random(7), 5000, 150
    held = 0
    for _ in range(400):
        hits = sum(number < missing for number in rng.sample(range(population), 300))
        counts = SampleCounts(listed=population, sampled=300, is_complete=True)
        counts.classes[Symbol.MISSING] = hits
        share = counts.share
        held += share.low <= missing / population <= share.high
    assert held >= 380


def test_one_missing_of_300_is_drift() -> None:
    counts = SampleCounts(listed=5000, not_ours=100, sampled=300, is_complete=True)
    counts.classes[Symbol.MISSING] = 1
    assert counts.public()["drift"] is True
    assert describe_sample(counts)[0] == (
        "The index was asked about 300 of the 4,900 keys that the rule takes: "
        "0.3 % are missing (0.0 % to 2.1 %: 1 to 105 objects, in 95 of 100 samples)."
    )


def test_a_part_of_a_sample_proves_nothing() -> None:
    counts = SampleCounts(listed=5000, sampled=100)
    assert counts.public()["drift"] is None
    assert counts.public()["missing_share"] == {"estimate": None, "low": None, "high": None}
    assert describe_sample(counts) == ["The share of missing objects is unknown."]


def test_ctrl_c_waits_for_no_slot_and_claims_nothing(world: World, tmp_path) -> None:
    fill(world, indexed=1, missing=14)
    world.cloud.image_search.change_instance(qps=1)
    url = world.url(f"p{world.number}/")
    words = ["audit", url, "--sample", "15", "--grace", "0", "--json", "--stats", "0.5"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, *words],
        env=clean_environ(**world.environ(), XDG_STATE_HOME=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert any(line.startswith("asking the index: ") for line in process.stderr)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        summary = json.loads(process.communicate(timeout=60)[0].splitlines()[-1])["summary"]
    assert process.returncode == 130
    assert time.monotonic() - began < 6  # 13 slots were still to come
    assert (summary["listed"], summary["drift"], summary["missing_share"]["low"]) == (15, None, None)
    assert summary["error"]["reason"] == "interrupted"
