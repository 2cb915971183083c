import json

import pytest

from imagesearch_ingest.adapters.subprocess.codec import plain_policy, plain_prepared, policy_of, prepared_of
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.policy import Animations, SmallPictures
from tests.support.pictures import encode, jpeg, scene

POLICIES = [
    Policy(),
    Policy(max_megapixels=2.5, small_pictures=SmallPictures.PAD, animations=Animations.REJECT, background=(1, 2, 3)),
]


@pytest.mark.parametrize("policy", POLICIES, ids=["default", "another"])
def test_a_policy_arrives_as_it_was_sent(policy: Policy) -> None:
    assert policy_of(json.loads(json.dumps(plain_policy(policy)))) == policy


@pytest.mark.parametrize("data", [jpeg(), encode(scene(60, 320), "PNG")], ids=["passed through", "padded"])
def test_a_prepared_picture_arrives_as_it_was_sent(data: bytes) -> None:
    prepared = prepare(data, POLICIES[1])
    plain, payload = plain_prepared(prepared)
    assert prepared_of(json.loads(json.dumps(plain)), payload) == prepared


@pytest.mark.parametrize("rubbish", [None, 7, [], {}, {"data": "x", "width": "wide"}, "PreparedImage"], ids=str)
def test_rubbish_is_a_value_error(rubbish: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that matters
        prepared_of(rubbish, b"")
