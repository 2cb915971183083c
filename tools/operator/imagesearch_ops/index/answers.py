"""Read the answers of Image Search, which the SDK passes on without a check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.image_search import error_for_code

_OF_ANSWERS = ("ProductId", "PicName", "CategoryId", "Score", "SortExprValues")  # the other fields are attributes


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
