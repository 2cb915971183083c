"""The verdict agrees with what the deployed function has really done, whatever the key and the picture are."""

import pytest

from imagesearch_ops.dlq import reading
from imagesearch_ops.outcome_watcher import OutcomeWatcher
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.operator.explain.conftest import RATE, World
from tests.support.pictures import encode, jpeg, scene

SETTINGS = RATE | {"INGEST_EXCLUDE": "private/,*.tmp.jpg", "INGEST_DEFAULT_STR_ATTR_2": "shop"}
PICTURES = {
    "shoes/a b+c.jpg": jpeg(),
    "shoes/%41.jpg": jpeg(),
    "shoes/a%2Bb+c d.jpg": jpeg(),
    "shoes/blank at the end .jpg ": jpeg(),
    "ключ/鞋/e\u0301.jpg": jpeg(),
    "x\u202egpj.exe\x1b[31m.jpg": jpeg(),
    "a//b///c.jpg": jpeg(),
    "no-folder.png": encode(scene(300, 200), "PNG"),
    "large.jpg": encode(scene(5000, 3000)),
    "rotated.jpg": encode(scene(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    "animated.gif": encode(scene(), "GIF", save_all=True, append_images=[scene().rotate(90)]),
    "blank.png": encode(scene().resize((1, 1)).resize((300, 300)), "PNG"),
    "bad/text.jpg": b"only a text\n" * 50,
    "bad/empty.jpg": b"",
    "bad/cut.jpg": encode(scene(800, 600), quality=95)[:9000],
    "bad/small.png": encode(scene(60, 60), "PNG"),
    "bad/page.png": b"<!DOCTYPE html><html><body>404</body></html>",
    f"{'d' * 200}/{'n' * 60}.jpg": jpeg(),
    "private/x.jpg": jpeg(),
    "shoes/Thumbs.db": b"bytes",
    "folder/": b"",
    "y.TMP.jpg": jpeg(),
}
METADATA = {
    "attributes.jpg": {"imagesearch-category-id": "3", "imagesearch-str-attr": "=?UTF-8?B?csO2ZA==?="},
    "wrong.jpg": {"imagesearch-int-attr": "many"},
    "misspelt.jpg": {"imagesearch-strattr": "red"},
    "region.jpg": {"imagesearch-region": "0,9999,0,10"},
}
SAME = {"added": "in_index", "rejected": "rejected", "skipped": "skipped"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [AwsCloud, AlibabaCloud])
def test_the_verdict_is_what_the_function_has_done(
    kind: type[AwsCloud | AlibabaCloud], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The local SQS never falsely brings nothing; SMQ hides a message that was released for a second.
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0 if kind is AwsCloud else 1)
    watcher = OutcomeWatcher()
    with kind(SETTINGS, on_log=watcher.on_log) as cloud:
        for variable, value in cloud.environ().items():
            if variable.startswith("AWS_"):
                monkeypatch.setenv(variable, value)
        world = World(cloud, "aws" if kind is AwsCloud else "alibaba", capsys)
        world.letters = cloud.dead_letter_queue if kind is AwsCloud else cloud.environ()["INGEST_DEAD_LETTER_QUEUE_URL"]
        # Each look into a queue of SMQ takes two seconds.
        pictures = PICTURES if kind is AwsCloud else dict(list(PICTURES.items())[::2])
        for key, data in pictures.items():
            cloud.upload(key, data)
        for key, metadata in METADATA.items():
            cloud.upload(key, jpeg(), metadata)
        keys = [*pictures, *METADATA]
        watcher.wait(keys, lambda *_: None)
        outcomes = {result.key: result for result in watcher.results(keys)}
        held = {(entry.product_id, entry.pic_name) for entry in cloud.image_search.entries()}
        explained = {key: world.explain(key, index=True) for key in outcomes}
        for key, one in explained.items():
            outcome, document = outcomes[key], one.document
            assert (key, document["verdict_code"]) == (key, SAME[outcome.outcome])
            assert (key, document["reason"]) == (key, outcome.reason)
            ids = document["identity"] or {"product_id": "", "pic_name": ""}
            assert ((ids["product_id"], ids["pic_name"]) in held) == (outcome.outcome == "added"), key
            assert [line["code"] for line in document["letters"]] == ([outcome.reason] if outcome.dead_lettered else [])
            if outcome.outcome == "added":
                assert document["index"]["same_picture"] is True, key
                steps = [": ".join(filter(None, step.values())) for step in document["picture"]["steps"]]
                assert steps == list(outcome.steps)
    assert {one.outcome for one in outcomes.values()} == {"added", "rejected", "skipped"}
