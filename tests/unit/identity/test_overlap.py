import pytest

from imagesearch_ingest.identity.overlap import find_covered, find_outside


@pytest.mark.parametrize(
    "pattern",
    ["shoes/*", "SH*", "shoes/a.jpg", "*.jpg", "*", "s?oes/*", "[rs]hoes/*", "**/x.jpg", "bags/", "*oes/*", "sh*/x/*"],
)
def test_a_pattern_may_match_below_the_prefix(pattern: str) -> None:
    assert find_outside((pattern,), "shoes/") == []


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("Shop/thumbs/", "shop/"),
        ("SHOP/logo.png", "shop/"),
        ("20??/thumbs/*", "2024/"),
        ("20[0-9][0-9]/thumbs/", "2024/"),
        ("*/a/*.jpg", "shop/a/b"),
        ("[!x]hop/*", "shop/new/"),
    ],
)
def test_wildcards_and_case_may_fit_the_prefix(pattern: str, prefix: str) -> None:
    assert find_outside((pattern,), prefix) == []


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [("20??/thumbs/*", "2024x/"), ("[!s]hop/*", "shop/"), ("?", "shop/"), ("shop", "shop/")],
)
def test_wildcards_may_not_fit_the_prefix(pattern: str, prefix: str) -> None:
    assert find_outside((pattern,), prefix) == [pattern]


@pytest.mark.parametrize("pattern", ["bags/*", "shoe", "shoes", "a/shoes/*", "bags/thumbs/", "[ab]*", "logo.png"])
def test_a_pattern_outside_the_prefix_is_found(pattern: str) -> None:
    assert find_outside(("*.jpg", pattern), "shoes/") == [pattern]


@pytest.mark.parametrize(
    ("include", "exclude", "prefix", "covered"),
    [
        (("*.jpg",), ("*.JPG",), "", ["*.jpg"]),
        (("*.jpg", "*.png"), ("*.jpg",), "", ["*.jpg"]),
        (("shoes/*.jpg",), ("shoes/",), "", ["shoes/*.jpg"]),
        (("thumbs/*",), ("thumbs/",), "", ["thumbs/*"]),
        (("thumbs/",), ("**/thumbs/*",), "", ["thumbs/"]),
        (("a/[xy]?.jpg",), ("a/*",), "", ["a/[xy]?.jpg"]),
        ((), ("*",), "", ["*"]),
        ((), ("**",), "", ["*"]),
        ((), ("**/*",), "", ["*"]),
        ((), ("?*",), "", ["*"]),
        ((), ("shoes/",), "shoes/", ["*"]),
        (("*.jpg",), ("shoes/*",), "shoes/", ["*.jpg"]),
        (("*.jpg",), ("*/*.jpg", ".jpg"), "", []),
        ((), ("*/*",), "", []),
        ((), ("*.*",), "", []),
        (("*",), ("*.jpg", "*.png"), "", []),
        (("shoes/*",), ("shoes/thumbs/",), "", []),
        (("shoes/*",), ("thumbs/",), "shoes/", []),
        (("[ab]*",), ("a*",), "", []),
        (("[ab]*",), ("a*", "b*"), "", ["[ab]*"]),
        (("[!a]*",), ("a*",), "", []),
        ((), ("[!0-9]*",), "", []),
        ((), ("*[!g]",), "", []),
        (("*.jpg",), ("[!a-z0-9]*",), "shoes/", []),
        (("*.jpg",), ("[!a-z]*", "*.jpg"), "", ["*.jpg"]),
    ],
)
def test_covered_patterns_are_found(include: tuple, exclude: tuple, prefix: str, covered: list[str]) -> None:
    assert find_covered(include, exclude, prefix) == covered
