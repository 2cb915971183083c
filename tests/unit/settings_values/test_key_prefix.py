import pytest

from imagesearch_ingest.settings_values import read_prefix


@pytest.mark.parametrize("text", ["", "shoes/", "shoes", "my shoes/", "a,b/", "鞋/", "a?b/", "[x]/", "100%/", "a//b/"])
def test_a_prefix_is_taken_as_it_is(text: str) -> None:
    assert read_prefix(text) == text


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("/shoes/", "keys begin without '/'; write 'shoes/'"),
        ("//shoes/", "keys begin without '/'; write 'shoes/'"),
        ("./shoes/", "keys begin without '/'; write 'shoes/'"),
        ("/", "keys begin without '/'; leave it unset"),
        ("s3://pictures/shoes/", "write the bucket in INGEST_BUCKET (pictures), and here 'shoes/'"),
        ("oss://pictures", "write the bucket in INGEST_BUCKET (pictures), and leave this unset"),
        ("shoes/*", "a prefix is plain text without wildcards; write patterns in INGEST_INCLUDE"),
        ("{shoes,bags}/", "a prefix is plain text without wildcards; write patterns in INGEST_INCLUDE"),
        ("shoes\\red\\", "write '/' between folders: 'shoes/red/'"),
        ("shoes/,bags/", "there is one prefix; write several folders in INGEST_INCLUDE, such as shoes/*,bags/*"),
        ("shoes/ ; bags/", "there is one prefix; write several folders in INGEST_INCLUDE, such as shoes/*,bags/*"),
        ("my%20shoes/", "keys are not URL-encoded here; write 'my shoes/'"),
    ],
)
def test_a_prefix_that_no_key_has_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read_prefix(text)
    assert str(error.value) == remedy
