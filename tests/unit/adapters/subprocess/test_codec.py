import json
from dataclasses import dataclass, fields
from typing import Any

import pytest

from imagesearch_ingest.adapters.subprocess import codec
from imagesearch_ingest.adapters.subprocess.codec import decode_policy, decode_prepared, encode_policy, encode_prepared
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.policy import Animations, BlankPictures, SmallPictures
from imagesearch_ingest.model.images import PreparedImage
from tests.support.pictures import encode, jpeg, scene

POLICIES = [
    Policy(),
    Policy(background_if_unseen=None),
    Policy(max_megapixels=2.5, small_pictures=SmallPictures.PAD, animations=Animations.REJECT, background=(1, 2, 3)),
]
PLAIN = {
    "format": "JPEG",
    "width": 100,
    "height": 320,
    "source_format": "PNG",
    "source_width": 60,
    "source_height": 320,
    "displayed_width": 60,
    "displayed_height": 320,
    "content": [20, 0, 60, 320],
    "source_bytes": 4000,
    "steps": ["padded", "encoded"],
    "is_blank": True,
}


def send(plain: object) -> Any:
    return json.loads(json.dumps(plain))


EVERY_FIELD = {
    "max_megapixels": 2.5,
    "min_side": 101,
    "max_side": 4095,
    "longest_side": 1024,
    "max_bytes": 1_000_000,
    "small_pictures": SmallPictures.UPSCALE,
    "animations": Animations.REJECT,
    "blank_pictures": BlankPictures.REJECT,
    "background": (1, 2, 3),
    "background_if_unseen": (7, 8, 9),
    "quality": 80,
    "min_quality": 50,
}


def test_every_field_of_a_policy_arrives() -> None:
    """A new field of ``Policy`` belongs here: the child prepares every image on Alibaba Cloud."""
    assert EVERY_FIELD.keys() == {field.name for field in fields(Policy)}
    default = Policy()
    assert all(getattr(default, name) != value for name, value in EVERY_FIELD.items())
    policy = Policy(**EVERY_FIELD)
    assert decode_policy(send(encode_policy(policy))) == policy


@dataclass(frozen=True)
class WithOptional:
    ratio: float | None = None


@pytest.mark.parametrize("ratio", [None, 2.5, 3])
def test_optional_field_arrives(ratio: float | None) -> None:
    assert codec._decode(WithOptional, send({"ratio": ratio}), {}) == WithOptional(ratio)  # noqa: SLF001 - no optional field that is sent is a fraction


@pytest.mark.parametrize("ratio", ["2.5", True, [], {}])
def test_optional_field_is_checked(ratio: object) -> None:
    with pytest.raises(ValueError, match="is not of type float"):
        codec._decode(WithOptional, send({"ratio": ratio}), {})  # noqa: SLF001 - as above


@pytest.mark.parametrize("policy", POLICIES, ids=["default", "one background", "another"])
def test_a_policy_arrives_as_it_was_sent(policy: Policy) -> None:
    arrived = decode_policy(send(encode_policy(policy)))
    assert arrived == policy
    assert type(arrived.small_pictures) is SmallPictures


@pytest.mark.parametrize("data", [jpeg(), encode(scene(60, 320), "PNG")], ids=["passed through", "padded"])
def test_a_prepared_image_arrives_as_it_was_sent(data: bytes) -> None:
    prepared = prepare(data, POLICIES[2])
    plain, payload = encode_prepared(prepared)
    assert decode_prepared(send(plain), payload) == prepared


def test_plain_values_become_a_prepared_image() -> None:
    assert decode_prepared(PLAIN, b"bytes") == PreparedImage(
        data=b"bytes",
        format="JPEG",
        width=100,
        height=320,
        source_format="PNG",
        source_width=60,
        source_height=320,
        displayed_width=60,
        displayed_height=320,
        content=(20, 0, 60, 320),
        source_bytes=4000,
        steps=("padded", "encoded"),
        is_blank=True,
    )


@pytest.mark.parametrize(
    "rubbish",
    [
        None,
        7,
        [],
        {},
        "PreparedImage",
        {"data": "x", "width": "wide"},
        list(PLAIN),
        {name: value for name, value in PLAIN.items() if name != "steps"},
        PLAIN | {"data": "bytes"},
        PLAIN | {"more": 1},
    ],
    ids=str,
)
def test_other_fields_are_a_value_error(rubbish: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that matters
        decode_prepared(rubbish, b"")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", "100"),
        ("width", True),
        ("width", 100.0),
        ("height", None),
        ("source_bytes", [4000]),
        ("format", 7),
        ("format", None),
        ("source_format", "\ud83d"),
        ("content", [20, 0, 60]),
        ("content", [20, 0, 60, 320, 0]),
        ("content", [20, 0, 60, "320"]),
        ("content", {"0": 20}),
        ("steps", "padded"),
        ("steps", None),
        ("steps", ["padded", 7]),
        ("steps", [["padded"]]),
    ],
)
def test_a_wrong_type_is_a_value_error(field: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that matters
        decode_prepared(PLAIN | {field: value}, b"")


@pytest.mark.parametrize(
    ("field", "value"), [("small_pictures", "enlarge"), ("max_megapixels", "64"), ("quality", 1.5)]
)
def test_a_wrong_policy_is_a_value_error(field: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that matters
        decode_policy(encode_policy(Policy()) | {field: value})
