"""Ask the index for the entry of an object, and for entries that the object may have under other IDs.

CheckImageExists knows one pair of IDs. No operation finds entries by PicName alone: SearchImageByName takes both IDs,
and searches with the picture of that entry. So the other pairs are those of other key rules and of dead letters and,
with ``--index``, whatever a search with the prepared picture finds (docs/adr/0044-what-explain-asks.md).
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from imagesearch_ingest.adapters.image_search.api import with_sendable_length
from imagesearch_ingest.adapters.image_search.errors import reading
from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.dlq.letters import Line
from imagesearch_ops.index.answers import read_entry
from imagesearch_ops.instance import MOST_HITS, Entry, InstanceClient

SAME_PICTURE = 0.99  # the score from which two pictures are called the same; the same bytes have 1.0
_MOST_RESULTS = 500  # SearchImageByPic reference, "Start"
_MOST_CANDIDATES = 6
_MOST_SHOWN = 10


class Ids(NamedTuple):
    """The two IDs of an entry."""

    product_id: str
    pic_name: str


@dataclass(frozen=True, slots=True)
class OtherEntry:
    """An entry under other IDs. ``is_ours`` says that its IDs are the object's under another rule."""

    ids: Ids
    why: str
    is_ours: bool
    score: float | None = None


@dataclass(slots=True)
class Answers:
    """What the index has said. ``entry`` is that of the object's own IDs.

    ``has_attributes`` is false if the service has told only that the entry exists. ``is_same_picture`` is ``None``
    unless the index was searched with the picture.
    """

    entry: Entry | None = None
    has_attributes: bool = True
    others: list[OtherEntry] = field(default_factory=list)
    is_same_picture: bool | None = None
    score: float | None = None


def ask_for_entries(
    instance: InstanceClient, own: Ids | None, candidates: Mapping[Ids, str], *, asks_all: bool
) -> Answers:
    """Return the entry of the object's own IDs and, if there is none or with ``asks_all``, of other pairs."""
    answers = Answers()
    if own:
        answers.entry, answers.has_attributes = _find(instance, own)
    if answers.entry is None or asks_all:
        for ids, why in candidates.items():
            if _find(instance, ids)[0]:
                answers.others.append(OtherEntry(ids, why, is_ours=True))
    return answers


def disown(answers: Answers, is_of_other_key: Callable[[Ids], bool]) -> None:
    """Note of each entry that was taken for the object's whether it belongs to another key of the bucket."""
    for number, other in enumerate(answers.others):
        if other.is_ours and is_of_other_key(other.ids):
            answers.others[number] = replace(other, why="the same picture, of another key", is_ours=False)


def search_for_picture(instance: InstanceClient, answers: Answers, request: AddImageRequest, key: str) -> None:
    """Complete the answers by a search with the picture of the request: is it the entry's, and has it other IDs."""
    own = Ids(request.product_id, request.pic_name)
    # A search sees one category.
    category = answers.entry.category_id if answers.entry else request.category_id
    found = _search(instance, request.pic_content, category)
    known = {other.ids for other in answers.others}
    for entry in found:
        ids, score = Ids(entry.product_id, entry.pic_name), entry.score or 0.0
        if ids == own:
            answers.score = score
        elif ids not in known and (why := _why_other(ids, own, key, score)):
            is_ours = ids.pic_name == key or (ids.pic_name == own.pic_name and _is_same(score))
            answers.others.append(OtherEntry(ids, why, is_ours, score))
    answers.others.sort(key=lambda other: not other.is_ours)  # the same picture may have been uploaded often
    del answers.others[_MOST_SHOWN:]
    if answers.entry is not None:
        answers.is_same_picture = _compare(answers.score, found)


def list_candidates(
    key: str, identity: ImageIdentity | None, rule: IdentityRule, letters: Sequence[Line]
) -> dict[Ids, str]:
    """Return pairs of IDs that the object may have had before, with the reasons, without those that it has now."""
    own = Ids(identity.product_id, identity.pic_name) if identity else None
    candidates: dict[Ids, str] = {}
    for why, ids in _list_pairs(key, own, rule, letters):
        if ids != own:
            candidates.setdefault(ids, why)
    return dict(list(candidates.items())[:_MOST_CANDIDATES])


def _list_pairs(key: str, own: Ids | None, rule: IdentityRule, letters: Sequence[Line]) -> Iterator[tuple[str, Ids]]:
    for line in letters:
        target = line.get("target") or {}
        if target.get("product_id") and target.get("pic_name"):
            yield "a dead letter names these IDs", Ids(target["product_id"], target["pic_name"])
    if ids := _identify(replace(rule, include=(), exclude=()), key):
        yield "without INGEST_INCLUDE and INGEST_EXCLUDE", ids
    if default := _identify(IdentityRule(), key):
        yield "under the default key rule", default
    if with_prefix := _identify(IdentityRule(prefix=rule.prefix), key):
        yield "under the default key rule, with INGEST_KEY_PREFIX", with_prefix
    if own and default:
        yield "the ProductId of the key rule, and the PicName of the default one", Ids(own.product_id, default.pic_name)


def _identify(rule: IdentityRule, key: str) -> Ids | None:
    with suppress(IngestError):
        identity = rule.identify(key)
        return Ids(identity.product_id, identity.pic_name)
    return None


def _find(instance: InstanceClient, ids: Ids) -> tuple[Entry | None, bool]:
    """Return the entry, and whether its attributes are known: a search by name may tell only that it exists."""
    found = instance.find(*ids)
    return found, found is None or found.category_id is not None or bool(found.attributes)


def _search(instance: InstanceClient, image: bytes, category: int | None) -> list[Entry]:
    """Return the most similar entries, best first: one page, or as many as show the same picture."""
    found: list[Entry] = []
    while len(found) < _MOST_RESULTS:
        page = _search_page(instance, image, category, len(found))
        found += page
        if len(page) < MOST_HITS or not _is_same(page[-1].score):
            break
    return found


def _search_page(instance: InstanceClient, image: bytes, category: int | None, start: int) -> list[Entry]:
    request = models.SearchImageByPicAdvanceRequest(
        instance_name=instance.name,
        pic_content_object=io.BytesIO(with_sendable_length(image)),
        num=MOST_HITS,
        start=start,
        category_id=category,
    )
    body = instance.call("SearchImageByPic", Client.search_image_by_pic_advance, request)
    with reading("SearchImageByPic"):
        return [read_entry(found) for found in body.auctions or ()]


def _why_other(ids: Ids, own: Ids, key: str, score: float) -> str | None:
    if ids.pic_name == key or (ids.pic_name == own.pic_name and _is_same(score)):
        return "the same PicName" + (", the same picture" if _is_same(score) else ", another picture")
    return "the same picture" if _is_same(score) else None


def _compare(score: float | None, found: Sequence[Entry]) -> bool | None:
    """Return whether the entry shows the picture: if so, it is among the first results, unless there are too many."""
    if score is not None:
        return _is_same(score)
    return None if len(found) >= _MOST_RESULTS and _is_same(found[-1].score) else False


def _is_same(score: float | None) -> bool:
    return (score or 0.0) >= SAME_PICTURE
