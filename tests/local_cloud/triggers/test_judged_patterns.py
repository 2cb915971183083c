"""What the library says of a pattern for all events at once holds for each event that the local EventBridge matches."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.watch.oss_pattern import judge_fields
from imagesearch_ingest.watch.oss_rule import OssWanted
from local_cloud.triggers.event_pattern import EventPattern
from local_cloud.triggers.eventbridge_rule import to_bus_event

ACCOUNT, REGION, BUCKET = "1234567890123456", "cn-shanghai", "pictures"
ROOT = f"acs:oss:{REGION}:{ACCOUNT}:{BUCKET}/"
KINDS = ["ObjectCreated:PutObject", "ObjectRemoved:DeleteObject"]
TEXTS = ["", "acs.oss", "acs.", "oss:", BUCKET, "shoes/", "shoes/red/", "sh", ".jpg", ROOT, f"{ROOT}shoes/", "other"]
TEXTS += [*KINDS, *(f"oss:{kind}" for kind in KINDS), "oss:ObjectCreated:", "shoes/1.jpg", f"{ROOT}shoes/1.jpg"]
texts = st.sampled_from(TEXTS)
operators = st.one_of(
    st.builds(lambda name, text: {name: text}, st.sampled_from(["prefix", "suffix", "contains"]), texts),
    st.builds(lambda text: {"anything-but": text}, texts | st.lists(texts, min_size=1, max_size=3)),
    st.builds(lambda text: {"anything-but": {"prefix": text}}, texts),
    st.builds(lambda exists: {"exists": exists}, st.booleans()),
)
conditions = st.lists(texts | operators, min_size=1, max_size=3)
patterns = st.fixed_dictionaries(
    {},
    optional={
        "source": conditions,
        "type": conditions,
        "subject": conditions,
        "data": st.fixed_dictionaries(
            {
                "oss": st.fixed_dictionaries(
                    {"bucket": st.fixed_dictionaries({"name": conditions})},
                    optional={"object": st.fixed_dictionaries({"key": conditions})},
                )
            },
            optional={"eventName": conditions},
        ),
    },
)


def event(kind: str, key: str) -> dict[str, Any]:
    element = {
        "eventName": kind,
        "eventTime": "2026-11-30T06:00:00.000Z",
        "region": REGION,
        "oss": {"bucket": {"name": BUCKET}, "object": {"key": key}},
    }
    published = to_bus_event(element)
    assert published
    return published


@given(patterns, st.sampled_from(KINDS), st.sampled_from(["", "shoes/"]), st.sampled_from(["1.jpg", "red/2.png", "x"]))
def test_an_answer_about_all_events_holds_for_each(pattern: dict[str, Any], kind: str, prefix: str, rest: str) -> None:
    answers = dict(judge_fields(pattern, OssWanted(BUCKET, REGION, ACCOUNT).describe(kind, prefix))).values()
    matches = EventPattern(pattern).matches
    if all(answers):
        assert matches(event(kind, f"{prefix}{rest}"))
    if False in answers:
        assert not matches(event(kind, f"{prefix}\U0001f98a of no condition"))


def test_the_two_can_disagree() -> None:
    """Otherwise the test above could not fail."""
    pattern = {"subject": [{"prefix": f"{ROOT}shoes/"}]}
    narrow = OssWanted(BUCKET, REGION, ACCOUNT).describe(KINDS[0], "shoes/")
    assert list(judge_fields(pattern, narrow)) == [("subject", True)]
    assert not EventPattern(pattern).matches(event(KINDS[0], "bags/1.jpg"))
