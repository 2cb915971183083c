import json

import pytest

from imagesearch_ingest.settings_values import read_environment, read_extra, unfold_extra

KNOWN = ("jpeg_quality", "exclude")
EXAMPLE = 'Write an object such as {"INGEST_JPEG_QUALITY": 85, "INGEST_EXCLUDE": "tmp/"}.'


def read(text: str, **variables: str) -> tuple[dict[str, str], list[str]]:
    extra = read_extra({"INGEST_EXTRA_SETTINGS": text} | variables, "INGEST_", KNOWN)
    return extra.values, extra.faults


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("85", "85"),
        ("0.5", "0.5"),
        ("1e-3", "1e-3"),
        ("true", "true"),
        ("false", "false"),
        ('"tmp/, *.gif"', "tmp/, *.gif"),
        ('"\\u978b/"', "鞋/"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_a_value_is_the_text_of_a_variable(written: str, text: str) -> None:
    assert read(f' {{"INGEST_A": {written}}}\n') == ({"INGEST_A": text}, [])


@pytest.mark.parametrize("text", ["", " ", "{}"])
def test_nothing_is_given(text: str) -> None:
    assert read(text) == ({}, [])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("INGEST_A=5", "is not JSON: look at character 1"),
        ("{'INGEST_A': 5}", 'is not JSON: look at character 2; names and texts stand in straight double quotes: "'),
        ("{“INGEST_A”: 5}", 'is not JSON: look at character 2; names and texts stand in straight double quotes: "'),
        ('{\\"INGEST_A\\": 5}', "is not JSON: look at character 2; remove the backslash"),
        ('{"INGEST_A": 5', "is not JSON: look at character 15; the text ends too early"),
        ('{"INGEST_A": 5,\n "INGEST_B": yes}', "is not JSON: look at line 2, column 14"),
        ("'{\"INGEST_A\": 5}'", "has quotes around it; remove them"),
        ('"{}"', "has quotes around it; remove them"),
        ("[]", "is a list, not an object"),
        ("5", "is a text or a number, not an object"),
        ('"INGEST_A"', "is a text or a number, not an object"),
        ("true", "is true or false, not an object"),
        ("null", "is null, not an object"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_other_texts_are_no_object(text: str, what: str) -> None:
    assert read(text) == ({}, [f"INGEST_EXTRA_SETTINGS {what}. {EXAMPLE}"])


def test_a_comma_too_many_is_named() -> None:
    (line,) = read('{"INGEST_A": 5,}')[1]
    assert "; remove the last comma. " in line  # Python's versions name different places


@pytest.mark.parametrize(
    ("pair", "what"),
    [
        ('"INGEST_A": null', "INGEST_A, whose value is null. Leave the name out instead."),
        ('"INGEST_A": {}', "INGEST_A, whose value is an object. Write a text, a number, true or false."),
        ('"INGEST_A": [1]', 'INGEST_A, whose value is a list. Write one text with commas, such as "*.jpg,*.png".'),
        ('"INGEST_A": "a\\u0000"', "INGEST_A, whose value is a text with the character U+0000. Remove it."),
        ('"INGEST_A": "\\ud800"', "INGEST_A, whose value is a text with the character U+D800. Remove it."),
        (
            '"JPEG_QUALITY": 5',
            "'JPEG_QUALITY', which is not the name of a setting. Did you mean INGEST_JPEG_QUALITY?",
        ),
        (
            '"ingest_jpg-quality": 5',
            "'ingest_jpg-quality', which is not the name of a setting. Did you mean INGEST_JPEG_QUALITY?",
        ),
        ('"AWS_REGION": 5', "'AWS_REGION', which is not the name of a setting. Names of settings begin with INGEST_."),
        ('"INGEST_A=B": 5', "'INGEST_A=B', which is not the name of a setting. Names of settings begin with INGEST_."),
        (
            f'"{"x" * 61}": 5',
            "a name of 61 characters, which is not the name of a setting. Names of settings begin with INGEST_.",
        ),
        ('"INGEST_EXTRA_SETTINGS": "{}"', "itself. Write its settings into the outer object."),
        ('"INGEST_A": 1, "INGEST_a": 1', "INGEST_A more than once. Keep one."),
        ('"INGEST_C": 1', "INGEST_C, which is also set as a variable. Remove one of the two."),
    ],
)
def test_a_wrong_pair_is_a_line_and_leaves_the_others(pair: str, what: str) -> None:
    assert read(f'{{"INGEST_B": 1, {pair}}}', INGEST_C="1") == (
        {"INGEST_B": "1"},
        [f"INGEST_EXTRA_SETTINGS contains {what}"],
    )


def test_a_blank_variable_is_not_set() -> None:
    environ = {"INGEST_EXTRA_SETTINGS": '{"INGEST_A": "1"}', "INGEST_A": " "}
    assert read_extra(environ, "INGEST_").faults == []
    assert read_environment(environ, "INGEST_") == {"a": "1"}
    assert unfold_extra(environ, "INGEST_") == {"INGEST_A": "1"}


def test_every_reader_of_the_environment_sees_them() -> None:
    environ = {"INGEST_EXTRA_SETTINGS": '{"INGEST_A": " 1 ", "INGEST_B": ""}', "INGEST_C": "2", "PATH": "/bin"}
    assert read_environment(environ, "INGEST_") == {"a": "1", "c": "2"}


def test_a_variable_wins_until_the_fault_is_mended() -> None:
    environ = {"INGEST_EXTRA_SETTINGS": '{"INGEST_A": "1"}', "INGEST_A": "2"}
    assert read_environment(environ, "INGEST_") == {"a": "2"}


def test_wrong_json_stays_for_its_message() -> None:
    environ = {"INGEST_EXTRA_SETTINGS": json.dumps({"INGEST_A": 1, "B": 2}), "INGEST_C": "3"}
    assert unfold_extra(environ, "INGEST_") == environ
