"""SearchImageByPic: rank the index by the similarity of the pictures' hashes."""

from dataclasses import dataclass

from local_cloud.image_search import limits, pictures
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.models import Entry, Index
from local_cloud.image_search.rendering import PREDICTED_CATEGORY, Body, find_category, render_entry, render_pic_info
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
class _Query:
    start: int
    num: int
    category: int | None
    distinct: bool
    score: float


def search_image_by_pic(index: Index, uploads: Uploads, parameters: limits.Parameters) -> Body:
    query = _read_query(parameters)
    if not parameters.get("PicContent"):
        raise ApiError("NoSpecifiedPic")
    found = pictures.inspect(uploads.fetch(parameters["PicContent"]))
    region = limits.read_region(parameters, found.width, found.height)
    ranked = _choose(index.rank(found.perceptual_hash), query)
    page = ranked[query.start : query.start + query.num]
    return {
        "Code": 0,
        "Msg": "success",
        "Success": True,
        "Auctions": [render_entry(entry) | {"Score": score} for score, entry in page],
        "Head": {"DocsFound": len(ranked), "DocsReturn": len(page), "SearchTime": 1},
        "PicInfo": render_pic_info(PREDICTED_CATEGORY if query.category is None else query.category, region),
    }


def _read_query(parameters: limits.Parameters) -> _Query:
    limits.check_known(parameters, _KNOWN)
    if parameters.get("Filter"):
        raise ApiError("InvalidFilterClause", "The local Image Search does not filter.")
    limits.read_boolean("Crop", parameters.get("Crop", "true"))
    start, num = _read_window(parameters)
    return _Query(
        start=start,
        num=num,
        category=limits.read_category("CategoryId", parameters["CategoryId"]) if "CategoryId" in parameters else None,
        distinct=limits.read_boolean("DistinctProductId", parameters.get("DistinctProductId", "false")),
        score=_read_score(parameters.get("ScoreThreshold", "0")),
    )


def _read_window(parameters: limits.Parameters) -> tuple[int, int]:
    """Return start and number: up to 100 of the first 500 results (AddImage reference, "Error codes")."""
    start = limits.read_integer(parameters.get("Start", "0"), "InvalidStartParameter")
    num = limits.read_integer(parameters.get("Num", str(DEFAULT_NUM)), "InvalidNumParameter")
    if start < 0:
        raise ApiError("InvalidStartParameter")
    if num < 1:
        raise ApiError("InvalidNumParameter")
    if num > MAX_NUM:
        raise ApiError("OverflowMaxReturnNum")
    if start + num > MAX_RESULTS:
        raise ApiError("OverflowMaxResultNum")
    return start, num


def _read_score(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ApiError("BadRequest", f"ScoreThreshold: {value!r} is not a number.") from None


def _choose(ranked: Ranked, query: _Query) -> Ranked:
    """Return the results in the query's category above its score; ``distinct`` keeps one for each product."""
    chosen: Ranked = []
    seen: set[str] = set()
    for score, entry in ranked:
        if score < query.score or query.category not in (None, find_category(entry)):
            continue
        if query.distinct and entry.product_id in seen:
            continue
        seen.add(entry.product_id)
        chosen.append((score, entry))
    return chosen
