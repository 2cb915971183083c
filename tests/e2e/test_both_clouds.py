"""One behaviour on both clouds: the same uploads give the same log, index and dead-letter queue.

Only the clouds are simulated. The scenario runs once on each, both at the same time; the tests then check the results.
"""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote_plus

import pytest
from PIL import Image

from tests.e2e.world import (
    BUCKET,
    FAULT_KEYS,
    FOR_EVER,
    INPUTS,
    KILLED,
    NASTY_KEYS,
    OVERWRITTEN,
    REJECTED,
    REMOVED,
    SKIPPED,
    SPOILT,
    Alibaba,
    Aws,
    World,
    alibaba_event,
    aws_event,
)
from tests.support.pictures import jpeg


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    worlds = {"aws": World(Aws, aws_event), "alibaba": World(Alibaba, alibaba_event)}
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        for world in worlds.values():
            stack.enter_context(world.cloud)
        list(threads.map(World.drive, worlds.values()))
        yield worlds


@pytest.fixture(params=["aws", "alibaba"])
def world(request: pytest.FixtureRequest, worlds: dict[str, World]) -> World:
    return worlds[request.param]


def product_of(key: str) -> str:
    """Return the folder of the picture, or its name without the suffix (design, section 1)."""
    *folders, name = key.split("/")
    return folders[-1] if folders else name.rpartition(".")[0]


ADDED = [key for key in INPUTS if key not in REJECTED | SKIPPED and key not in {REMOVED, SPOILT}]
ALL_KEYS = [*INPUTS, *FAULT_KEYS, KILLED, FOR_EVER]


def test_each_upload_has_its_outcome(world: World) -> None:
    for key in [*ADDED, *FAULT_KEYS, KILLED]:
        assert world.outcome(key) == ("added", None, product_of(key), key, None)
    for key, reason in REJECTED.items():
        ids = (None, None) if reason == "key_too_long" else (product_of(key), key)
        assert world.outcome(key) == ("rejected", reason, *ids, "previous")
    for key, reason in SKIPPED.items():
        assert world.outcome(key)[:2] == ("skipped", reason)
    assert world.outcome(REMOVED) == ("deleted", None, "again", REMOVED, None)
    assert world.outcome(SPOILT) == ("rejected", "not_an_image", "again", SPOILT, "previous")


def test_index_holds_what_the_bucket_holds(world: World) -> None:
    held = {pic_name for _, pic_name in world.entries()}
    assert held == {*ADDED, *FAULT_KEYS, KILLED, SPOILT}
    for (product_id, pic_name), (picture, width, height, attributes) in world.entries().items():
        assert product_id == product_of(pic_name)
        assert Image.open(io.BytesIO(picture)).size == (width, height)
        if pic_name in NASTY_KEYS:
            assert width == 200 + NASTY_KEYS.index(pic_name)
        if pic_name == "meta/good.jpg":
            assert attributes == {"IntAttr": 7, "StrAttr": "red", "Region": "10,90,20,80"}
    assert world.entries()["again", OVERWRITTEN][1:3] == (200, 320)
    assert world.entries()["again", SPOILT][0] == jpeg()  # the last valid picture


def test_single_fault_costs_one_retry(world: World) -> None:
    assert [(key, world.lines(key)[-1]["retries"]) for key in FAULT_KEYS] == [(key, 1) for key in FAULT_KEYS]
    assert not world.letters().keys() & set(FAULT_KEYS)


def test_killed_worker_loses_nothing(world: World) -> None:
    assert [line["outcome"] for line in world.lines(KILLED)] == ["added"]
    assert KILLED not in world.letters()


def test_object_that_fails_alone_is_dead_lettered_at_the_eighth_receive(world: World) -> None:
    lines = [(line["outcome"], line["receive_count"], line["dead_lettered"]) for line in world.lines(FOR_EVER)]
    assert lines == [("failed", 7, False), ("failed", 8, True)]
    letter = world.letters()[FOR_EVER]
    assert (letter["code"], letter["class"], letter["receive_count"]) == ("service_code_unknown", "transient", 8)
    assert letter["upstream"]["code"] == "NeverHeardOf"


def announced_key(letter: dict[str, Any]) -> str:
    event = json.loads(letter["original_event"])
    if letter["source"]["cloud"] == "aws":
        return unquote_plus(event["Records"][0]["s3"]["object"]["key"])
    element = event["data"] if "data" in event else event["events"][0]  # by EventBridge's rule, or OSS's own
    return element["oss"]["object"]["key"]


def test_rejection_is_a_dead_letter_that_can_be_replayed(world: World) -> None:
    letters = world.letters()
    reasons = {key: letter["code"] for key, letter in letters.items() if key != FOR_EVER}
    assert reasons == REJECTED | {SPOILT: "not_an_image"}
    for key, letter in letters.items():
        assert announced_key(letter) == key
        assert len(bytes.fromhex(letter["record_id"])) == 32
        assert letter["source"]["bucket"] == BUCKET
        # An earlier receive may have added the picture; a rejected picture was never sent.
        assert letter["index_holds"] == ("unknown" if letter["class"] == "transient" else "previous")


# Both clouds compared.

SAME = ["code", "class", "stage", "message", "hint", "index_holds", "target", "image", "retries"]


def test_both_logs_agree_on_each_object(worlds: dict[str, World]) -> None:
    outcomes = [{key: world.outcome(key) for key in ALL_KEYS} for world in worlds.values()]
    assert outcomes[0] == outcomes[1]


def test_both_indexes_agree(worlds: dict[str, World]) -> None:
    aws, alibaba = (world.entries() for world in worlds.values())
    assert aws == alibaba


def test_both_dead_letter_queues_agree(worlds: dict[str, World]) -> None:
    aws, alibaba = (
        {key: {name: letter[name] for name in SAME} for key, letter in world.letters().items()}
        for world in worlds.values()
    )
    assert aws == alibaba
    ids = [{letter["record_id"] for letter in world.letters().values()} for world in worlds.values()]
    assert not ids[0] & ids[1]  # since one queue may serve both
    assert {len(found) for found in ids} == {len(aws)}
