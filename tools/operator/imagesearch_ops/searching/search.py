"""``search``: find the entries that are most similar to a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ops import output
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.instance import Entry, open_instance
from imagesearch_ops.key_finder import KeyFinder
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import check_replaceable
from imagesearch_ops.searching.page import write_page
from imagesearch_ops.searching.query import prepare_query, read_query
from imagesearch_ops.terminal_text import printable

_BAR_CELLS = 10


class Hit(NamedTuple):
    """An entry that was found. ``key`` is ``None`` if the key rule does not say which key it has."""

    rank: int
    entry: Entry
    key: str | None

    @property
    def score(self) -> float:
        return self.entry.score or 0.0


def run_search(
    source: str,
    environ: Mapping[str, str],
    *,
    num: int,
    page: Path | None = None,
    place: DeploymentOptions = SHELL,
    as_json: bool,
) -> ExitCode:
    """Run the command: exit code 3 if the picture cannot be searched with, and 0 if nothing is found.

    Raise ``InputError``, ``SettingsError``, ``OSError`` and ``IngestError``.
    """
    with reporting(as_json=as_json) as report:
        report.summary["hits"] = 0
        report.ending = lambda: "Nothing was searched."
        if page:
            _check_page(page, source)
        deployment = place.find(environ)
        output.message(deployment.describe())
        try:
            _search(source, deployment, report, num=num, page=page)
        except IngestError as error:
            if error.reason.fault_class is not FaultClass.PERMANENT:
                raise
            report.fail(ExitCode.INCOMPLETE, error.reason.code, f"{source}: {error.detail}. {error.reason.hint}")
        return report.code


def _check_page(page: Path, source: str) -> None:
    """Raise ``InputError`` if a page cannot be written there, or would replace the picture."""
    check_replaceable(page)
    if page.exists() and Path(source).exists() and page.samefile(source):
        raise InputError(f"{page}: --html names the picture itself. Name another file.")


def _search(source: str, deployment: Deployment, report: Report, *, num: int, page: Path | None) -> None:
    instance = open_instance(deployment)
    data = read_query(source, deployment, instance.settings)
    query = prepare_query(data, instance.settings, deployment.environ)
    report.summary["steps"] = list(query.steps)
    keys = KeyFinder(instance.settings)
    hits = [
        Hit(rank, entry, keys.find(entry.product_id, entry.pic_name))
        for rank, entry in enumerate(instance.search_by_image(query.data, num=num), 1)
    ]
    report.summary["hits"] = len(hits)
    for hit in hits:
        report.line({"rank": hit.rank, "score": hit.score, **hit.entry.public()})
    if not report.as_json:
        _print(hits)
    report.ending = lambda: _describe(source, query, len(hits))
    if page:
        write_page(page, source, query, hits, deployment)
        output.message(f"written: {page}")


def _print(hits: Sequence[Hit]) -> None:
    are_keys_known = all(hit.key is not None for hit in hits)
    table = output.new_table(
        "", "score", "", "ProductId", "key" if are_keys_known else "PicName", numbers={"", "score"}
    )
    table.columns[2].justify = "left"
    for hit in hits:
        name = hit.key if are_keys_known and hit.key is not None else hit.entry.pic_name
        table.add_row(
            str(hit.rank),
            f"{hit.score:.2f}",
            draw_bar(hit.score),
            output.short_key(hit.entry.product_id),
            output.short_key(name),
        )
    output.print_table(table)


def draw_bar(score: float) -> str:
    """Return a bar for a score from 0 to 1."""
    cells = round(_BAR_CELLS * min(1.0, max(0.0, score)))
    block = "█" if printable("█") == "█" else "#"
    return block * cells


def _describe(source: str, query: PreparedImage, hits: int) -> str:
    found = f"{hits or 'no'} hit{'' if hits == 1 else 's'}"
    return f"{found} for {printable(source)}, searched with {printable(output.describe_steps(query.steps))}"
