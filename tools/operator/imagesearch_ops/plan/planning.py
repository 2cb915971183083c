"""``plan``: look at a bucket or a folder, and say what adding all of it would mean. Nothing is changed."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.buckets.opening import Place, check_bucket, open_bucket
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment, read_local_settings
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.image_workers import ImageWorkers, Previews
from imagesearch_ops.instance import InstanceDetail, open_instance
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.plan.page import SIDE, PlanPage
from imagesearch_ops.plan.pictures import Line, Looked, Pictures
from imagesearch_ops.plan.prices import Prices
from imagesearch_ops.plan.run import LISTING_FILES, Listing, Results
from imagesearch_ops.plan.sampling import Sample
from imagesearch_ops.plan.summary import Totals
from imagesearch_ops.plan.tally import Tally
from imagesearch_ops.plan.text import describe_end, print_summary
from imagesearch_ops.plan.wanted import Wanted
from imagesearch_ops.progress import tracking
from imagesearch_ops.rates import describe_adds, own_adds
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import RunFolder
from imagesearch_ops.runs import describe_same, fail_if_nothing, open_folder

_MOST_FAULTS = 10  # in a row: then nothing can be read


def run_plan(wanted: Wanted, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json) as report:
        prices = wanted.check()
        deployment = wanted.deployment.find(environ)
        settings = deployment.settings or read_local_settings(deployment.environ)
        place = open_bucket(wanted.place, deployment)
        check_bucket(place, settings)
        output.message(_describe_start(settings, deployment))
        same = describe_same("plan", place, settings, has_instance=deployment.settings is not None)
        same["sample"] = wanted.extent
        with open_folder(wanted.state, wanted.resume, same, report, environ) as folder:
            folder.about["deployment"] = deployment.describe() if deployment.settings else None
            output.message(f"run {report.run}: {folder.path}")
            plan = _Plan(report, wanted, environ, place, settings, prices, folder)
            report.ending = plan.describe_stop
            plan.run(deployment)
        return report.code


@dataclass(slots=True)
class _Plan:
    """One plan at work."""

    report: Report
    wanted: Wanted
    environ: Mapping[str, str]
    place: Place
    settings: Settings
    prices: Prices | None
    folder: RunFolder
    tally: Tally = field(default_factory=Tally)
    detail: InstanceDetail | None = None

    def run(self, deployment: Deployment) -> None:
        self.detail = _look_at_instance(deployment)
        size = self.wanted.size
        sample = None if size is None else Sample(size, self.place.name)
        page = PlanPage(self.wanted.html, self.place) if self.wanted.html else None
        with closing(Listing(self.folder, sample)) as listing:
            try:
                self._list(listing)
                self._read(page)
            except BaseException:
                if not listing.census.listed:
                    self.folder.discard(*LISTING_FILES)
                raise
            finally:
                totals = self._totals(listing)
                self.report.summary |= totals.to_json()
        self.folder.save(counts=totals.to_json(), complete=True)
        self._conclude(totals)
        if page:
            page.write(totals, self.wanted)

    def describe_stop(self) -> str:
        """Return the last line of a plan that has not come to its end."""
        known = self.report.summary
        if not known.get("listed"):
            return "Stopped: nothing was listed."
        done = f"{known['listed']:,} listed, {known['sampled']:,} read"
        return f"Stopped: {done}. Go on with: {self.wanted.command(resume=self.folder.path)}"

    def _list(self, listing: Listing) -> None:
        if not listing.is_complete:
            judge = KeyJudge(self.settings)
            with tracking("listing", known=listing.census.listed, shown=self._has_line()) as tracker:
                for objects in self.place.bucket.pages(self.place.prefix, listing.last_key):
                    for listed in objects:
                        listing.add(listed, judge.judge(listed))
                    listing.record_if_due()
                    tracker.update(listing.census.listed)
            listing.finish()

    def _read(self, page: PlanPage | None) -> None:
        """Read the sample, but for what an earlier process has read."""
        results = Results(self.folder)
        for line, previews in results.known():
            self._take(line, previews, page)
        missing = results.missing()
        if first := next(missing, None):
            known = self.tally.sampled
            with (
                closing(self._look(chain([first], missing), page)) as found,
                tracking("preparing", total=results.count(), known=known, shown=self._has_line()) as tracker,
            ):
                for looked in found:
                    results.add(looked.n, looked.line, looked.previews)
                    self._take(looked.line, looked.previews, page)
                    counts = {"rejected": self.tally.would_reject.total(), "not read": self.tally.not_read.total()}
                    tracker.update(self.tally.sampled, counts=counts)

    def _look(
        self, objects: Iterator[tuple[int, ListedObject]], page: PlanPage | None
    ) -> Generator[Looked, None, None]:
        policy, wants = self.settings.image_policy(), page.wants_previews if page else _never
        workers = ImageWorkers(self.environ, policy, preview_side=SIDE if page else 0)
        with closing(Pictures(self.place.bucket, self.settings, workers, wants)) as pictures:
            yield from stop_at_faults(pictures.run(objects))

    def _take(self, line: Line, previews: Previews, page: PlanPage | None) -> None:
        self.tally.add(line)
        self.report.line(line)
        if page:
            page.add(line, previews)

    def _totals(self, listing: Listing) -> Totals:
        rate = self.wanted.rate or own_adds(self.settings)
        return Totals(listing.census, self.tally, self.settings, rate, self.detail, self.prices)

    def _conclude(self, totals: Totals) -> None:
        """Print the summary, and choose the exit code."""
        if not self.report.as_json:
            print_summary(totals, self.place)
        self.report.ending = lambda: describe_end(totals, self.folder.path)
        if totals.tally.not_read:
            failed = totals.tally.not_read.total()
            self.report.fail(
                ExitCode.INCOMPLETE, "not_read", f"{failed} objects could not be read: see {self.folder.path}"
            )
        fail_if_nothing(self.report, self.place, listed=totals.census.listed, eligible=totals.census.eligible)

    def _has_line(self) -> bool:
        """Return whether a moving line may be shown: not between lines of JSON on the same terminal."""
        return not (self.report.as_json and output.is_data_shown())


def stop_at_faults(found: Iterator[Looked]) -> Iterator[Looked]:
    """Yield what was found. Raise a fault that a person must mend, and one that ten objects in a row have.

    Objects with a fault are held back until another one is read: a service that is out must not use up the sample.
    """
    held: list[Looked] = []
    has_worked = False
    for looked in found:
        fault = looked.fault
        if fault is None:
            has_worked = True
            yield from held
            held.clear()
            yield looked
            continue
        held.append(looked)
        if fault.is_systemic:
            raise fault
        if len(held) >= _MOST_FAULTS:
            raise _name_cause(fault)
    if held and not has_worked:
        raise _name_cause(held[-1].fault)
    yield from held


def _name_cause(fault: IngestError | None) -> IngestError:
    assert fault is not None  # noqa: S101 - only objects with a fault are held
    if fault.reason is Reason.ACCESS_DENIED:
        return IngestError(Reason.BUCKET_FORBIDDEN, f"no object can be read: {fault.detail}")
    return fault


def _never(_: Line) -> bool:
    return False


def _describe_start(settings: Settings, deployment: Deployment) -> str:
    if deployment.settings:
        return deployment.describe()
    rule = settings.key_template or settings.key_regex or "the folder and the whole key"
    return f"no deployment: {describe_adds(settings)}, rule {rule}"


def _look_at_instance(deployment: Deployment) -> InstanceDetail | None:
    """Return what the deployment's instance says about itself, or ``None`` if it cannot be asked."""
    if deployment.settings is None:
        return None
    try:
        return open_instance(deployment).detail()
    except (IngestError, InputError, SettingsError) as error:
        why = error.detail if isinstance(error, IngestError) else str(error)
        output.message(f"capacity and expiry are unknown: {why}")
        return None
