import pytest

from imagesearch_ingest.identity.patterns import matches, why_excluded


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("*.jpg", "shoes/1/a.JPG"),
        ("Shoes/*", "shoes/a.jpg"),
        ("straße/*", "STRAßE/a.jpg"),
        ("stra?e/*", "straße/a.jpg"),
        ("ÉTÉ/*", "été/a.jpg"),
        ("[A-C]*", "b.jpg"),
        ("thumbs/", "thumbs/a.jpg"),
        ("thumbs/", "Thumbs/b/a.jpg"),
        ("thumbs/", "shoes/1/thumbs/a.jpg"),
        ("thumbs/", "thumbs/"),
        ("thumb*/", "x/thumbnails/a.jpg"),
        ("shoes/thumbs/", "shoes/thumbs/a.jpg"),
        ("**/*.jpg", "a.jpg"),
        ("**/*.jpg", "x/y/a.jpg"),
        ("**/thumbs/*", "thumbs/a.jpg"),
        ("**/thumbs/*", "x/y/thumbs/a.jpg"),
        ("shoes/**/*.jpg", "shoes/a.jpg"),
        ("shoes/**/*.jpg", "shoes/x/y/a.jpg"),
        ("shoes/**", "shoes/x/a.jpg"),
        ("a**/b", "ax/b"),
    ],
)
def test_a_pattern_matches(pattern: str, key: str) -> None:
    assert matches(key, pattern)


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("*.jpg", "a.jpg.tmp"),
        ("thumbs/", "thumbs"),
        ("thumbs/", "mythumbs/a.jpg"),
        ("thumbs/", "thumbs2/a.jpg"),
        ("shoes/thumbs/", "x/shoes/thumbs/a.jpg"),
        ("shoes/**/*.jpg", "x/shoes/a.jpg"),
        ("**/thumbs/*", "mythumbs/a.jpg"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, key: str) -> None:
    assert not matches(key, pattern)


def test_an_exclude_pattern_takes_precedence() -> None:
    assert why_excluded("a.jpg", ("*.JPG",), ()) is None
    assert why_excluded("a.jpg", ("*.JPG",), ("A*",)) == (
        "the exclude pattern 'A*' matches the key, and takes precedence over the include pattern '*.JPG'"
    )
