"""``demo``: a folder's pictures, or a dozen drawn ones, through the whole path on the local cloud."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from Tea.exceptions import TeaException

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.clouds import CloudName, local_cloud
from imagesearch_ops.drawings import draw_shop
from imagesearch_ops.exit_codes import ExitCode, exit_code
from imagesearch_ops.folder import Upload, read_folder
from imagesearch_ops.results import ObjectResult, summary
from imagesearch_ops.search import search_by_picture, snapshot
from imagesearch_ops.watch import Watch
from local_cloud.clouds.cloud import LocalCloud


def run_demo(folder: Path | None, environ: Mapping[str, str], *, cloud_name: CloudName, as_json: bool) -> ExitCode:
    """Everything is checked before anything is started. Raises ``SettingsError``, ``InputError``, ``OSError``."""
    chosen = local_cloud(cloud_name)
    chosen.check_settings(environ)
    uploads = read_folder(folder, cloud_name) if folder else None
    watch = Watch()
    with chosen(environ, on_log=watch.on_log) as cloud, _progress() as progress:
        keys = list(_upload_folder(cloud, uploads) if uploads is not None else _upload_drawings(cloud))
        task = progress.add_task("ingesting", total=len(keys))
        results = watch.wait(keys, lambda done: progress.update(task, completed=done))
        letters = {letter["record_id"] for letter in cloud.dead_letters()}
        totals = summary(results, dead_lettered=len(letters), in_index=len(cloud.image_search.entries()))
        progress.stop()
        _print(results, totals, as_json=as_json)
        _show_a_hit(cloud, results)
    return exit_code(results)


def _upload_folder(cloud: LocalCloud, uploads: list[Upload]) -> Iterator[str]:
    for upload in uploads:
        with upload.path.open("rb") as file:
            cloud.upload(upload.key, file, upload.metadata)
        yield upload.key


def _upload_drawings(cloud: LocalCloud) -> Iterator[str]:
    for key, data in draw_shop():
        cloud.upload(key, data)
        yield key


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=output.people, transient=True, disable=not output.people.is_terminal) as progress:
        yield progress


def _print(results: list[ObjectResult], totals: dict[str, int], *, as_json: bool) -> None:
    if not as_json:
        output.results_table(results, totals)
        return
    for result in results:
        output.json_line(result.public())
    output.json_line({"summary": totals})


def _show_a_hit(cloud: LocalCloud, results: list[ObjectResult]) -> None:
    added = next((result for result in results if result.outcome == "added"), None)
    if added is None:
        return
    picture = next(entry.picture for entry in cloud.image_search.entries() if entry.pic_name == added.pic_name)
    environ = cloud.environ()
    try:
        hit = search_by_picture(Settings.from_env(environ), Credentials.from_env(environ), snapshot(picture))
    except TeaException as error:
        output.people.print(f"\nThe search did not answer: {type(error).__name__}", markup=False)
        return
    if hit:
        output.people.print(
            f"\nSearched with a smaller copy of {added.key}: "
            f"found ProductId {hit.product_id}, PicName {hit.pic_name}, score {hit.score:.2f}",
            markup=False,
            soft_wrap=True,
        )
