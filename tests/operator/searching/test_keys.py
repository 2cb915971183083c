"""The key rule is read backwards only where it cannot mislead."""

import pytest

from imagesearch_ops.key_finder import KeyFinder
from tests.support.builders import a_settings


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "shoes/2001/side.jpg"),
        ({}, "lamp.gif"),
        ({"key_prefix": "shop/"}, "shop/2001/a.jpg"),
        ({"key_template": "{product_id}/{_}.{jpg|png}"}, "2001/side.png"),
        ({"key_template": "{product_id}/{pic_name}"}, "2001/a/b.jpg"),
        ({"key_template": "shop/{product_id}/{pic_name}"}, "shop/2001/a{b}.jpg"),
        ({"key_template": "{product_id}/{pic_name}", "key_prefix": "shop/"}, "shop/2001/a.jpg"),
        ({"key_template": "{brand}/{sku}/{pic_name} -> {brand}/{sku}"}, "nike/air/1.jpg"),
        ({"key_template": "{brand}/x-{sku}/{pic_name} -> {brand}/{sku}"}, "a.b/x-[1]/1.jpg"),
        ({"key_regex": "(?P<product_id>[^/]+)/.*"}, "2001/a.jpg"),
        ({"key_regex": "(?P<pic_name>(?P<product_id>[^/]+)/.*)", "key_prefix": "shop/"}, "shop/2001/a.jpg"),
    ],
)
def test_a_key_is_rebuilt_from_its_ids(settings, key: str) -> None:
    made = a_settings(**settings)
    identity = made.identity_rule().identify(key)
    assert KeyFinder(made).find(identity.product_id, identity.pic_name) == key


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({"key_template": "{product_id}/{_}/{pic_name}"}, ("2001", "side.jpg")),
        ({"key_template": "{product_id}/{str_attr}/{pic_name}"}, ("2001", "side.jpg")),
        ({"key_template": "{brand}-{sku}/{pic_name} -> {brand}-{sku}"}, ("a-b-c", "1.jpg")),
        ({"key_template": "{product_id}_{_}.jpg | {product_id}/{pic_name}"}, ("7", "7_1.jpg")),
        ({"key_regex": "x/(?P<product_id>[^/]+)/(?P<pic_name>.*)"}, ("2001", "side.jpg")),
    ],
)
def test_no_key_is_guessed_where_several_may_have_these_ids(settings, ids) -> None:
    assert KeyFinder(a_settings(**settings)).find(*ids) is None


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({}, ("by hand", "a/b.jpg")),
        ({"key_prefix": "shop/"}, ("other", "other/b.jpg")),
        ({"key_template": "{product_id}/{pic_name}"}, ("a/b", "c.jpg")),
        ({"key_template": "{brand}/{sku}/{pic_name} -> {brand}/{sku}"}, ("nike", "1.jpg")),
        ({"exclude": "*/thumbs/*"}, ("thumbs", "a/thumbs/b.jpg")),
    ],
)
def test_an_entry_that_the_rule_did_not_make_has_no_key(settings, ids) -> None:
    assert KeyFinder(a_settings(**settings)).find(*ids) is None
