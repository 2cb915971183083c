"""``demo``: ingest a folder of pictures, or drawn samples, on the local cloud."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.clouds import AnnouncedBy, CloudName, local_cloud
from imagesearch_ops.demo_pictures import draw_pictures
from imagesearch_ops.exit_codes import ExitCode, exit_code
from imagesearch_ops.instance import InstanceClient
from imagesearch_ops.outcome_watcher import OutcomeWatcher
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.results import ObjectResult, summarize
from imagesearch_ops.searching.query import make_smaller_copy
from imagesearch_ops.upload_folder import Upload, read_folder
from local_cloud.clouds.cloud import LocalCloud


def run_demo(
    folder: Path | None,
    environ: Mapping[str, str],
    *,
    cloud_name: CloudName,
    announced_by: AnnouncedBy | None = None,
    as_json: bool,
    problems_only: bool = False,
) -> ExitCode:
    """Run the command. Settings and folder are checked before anything starts.

    Raise ``SettingsError``, ``InputError`` and ``OSError``.
    """
    with reporting(as_json=as_json) as report:
        cloud_class = local_cloud(cloud_name, announced_by)
        cloud_class.check_settings(environ)
        uploads = read_folder(folder, cloud_name) if folder else None
        watcher = OutcomeWatcher()
        with cloud_class(environ, on_log=watcher.on_log) as cloud:
            keys: list[str] = []
            try:
                _ingest(cloud, uploads, watcher, keys)
            except BaseException:  # an interruption: what is settled so far is shown
                known = watcher.known(keys)
                _show(report, cloud, known, unsettled=len(keys) - len(known), problems_only=problems_only)
                raise
            results = watcher.results(keys)
            _show(report, cloud, results, problems_only=problems_only)
            _search_for_first_added(cloud, results)
        report.code = exit_code(results)
    return report.code


def _ingest(cloud: LocalCloud, uploads: list[Upload] | None, watcher: OutcomeWatcher, keys: list[str]) -> None:
    """Upload everything, wait until it is settled, and append each key to ``keys``."""
    pictures = _upload_drawn_pictures(cloud) if uploads is None else _upload_folder(cloud, uploads)
    with tracking("uploading", total=len(uploads) if uploads is not None else None) as tracker:
        for key in pictures:
            keys.append(key)
            tracker.update(len(keys))
    with tracking("ingesting", total=len(keys)) as tracker:
        watcher.wait(keys, lambda done, counts: tracker.update(done, counts=counts))


def _upload_folder(cloud: LocalCloud, uploads: list[Upload]) -> Iterator[str]:
    for upload in uploads:
        with upload.path.open("rb") as file:
            cloud.upload(upload.key, file, upload.metadata)
        yield upload.key


def _upload_drawn_pictures(cloud: LocalCloud) -> Iterator[str]:
    for key, data in draw_pictures():
        cloud.upload(key, data)
        yield key


def _show(
    report: Report, cloud: LocalCloud, results: list[ObjectResult], *, unsettled: int = 0, problems_only: bool
) -> None:
    letters = {letter["record_id"] for letter in cloud.dead_letters()}
    counts = summarize(results, dead_lettered=len(letters), in_index=len(cloud.image_search.entries()))
    if unsettled:
        counts["not_settled"] = unsettled
    shown = [result for result in results if result.reason or not problems_only]
    report.summary |= counts
    if not report.as_json:
        output.results_table(shown)
        report.ending = lambda: output.describe_counts(counts)
    for result in shown:
        report.line(result.public())


def _search_for_first_added(cloud: LocalCloud, results: list[ObjectResult]) -> None:
    added = next((result for result in results if result.outcome == "added"), None)
    if added is None:
        return
    image = next(entry.picture for entry in cloud.image_search.entries() if entry.pic_name == added.pic_name)
    environ = cloud.environ()
    output.message("")
    try:
        instance = InstanceClient(Settings.from_env(environ), EnvironmentCredentials(environ))
        hits = instance.search_by_image(make_smaller_copy(image), num=1)
    except IngestError as error:
        output.message(f"The search failed: {error.detail}")
        return
    for hit in hits:
        output.message(f"Searched with a smaller copy of {added.key}:")
        output.message(f"found ProductId {hit.product_id}, PicName {hit.pic_name}, score {hit.score or 0:.2f}")
