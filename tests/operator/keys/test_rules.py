"""The rule comes from the options or from a deployment, never from both."""

from pathlib import Path

import pytest

from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.keys.rules import find_rule
from imagesearch_ops.keys.trial import try_key

SETTINGS = (
    "INGEST_INSTANCE_NAME=demo\nINGEST_INSTANCE_REGION=ap-southeast-1\n"
    "INGEST_DEAD_LETTER_QUEUE_URL=https://sqs.example/1/d\nINGEST_KEY_TEMPLATE={_}/{product_id}/{*}\n"
)


def find(given: dict[str, str], environ: dict[str, str] | None = None, env_file: Path | None = None):
    return find_rule(given, environ or {}, DeploymentOptions(env_file=env_file))


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    (tmp_path / "shop.env").write_text(SETTINGS, encoding="utf-8")
    return tmp_path / "shop.env"


def product_of(tried, key: str = "a/7/b/c.jpg") -> str | None:
    trial = try_key(tried, key)
    return trial.identity and trial.identity.product_id


def test_without_any_it_is_the_default() -> None:
    tried = find({})
    assert (tried.text, product_of(tried)) == ("rule: the folder and the whole key", "b")


def test_the_options_give_it() -> None:
    tried = find({"key_template": "{product_id}/{*}", "key_prefix": "a/", "exclude": "*.gif"})
    assert (tried.text, product_of(tried)) == ("rule: {product_id}/{*}", "7")
    assert try_key(tried, "a/7/b.gif").reason == "excluded"
    assert product_of(find({"key_regex": r"a/(?P<product_id>\d)/.*"})) == "7"


def test_the_shell_gives_it_without_the_rest_of_a_deployment() -> None:
    assert product_of(find({}, {"INGEST_KEY_PREFIX": "a/", "INGEST_KEY_TEMPLATE": "{product_id}/{*}"})) == "7"


def test_a_file_gives_it(env_file: Path) -> None:
    tried = find({}, env_file=env_file)
    assert product_of(tried) == "7"
    assert tried.text == "shop.env: s3://* -> demo (ap-southeast-1), 5 adds/s, release 0.2.0, rule {_}/{product_id}/{*}"


def test_twice_is_an_error(env_file: Path) -> None:
    with pytest.raises(InputError, match="--prefix and a deployment are both given"):
        find({"key_prefix": "a/"}, env_file=env_file)
    with pytest.raises(InputError, match="--template and INGEST_EXCLUDE in the shell are both given"):
        find({"key_template": "{product_id}"}, {"INGEST_EXCLUDE": "*.gif"})
    assert product_of(find({"key_regex": "a/(?P<product_id>.)/.*"}, {"INGEST_INSTANCE_NAME": "x"})) == "7"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"key_template": "{sku}"}, "--template: 'sku' is not a field"),
        ({"key_template": ""}, "--template is empty"),
        ({"key_template": "{product_id}", "key_regex": "(?P<product_id>.*)"}, "--template and --regex are both given"),
        ({"key_regex": "(?P<product_id>.*)(?=x)"}, "--regex: RE2 refuses"),
        ({"key_prefix": "/a"}, "--prefix: keys begin without '/'; write 'a'"),
        ({"include": "*$"}, "--include: the pattern"),
        ({"key_prefix": "a/", "include": "b/*"}, "--include"),
        ({"key_template": "a/{product_id}/{pic_name}", "key_prefix": "a/"}, "--template"),
    ],
)
def test_a_wrong_option_is_one_line_that_names_it(given: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as error:
        find(given)
    assert message in str(error.value)
    assert "INGEST_" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_setting_stops() -> None:
    with pytest.raises(SettingsError):
        find({}, {"INGEST_KEY_TEMPLATE": "{sku}"})


def test_an_irreversible_rule_may_be_tried_with_options() -> None:
    assert find({"key_template": "{product_id}/{pic_name}.{jpg|gif}"}).irreversible == (
        "PicName does not contain the text of {jpg|gif}"
    )
    with pytest.raises(SettingsError):
        find({}, {"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}.{jpg|gif}"})


def test_attributes_are_read_from_the_key() -> None:
    tried = find({"key_template": "{str_attr}/{product_id}/{int_attr}/{*}"})
    assert try_key(tried, "red/7/2024/a.jpg").attributes == {"str_attr": "red", "int_attr": 2024}
    trial = try_key(tried, "red/7/many/a.jpg")
    assert (trial.outcome, trial.reason, trial.identity) == ("invalid_attributes", "attribute_invalid", None)


def test_words_of_categories_are_those_of_the_deployment() -> None:
    template = "{category_word}/{product_id}/{*}"
    tried = find({}, {"INGEST_KEY_TEMPLATE": template, "INGEST_CATEGORY_WORDS": "shoes:3"})
    assert try_key(tried, "Shoes/7/a.jpg").attributes == {"category_id": 3}
    assert try_key(tried, "hats/7/a.jpg").reason == "category_invalid"
    assert try_key(find({"key_template": template}), "hats/7/a.jpg").attributes == {"category_word": "hats"}
