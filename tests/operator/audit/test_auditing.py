"""The whole command on both local clouds: what was planted is what it says."""

import json
import time
from collections import Counter

from imagesearch_ingest.settings import Settings
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
    time.sleep(2.5)
    shop.upload(*waiting)

    found = shop.audit(grace="2s")

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
