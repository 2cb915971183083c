"""Differences to plant in the local clouds: for each probe one that it has to notice."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus

import pytest
from moto.cloudwatch.models import Statistics

from imagesearch_ingest.model.images import Upload
from local_cloud.image_search import dumps, files, search
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.queries import Query
from local_cloud.image_search.signatures import SignatureVerifier
from local_cloud.sqs.message import StandardMessage
from local_cloud.sqs.queue import StandardQueue
from tests.live.account import Account
from tests.live.plants_aws import (
    Plant,
    announce,
    check_clocks,
    diagnose,
    fail_to_move,
    hide_the_region,
    issue_token,
    log_start,
    measure,
    measure_dimensions,
    patched,
    points,
    read_archives,
    show_instead_of_delete,
)
from tests.live.probes import adding, deployed, searching, watching


def fault(leg: str, code: str, status: int = 400, times: int | None = 1) -> Plant:
    def plant(cloud: Any, _: pytest.MonkeyPatch, account: Account) -> None:
        if leg in ("add", "authorize"):
            searching.add_pair(account)
        cloud.image_search.faults.add({"leg": leg, "kind": "error", "code": code, "status": status, "times": times})

    return plant


def rendered(change: Callable[[dict[str, Any]], object]) -> Plant:
    """Change the answers of searches."""

    def plant(_: Any, patch: pytest.MonkeyPatch, account: Account) -> None:
        searching.add_pair(account)
        render = search._render  # noqa: SLF001 - the stand-in is to differ

        def differ(ranked: Any, query: Query) -> dict[str, Any]:
            body = json.loads(json.dumps(render(ranked, query)))
            change(body)
            return body

        patch.setattr(search, "_render", differ)

    return plant


def swap(body: dict[str, Any]) -> None:
    head = body["Head"]
    head["DocsFound"], head["DocsReturn"] = head["DocsReturn"], head["DocsFound"]


def show_other_defaults(body: dict[str, Any]) -> None:
    for hit in body["Auctions"]:
        hit["IntAttr2"] = -1


def lower_scores(body: dict[str, Any]) -> None:
    for hit in body["Auctions"]:
        hit["Score"] *= 0.9


def ignore_filters(_: Any, patch: pytest.MonkeyPatch, account: Account) -> None:
    searching.add_pair(account)
    patch.setattr(Query, "choose", lambda _, ranked: list(ranked))


def upload_elsewhere(_: Any, patch: pytest.MonkeyPatch, account: Account) -> None:
    patch.setattr(account.index, "upload", lambda _: Upload("http://uploads.oss-us-west-1.aliyuncs.com/a.jpg"))


def answer_other_code(_: Any, patch: pytest.MonkeyPatch, account: Account) -> None:
    """Let a search by name answer another code for a missing entry."""
    searching.add_pair(account)

    def differ(index: Any, product_id: str, pic_name: str) -> Any:
        found = find(index, product_id, pic_name)
        if found is None:
            raise ApiError("InvalidPicName")
        return found

    find = search.Index.find
    patch.setattr(search.Index, "find", differ)


def refuse_plain_http(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    patch.setattr(adding.http.client.HTTPConnection, "request", refuse)


def allow_every_query(cloud: Any, _: pytest.MonkeyPatch, __: Account) -> None:
    cloud.image_search.change_rates(query=1000)


def leave_out_the_last(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    render = dumps.render_file

    def differ(entries: Any, settings: Any) -> bytes:
        return render([one for one in entries if one.pic_name != "dump/before.jpg"], settings)

    patch.setattr(dumps, "render_file", differ)


def ignore_ranges(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    render = files._render  # noqa: SLF001 - the stand-in is to differ
    patch.setattr(files, "_render", lambda data, _: render(data, ""))


def answer_page(status: int) -> Plant:
    def respond(request: Any, **_: object) -> Any:
        if status != 200:
            raise HTTPError(request.full_url, status, "no", {}, BytesIO())  # type: ignore[arg-type]  # no headers
        return type("Answer", (BytesIO,), {"status": status})()

    return patched(deployed, "urlopen", respond)


def accept_any_time(_: Any, patch: pytest.MonkeyPatch, __: Account) -> None:
    patch.setattr(SignatureVerifier, "_check_time", lambda *_: None)


ON_AWS: dict[str, Plant] = {
    "DOC-01": answer_page(404),
    "IS-01": fault("add", "InvalidStrAttr"),
    "IS-02": ignore_filters,
    "IS-03": rendered(swap),
    "IS-04": fault("add", "UnsupportedPicPixels"),
    "IS-05": fault("authorize", "Throttling.User", 429, 30),
    "IS-06": fault("add", "NeverHeardOf"),
    "IS-09": refuse_plain_http,
    "IS-10": upload_elsewhere,
    "IS-11": fault("add", "InvalidPicUrl"),
    "IS-12": patched(dumps, "_row", lambda entry: {"Name": entry.pic_name}),
    "IS-13": ignore_ranges,
    "IS-14": answer_other_code,
    "IS-15": rendered(show_other_defaults),
    "IS-21": accept_any_time,
    "AWS-03": patched(StandardQueue, "delete_message", show_instead_of_delete),
    "AWS-05": diagnose("canary.picture", ok=False),
    "AWS-06": patched(Statistics, "minimum", 1.0),
    "AWS-07": patched(StandardQueue, "_find_noisy", lambda _: set()),
    "AWS-08": measure("ApproximateAgeOfOldestMessage"),
    "AWS-09": patched(StandardMessage, "renew", lambda self, _: self),
    "AWS-13": read_archives,
    "AWS-15": fail_to_move,
    "AWS-16": hide_the_region,
    "AWS-17": patched(watching, "count_outcomes", lambda *_: {"added": 4}),
    "AWS-18": points(7),
    "AWS-19": lambda *_: None,  # moto accepts any time
    "AWS-20": announce(quote_plus),
    "AWS-24": measure_dimensions(("service", "stack")),
    "AWS-26": issue_token("arn:aws:sts::123456789012:assumed-role/ingest/session"),
    "AWS-29": log_start("open"),
    "ALI-02": upload_elsewhere,
    "ALI-12": rendered(lower_scores),
    "ALI-13": answer_other_code,
    "ALI-14": fault("authorize", "Forbidden.RAM", 403),
    "ALI-21": allow_every_query,
    "ALI-22": leave_out_the_last,
}
# What the local clouds lack, and has to be there before a probe can say "holds".
THERE: dict[str, Plant] = {
    "DOC-01": answer_page(200),
    "AWS-05": diagnose("canary.picture", ok=True),
    "AWS-08": measure("ApproximateAgeOfOldestMessageInQuietGroups"),
    "AWS-17": patched(watching, "count_outcomes", lambda *_: {"added": 2}),
    "AWS-18": points(0),
    "AWS-19": check_clocks,
    "AWS-20": announce(str),
    "AWS-24": measure_dimensions(("service", "stack"), ("service", "stack", "outcome")),
    "AWS-26": issue_token("arn:aws:iam::123456789012:role/ingest"),
    "AWS-29": log_start("hidden"),
}
