"""The failed lines of an import, in forms that nobody has documented."""

import json
from pathlib import Path

import pytest

from imagesearch_ops.backfill.bulk.failures import Failure, Failures, read_failure

LINE = {"OperationType": "ADD", "ProductId": "7", "PicName": 'a"{b}.jpg', "IntAttr": 3}
TEXT = json.dumps(LINE)
BY_IDS = ("7", 'a"{b}.jpg')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, Failure(*BY_IDS, None, "", "")),
        (json.dumps(LINE | {"Code": "InvalidPicName", "Msg": "why"}), Failure(*BY_IDS, None, "InvalidPicName", "why")),
        (
            json.dumps({"line_number": 12, "content": TEXT, "error_code": "X", "errorMsg": "m"}),
            Failure(*BY_IDS, 12, "X", "m"),
        ),
        (json.dumps({"data": LINE, "error": {"code": "X", "message": "m"}}), Failure(*BY_IDS, None, "X", "m")),
        (f"{TEXT}\tInvalidPicName: too long", Failure(*BY_IDS, None, "InvalidPicName", "InvalidPicName: too long")),
        (f"line 3, {TEXT}", Failure(*BY_IDS, 3, "", "line 3")),
        (
            json.dumps({"product_id": "7", "pic_name": "x", "reason": "InvalidPicName (3)"}),
            Failure("7", "x", None, "InvalidPicName", "InvalidPicName (3)"),
        ),
        ("Line No. 5 PictureError", Failure(None, None, 5, "PictureError", "Line No. 5 PictureError")),
        ("{not json", Failure(None, None, None, "", "{not json")),
        ("line 99999999999999999999", Failure(None, None, None, "", "line 99999999999999999999")),
        ('{"Line": "x", "Code": 3}', Failure(None, None, None, "3", "")),
        ("[" * 100_000, Failure(None, None, None, "", "[" * 500)),
    ],
)
def test_a_line_is_recognised(text: str, expected: Failure) -> None:
    assert read_failure(text) == expected


def fold(tmp_path: Path, *errors: str) -> Failures:
    names = ["a.jpg", "line\nbreak.jpg", "\u202e.jpg"]
    lines = [json.dumps(LINE | {"PicName": name}) + "\n" for name in names]
    about = [
        json.dumps({"key": name, "etag": f"E{n}", "version_id": None, "size": n}) + "\n" for n, name in enumerate(names)
    ]
    (tmp_path / "increment.meta").write_text("".join(lines))
    (tmp_path / "staged.jsonl").write_text("".join(about))
    (tmp_path / "errors.txt").write_text("\n".join(errors), encoding="utf-8")
    return Failures(*(tmp_path / name for name in ("errors.txt", "increment.meta", "staged.jsonl")), "pictures")


def test_lines_are_matched_with_what_was_sent(tmp_path: Path) -> None:
    failures = fold(
        tmp_path,
        json.dumps({"PicName": "line\nbreak.jpg", "ProductId": "7", "Code": "UnsupportedPicPixels"}),
        "",
        "line 3: Unknown1",
        "line 4: no such line",
        json.dumps({"PicName": "a.jpg", "ProductId": "another"}),
        json.dumps({"PicName": "never sent.jpg"}),
    )
    ((second, third),) = failures.outcomes()
    assert second.ref is not None
    assert third.ref is not None
    assert (second.ref.key, second.reason.code, second.service_code) == (
        "line\nbreak.jpg",
        "service_rejected",
        "UnsupportedPicPixels",
    )
    assert (third.ref.key, third.state.etag, third.reason.code) == ("\u202e.jpg", "E2", "service_unavailable")
    assert (failures.unknown, failures.example) == (3, "line 4: no such line")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("UnsupportedPicPixels", "service_rejected"),  # the picture itself is refused
        ("PicNotExist", "service_unavailable"),  # its copy is gone
        ("PictureError", "service_unavailable"),  # the copy could not be read
        ("Unknown1", "service_code_unknown"),
    ],
)
def test_only_a_code_about_the_picture_makes_it_rejected(tmp_path: Path, code: str, reason: str) -> None:
    ((first,),) = fold(tmp_path, json.dumps({"PicName": "a.jpg", "Code": code})).outcomes()
    assert (first.reason.code, first.service_code) == (reason, code)


def test_an_empty_file_has_no_failed_line(tmp_path: Path) -> None:
    failures = fold(tmp_path)
    assert [*failures.outcomes()] == []
    assert failures.unknown == 0
