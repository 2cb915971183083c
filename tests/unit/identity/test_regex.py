import subprocess
import sys

import pytest

from imagesearch_ingest.identity.regex import Regex


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(?=a)a", "RE2 refuses '(?=': it has no lookahead. Match that text outside the groups"),
        ("(?!a)b", "RE2 refuses '(?!': it has no lookahead. Match that text outside the groups"),
        ("(?<=a)b", "RE2 refuses '(?<=': it has no lookbehind. Match that text outside the groups"),
        ("(?<!a)b", "RE2 refuses '(?<!': it has no lookbehind. Match that text outside the groups"),
        (r"(a)\1", r"RE2 refuses '\1': it has no backreferences. Repeat the group's pattern instead"),
        ("(?P<n>a)(?P=n)", "RE2 refuses '(?P': it has no backreferences. Repeat the group's pattern instead"),
        ("(?>a)", "RE2 refuses '(?>': it has no atomic groups and needs none. Write '(?:' instead"),
        ("a++", "RE2 refuses '++': it has no possessive repetition and needs none. Remove the last '+'"),
        ("a{2}+", "RE2 refuses '{2}+': it has no possessive repetition and needs none. Remove the last '+'"),
        ("(a)?(?(1)b|c)", "RE2 refuses '(?(': it has no conditions. List the cases, separated by '|'"),
        ("(?x)a", "RE2 refuses '(?x': it has no comments, and only the flags i, m, s and U. Remove this one"),
        (r"a\Z", r"RE2 refuses '\Z': it writes '\z'. Remove both: the whole key has to match anyway"),
        (
            r"\u00e9",
            r"RE2 refuses '\u': it writes a character by its number, such as '\x{e9}'. Use that form",
        ),
        (
            "a{1001}",
            "RE2 refuses '{1001}': it allows 1000 repetitions, with nested counts multiplied. Use '*' or '+'",
        ),
        (
            "(a{100}){100}",
            "RE2 refuses '{100}': it allows 1000 repetitions, with nested counts multiplied. Use '*' or '+'",
        ),
        (
            r"\pL{1000}",
            "RE2 takes 8 MB for a pattern at most. Lower the counts of its repetitions, or shorten it",
        ),
        ("a{,5}", "RE2 reads '{,5}' as plain text. Write a repetition as '{n}', '{n,}' or '{n,m}'"),
        ("a{01}", "RE2 reads '{01}' as plain text. Write a repetition as '{n}', '{n,}' or '{n,m}'"),
        (r"\C", r"'\C' matches one byte, which can be a part of a character. Use '.' instead"),
        ("[z-a]", "it is not a valid regular expression: invalid character class range: z-a"),
        ("(?P<n", "it is not a valid regular expression: invalid named capture group: (?P<n"),
        ("*", "it is not a valid regular expression: no argument for repetition operator: *"),
        ("\udcff", "it is not valid UTF-8"),
    ],
)
def test_an_unusable_pattern_says_what_to_do(pattern: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"^(RE2|it|')") as error:
        Regex(pattern)
    assert str(error.value) == message
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("pattern", [r"\{,5\}", r"[{,5}]+", r"\Q{,5}\C", r"\x{0041}", r"a{0,5}", r"\\", "{}"])
def test_a_pattern_that_only_looks_odd_is_accepted(pattern: str) -> None:
    assert Regex(pattern).names == []


def test_classes_are_ascii_and_properties_are_unicode() -> None:
    assert Regex(r"(?P<n>\w+)").match("é") is None
    assert Regex(r"(?P<n>\d)").match("٣") is None
    assert Regex(r"(?P<n>[\pL\d]+)").match("鞋é7") == {"n": "鞋é7"}
    assert Regex(r"(?P<n>(?i:É))").match("é") == {"n": "é"}


def test_neither_end_nor_dot_matches_a_newline() -> None:
    assert Regex(r"(?P<n>a)$").match("a\n") is None
    assert Regex(r"(?P<n>.+)").match("a\nb") is None
    assert Regex(r"(?P<n>(?s:.+))").match("a\nb") == {"n": "a\nb"}
    assert Regex(r"(?P<n>[^/]+)").match("a\nb") == {"n": "a\nb"}


def test_only_a_key_rule_imports_re2() -> None:
    program = (
        "import sys\n"
        "from imagesearch_ingest.settings import Settings\n"
        "settings = {'INGEST_INSTANCE_NAME': 'demo', 'INGEST_INSTANCE_REGION': 'ap-southeast-1',\n"
        "            'INGEST_DEAD_LETTER_QUEUE_URL': 'https://sqs.example/1/dead'}\n"
        "Settings.from_env(settings).identity_rule().identify('a/b.jpg')\n"
        "assert 're2' not in sys.modules\n"
        "Settings.from_env(settings | {'INGEST_KEY_TEMPLATE': '{product_id}/{_}'})\n"
        "assert 're2' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 (our own text)
