"""The layouts of docs/key-rules.md give the IDs that the page says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ingest.attributes import collect
from imagesearch_ingest.settings import Settings

PAGE = (Path(__file__).parents[1] / "docs/key-rules.md").read_text(encoding="utf-8")
REQUIRED = {
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.example/1/dead",
}
TITLES = [
    "`SKU_1.jpg`",
    "`SKU-front.jpg`, with a dash in the SKU",
    "`brand/SKU/2024/img.JPG`",
    "`GTIN/main.webp`",
    "`SKU/x.jpg?v=1`",
    "`uploads/2024/11/uuid.png`",
    "`{tenant}/{sku}/{n}.jpg`",
    "`ASIN.PT01.jpg` and `ASIN.MAIN.en_US.jpg`",
    "`12345_V1_back@2x.png`",
    "Names with blanks",
    "Names in Chinese, Japanese or Korean",
    "A category word looked up in a table",
]


def layouts() -> Iterator[tuple[str, dict[str, str], list[list[str]]]]:
    """Yield the title, the settings and the rows of each layout."""
    part = PAGE.partition("\n## Layouts\n")[2].partition("\n## ")[0]
    for section in re.split(r"\n### ", part)[1:]:
        title, _, rest = section.partition("\n")
        block = re.search(r"```\n(.*?)```", rest, re.DOTALL)
        assert block, title
        settings = dict(line.split("=", 1) for line in block[1].splitlines())
        table = [line for line in rest.splitlines() if line.startswith("|")]
        assert table[0] == "| key | ProductId | PicName | attributes |"
        yield title, settings, [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


ROWS = [pytest.param(settings, *row, id=row[0]) for _, settings, rows in layouts() for row in rows]


def test_every_layout_has_rows() -> None:
    assert [title for title, _, rows in layouts() if rows] == TITLES


@pytest.mark.parametrize(("settings", "key", "product_id", "pic_name", "attributes"), ROWS)
def test_a_layout_gives_the_ids_of_the_page(
    settings: dict[str, str], key: str, product_id: str, pic_name: str, attributes: str
) -> None:
    made = Settings.from_env(REQUIRED | settings)
    identity = made.identity_rule().identify(key.strip("`"))
    assert (f"`{identity.product_id}`", f"`{identity.pic_name}`") == (product_id, pic_name)
    collected = collect({}, identity.groups, made.default_attributes(), made.attribute_policy()).given()
    assert {f"{name}={value}" for name, value in collected.items()} == set(re.findall("`([^`]+)`", attributes))


GRAMMAR = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("## Which keys")[0].partition("## Templates")[2], re.MULTILINE)


def test_the_grammar_names_each_kind_of_field() -> None:
    assert {"{product_id}", "{pic_name}", "{category_word}", "{_}", "{*}", r"{jpg\|jpeg\|png}", " -> ", r" \| "} <= set(
        GRAMMAR
    )
