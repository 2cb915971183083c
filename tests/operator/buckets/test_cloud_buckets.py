"""Buckets of the local S3 and the local OSS, through the real SDKs."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.opening import Place, open_bucket
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.errors import InputError
from local_cloud.aws import AwsServer
from local_cloud.oss import OssService

# S3's XML and OSS's have no form for control characters: they are listed in URL encoding.
HOSTILE = ["ctl\x01/\x1f.jpg", "new\nline.jpg", "plus+and%41.jpg", "trailing ", "<&>.jpg", "鞋/\U0001f45f.jpg"]


class Cloud(NamedTuple):
    """A bucket of a local cloud, and what the operator's shell says."""

    url: str
    put: Callable[[str, bytes], object]
    environ: Mapping[str, str]

    def open(self, text: str = "") -> Place:
        return open_bucket(text or self.url, find_deployment(self.environ))

    def keys(self, after: str = "") -> list[str]:
        return [one.key for page in self.open().bucket.pages("", after) for one in page]


@pytest.fixture(scope="module")
def oss() -> Iterator[OssService]:
    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret") as service:
        yield service


@pytest.fixture
def on_s3(aws: AwsServer, unique_name: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    for name, value in aws.environ().items():
        monkeypatch.setenv(name, value)
    client = aws.client("s3")
    client.create_bucket(Bucket=unique_name)
    return Cloud(
        f"s3://{unique_name}",
        lambda key, data: client.put_object(Bucket=unique_name, Key=key, Body=data),
        aws.environ(),
    )


@pytest.fixture
def on_oss(oss: OssService, unique_name: str) -> Cloud:
    oss.denied.clear()
    oss.make_bucket(unique_name)
    environ = {
        "FC_REGION": "cn-shanghai",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "INGEST_BUCKET_ENDPOINT": oss.url,
        "INGEST_CA_BUNDLE": str(oss.ca_path),
    }
    uploader = oss.uploader()
    return Cloud(f"oss://{unique_name}", lambda key, data: uploader.put(unique_name, key, data), environ)


@pytest.fixture(params=["on_s3", "on_oss"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    return request.getfixturevalue(request.param)


def test_hostile_keys_are_decoded_exactly_once(cloud: Cloud) -> None:
    # moto's server takes no key with a line break.
    keys = [key for key in HOSTILE if "\n" not in key or cloud.url.startswith("oss")]
    for key in keys:
        cloud.put(key, key.encode())
    assert cloud.keys() == sorted(keys, key=str.encode)
    bucket = cloud.open().bucket
    for key in keys:
        source = bucket.fetch(key, 100)
        assert source is not None, key
        assert source.data == key.encode()


def test_more_than_a_page_is_listed(cloud: Cloud) -> None:
    keys = [f"{number:04}.jpg" for number in range(1003)]
    for key in keys:
        cloud.put(key, b"x")
    assert [len(page) for page in cloud.open().bucket.pages("", "")] == [1000, 3]
    assert cloud.keys(after="1000.jpg") == ["1001.jpg", "1002.jpg"]
    assert [one.key for page in cloud.open(f"{cloud.url}/099").bucket.pages("099", "") for one in page] == keys[
        990:1000
    ]


def test_a_listing_has_sizes_and_etags(cloud: Cloud) -> None:
    cloud.put("a.jpg", b"four")
    ((found,),) = cloud.open().bucket.pages("", "")
    assert (found.size, found.etag.lower()) == (4, "8cbad96aced40b3838dd9f07f6ef5772")
    assert not found.is_archived


def test_an_object_that_is_gone_is_none(cloud: Cloud) -> None:
    assert cloud.open().bucket.fetch("gone.jpg", 10) is None


def test_a_bucket_that_does_not_exist_says_so(cloud: Cloud) -> None:
    bucket = cloud.open(f"{cloud.url}-missing").bucket
    with pytest.raises(IngestError) as error:
        list(bucket.pages("", ""))
    assert error.value.reason is Reason.BUCKET_MISSING


def test_archived_objects_are_known_from_the_listing(on_s3: Cloud, aws: AwsServer) -> None:
    for number, kind in enumerate(["STANDARD", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "INTELLIGENT_TIERING"]):
        name = on_s3.url.removeprefix("s3://")
        aws.client("s3").put_object(Bucket=name, Key=str(number), Body=b"x", StorageClass=kind)
    found = [one for page in on_s3.open().bucket.pages("", "") for one in page]
    assert [one.is_archived for one in found] == [False, True, True, False, False]


def test_a_bucket_that_must_not_be_listed_names_the_permission(on_oss: Cloud, oss: OssService) -> None:
    oss.denied.add("oss:ListObjects")
    with pytest.raises(IngestError) as error:
        on_oss.keys()
    assert error.value.reason is Reason.BUCKET_FORBIDDEN
    assert "oss:ListObjects" in error.value.reason.hint


def test_a_bucket_of_another_region_is_no_matter_of_permissions(
    on_oss: Cloud, oss: OssService, unique_name: str
) -> None:
    oss.make_bucket(f"{unique_name}-far", "cn-beijing")
    with pytest.raises(IngestError) as error:
        list(on_oss.open(f"oss://{unique_name}-far").bucket.pages("", ""))
    assert error.value.reason is Reason.BUCKET_MISSING


def test_a_directory_bucket_is_refused(on_s3: Cloud) -> None:
    with pytest.raises(InputError, match="S3 lists its keys in no order"):
        on_s3.open("s3://pictures--use1-az4--x-s3")


def test_a_missing_region_is_named(on_oss: Cloud) -> None:
    environ = {name: value for name, value in on_oss.environ.items() if name != "FC_REGION"}
    with pytest.raises(SettingsError, match="FC_REGION is not set"):
        open_bucket("oss://shop", find_deployment(environ))


@pytest.mark.parametrize("text", ["gs://shop", "", "https://shop.s3.amazonaws.com"])
def test_other_urls_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="name a folder, or s3://bucket or oss://bucket"):
        open_bucket(text, find_deployment({}))
