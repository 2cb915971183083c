"""The control API, as another process uses it."""

import pytest
import requests
from alibabacloud_tea_openapi.exceptions import ServerException

from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import Api, picture


def test_the_index_is_read_and_reset_over_plain_http(service: ImageSearchService, api: Api) -> None:
    data = picture()
    api.add(data, "a/ü", "a/ü/1.jpg", int_attr=3)
    url = f"{service.proxy_url}/_local"
    with requests.Session() as session:
        (entry,) = session.get(f"{url}/entries", timeout=2).json()
        assert (entry["product_id"], entry["bytes"], entry["attributes"]) == ("a/ü", len(data), {"IntAttr": 3})
        ids = {"product_id": "a/ü", "pic_name": "a/ü/1.jpg"}
        assert session.get(f"{url}/picture", params=ids, timeout=2).content == data
        assert session.get(f"{url}/picture", timeout=2).status_code == 404
        assert [call["leg"] for call in session.get(f"{url}/calls", timeout=2).json()] == ["authorize", "upload", "add"]
        assert session.post(f"{url}/reset", timeout=2).status_code == 200
        assert session.get(f"{url}/entries", timeout=2).json() == []
        assert session.get(f"{url}/calls", timeout=2).json() == []
        unknown = session.get(f"{url}/nothing", timeout=2)
        assert unknown.status_code == 404
        assert "GET /_local/entries" in unknown.json()["error"]


def test_faults_are_scripted_over_plain_http(service: ImageSearchService, api: Api) -> None:
    fault = {"leg": "add", "kind": "error", "code": "UnknownException", "status": 500}
    assert requests.put(f"{service.proxy_url}/_local/faults", json=[fault], timeout=2).status_code == 200
    assert requests.put(f"{service.proxy_url}/_local/latencies", json={"add": 0.2}, timeout=2).status_code == 200
    assert service.faults.latency("add") == 0.2
    with pytest.raises(ServerException):
        api.add(picture())
    refused = requests.put(f"{service.proxy_url}/_local/faults", json=[fault, {"leg": "move"}], timeout=2)
    assert refused.status_code == 400
    assert "kind" in refused.json()["error"]
    assert requests.put(f"{service.proxy_url}/_local/faults", data=b"{", timeout=2).status_code == 400
    assert requests.put(f"{service.proxy_url}/_local/latencies", json=[], timeout=2).status_code == 400
