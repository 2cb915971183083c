"""The four searches. By picture and by name, the index is ranked by how alike the pictures look.

Head.DocsFound is the number of results returned and Head.DocsReturn the number that match, as the references say; the
names suggest the opposite. The deprecated SortExprValues is left out.
"""

import re

from local_cloud.image_search import limits, pictures
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.filters import read_filter
from local_cloud.image_search.models import Entry, Index, Ranked, in_order
from local_cloud.image_search.queries import SHARED, Query, read_query, read_window
from local_cloud.image_search.rendering import ALL_CATEGORIES, PREDICTED_CATEGORY, Body, render_entry, render_pic_info
from local_cloud.image_search.uploads import Uploads

MAX_TEXT_CHARS = 512
_WORD = re.compile(r"\w+")
_SUCCESS: Body = {"Code": 0, "Msg": "success", "Success": True}


def search_image_by_pic(index: Index, uploads: Uploads, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, (*SHARED, "PicContent", "CategoryId", "Crop", "Region"))
    kind = index.instance.kind
    query = read_query(parameters, kind)
    limits.read_boolean("Crop", parameters.get("Crop", "true"))
    if not parameters.get("PicContent"):
        raise ApiError("NoSpecifiedPic")
    found = pictures.inspect(uploads.fetch(parameters["PicContent"]), kind)
    region = limits.read_region(parameters, found.width, found.height)
    return _render(index.rank(found.appearance), query) | _render_subject(query, region)


def search_image_by_name(index: Index, parameters: limits.Parameters) -> Body:
    """Search by a picture that is in the index; it is the first result itself."""
    limits.check_known(parameters, (*SHARED, "ProductId", "PicName", "CategoryId"))
    query = read_query(parameters, index.instance.kind)
    ids = limits.read_identifier(parameters, "ProductId"), limits.read_identifier(parameters, "PicName")
    entry = index.find(*ids)
    if entry is None:
        raise ApiError("PicNotExist")
    region = str(entry.attributes.get("Region", f"0,{entry.width},0,{entry.height}"))
    return _render(index.rank(entry.appearance), query) | _render_subject(query, region)


def search_image_by_text(index: Index, parameters: limits.Parameters) -> Body:
    """Search for words in the IDs, CustomContent and the text attributes.

    The service understands what pictures show; nothing here does. The score is the share of the text's words that an
    entry has, and entries without any are not found. A word may be part of a longer one, since Chinese has no spaces.
    """
    limits.check_known(parameters, (*SHARED, "Text"))
    query = read_query(parameters, index.instance.kind)
    words = _read_words(parameters.get("Text", ""))
    scored = ((_score(words, entry), entry) for entry in index.entries())
    found = in_order((score, entry) for score, entry in scored if score)
    return _render(found, query) | {"PicInfo": {"AllCategories": ALL_CATEGORIES}}


def search_image_by_filter(index: Index, parameters: limits.Parameters) -> Body:
    """List the entries that meet a filter, ordered by their IDs. Filter is required."""
    limits.check_known(parameters, ("InstanceName", "Filter", "Num", "Start"))
    window = read_window(parameters)
    matches = read_filter(parameters.get("Filter", ""))
    found = in_order((1.0, entry) for entry in index.entries() if matches(entry))
    return _SUCCESS | {"Auctions": [render_entry(entry) for _, entry in window.cut(found)]}


def _read_words(text: str) -> set[str]:
    if len(text) > MAX_TEXT_CHARS:
        raise ApiError("InvalidTextLength", f"{len(text)} characters exceed {MAX_TEXT_CHARS}.")
    words = set(_WORD.findall(text.casefold()))
    if not words:
        raise ApiError("InvalidText", "It has no words.")
    return words


def _score(words: set[str], entry: Entry) -> float:
    texts = [value for value in entry.attributes.values() if isinstance(value, str)]
    searched = "\n".join((entry.product_id, entry.pic_name, *texts)).casefold()
    return sum(word in searched for word in words) / len(words)


def _render(ranked: Ranked, query: Query) -> Body:
    matching = query.choose(ranked)
    page = query.window.cut(matching)
    return _SUCCESS | {
        "Auctions": [render_entry(entry) | {"Score": score} for score, entry in page],
        "Head": {"DocsFound": len(page), "DocsReturn": len(matching), "SearchTime": 1},
    }


def _render_subject(query: Query, region: str) -> Body:
    category = PREDICTED_CATEGORY if query.category is None else query.category
    return {"PicInfo": render_pic_info(category, region)}
