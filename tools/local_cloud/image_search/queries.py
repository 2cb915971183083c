"""Read the parameters that the searches share (SearchImageByPic reference, "Request parameters")."""

import re
from dataclasses import dataclass

from local_cloud.image_search import limits
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.filters import Condition, read_filter
from local_cloud.image_search.kinds import Kind
from local_cloud.image_search.models import Entry, Ranked
from local_cloud.image_search.rendering import find_category

DEFAULT_NUM, MAX_NUM, MAX_RESULTS = 10, 100, 500
SHARED = ("InstanceName", "Num", "Start", "Filter", "DistinctProductId", "ScoreThreshold")
_SCORE = re.compile(r"0(\.[0-9]{1,2})?|1(\.0{1,2})?")


@dataclass(frozen=True)
class Window:
    """The results from ``start`` on, at most ``num`` of them."""

    start: int
    num: int

    def cut(self, results: Ranked) -> Ranked:
        return results[self.start : self.start + self.num]


@dataclass(frozen=True)
class Query:
    """What a search narrows its results by. ``category`` is ``None`` for any."""

    window: Window
    category: int | None
    distinct: bool
    score: float
    condition: Condition

    def choose(self, ranked: Ranked) -> Ranked:
        """Return the results that the query asks for; ``distinct`` keeps the best one of each product."""
        chosen: Ranked = []
        seen: set[str] = set()
        for score, entry in ranked:
            if score < self.score or not self._wants(entry) or (self.distinct and entry.product_id in seen):
                continue
            seen.add(entry.product_id)
            chosen.append((score, entry))
        return chosen

    def _wants(self, entry: Entry) -> bool:
        return self.category in (None, find_category(entry)) and self.condition(entry)


def read_query(parameters: limits.Parameters, kind: Kind) -> Query:
    window = read_window(parameters)
    return Query(
        window=window,
        category=_read_category(parameters, kind),
        distinct=limits.read_boolean("DistinctProductId", parameters.get("DistinctProductId", "false")),
        score=_read_score(parameters.get("ScoreThreshold", "0")),
        condition=read_filter(parameters["Filter"]) if parameters.get("Filter") else lambda _: True,
    )


def read_window(parameters: limits.Parameters) -> Window:
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
    return Window(start, num)


def _read_category(parameters: limits.Parameters, kind: Kind) -> int | None:
    """Return the category, or ``None`` if none is given or the kind has none ("regardless of whether you specify")."""
    if "CategoryId" not in parameters:
        return None
    category = limits.read_category("CategoryId", parameters["CategoryId"])
    return category if kind.has_categories else None


def _read_score(value: str) -> float:
    if not _SCORE.fullmatch(value):
        raise ApiError("BadRequest", f"ScoreThreshold: {value!r} is not from 0.00 to 1.00 with at most two decimals.")
    return float(value)
