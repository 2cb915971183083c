import pytest

from imagesearch_ingest.identity.pattern_list import check_include, read_patterns


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        (" *.jpg, shoes/*,,", ("*.jpg", "shoes/*")),
        ("*.{jpg,png}", ("*.jpg", "*.png")),
        ("shoes/*.{jpg, png},bags/*", ("shoes/*.jpg", "shoes/*.png", "bags/*")),
        ("{a,{b,c}}/*.{x,y}", ("a/*.x", "a/*.y", "b/*.x", "b/*.y", "c/*.x", "c/*.y")),
        ("{shoes,bags}/*", ("shoes/*", "bags/*")),
        ("*.jpg\n*.png\r\n", ("*.jpg", "*.png")),
        ('["*.jpg", "a,b/*.{png,gif}"]', ("*.jpg", "a,b/*.png", "a,b/*.gif")),
        ("*.jpg,*.jpg", ("*.jpg",)),
        ("my shoes/*", ("my shoes/*",)),
        ("summer 2024/*.jpg", ("summer 2024/*.jpg",)),
        ("women's/*", ("women's/*",)),
        ("[{]*", ("[{]*",)),
        ("[;]*,[|]*", ("[;]*", "[|]*")),
        ("logo.png", ("logo.png",)),
        ("thumbs/", ("thumbs/",)),
        ("*_$folder$", ("*_$folder$",)),
        ("100%/*", ("100%/*",)),
        ("\u978b\uff0c\u5305/*", ("\u978b\uff0c\u5305/*",)),
        ("*[\uff0c]*", ("*[\uff0c]*",)),
    ],
)
def test_a_list_of_patterns_is_understood(text: str, patterns: tuple[str, ...]) -> None:
    assert read_patterns(text) == patterns


@pytest.mark.parametrize("text", [" , ", ",", "[]", '[""]'])
def test_a_list_without_a_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="contains no pattern"):
        read_patterns(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("*.jpg;*.png", "separate patterns by commas"),
        ("*.jpg|*.png", "separate patterns by commas"),
        ("*.jpg *.png", "separate patterns by commas, and write a blank within one as [ ]"),
        ("shoes/ bags/", "separate patterns by commas, and write a blank within one as [ ]"),
        (".jpg .png", "separate patterns by commas, and write a blank within one as [ ]"),
        ("['*.jpg', '*.png']", "remove the quotes"),
        ("'*.jpg','*.png'", "remove the quotes"),
        ("\u201c*.jpg\u201d", "remove the quotes"),
        ("`*.jpg`", "remove the quotes"),
        ("[*.jpg]", "it matches only keys of one character; write '*.jpg' without the brackets"),
        ("['*.jpg']", "it matches only keys of one character; write '*.jpg' without the brackets"),
        *(
            (
                text,
                "separate patterns by plain commas, and write any other comma or semicolon within [...]",
            )
            for text in ("*.jpg\uff0c*.png", "*.jpg\u3001*.png", "shoes/\uff1bbags/", '["*.jpg,*.png"]')
        ),
        ("\uff0a.jpg", "write '*', and a wide asterisk as [\uff0a]"),
        (".jpg", "it matches only the key '.jpg'; write '*.jpg' for an extension, or 'jpg/' for a folder"),
        ("jpg", "it matches only the key 'jpg'; write '*.jpg' for an extension, or 'jpg/' for a folder"),
        ("/shoes/*", "keys begin without '/'; write 'shoes/*'"),
        ("/", "keys begin without '/'; write '*'"),
        ("./shoes/*", "keys begin without '/'; write 'shoes/*'"),
        ("s3://pictures/shoes/*", "keys do not begin with the bucket; write 'shoes/*'"),
        ("OSS://pictures", "keys do not begin with the bucket; write '*'"),
        ("https://pictures.s3.amazonaws.com/a/*", "keys do not begin with the bucket; write 'a/*'"),
        ("*.{jpg", "write alternatives as {jpg,png}, and a brace as [{]"),
        ("*.{jpg}", "write alternatives as {jpg,png}, and a brace as [{]"),
        ("*.jpg}", "write alternatives as {jpg,png}, and a brace as [}]"),
        ("[abc*", "a '[' has no ']'; write the character as [[]"),
        ("[!]", "a '[' has no ']'; write the character as [[]"),
        ("[z-a]*", "a range in [...] has its ends in the wrong order"),
        ("shoes\\*", "write '/' between folders, and a backslash as [\\]"),
        (r"\.jpg", "write '/' between folders, and a backslash as [\\]"),
        ("^shoes/", "it is read as a shell does, not as a regular expression; write '^' as [^]"),
        ("a/**/b/**/c/**/d/**/e/**/f", "it contains '**/' more than 4 times; '*' matches slashes, too"),
        ("!*.tmp", "there is no negation here; put '*.tmp' into the other list"),
        ("my%20shoes/*", "keys are not URL-encoded here; write the character itself, or '%20' as '[%]20'"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="the pattern") as error:
        read_patterns(text)
    assert str(error.value).split("; the pattern")[0].endswith(f": {remedy}")


def test_every_wrong_pattern_is_named() -> None:
    with pytest.raises(ValueError, match="pattern") as error:
        read_patterns("/a/*,*.jpg,.png")
    assert [part.split(":")[0] for part in str(error.value).split("; the ")] == ["the pattern '/a/*'", "pattern '.png'"]


@pytest.mark.parametrize("pattern", [".*", r".*jpg", "*.jpg$"])
def test_regular_expressions_are_not_included(pattern: str) -> None:
    with pytest.raises(ValueError, match="as a shell does"):
        check_include(("*.png", pattern))
    assert read_patterns(pattern) == (pattern,)  # may be excluded


@pytest.mark.parametrize("text", ["{a,b}" * 12, "{a,b}" * 500, "{,}" * 40])
def test_braces_cannot_fill_the_memory(text: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        read_patterns(text)
