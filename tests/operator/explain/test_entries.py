"""Answers of the index are read as every command reads them: types that the service writes otherwise, and gaps."""

from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ingest.adapters.image_search.sdk import models
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.explain.entries import Answers, OtherEntry, search_for_picture

REQUEST = AddImageRequest(instance_name="demo", product_id="1", pic_name="a.jpg", pic_content=b"\xff" * 2000)


def instance_that_answers(*hits: Any) -> Any:
    body = SimpleNamespace(auctions=list(hits))
    return SimpleNamespace(name="demo", call=lambda *_: body)


def test_a_score_and_ids_of_other_types_are_read() -> None:
    hit = models.SearchImageByPicResponseBodyAuctions(product_id=2, pic_name="a.jpg", category_id="4", score="1.0")
    answers = Answers()
    search_for_picture(instance_that_answers(hit), answers, REQUEST, "1/a.jpg")
    assert answers.others == [OtherEntry(("2", "a.jpg"), "the same PicName, the same picture", is_ours=True, score=1.0)]


def test_a_hit_that_is_none_is_an_answer_that_cannot_be_read() -> None:
    with pytest.raises(IngestError) as error:
        search_for_picture(instance_that_answers("nonsense"), Answers(), REQUEST, "1/a.jpg")
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
