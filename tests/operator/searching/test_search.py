"""``search`` finds similar entries, whatever the picture is that it is given."""

import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.searching.search import draw_bar, run_search
from tests.support.pictures import encode, jpeg, scene

ORIENTATION = 0x0112


def write(folder: Path, data: bytes, name: str = "query.jpg") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def laid_on_its_side(image: Image.Image, orientation: int = 6) -> bytes:
    """Return a JPEG whose pixels are rotated, and whose EXIF says how to turn them back."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turn = {6: Image.Transpose.ROTATE_90, 3: Image.Transpose.ROTATE_180, 8: Image.Transpose.ROTATE_270}[orientation]
    return encode(image.transpose(turn), "JPEG", quality=60, exif=exif)


COPIES = {
    "the same": lambda image: encode(image, "JPEG"),
    "smaller": lambda image: encode(image.resize((200, 150)), "JPEG", quality=50),
    "smaller than a picture may be": lambda image: encode(image.resize((64, 48)), "JPEG"),
    "rotated by EXIF": laid_on_its_side,
    "upside down by EXIF": lambda image: laid_on_its_side(image.resize((240, 180)), 3),
    "rotated, smaller and encoded anew": lambda image: encode(
        image.transpose(Image.Transpose.ROTATE_90).resize((150, 200)), "JPEG", quality=70
    ),
    "PNG": lambda image: encode(image, "PNG"),
    "WebP": lambda image: encode(image, "WEBP", quality=70),
    "TIFF": lambda image: encode(image.resize((300, 225)), "TIFF"),
    "CMYK": lambda image: encode(image.convert("CMYK"), "JPEG"),
    "larger than a picture may be": lambda image: encode(image.resize((6000, 4500)), "JPEG", quality=60),
}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_found_first(environ, lines, tmp_path, copy: str) -> None:
    query = write(tmp_path, COPIES[copy](scene(400, 300)), "query.bin")
    assert run_search(query, environ, num=10, as_json=True) == ExitCode.OK
    first, *others, last = lines()
    assert first["score"] > 0.85
    assert first == {
        "rank": 1,
        "score": first["score"],
        "product_id": "2001",
        "pic_name": "shoes/2001/side.jpg",
        "category_id": 88888888,
        "attributes": {"IntAttr": 7, "StrAttr": "red"},
    }
    assert [one["rank"] for one in others] == [2, 3]
    assert (last["summary"]["hits"], last["summary"]["exit"]) == (3, 0)


@pytest.mark.usefixtures("shop")
def test_no_more_hits_than_wanted(environ, lines, tmp_path) -> None:
    run_search(write(tmp_path, jpeg()), environ, num=1, as_json=True)
    assert len(lines()) == 2


@pytest.mark.usefixtures("service")
def test_no_hit_is_an_answer(environ, capsys, tmp_path) -> None:
    query = write(tmp_path, jpeg())
    assert run_search(query, environ, num=10, as_json=False) == ExitCode.OK
    assert re.fullmatch(rf"\n*no hits for {query}, searched with [^\n]+\n", capsys.readouterr().out)


@pytest.mark.usefixtures("shop")
def test_an_object_of_a_bucket_is_searched_with(environ, aws, bucket, lines) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="a+b c.jpg", Body=encode(scene(400, 300), "JPEG"))
    assert run_search(f"s3://{bucket}/a+b c.jpg", environ, num=1, as_json=True) == ExitCode.OK
    assert lines()[0]["pic_name"] == "shoes/2001/side.jpg"
    with pytest.raises(InputError, match="the bucket has no such object"):
        run_search(f"s3://{bucket}/other.jpg", environ, num=1, as_json=False)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/no/such.jpg", "/no/such.jpg: No such file or directory"),
        ("/dev/zero", "/dev/zero: not a regular file"),
        ("https://example.com/a.jpg", "not a URL of a bucket"),
        ("s3://pictures", "names no object"),
    ],
)
@pytest.mark.usefixtures("service")
def test_a_source_that_cannot_be_read_is_named(environ, source: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_search(source, environ, num=1, as_json=False)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"only text", "not_an_image"), (b"", "object_empty"), (jpeg()[:600], "corrupt_image")]
)
@pytest.mark.usefixtures("service")
def test_a_picture_that_cannot_be_prepared_ends_with_its_reason(environ, capsys, tmp_path, data, reason) -> None:
    query = write(tmp_path, data)
    assert run_search(query, environ, num=1, as_json=True) == ExitCode.INCOMPLETE
    out, err = capsys.readouterr()
    summary = json.loads(out)["summary"]
    assert (summary["hits"], summary["exit"], summary["error"]["reason"]) == (0, 3, reason)
    assert err.splitlines()[-1].startswith(f"{query}: ")


def test_a_picture_that_the_service_refuses_ends_with_its_reason(environ, service, capsys, tmp_path) -> None:
    service.faults.add({"leg": "search", "kind": "error", "code": "UnsupportedPicPixels", "status": 400, "times": None})
    assert run_search(write(tmp_path, jpeg()), environ, num=1, as_json=False) == ExitCode.INCOMPLETE
    assert "SearchImageByPic failed: UnsupportedPicPixels" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_a_search_that_is_refused_or_cut_is_repeated_whole(environ, service, lines, tmp_path) -> None:
    service.faults.add({"leg": "search", "kind": "error", "code": "DeniedRequest", "status": 403})
    service.faults.add({"leg": "upload", "kind": "reset"})
    query = write(tmp_path, encode(scene(400, 300), "JPEG"))
    assert run_search(query, environ, num=1, as_json=True) == ExitCode.OK
    assert lines()[0]["pic_name"] == "shoes/2001/side.jpg"


@pytest.mark.parametrize("kind", ["unsuccessful", "empty", "html"])
def test_an_answer_without_hits_is_not_taken_for_no_hit(environ, service, monkeypatch, tmp_path, kind: str) -> None:
    monkeypatch.setattr("imagesearch_ops.instance.SLOT_SECONDS", 0)
    service.faults.add({"leg": "search", "kind": kind, "times": None})
    with pytest.raises(IngestError):
        run_search(write(tmp_path, jpeg()), environ, num=1, as_json=False)


@pytest.mark.usefixtures("shop")
def test_a_table_shows_keys_and_bars(environ, capsys, tmp_path) -> None:
    environ |= {"INGEST_KEY_TEMPLATE": "shop/{product_id}/{pic_name}"}
    run_search(write(tmp_path, encode(scene(400, 300), "JPEG")), environ, num=2, as_json=False)
    header, first, *_ = capsys.readouterr().out.splitlines()
    assert header.split() == ["score", "ProductId", "key"]
    assert first.split() == ["1", "1.00", "██████████", "2001", "shop/2001/shoes/2001/side.jpg"]


@pytest.mark.usefixtures("shop")
def test_where_the_rule_made_no_such_entry_pic_names_are_shown(environ, capsys, tmp_path) -> None:
    run_search(write(tmp_path, jpeg()), environ, num=3, as_json=False)
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["score", "ProductId", "PicName"]
    assert r"\x1b[31m" in out
    assert r"a\u202egpj.<b>exe</b>.jpg" in out


@pytest.mark.parametrize(("score", "cells"), [(0, 0), (0.04, 0), (0.06, 1), (0.5, 5), (1, 10), (7.5, 10), (-1, 0)])
def test_a_bar_is_as_long_as_the_score(score: float, cells: int) -> None:
    assert draw_bar(score) == "█" * cells


def test_the_real_command_prints_data_only(run, shop, environ, tmp_path) -> None:
    assert len(shop.entries()) == 3
    done = run("search", write(tmp_path, jpeg()), **environ)
    assert done.stdout.splitlines()[-1].startswith("3 hits for ")
    assert not set(done.stdout + done.stderr) & {"\x1b", "\u202e"}
    failed = run("search", os.devnull, "--json", **environ)
    assert (failed.code, json.loads(failed.stdout)["summary"]["exit"]) == (2, 2)
