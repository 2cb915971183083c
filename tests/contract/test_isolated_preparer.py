"""The behaviour of every IsolatedPreparer: the fake and the child process."""

import base64
from collections.abc import Iterator

import pytest
from PIL import ImageCms

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import IsolatedPreparer
from tests.support.fakes import FakeIsolatedPreparer
from tests.support.pictures import encode, jpeg, scene

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# One picture for each decoder and each step that a child could only load with a file or a library at hand.
KINDS = {
    "progressive JPEG": encode(scene(2100, 200), progressive=True),
    "CMYK JPEG": encode(scene().convert("CMYK")),
    "JPEG with profile": encode(scene(), icc_profile=PROFILE),
    "PNG": encode(scene(2100, 200), "PNG"),
    "PNG of 16 bits": encode(scene().convert("I;16"), "PNG"),
    "PNG with alpha": encode(scene().convert("RGBA"), "PNG"),
    "PNG with profile": encode(scene(), "PNG", icc_profile=PROFILE),
    "GIF": encode(scene(), "GIF"),
    "BMP": encode(scene(), "BMP"),
    "PPM": encode(scene(), "PPM"),
    "WebP": encode(scene(2100, 200), "WEBP"),
    "AVIF": encode(scene(), "AVIF"),
    "TIFF": encode(scene(), "TIFF", big_tiff=True),
    "LZW TIFF": encode(scene(2100, 200), "TIFF", compression="tiff_lzw"),
    "JPEG TIFF": encode(scene(2100, 200), "TIFF", compression="jpeg"),
    "fax": encode(scene().convert("1"), "TIFF", compression="group4"),
}
OTHERS = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    "UTF-16": "a text, and no picture at all".encode("utf-16"),
    "SVG in UTF-16": "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>".encode("utf-16"),
    "base64": base64.b64encode(jpeg()),
    "printed bytes": repr(jpeg()).encode(),
    "escaped": jpeg().decode("latin-1").encode("unicode_escape"),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
}


@pytest.fixture(params=["fake", "child process"])
def subject(request: pytest.FixtureRequest) -> Iterator[IsolatedPreparer]:
    if request.param == "fake":
        yield FakeIsolatedPreparer()
        return
    with ChildProcess() as child:
        yield child


@pytest.mark.parametrize("data", [jpeg(), encode(scene(), "PNG"), jpeg(4200, 2200)], ids=["JPEG", "PNG", "large"])
@pytest.mark.parametrize("policy", [Policy(), Policy(max_side=200)], ids=["default", "small"])
def test_the_result_is_that_of_prepare(subject: IsolatedPreparer, data: bytes, policy: Policy) -> None:
    assert subject.prepare(data, policy, 60) == prepare(data, policy)


@pytest.mark.parametrize("data", [b"", b"text", jpeg()[:2000], jpeg(50, 50)], ids=["empty", "text", "cut", "small"])
def test_an_error_is_that_of_prepare(subject: IsolatedPreparer, data: bytes) -> None:
    with pytest.raises(IngestError) as expected:
        prepare(data, Policy())
    with pytest.raises(IngestError) as error:
        subject.prepare(data, Policy(), 60)
    assert (error.value.reason, error.value.detail) == (expected.value.reason, expected.value.detail)


def test_every_kind_is_prepared_by_one_preparer(subject: IsolatedPreparer) -> None:
    """The child can open no file, so all that any kind needs must be loaded before the first picture."""
    assert {name: subject.prepare(data, Policy(), 60) for name, data in KINDS.items()} == {
        name: prepare(data, Policy()) for name, data in KINDS.items()
    }


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_other_files_are_named_alike(subject: IsolatedPreparer, data: bytes) -> None:
    with pytest.raises(IngestError) as expected:
        prepare(data, Policy())
    with pytest.raises(IngestError) as error:
        subject.prepare(data, Policy(), 60)
    assert (error.value.reason, error.value.detail) == (expected.value.reason, expected.value.detail)


def test_without_time_no_image_is_blamed(subject: IsolatedPreparer) -> None:
    with pytest.raises(IngestError) as error:
        subject.prepare(jpeg(), Policy(), 0)
    assert error.value.reason is Reason.NOT_BEGUN
