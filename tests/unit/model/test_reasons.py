import pytest

from imagesearch_ingest.model.reasons import FaultClass, Reason, Result

# Design, section 3: the codes that every reader of logs and dead letters may rely on.
PUBLISHED = [
    "key_not_matched",
    "key_too_long",
    "attribute_invalid",
    "object_empty",
    "object_too_large",
    "object_archived",
    "not_an_image",
    "unsupported_format",
    "corrupt_image",
    "too_many_pixels",
    "too_many_frames",
    "image_too_small",
    "image_too_long",
    "heic_not_installed",
    "cannot_fit_size",
    "worker_crash",
    "service_rejected",
    "category_invalid",
    "throttled",
    "not_begun",
    "service_unavailable",
    "network",
    "timeout",
    "credentials",
    "instance_unavailable",
    "instance_full",
    "bucket_missing",
    "settings_refused",
    "gone_before_ingest",
    "test_event",
    "folder_marker",
    "excluded",
    "noncurrent_version",
]


def test_the_published_codes_are_all_there() -> None:
    assert set(PUBLISHED) <= {reason.code for reason in Reason}


@pytest.mark.parametrize("reason", Reason)
def test_result_and_class_agree(reason: Reason) -> None:
    assert (reason.result is Result.REJECTED) == (reason.fault_class is FaultClass.PERMANENT)
    assert (reason.result is Result.FAILED) == (
        reason.fault_class in {FaultClass.TRANSIENT, FaultClass.THROTTLED, FaultClass.SYSTEMIC}
    )


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_in_one_sentence_what_to_do(reason: Reason) -> None:
    assert reason.hint.endswith(".")
    assert "\n" not in reason.hint
