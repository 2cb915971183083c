"""The sums of docs/how-to/cost.md are right, and its inputs are those of the places that it names."""

import re
from pathlib import Path

import pytest

from imagesearch_ops.plan.prices import find_prices

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/how-to/cost.md").read_text(encoding="utf-8")
AWS, ALIBABA = "AWS, us-east-1", "Alibaba Cloud, outside of the Chinese mainland"
# For 1,000 pictures of 0.5 MB. A function of AWS has 1769 MB; Function Compute's has one processor, 2 GB and a disk of
# 0.5 GB.
AMOUNTS = {
    AWS: [1000 * 0.403 * 1769 / 1024, 1000, 2000, 3000, 1000, 0.002, 0.5],
    ALIBABA: [403, 403 * 2 * 0.15, 403 * 0.5 * 0.05, 1000 * 75 / 10_000, 1000, 1],
}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def read_table(title: str) -> tuple[list[list[float]], float]:
    """Return how many, the price of one and the US dollars of each row, and the sum."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| [^|*]+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", section, re.MULTILINE)
    total = re.search(r"^\| \*\*sum\*\* \| \| \| \*\*([\d.]+)\*\* \|$", section, re.MULTILINE)
    assert total
    return [[float(cell) for cell in row] for row in rows], float(total[1])


@pytest.mark.parametrize("title", [AWS, ALIBABA])
def test_each_row_and_each_sum_is_right(title: str) -> None:
    rows, total = read_table(title)
    assert [amount for amount, *_ in rows] == pytest.approx(AMOUNTS[title], abs=0.005)
    assert [dollars for *_, dollars in rows] == pytest.approx(
        [amount * price for amount, price, _ in rows], abs=0.000006
    )
    assert total == pytest.approx(sum(dollars for *_, dollars in rows), abs=0.00001)


def test_the_slower_rate_costs_what_the_page_says() -> None:
    seconds = 1000 * 2.018 * 1769 / 1024
    rows, total = read_table(AWS)
    dollars = seconds * 0.0000133334
    text = f"{seconds:.2f} GB-seconds cost {dollars:.5f}, and the sum is {total - rows[0][2] + dollars:.5f}."
    assert text in PAGE.replace("\n", " ")


def test_the_inputs_are_those_that_were_measured_and_deployed() -> None:
    measured = r"^\| this project \| {}/s \| 2 \| 0\.61 s \| token bucket \|.*?\) \| ([\d.]+) s \|"
    for rate, seconds in ((5, "0.403"), (1, "2.018")):
        found = re.search(measured.format(rate), read("docs/throughput.md"), re.MULTILINE)
        assert found
        assert found[1] == seconds
        assert f"| {seconds} s |" in PAGE
    assert re.search(r"^      MemorySize: 1769\b", read("template.yaml"), re.MULTILINE)
    assert "cpu: 1 " in read("s.yaml")
    assert "memorySize: 2048\n      diskSize: 512\n" in read("s.yaml")


def test_the_prices_are_those_of_plan() -> None:
    prices = find_prices("us-east-1")
    of_each = {amount: price for amount, price, _ in read_table(AWS)[0]}
    assert of_each[696.2] == prices.lambda_gb_second
    assert (of_each[2000], of_each[3000], of_each[0.5]) == (
        pytest.approx(prices.bucket_read),
        pytest.approx(prices.queue_request),
        prices.egress_gb,
    )
    assert f"Prices as of {prices.date}" in PAGE
