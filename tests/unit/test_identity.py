import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.identity import ImageIdentity, identify
from imagesearch_ingest.reasons import Reason


@pytest.mark.parametrize(
    ("key", "product_id"),
    [
        ("2092061_1.jpg", "2092061_1"),  # the AddImage reference's own example
        ("2092061/front.jpg", "2092061"),
        ("shop/shoes/2092061/front.jpg", "2092061"),
        ("no-suffix", "no-suffix"),
        (".hidden", ".hidden"),
        ("/leading.jpg", "leading"),
        ("a//b.jpg", "b"),
        ("two.dots.jpg", "two.dots"),
        ("鞋/红 +%41.jpg", "鞋"),
    ],
)
def test_the_product_is_the_folder_or_else_the_stem(key: str, product_id: str) -> None:
    assert identify(key) == ImageIdentity(product_id=product_id, pic_name=key)


def test_a_key_of_256_characters_has_an_identity_and_one_of_257_has_none() -> None:
    assert identify("é" * 256).pic_name == "é" * 256
    with pytest.raises(IngestError) as error:
        identify("é" * 257)
    assert error.value.reason is Reason.KEY_TOO_LONG
    assert "257" in error.value.detail


@given(st.text(min_size=1, max_size=256))
def test_every_key_has_ids_within_the_limits_and_can_be_read_back(key: str) -> None:
    identity = identify(key)
    assert identity.pic_name == key
    assert 1 <= len(identity.product_id) <= 256
