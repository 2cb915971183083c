"""A person sees the verdict first, what to do, and what both rest on: on one screen, and without hostile keys."""

import json
import re

import pytest
from rich.cells import cell_len

from imagesearch_ops.errors import InputError
from imagesearch_ops.explain.explaining import run_explain
from tests.operator.explain.conftest import World
from tests.support.pictures import encode, scene

HOSTILE = "x\u202egpj.exe \x1b[31m'\"<b>.jpg"


def test_the_screen_begins_with_the_verdict_and_ends_with_a_summary(world: World) -> None:
    key = world.upload(world.key(), str_attr="red")
    world.index(key, str_attr="red")
    rows = world.screen(key)
    assert (rows[0], rows[1]) == ("in the index as it should be", "")
    assert len(rows) <= 22
    assert rows[-1] == f"{world.url(key)}: in_index, exit code 0"
    text = "\n".join(rows)
    for part in (
        f"object   {world.url(key)}\n",
        f"key      '{key}'; fits the key rule\n",
        f"IDs      ProductId p{world.number}, PicName {key}\n",
        "sent as JPEG 320x200",
        "request  StrAttr 'red' (from metadata)\n",
        "index    demo: has the entry; ",
        "letters  none\n",
    ):
        assert part in text


def test_a_key_without_ids_is_not_said_to_have_some(on_aws: World) -> None:
    rows = on_aws.screen(on_aws.upload(on_aws.key()), INGEST_KEY_TEMPLATE="shop/{product_id}/{*}")
    assert "index    demo: no entry under the IDs that other rules or dead letters name" in rows
    assert not any(row.startswith("IDs") for row in rows)


def test_long_values_are_cut(world: World) -> None:
    key = world.upload(world.key(), encode(scene(5000, 3000)), custom_content="x" * 300, str_attr="y" * 128)
    world.index(key, data=encode(scene()), custom_content="z" * 4000, str_attr="red")
    world.put_letter(key, code="network", fault_class="transient", stage="index", message="m" * 500)
    rows = world.screen(key)
    assert rows[0].startswith("different: the entry has other attributes: CustomContent would be")
    assert len(rows) <= 32
    assert all(len(row) <= 80 for row in rows if not row.startswith("  aws "))


def test_a_hostile_key_is_visible_and_inert(world: World) -> None:
    rows = world.screen(world.upload(world.key(HOSTILE)))
    assert "".join(rows).isprintable()
    assert "x\\u202egpj.exe \\x1b[31m" in "".join(rows)


def test_wide_characters_fit_the_terminal(world: World) -> None:
    rows = world.screen(world.key("鞋" * 60 + " " + "靴" * 60 + ".jpg"))
    assert max(map(cell_len, rows[:-1])) <= 80
    assert "".join(row.strip() for row in rows).count("靴" * 60) >= 2


def test_a_blank_at_the_end_of_a_key_is_seen(world: World) -> None:
    assert f"key      '{world.key('a.jpg ')}'; fits the key rule" in world.screen(world.key("a.jpg "))


def test_the_replay_of_a_letter_is_shown_as_a_command(world: World) -> None:
    key = world.upload(world.key("a,b c.jpg"))
    world.put_letter(key, code="network", fault_class="transient", stage="index", message="cut")
    assert f"  imagesearch-ingest dlq replay --where 'key={world.key('a')}\\,b c.jpg'" in world.screen(key)


def test_an_error_ends_with_a_summary_too(on_aws: World, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError):
        run_explain("s3://pictures", None, on_aws.environ(), as_json=False)
    assert capsys.readouterr().out.splitlines() == ["s3://pictures: not explained, exit code 2"]
    with pytest.raises(InputError):
        run_explain("pictures", None, on_aws.environ(), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    summary = json.loads(line)["summary"]
    assert (summary["exit"], summary["error"]["reason"], summary["verdict"]) == (2, "usage", None)


def test_the_deployment_is_named_first(world: World) -> None:
    explained = world.explain(world.key())
    assert re.match(r"this shell's settings \(\S+\): \w+://pictures -> demo ", explained.messages)
