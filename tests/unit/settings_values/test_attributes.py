import pytest

from imagesearch_ingest.settings_values import names_from_metadata, read_category_words, read_metadata


def test_category_words_are_read_in_any_case() -> None:
    assert read_category_words(" Shoes:3, Hand bags : 88888888,Straße:-1,a:b:7, ") == {
        "shoes": 3,
        "hand bags": 88888888,
        "strasse": -1,
        "a:b": 7,
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("shoes", "'shoes' is not a word with its CategoryId; must be words with CategoryIds, such as shoes:3,bags:4"),
        (
            "shoes=3",
            "'shoes=3' is not a word with its CategoryId; must be words with CategoryIds, such as shoes:3,bags:4",
        ),
        (":3", "':3' is not a word with its CategoryId; must be words with CategoryIds, such as shoes:3,bags:4"),
        (
            '{"a":3}',
            "'{\"a\":3}' is not a word with its CategoryId; must be words with CategoryIds, such as shoes:3,bags:4",
        ),
        *(
            (
                text,
                f"{text!r} is not a word with its CategoryId; must be words with CategoryIds, such as shoes:3,bags:4",
            )
            for text in ("shoes:3;bags:4", "shoes:3 bags:4", "shoes:3 | bags:4", "shoes:3\uff0cbags:4")
        ),
        ("a/b:3", "'a/b:3' is not a word with its CategoryId; must be words with CategoryIds, such as shoes:3,bags:4"),
        (
            "shoes:three",
            "the CategoryId of 'shoes' is 'three': it must be a decimal number from -2147483648 to 2147483647",
        ),
        ("shoes:", "the CategoryId of 'shoes' is '': it must be a decimal number from -2147483648 to 2147483647"),
        ("shoes:3,SHOES:4", "the word 'SHOES' occurs twice; its case does not matter"),
        (",", "must be words with CategoryIds, such as shoes:3,bags:4"),
    ],
)
def test_a_wrong_table_of_words_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read_category_words(text)
    assert str(error.value) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("none", "'none' is not an attribute; write 'all', 'off' or names such as category-id,str-attr"),
        ("categoryid,crop", "'categoryid' is not an attribute; did you mean category-id?"),
        ("of", "'of' is not an attribute; did you mean off?"),
        (",", "must be 'all', 'off' or names of attributes, such as category-id,str-attr"),
    ],
)
def test_a_wrong_list_of_attributes_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match="attribute") as error:
        read_metadata(text)
    assert str(error.value) == fault


def test_a_list_of_attributes_has_one_form() -> None:
    assert read_metadata("Category_ID, imagesearch-int-attr-2,category-id") == "category-id,int-attr-2"
    assert names_from_metadata("category-id,int-attr-2") == {"category_id", "int_attr_2"}
