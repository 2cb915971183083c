"""Read the answers of Image Search, which the SDK passes on without a check."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.image_search import error_for_code

CAPACITY_UNIT = 10_000  # pictures (Detail reference, "Capacity")
SERVICE_TYPES = {
    0: "product",
    1: "generic",
    2: "fabric",
    3: "trademark",
    4: "copyright",
    5: "furniture",
    6: "hardware",
    7: "trademark",
}
_OF_ANSWERS = ("ProductId", "PicName", "CategoryId", "Score", "SortExprValues")  # the other fields are attributes


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """What Detail says. ``capacity`` and ``total`` are pictures, ``qps`` is searches a second."""

    total: int
    capacity: int
    qps: int
    service_type: str
    expires: datetime | None

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.total)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the index. ``attributes`` holds the other parameters of AddImage by their API names."""

    product_id: str
    pic_name: str
    category_id: int | None
    attributes: dict[str, Any]
    score: float | None = None

    def public(self) -> dict[str, Any]:
        """Return the fields of the JSON output."""
        names = ("product_id", "pic_name", "category_id", "attributes")
        return {name: getattr(self, name) for name in names}


def check(action: str, response: Any) -> Any:  # noqa: ANN401 - the SDK has no types
    """Return the body. Raise ``IngestError`` for status 200 that reports a failure or has no body.

    Only some operations have ``Success`` and ``Code``. The text is ``Message`` in some, and ``Msg`` in the others.
    """
    body = response.body
    if body is None:
        raise UNREADABLE_RESPONSE.error(action)
    code = str(getattr(body, "code", None))
    if getattr(body, "success", True) is True and code in {"0", "None"}:
        return body
    text = getattr(body, "message", None) or getattr(body, "msg", None) or "without a message"
    raise error_for_code(code, f"{action} failed: Success=false, {text}", body.request_id)


@contextmanager
def reading(action: str) -> Iterator[None]:
    """Raise ``SERVICE_UNAVAILABLE`` for an answer whose fields are missing or of other types than documented."""
    try:
        yield
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise UNREADABLE_RESPONSE.error(action) from None


def read_detail(found: Any) -> InstanceDetail:  # noqa: ANN401 - the SDK has no types
    """Return what Detail says."""
    kind = found.service_type
    expires = found.utc_expire_time
    return InstanceDetail(
        total=int(found.total_count),
        capacity=int(found.capacity) * CAPACITY_UNIT,
        qps=int(found.qps or 0),
        service_type="unknown" if kind is None else SERVICE_TYPES.get(int(kind), f"type {kind}"),
        expires=datetime.fromtimestamp(int(expires) / 1000, UTC) if expires else None,
    )


def read_entry(found: Any, product_id: str = "", pic_name: str = "") -> Entry:  # noqa: ANN401 - the SDK has no types
    """Return the entry of an answer. The IDs that were asked for complete an answer that leaves them out."""
    fields = found.to_map() if found else {}
    score = fields.get("Score")
    return Entry(
        str(fields.get("ProductId") or product_id),
        str(fields.get("PicName") or pic_name),
        to_category(fields.get("CategoryId")),
        keep_given({name: value for name, value in fields.items() if name not in _OF_ANSWERS}),
        None if score is None else float(score),
    )


def to_category(value: object) -> int | None:
    """Return a category, which may come as a text. Raise ``ValueError``."""
    return None if value in (None, "") else int(str(value))


def keep_given(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out attributes that were never given. The samples of the references show them as "" and 0.

    Nobody knows whether real answers do. A text that is empty was not given; an answer that shows one also shows the
    numbers that were not given, as 0. In all other answers a 0 was given.
    """
    given = {name: value for name, value in attributes.items() if value not in (None, "")}
    if any(value == "" for value in attributes.values()):
        return {name: value for name, value in given.items() if not (name.startswith("IntAttr") and value in (0, "0"))}
    return given
