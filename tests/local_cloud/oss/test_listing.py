"""ListObjects and ListObjectsV2: pages, groups and the encoding of keys."""

import pytest

from tests.local_cloud.oss.api import Answer, Api

KEYS = ["a.jpg", "b/1.jpg", "b/2.jpg", "b/c/3.jpg", "d.jpg", "e/4.jpg", "鞋 +&.jpg"]


@pytest.fixture
def listed(api: Api) -> Api:
    for key in reversed(KEYS):
        api.put(key)
    return api


def found(answer: Answer) -> tuple[list[str], list[str]]:
    return answer.texts("Contents/Key"), answer.texts("CommonPrefixes/Prefix")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, (KEYS, [])),
        ({"prefix": "b/"}, (["b/1.jpg", "b/2.jpg", "b/c/3.jpg"], [])),
        ({"delimiter": "/"}, (["a.jpg", "d.jpg", "鞋 +&.jpg"], ["b/", "e/"])),
        ({"prefix": "b/", "delimiter": "/"}, (["b/1.jpg", "b/2.jpg"], ["b/c/"])),
        ({"prefix": "b", "delimiter": "/"}, ([], ["b/"])),
        ({"prefix": "b", "delimiter": ".j"}, ([], ["b/1.j", "b/2.j", "b/c/3.j"])),
        ({"prefix": "none"}, ([], [])),
    ],
)
@pytest.mark.parametrize("version", [{}, {"list-type": "2"}])
def test_prefix_and_delimiter_select(listed: Api, version: dict, parameters: dict, expected: tuple) -> None:
    assert found(listed.call("GET", "", version | parameters)) == expected


def test_a_marker_is_left_behind(listed: Api) -> None:
    assert found(listed.call("GET", "", "marker=b%2F2.jpg")) == (KEYS[3:], [])
    assert found(listed.call("GET", "", "list-type=2&start-after=b%2F2.jpg")) == (KEYS[3:], [])
    assert found(listed.call("GET", "", "marker=b%2F11")) == (KEYS[2:], [])


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_have_everything_once(listed: Api, limit: int) -> None:
    """A common prefix counts as one entry, and the next page begins behind all of its keys."""
    keys, prefixes, marker, pages = [], [], "", 0
    while True:
        parameters = {"delimiter": "/", "max-keys": str(limit), "marker": marker}
        answer = listed.call("GET", "", parameters)
        assert answer.status == 200, answer.body
        page = found(answer)
        keys, prefixes, pages = keys + page[0], prefixes + page[1], pages + 1
        assert len(page[0]) + len(page[1]) <= limit
        if answer.text("IsTruncated") == "false":
            break
        marker = answer.text("NextMarker")
    assert (keys, prefixes, pages) == (["a.jpg", "d.jpg", "鞋 +&.jpg"], ["b/", "e/"], -(-5 // limit))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_the_second_version_have_everything_once(listed: Api, limit: int) -> None:
    keys, prefixes, token = [], [], ""
    while True:
        parameters = {"list-type": "2", "delimiter": "/", "max-keys": str(limit), "start-after": "a"}
        answer = listed.call("GET", "", parameters | ({"continuation-token": token} if token else {}))
        assert answer.status == 200, answer.body
        page = found(answer)
        assert answer.text("KeyCount") == str(len(page[0]) + len(page[1]))
        keys, prefixes = keys + page[0], prefixes + page[1]
        if answer.text("IsTruncated") == "false":
            break
        token = answer.text("NextContinuationToken")
    assert (keys, prefixes) == (["a.jpg", "d.jpg", "鞋 +&.jpg"], ["b/", "e/"])


def test_keys_are_encoded_only_if_the_request_asks_for_it(listed: Api) -> None:
    answer = listed.call("GET", "", {"prefix": "鞋 ", "encoding-type": "url"})
    assert (found(answer)[0], answer.text("Prefix")) == (["%E9%9E%8B%20%2B%26.jpg"], "%E9%9E%8B%20")
    assert answer.text("EncodingType") == "url"
    plain = listed.call("GET", "", {"prefix": "鞋 "})
    assert (found(plain)[0], plain.text("Prefix"), plain.text("EncodingType")) == (["鞋 +&.jpg"], "鞋 ", None)


def test_an_owner_is_always_in_the_first_version(listed: Api) -> None:
    assert len(listed.call("GET", "", "").texts("Contents/Owner/ID")) == 7
    assert listed.call("GET", "", "list-type=2").texts("Contents/Owner/ID") == []
    assert len(listed.call("GET", "", "list-type=2&fetch-owner=true").texts("Contents/Owner/ID")) == 7


def test_an_entry_describes_its_object(api: Api) -> None:
    api.put("a.jpg", b"0123456789", x_oss_storage_class="IA")
    answer = api.call("GET", "", "")
    fields = [answer.text(f"Contents/{name}") for name in ("Key", "ETag", "Type", "Size", "StorageClass")]
    assert fields == ["a.jpg", '"781E5E245D69B566979B86E28D23F2C7"', "Normal", "10", "IA"]


def test_a_hundred_keys_are_listed_by_default(api: Api) -> None:
    for number in range(101):
        api.put(f"{number:03}.jpg")
    answer = api.call("GET", "", "list-type=2")
    assert (len(found(answer)[0]), answer.text("IsTruncated")) == (100, "true")
    assert len(found(api.call("GET", "", "list-type=2&max-keys=1000"))[0]) == 101


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("max-keys=0", "max-keys"),
        ("max-keys=1001", "max-keys"),
        ("max-keys=ten", "max-keys"),
        ("encoding-type=base64", "encoding-type"),
        ("list-type=3", "list-type"),
        ("list-type=2&fetch-owner=yes", "fetch-owner"),
        ("list-type=2&continuation-token=%C3%A4", "continuation-token"),
    ],
)
def test_an_invalid_parameter_is_named(api: Api, parameters: str, named: str) -> None:
    answer = api.call("GET", "", parameters)
    assert (answer.status, answer.code, answer.text("ArgumentName")) == (400, "InvalidArgument", named)
