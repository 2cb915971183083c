import pytest

from imagesearch_ingest.identity.patterns import split


def test_a_list_of_patterns_is_split_at_commas() -> None:
    assert split(" *.jpg, shoes/*,,") == ("*.jpg", "shoes/*")


def test_a_list_without_a_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="contains no pattern"):
        split(" , ")
