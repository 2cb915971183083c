"""A new operator's questions are answered by a page that the README leads to within two links.

For each question, somebody who knows the product wrote down which heading a person would stop at, and which words the
answer cannot do without. Both are literal. The pages are those that links lead to, as a reader follows them.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.test_docs import ROOT, find_links

# question: words of a heading, words of the text below it
QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Can I use a bucket that exists?": (
        "bucket that you have",
        ("ExistingBucketName=", "EventBridge, On", "BucketOwnerEnforced", "oss://"),
    ),
    "Our bucket has a CMK. What now?": (
        "Customer managed keys",
        ("`BucketKeyArn`", "`QueueKeyArn`", "kms:GenerateDataKey", "events.amazonaws.com", "Alibaba Cloud"),
    ),
    "How do I take several prefixes?": ("several prefixes", ("KeyPrefix=shoes/,bags/", "up to five", "aliyun ros")),
    "Can I have several instances?": ("Several instances", ("InstanceName=", "RateSharePercent", "KeyPrefix")),
    "How do I roll back?": ("Roll back", ("git checkout", "sam deploy", "aliyun ros UpdateStack", "dead letters")),
    "What if the key rule changes?": ("Change the key rule", ("KeyTemplate", "audit", "reconcile", "backfill")),
    "There are 300 letters on Monday.": (
        "300 letters on Monday",
        ("dlq list --stack shop --by reason", "dlq replay", "--yes", "dlq discard", "14 days"),
    ),
    "Half a million pictures are there already.": (
        "Half a million pictures",
        ("| 500,000 |", "plan s3://", "backfill status", "backfill cancel", "live uploads"),
    ),
    "Is the index equal to the bucket?": (
        "index hold what the bucket holds",
        ("imagesearch-ingest audit", "imagesearch-ingest reconcile", "no drift", "AuditSchedule"),
    ),
    "What does it cost?": ("cost", ("1,000 pictures", "Lambda", "SQS", "Function Compute", "CloudWatch")),
    "How is the key rotated?": (
        "Rotate the access key",
        ("aws secretsmanager put-secret-value", "doctor", "15 minutes", "--Status Inactive", "Function"),
    ),
    "Which rights does the key need?": (
        "rights of the key",
        ("imagesearch:AddImage", "imagesearch:DeleteImage", "imagesearch:Detail", "acs:imagesearch:"),
    ),
    "Does it run in a VPC?": ("in a VPC", ("SubnetIds=", "SecurityGroupIds=", "NAT gateway", "VSwitchIds", "443")),
    "What about several regions?": ("Several regions", ("InstanceRegion", "--region", "failover", "Shanghai")),
    "Where are metrics and the dashboard?": (
        "Metrics, alarms and dashboard",
        ("DashboardName", "AlarmTopicArn", "AddCallsThrottled", "Simple Log Service", "(runbook.md)"),
    ),
}
NONSENSE = ("an unheard-of heading", ("ExistingBucketName",))


def follow(page: Path) -> set[Path]:
    """Return the documents that a page links to. tests/test_docs.py names links that lead nowhere."""
    targets = {link.partition("#")[0] for link in find_links(page) if "://" not in link}
    paths = {(page.parent / target).resolve() for target in targets if target.endswith(".md")}
    return {path for path in paths if path.exists()}


@cache
def find_pages(links: int) -> frozenset[Path]:
    """Return the pages that so many links from the README lead to, or fewer."""
    if links == 0:
        return frozenset({ROOT / "README.md"})
    nearer = find_pages(links - 1)
    return nearer.union(*(follow(page) for page in nearer))


def read_sections(page: Path) -> list[tuple[str, str]]:
    """Return each heading of a page with the text below it, up to the next one of its level or above."""
    text = page.read_text(encoding="utf-8")
    code = [range(*found.span()) for found in re.finditer(r"^ *```.*?^ *```", text, re.DOTALL | re.MULTILINE)]
    heads = [
        (len(found[1]), found[2], found.start(), found.end())
        for found in re.finditer(r"^(#+) (.*)$", text, re.MULTILINE)
        if not any(found.start() in block for block in code)
    ]
    sections = []
    for number, (level, title, _, end) in enumerate(heads):
        until = next((start for other, _, start, _ in heads[number + 1 :] if other <= level), len(text))
        sections.append((title, text[end:until]))
    return sections


def find_answers(heading: str, words: tuple[str, ...], pages: frozenset[Path]) -> list[str]:
    """Return the pages with a heading of these words, below which all other words stand."""
    return sorted(
        page.relative_to(ROOT).as_posix()
        for page in pages
        if any(
            heading.lower() in title.lower() and all(word in text for word in words)
            for title, text in read_sections(page)
        )
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_within_two_links(question: str) -> None:
    assert find_answers(*QUESTIONS[question], find_pages(2)) != []


def test_every_answer_is_one_link_away_from_the_table() -> None:
    """Two links are allowed. One is what the table of needs is for."""
    assert [question for question, answer in QUESTIONS.items() if not find_answers(*answer, find_pages(1))] == []


def test_there_are_fifteen_questions() -> None:
    assert len(QUESTIONS) == 15


def test_an_answer_that_is_nowhere_is_not_found() -> None:
    assert find_answers(*NONSENSE, find_pages(2)) == []
    assert ROOT / "docs/adr/0001-batch-loop.md" not in find_pages(1)
    assert ROOT / "docs/adr/0001-batch-loop.md" in find_pages(2)
    assert find_answers("existing bucket", ("ExistingBucketName",), find_pages(0)) == []
