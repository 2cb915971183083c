"""The whole command on both local clouds: what was planted is what it says."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit.auditing import run_audit
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.buckets.listing import CloudBucket
from imagesearch_ops.buckets.port import ListedObject
from tests.operator.audit.conftest import Audited, Shop


def test_what_was_planted_is_found_and_nothing_else(shop: Shop) -> None:
    """400 objects: 3 % known rejected, 20 missing, 10 waiting. 15 entries are orphaned, and 5 foreign."""
    keys = [f"shoes/{n % 40}/{n}.jpg" for n in range(400)]
    rejected, missing, waiting = keys[:12], keys[12:32], keys[32:42]
    shop.upload(*rejected, *missing)
    shop.fill(*keys[42:])
    orphaned = [f"shoes/9/gone-{n}.jpg" for n in range(15)]
    foreign = [("by-hand", f"{n}.jpg") for n in range(5)]
    shop.add_entries(*(("9", key) for key in orphaned), *foreign)
    shop.put_letters(rejected)
    time.sleep(8)
    began = time.time()
    shop.upload(*waiting)

    found = shop.audit(grace=f"{time.time() - began + 5:.0f}s")  # between those that wait and all others

    assert found.keys("x") == sorted(rejected)
    assert found.keys("+") == sorted(missing)
    assert found.keys("~") == sorted(waiting)
    assert found.keys("-") == sorted(orphaned)
    assert found.keys("?") == sorted(name for _, name in foreign)
    assert Counter(line["class"] for line in found.lines) == {"x": 12, "+": 20, "~": 10, "-": 15, "?": 5}
    assert found.counts("listed", "indexed", "same", "missing", "orphaned") == (400, 378, 358, 20, 15)
    assert found.counts("known_rejected", "waiting", "not_ours", "foreign", "errors") == (12, 10, 0, 5, 0)
    assert found.counts("listing_complete", "dump_complete", "index_total", "drift") == (True, True, 378, True)
    assert found.code == 4


def test_without_differences_there_is_no_drift(shop: Shop) -> None:
    shop.fill("shoes/1/a.jpg", "shoes/1/b.jpg")
    found = shop.audit()
    assert (found.code, found.lines) == (0, [])
    assert found.counts("listed", "indexed", "same", "drift", "errors", "changed", "repeated") == (
        2,
        2,
        2,
        False,
        0,
        0,
        0,
    )


def test_hostile_keys_keep_their_names(shop: Shop) -> None:
    """The local S3 and OSS take no line break in a key, but the index does."""
    names = ["+", "%41", "blank ", "a&b<c>", "\u202egpj.exe", "é", "日本"]
    same, missing = ([f"a/{kind}-{name}.jpg" for name in names] for kind in ("same", "missing"))
    gone = [f"a/gone-{name}.jpg" for name in names]
    foreign = ["new\nline", "tab\t"]
    shop.fill(*same)
    shop.upload(*missing)
    shop.add_entries(*(("a", key) for key in gone), *(("by hand", name) for name in foreign))
    combined = shop.folder / "all.txt"
    found = shop.audit(combined=combined)
    assert sorted(found.keys("+")) == sorted(missing)
    assert sorted(found.keys("-")) == sorted(gone)
    assert sorted(found.keys("?")) == foreign
    lines = combined.read_text(encoding="utf-8").split("\n")
    assert lines[-3:] == ["? by hand\tnew\\nline", "? by hand\ttab\\t", ""]
    assert Counter(line[:2] for line in lines[:-3]) == {"= ": 7, "+ ": 7, "- ": 7}
    assert [line[2:] for line in lines[:-3]] == sorted(line[2:] for line in lines[:-3])


def test_a_prefix_alone_is_compared(shop: Shop) -> None:
    shop.fill("in/a/1.jpg", "out/a/1.jpg")
    shop.upload("in/a/2.jpg", "out/a/2.jpg")
    shop.add_entries(("a", "in/a/3.jpg"), ("a", "out/a/3.jpg"))
    found = shop.audit(url=f"{shop.url}/in/")
    assert {line["key"]: line["class"] for line in found.lines} == {"in/a/2.jpg": "+", "in/a/3.jpg": "-"}
    assert found.counts("listed", "indexed", "same", "index_total") == (2, 2, 1, 4)


def test_the_prefix_of_the_deployment_is_the_default(shop: Shop) -> None:
    shop.fill("in/a/1.jpg")
    shop.upload("out/a/2.jpg")
    found = shop.audit(settings={"INGEST_KEY_PREFIX": "in/"})
    assert (found.code, found.counts("listed", "same")) == (0, (1, 1))


def test_the_run_remembers_what_a_reconcile_needs(shop: Shop) -> None:
    shop.fill("a/1.jpg")
    shop.upload("a/2.jpg")
    before = time.time()
    found = shop.audit(state=shop.folder / "run")
    about = json.loads((shop.folder / "run/run.json").read_text())
    settings = Settings.from_env(shop.environ())
    assert about["url"] == f"{shop.url}/"
    assert {name: about[name] for name in ("command", "instance", "complete")} == {
        "command": "audit",
        "instance": "demo",
        "complete": True,
    }
    assert about["rule_fingerprint"] == settings.rule_fingerprint()
    assert about["preparation"] == settings.preparation_fingerprint()
    assert before <= about["taken_at"] <= time.time()
    assert about["counts"] == {name: found.summary[name] for name in about["counts"]}
    lines = (shop.folder / "run/differences.jsonl").read_text().splitlines()
    assert list(map(json.loads, lines)) == found.lines
    assert sorted(path.name for path in (shop.folder / "run").iterdir()) == ["differences.jsonl", "lock", "run.json"]


class TestNothingIsConcluded:
    """Each ends with 1 and one line. No class is printed, and the run is not complete."""

    def check(self, shop: Shop, found: Audited, words: str) -> None:
        assert (found.code, found.lines, found.summary["drift"], found.summary["missing"]) == (1, [], None, None)
        assert words in found.summary["error"]["message"]
        (about,) = (shop.folder / "state").rglob("run.json")
        assert json.loads(about.read_text())["complete"] is False
        assert not list(about.parent.glob("sorting-*"))

    def test_from_an_empty_bucket(self, shop: Shop) -> None:
        shop.add_entries(("a", "a/1.jpg"))
        self.check(shop, shop.audit(), "holds no objects. Check the URL.")

    def test_from_an_empty_index(self, shop: Shop) -> None:
        shop.upload("a/1.jpg")
        self.check(shop, shop.audit(), "the index has no entries. Add the pictures of")

    def test_from_a_rule_that_takes_no_key(self, shop: Shop) -> None:
        shop.fill("a/1.jpg")
        self.check(shop, shop.audit(settings={"INGEST_EXCLUDE": "*.jpg"}), "the rule takes none of the 1 objects")

    def test_from_an_empty_dump(self, shop: Shop) -> None:
        shop.fill("a/1.jpg")
        (shop.folder / "dump").write_text("")
        self.check(shop, shop.audit(dump=shop.folder / "dump"), "The dump is empty, but the instance counted 1 entry.")

    def test_from_a_dump_that_is_twice_as_long_as_the_index(self, shop: Shop) -> None:
        shop.fill(*(f"a/{n}.jpg" for n in range(30)))
        names = [f"a/{n}.jpg" for n in range(60)]
        (shop.folder / "dump").write_text("".join(f'{{"product_id": "a", "pic_name": "{name}"}}\n' for name in names))
        self.check(shop, shop.audit(dump=shop.folder / "dump"), "The dump has 60 entries, but the instance counted 30")

    def test_from_a_dump_that_repeats_entries_in_place_of_others(self, shop: Shop) -> None:
        shop.fill(*(f"a/{n}.jpg" for n in range(30)))
        names = [f"a/{n}.jpg" for n in range(15)] * 2
        (shop.folder / "dump").write_text("".join(f'{{"product_id": "a", "pic_name": "{name}"}}\n' for name in names))
        self.check(shop, shop.audit(dump=shop.folder / "dump"), "The dump repeats 15 of its 30 entries")


def test_keys_from_a_file_are_all_that_is_compared(on_aws: Shop) -> None:
    """Lines name no ETag and no time: the bucket is asked. Two name the same key."""
    on_aws.fill("a/1.jpg", "a/2.jpg")
    on_aws.upload("a/bad.jpg", "a/missing.jpg", "a/not-named.jpg")
    on_aws.put_letters(["a/bad.jpg"])
    on_aws.add_entries(("a", "a/gone.jpg"))
    keys = on_aws.folder / "keys.txt"
    keys.write_text("a/1.jpg\na/bad.jpg\na/missing.jpg\na/1.jpg\n")
    time.sleep(1.1)  # the local S3 tells whole seconds
    found = on_aws.audit(keys_from=str(keys))
    classes = {line["key"]: (line["class"], line["why"]) for line in found.lines}
    assert {key: symbol for key, (symbol, _) in classes.items()} == {
        "a/bad.jpg": "x",
        "a/missing.jpg": "+",
        "a/gone.jpg": "-",
        "a/2.jpg": "~",
    }
    assert classes["a/2.jpg"][1] == "the object exists, but was not among the keys that were given"
    assert found.counts("listed", "same", "repeated", "changed", "listing_complete") == (3, 1, 1, 1, False)
    assert "1 keys came more than once; each counts once." in found.messages


def test_a_listing_that_fails_half_way_concludes_nothing(on_aws: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws.fill("a/1.jpg", "a/2.jpg")

    def fail(*_: object) -> Iterator[list[ListedObject]]:
        yield [ListedObject("a/1.jpg", 1, "e", "", 0.0)]
        raise IngestError(Reason.BUCKET_FORBIDDEN, "ListObjectsV2 failed: AccessDenied")

    monkeypatch.setattr(CloudBucket, "pages", fail)
    found = on_aws.audit()
    assert (found.code, found.lines, found.counts("drift", "listing_complete")) == (7, [], (None, False))
    assert found.summary["error"]["reason"] == "bucket_forbidden"


def test_a_listing_without_some_of_the_keys_is_found_out(on_aws: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends early, with status 200."""
    on_aws.fill(*(f"a/{n}.jpg" for n in range(9)))
    time.sleep(1.1)
    whole = CloudBucket.pages

    def cut(bucket: CloudBucket, prefix: str, after: str) -> Iterator[Sequence[ListedObject]]:
        for page in whole(bucket, prefix, after):
            yield page[:5]

    monkeypatch.setattr(CloudBucket, "pages", cut)
    found = on_aws.audit()
    assert [line["class"] for line in found.lines] == ["!"] * 4
    assert found.counts("orphaned", "undecided", "listing_complete", "drift") == (0, 4, False, False)
    assert found.code == 1


def test_an_index_that_cannot_be_asked_is_said(on_aws: Shop) -> None:
    on_aws.fill("a/1.jpg")
    dump, keys = on_aws.folder / "dump", on_aws.folder / "keys.txt"
    dump.write_text('{"product_id": "a", "pic_name": "a/1.jpg"}\n{"product_id": "a", "pic_name": "a/gone.jpg"}\n')
    keys.write_text("a/1.jpg\na/2.jpg\n")
    found = on_aws.audit(dump=dump, keys_from=str(keys), settings={"INGEST_HTTPS_PROXY": "http://127.0.0.1:9"})
    assert {line["key"]: line["class"] for line in found.lines} == {"a/2.jpg": "+", "a/gone.jpg": "-"}
    assert found.counts("index_total", "dump_complete", "drift") == (None, False, True)
    assert "The index cannot be asked, so no difference was looked at again." in found.messages
    assert found.code == 4


def test_a_sample_is_kept_as_a_run_of_another_kind(on_aws: Shop) -> None:
    """``reconcile`` must not act on it."""
    on_aws.upload("a/1.jpg", "a/2.jpg")
    found = on_aws.audit(sample=2, state=on_aws.folder / "run")
    about = json.loads((on_aws.folder / "run/run.json").read_text())
    assert (about["command"], about["complete"], about["counts"]["missing"]) == ("audit --sample", True, 2)
    assert (found.code, sorted(found.keys("+"))) == (4, ["a/1.jpg", "a/2.jpg"])


def test_a_person_sees_the_classes_and_what_to_do(on_aws: Shop) -> None:
    on_aws.fill("a/1.jpg")
    on_aws.upload("a/\u202egpj.exe")
    page = on_aws.folder / "audit.html"
    on_aws.capsys.readouterr()
    code = run_audit(Wanted(grace="0", html=page), on_aws.environ(), as_json=False)
    lines = on_aws.capsys.readouterr().out.splitlines()
    assert (code, lines[0]) == (4, "+ a/\\u202egpj.exe")
    assert "+      1  missing  in the bucket, not in the index, and no reason is known" in lines
    assert lines[-1].startswith("2 listed, 1 indexed, 1 missing, 0 orphaned: drift. Run: ")
    assert "The index and the bucket differ." in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"url": "s3://other"}, "INGEST_BUCKET is pictures: the function skips every object of other."),
        ({"url": "oss://pictures"}, "oss://pictures: this shell's settings is on AWS. Write s3://bucket"),
        ({"url": "pictures"}, "pictures: name a bucket, s3://bucket or oss://bucket."),
        ({"url": ""}, "(nothing): name a bucket"),
        ({"grace": "soon"}, "--grace soon: not a duration."),
        ({"combined": Path("-")}, "--combined -: name a file."),
        ({"combined": Path("/gone/all.txt")}, "/gone/all.txt: the folder /gone does not exist"),
        ({"html": Path("page.txt")}, "its name must end in .html"),
        ({"sample": 5, "dump": Path("x")}, "--sample and --dump contradict each other"),
        ({"sample": 5, "combined": Path("x")}, "--sample and --combined contradict each other"),
        ({"dump": Path("/gone")}, "--dump /gone: no such file"),
        ({"known": (Path("/gone"),)}, "/gone"),
        ({"keys_from": "/gone"}, "/gone"),
    ],
)
def test_a_wrong_option_gets_one_line(on_aws: Shop, wanted: dict[str, Any], words: str) -> None:
    found = on_aws.audit(**wanted)
    assert (found.code, found.lines, found.summary["error"]["reason"]) == (2, [], "usage")
    assert words in found.summary["error"]["message"]
    assert "\n" not in found.summary["error"]["message"]


def test_without_a_bucket_one_must_be_named(on_aws: Shop) -> None:
    found = on_aws.audit(settings={"INGEST_BUCKET": ""})
    assert found.code == 2
    assert "INGEST_BUCKET is not set. Set it, or audit by URL: audit s3://bucket" in found.summary["error"]["message"]


def test_a_file_of_letters_that_is_missing_is_told_before_the_index_is_exported(on_aws: Shop) -> None:
    on_aws.fill("a/1.jpg")
    found = on_aws.audit(known=(on_aws.folder / "none.jsonl",))
    assert "none.jsonl: no such file" in found.messages
    assert "exports" not in found.messages


def test_orphans_that_may_be_another_deployments_are_no_drift(shop: Shop) -> None:
    shop.fill("outlet/1.jpg")
    shop.add_entries(("cups", "cups/1.jpg"), ("by-hand", "made"))
    found = shop.audit(settings={"INGEST_RATE_SHARE_PERCENT": "33"})
    assert (found.code, found.counts("orphaned", "foreign", "drift", "shared")) == (0, (1, 1, False, True))
    assert "What is orphaned is no drift: other deployments share the instance" in found.messages
    assert "Set INGEST_INCLUDE" in found.messages
    told = shop.audit(settings={"INGEST_RATE_SHARE_PERCENT": "33", "INGEST_INCLUDE": "outlet/"})
    assert told.counts("orphaned", "foreign", "drift") == (0, 2, False)
    assert "What is orphaned" not in told.messages
