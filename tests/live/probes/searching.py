"""Probes of searches and attributes. They need an Image Search instance only."""

import io
import json
import time
from typing import Any

from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.instance import Entry
from tests.live.account import Account
from tests.live.probe import INSTANCE, Finding, cannot_tell, fails, in_words, judge, probe
from tests.support.pictures import encode, scene

# Two files of one scene: a search looks only at the category that the service takes a picture for.
PICTURE, OTHER = encode(scene(640, 400), quality=90), encode(scene(640, 400), quality=60)
FOUND_SECONDS = 120.0
UPLOAD_SECONDS = 60.0  # how long a temporary upload has to live at least
_SOON_SECONDS, _LONGEST_BURST_SECONDS = 60.0, 2.5
_PAUSE_SECONDS = 1.5  # the calls before count no more


def add_pair(account: Account) -> float:
    """Add two entries, and wait until a search finds both. Return how long that took."""

    def make() -> float:
        account.add("pair/1.jpg", PICTURE, int_attr=7, str_attr="red")
        account.add("pair/2.jpg", OTHER, int_attr=8, str_attr="blue")
        seconds = account.wait_until(lambda: len(own_hits(account)) >= 2, FOUND_SECONDS)
        if seconds is None:
            raise TimeoutError(f"a search did not find two new entries within {FOUND_SECONDS:.0f} s")
        return seconds

    return account.once("pair", make)


def own_hits(account: Account, picture: bytes = PICTURE) -> list[Entry]:
    hits = account.instance.search_by_image(picture, num=100)
    return [hit for hit in hits if hit.product_id == account.product_id]


def search_raw(account: Account, num: int, **fields: Any) -> Any:
    """Return the SDK's body of a search by picture."""

    def search(client: Any, sent: bytes, runtime: Any) -> Any:
        request = models.SearchImageByPicAdvanceRequest(
            instance_name=account.instance.name, pic_content_object=io.BytesIO(sent), num=num, **fields
        )
        return client.search_image_by_pic_advance(request, runtime)

    return account.instance.call("SearchImageByPic", search, PICTURE)


@probe("IS-03", INSTANCE, "2 entries, 1 search", adds=2)
def ask_docs_found(account: Account) -> Finding:
    add_pair(account)
    body = search_raw(account, 1)
    head, results = body.head, len(body.auctions or ())
    seen = f"{results} result of at least 2 matches: DocsFound {head.docs_found}, DocsReturn {head.docs_return}"
    return judge(head.docs_found == results == 1 and head.docs_return >= 2, seen)


@probe(
    "IS-11",
    INSTANCE,
    "2 entries, searches until they are found; one upload that waits for a minute",
    adds=3,
    leaves="how long an upload lives at most",
)
def ask_how_soon(account: Account) -> Finding:
    seconds = add_pair(account)
    upload = account.index.upload(OTHER)
    time.sleep(UPLOAD_SECONDS)
    try:
        account.add_uploaded(upload, request_for(account, "late.jpg", OTHER))
    except IngestError as error:
        return fails(f"an upload of {UPLOAD_SECONDS:.0f} s ago: {error.service_code or error.reason.code}")
    seen = f"found after {seconds:.1f} s; an upload could be added after {UPLOAD_SECONDS:.0f} s"
    return judge(seconds <= _SOON_SECONDS, seen)


def request_for(account: Account, pic_name: str, picture: bytes, product_id: str | None = None) -> Any:
    from imagesearch_ingest.image_search import AddImageRequest  # noqa: PLC0415 - beside its only use

    return AddImageRequest(
        instance_name=account.settings.instance_name,
        product_id=product_id or account.product_id,
        pic_name=pic_name,
        pic_content=picture,
    )


def search_by_name(account: Account, pic_name: str) -> list[Any]:
    request = models.SearchImageByNameRequest(
        instance_name=account.instance.name, product_id=account.product_id, pic_name=pic_name, num=100
    )
    body = account.instance.call("SearchImageByName", Client.search_image_by_name_with_options, request)
    return list(body.auctions or ())


def _code_for_a_missing_entry(account: Account) -> str:
    try:
        search_by_name(account, "no-such-entry.jpg")
    except IngestError as error:
        return error.service_code or error.reason.code
    return "an answer"


@probe("IS-14", INSTANCE, "2 entries, 2 searches", adds=2)
def ask_by_name(account: Account) -> Finding:
    add_pair(account)
    hits = [(hit.product_id, hit.pic_name) for hit in search_by_name(account, "pair/1.jpg")]
    place = hits.index(ids) + 1 if (ids := (account.product_id, "pair/1.jpg")) in hits else 0
    code = _code_for_a_missing_entry(account)
    return judge(place > 0 and code == "PicNotExist", f"the entry is hit {place or 'none'}; a missing one: {code}")


@probe("ALI-13", INSTANCE, "1 search")
def ask_missing(account: Account) -> Finding:
    code = _code_for_a_missing_entry(account)
    return judge(code == "PicNotExist", f"a missing entry: {code}")


@probe("ALI-12", INSTANCE, "2 entries, 1 search", adds=2)
def ask_score(account: Account) -> Finding:
    add_pair(account)
    scores = {hit.pic_name: hit.score for hit in own_hits(account)}
    score = scores.get("pair/1.jpg")
    return judge(score is not None and score >= 0.99, f"its own picture gives score {score}")


@probe("IS-15", INSTANCE, "2 entries, 1 search", adds=2)
def ask_attributes(account: Account) -> Finding:
    """Two forms are understood: attributes that were not given are absent, or "" and 0."""
    add_pair(account)
    hits = [hit.to_map() for hit in search_raw(account, 100).auctions or ()]
    own = next(hit for hit in hits if (hit["ProductId"], hit["PicName"]) == (account.product_id, "pair/1.jpg"))
    names = ("IntAttr2", "IntAttr3", "IntAttr4", "StrAttr2", "StrAttr3", "StrAttr4", "CustomContent")
    seen = {name: own[name] for name in names if own.get(name) is not None}
    forms = {value in (0, "0", "") for value in seen.values()}
    return judge(forms <= {True}, f"not given, but shown: {json.dumps(seen) if seen else 'none'}")


@probe(
    "IS-02",
    INSTANCE,
    "2 entries, 2 searches, 1 UpdateImage",
    adds=2,
    leaves="the other choices of that list",
)
def ask_filters(account: Account) -> Finding:
    add_pair(account)
    filtered = search_raw(account, 100, filter='int_attr in (7,9) AND (str_attr="red" OR int_attr > 99)').auctions
    names = sorted(hit.pic_name for hit in filtered or () if hit.product_id == account.product_id)
    request = models.UpdateImageRequest(
        instance_name=account.instance.name, product_id=account.product_id, pic_name="pair/2.jpg", str_attr="green"
    )
    account.instance.call("UpdateImage", Client.update_image_with_options, request)
    kept: dict[str, Any] = {}

    def is_updated() -> bool:
        kept.update(next((hit.attributes for hit in own_hits(account) if hit.pic_name == "pair/2.jpg"), {}))
        return kept.get("StrAttr") == "green"

    account.wait_until(is_updated, 60)
    seen = f"filter found {names}; after UpdateImage IntAttr {kept.get('IntAttr')}, StrAttr {kept.get('StrAttr')}"
    return judge(names == ["pair/1.jpg"] and (kept.get("IntAttr"), kept.get("StrAttr")) == (8, "green"), seen)


@probe("ALI-21", INSTANCE, "Detail, then CheckImageExists at three times the rate of queries")
def ask_query_rate(account: Account) -> Finding:
    qps = account.instance.detail().qps
    if not 1 <= qps <= 50:
        return cannot_tell(f"Detail shows Qps {qps}; the probe asks only instances of 1 to 50")
    from tests.live.probes.rates import burst  # noqa: PLC0415 - beside its only use

    request = models.CheckImageExistsRequest(
        instance_name=account.instance.name, product_id=account.product_id, pic_name="pair/1.jpg"
    )
    time.sleep(_PAUSE_SECONDS)
    result = burst(lambda: call_once(account, "CheckImageExists", request), 3 * qps)
    seen = (
        f"Qps {qps}: {result.accepted} of {3 * qps} calls in {result.seconds:.1f} s, refused: {in_words(result.codes)}"
    )
    if result.seconds >= _LONGEST_BURST_SECONDS or not result.are_throttled:
        return cannot_tell(f"too slow to exceed the rate, or refused for another reason: {seen}")
    return judge(bool(result.codes) and result.accepted >= qps, seen)


def call_once(account: Account, action: str, request: Any) -> None:
    """Make one call without a second try."""
    from imagesearch_ingest.adapters.image_search.errors import API, translate_errors  # noqa: PLC0415 - as above

    method = {"CheckImageExists": Client.check_image_exists_with_options}[action]
    with translate_errors(action, API):
        method(account.instance._client, request, account.instance._runtime)  # noqa: SLF001 - one attempt
