import pytest

from imagesearch_ingest.model.reasons import FaultClass, Reason, Result

# The columns of each reason. Readers of logs and dead letters rely on these words.
TABLE = {
    "test_event": "skipped none event object",
    "folder_marker": "skipped none event object",
    "other_event": "skipped none event object",
    "noncurrent_version": "skipped none event object",
    "never_a_picture": "skipped none identity object",
    "excluded": "skipped none identity object",
    "never_indexed": "skipped none identity object",
    "other_bucket": "skipped none identity object",
    "removed_kept": "skipped none fetch object",
    "event_malformed": "rejected permanent event object",
    "key_not_matched": "rejected permanent identity object",
    "key_too_long": "rejected permanent identity object",
    "attribute_invalid": "rejected permanent identity object",
    "gone_before_ingest": "deleted none fetch object",
    "object_empty": "rejected permanent fetch object",
    "object_too_large": "rejected permanent fetch object",
    "object_archived": "rejected permanent fetch object",
    "link_broken": "rejected permanent fetch object",
    "object_changing": "failed transient fetch object",
    "access_denied": "failed transient fetch object",
    "bucket_missing": "failed systemic fetch bucket",
    "bucket_forbidden": "failed systemic fetch bucket",
    "not_an_image": "rejected permanent prepare object",
    "unsupported_format": "rejected permanent prepare object",
    "heic_not_installed": "rejected permanent prepare object",
    "corrupt_image": "rejected permanent prepare object",
    "too_many_pixels": "rejected permanent prepare object",
    "too_many_frames": "rejected permanent prepare object",
    "image_too_small": "rejected permanent prepare object",
    "image_too_long": "rejected permanent prepare object",
    "image_blank": "rejected permanent prepare object",
    "cannot_fit_size": "rejected permanent prepare object",
    "worker_crash": "rejected permanent prepare object",
    "service_rejected": "rejected permanent index object",
    "category_invalid": "rejected permanent index object",
    "throttled": "failed throttled index object",
    "not_begun": "failed throttled event object",
    "service_unavailable": "failed transient index object may_have_acted may_be_service",
    "service_code_unknown": "failed transient index object may_be_service",
    "network": "failed transient index object may_have_acted may_be_service",
    "timeout": "failed transient index object may_have_acted may_be_service",
    "credentials": "failed systemic index instance",
    "instance_unavailable": "failed systemic index instance",
    "instance_full": "failed systemic index object",
    "settings_refused": "failed systemic index instance",
    "internal_error": "failed transient index object",
}


def columns(reason: Reason) -> str:
    flags = [name for name in ("may_have_acted", "may_be_service") if getattr(reason, name)]
    return " ".join([reason.result, reason.fault_class, reason.stage, reason.scope, *flags])


def test_table_of_reasons() -> None:
    assert {reason.code: columns(reason) for reason in Reason} == TABLE


def test_settings_choose_the_keys_and_the_bucket() -> None:
    assert {reason.code for reason in Reason if reason.chosen_by_settings} == {"excluded", "other_bucket"}


@pytest.mark.parametrize("reason", ["credentials", "instance_unavailable", "settings_refused"])
def test_reason_of_the_instance_stops_the_batch(reason: str) -> None:
    assert Reason[reason.upper()].stops_batch


@pytest.mark.parametrize(
    "reason",
    ["bucket_missing", "bucket_forbidden", "instance_full", "throttled", "network", "not_an_image", "excluded"],
)
def test_other_reason_stops_no_batch(reason: str) -> None:
    assert not Reason[reason.upper()].stops_batch


@pytest.mark.parametrize(
    ("result", "changed"),
    [("added", True), ("deleted", True), ("skipped", False), ("rejected", False), ("failed", False)],
)
def test_result_says_whether_the_index_changed(result: str, *, changed: bool) -> None:
    assert Result(result).changed_index is changed


@pytest.mark.parametrize(
    ("fault_class", "back", "passes", "against"),
    [
        ("permanent", False, False, False),
        ("transient", True, True, True),
        ("throttled", True, True, False),
        ("systemic", True, False, True),
        ("none", False, False, False),
    ],
)
def test_fault_class_says_what_may_pass(fault_class: str, *, back: bool, passes: bool, against: bool) -> None:
    assert FaultClass(fault_class).comes_back is back
    assert FaultClass(fault_class).speaks_against_service is against
    assert FaultClass(fault_class).may_pass is passes


@pytest.mark.parametrize("reason", Reason)
def test_result_and_class_agree(reason: Reason) -> None:
    assert (reason.result is Result.REJECTED) == (reason.fault_class is FaultClass.PERMANENT)
    assert (reason.result is Result.FAILED) == (
        reason.fault_class in {FaultClass.TRANSIENT, FaultClass.THROTTLED, FaultClass.SYSTEMIC}
    )


@pytest.mark.parametrize("reason", Reason)
def test_hint_is_a_single_line_of_sentences(reason: Reason) -> None:
    assert reason.hint.endswith(".")
    assert "\n" not in reason.hint
