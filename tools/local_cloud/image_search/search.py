"""SearchImageByPic: the index ranked by how alike the pictures' hashes are."""

from dataclasses import dataclass

from local_cloud.image_search import limits, pictures
from local_cloud.image_search.errors import ApiRefusal
from local_cloud.image_search.model import Entry, Index
from local_cloud.image_search.rendering import PREDICTED_CATEGORY, Body, category_of, entry_body, pic_info
from local_cloud.image_search.uploads import Uploads

DEFAULT_NUM, MAX_NUM, MAX_RESULTS = 10, 100, 500
_KNOWN = (
    "InstanceName",
    "PicContent",
    "CategoryId",
    "Crop",
    "Region",
    "Num",
    "Start",
    "Filter",
    "DistinctProductId",
    "ScoreThreshold",
)
Ranked = list[tuple[float, Entry]]


@dataclass(frozen=True)
class _Wanted:
    start: int
    num: int
    category: int | None
    distinct: bool
    score: float


def search_image_by_pic(index: Index, uploads: Uploads, parameters: limits.Parameters) -> Body:
    wanted = _read(parameters)
    if not parameters.get("PicContent"):
        raise ApiRefusal("NoSpecifiedPic")
    found = pictures.inspect(uploads.fetch(parameters["PicContent"]))
    region = limits.region(parameters, found.width, found.height)
    ranked = _choose(index.ranked(found.perceptual_hash), wanted)
    page = ranked[wanted.start : wanted.start + wanted.num]
    return {
        "Code": 0,
        "Msg": "success",
        "Success": True,
        "Auctions": [entry_body(entry) | {"Score": score} for score, entry in page],
        "Head": {"DocsFound": len(ranked), "DocsReturn": len(page), "SearchTime": 1},
        "PicInfo": pic_info(PREDICTED_CATEGORY if wanted.category is None else wanted.category, region),
    }


def _read(parameters: limits.Parameters) -> _Wanted:
    limits.check_known(parameters, _KNOWN)
    if parameters.get("Filter"):
        raise ApiRefusal("InvalidFilterClause", "The stand-in does not filter.")
    limits.boolean("Crop", parameters.get("Crop", "true"))
    start, num = _window(parameters)
    return _Wanted(
        start=start,
        num=num,
        category=limits.category("CategoryId", parameters["CategoryId"]) if "CategoryId" in parameters else None,
        distinct=limits.boolean("DistinctProductId", parameters.get("DistinctProductId", "false")),
        score=_score(parameters.get("ScoreThreshold", "0")),
    )


def _window(parameters: limits.Parameters) -> tuple[int, int]:
    """Up to 100 results a call, of the first 500 (AddImage reference, "Error codes", Overflow...)."""
    start = limits.whole_number(parameters.get("Start", "0"), "InvalidStartParameter")
    num = limits.whole_number(parameters.get("Num", str(DEFAULT_NUM)), "InvalidNumParameter")
    if start < 0:
        raise ApiRefusal("InvalidStartParameter")
    if num < 1:
        raise ApiRefusal("InvalidNumParameter")
    if num > MAX_NUM:
        raise ApiRefusal("OverflowMaxReturnNum")
    if start + num > MAX_RESULTS:
        raise ApiRefusal("OverflowMaxResultNum")
    return start, num


def _score(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ApiRefusal("BadRequest", f"ScoreThreshold: {value!r} is not a number.") from None


def _choose(ranked: Ranked, wanted: _Wanted) -> Ranked:
    """A category that is given narrows the search to it; distinct keeps a product's best picture."""
    chosen: Ranked = []
    seen: set[str] = set()
    for score, entry in ranked:
        if score < wanted.score or wanted.category not in (None, category_of(entry)):
            continue
        if wanted.distinct and entry.product_id in seen:
            continue
        seen.add(entry.product_id)
        chosen.append((score, entry))
    return chosen
