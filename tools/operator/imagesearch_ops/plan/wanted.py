"""Hold the options of ``plan``, check them, and write them again as a command to copy."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from imagesearch_ingest.settings import Settings
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.picture_page import check_page
from imagesearch_ops.plan.prices import Prices, find_prices
from imagesearch_ops.plan.sampling import DEFAULT_SAMPLE, MOST_SAMPLED
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder, default_folder, find_run, open_new_run, resume_run
from imagesearch_ops.shell import quote

MOST_PER_SECOND = 1000  # as for INGEST_ADDS_PER_SECOND


class Wanted(NamedTuple):
    """The options, as they were given."""

    place: str
    sample: int | None = None
    every: bool = False
    keys_only: bool = False
    html: Path | None = None
    state: Path | None = None
    resume: str | None = None
    rate: float | None = None
    prices: str | None = None
    deployment: DeploymentOptions = SHELL

    @property
    def size(self) -> int | None:
        """Return how many objects to read at most: ``None`` for all, 0 for none."""
        if self.every or self.keys_only:
            return None if self.every else 0
        return self.sample or DEFAULT_SAMPLE

    def check(self) -> Prices | None:
        """Return the prices. Raise ``InputError`` for options that cannot be obeyed."""
        if (self.sample is not None) + self.every + self.keys_only > 1:
            raise InputError("--sample, --all and --keys-only contradict each other. Use one of them.")
        if self.sample is not None and self.sample > MOST_SAMPLED:
            raise InputError(f"--sample {self.sample}: at most {MOST_SAMPLED}. Use --all to read every object.")
        if self.rate is not None and not 0 < self.rate <= MOST_PER_SECOND:
            raise InputError(f"--rate {self.rate:g}: must be above 0, and at most {MOST_PER_SECOND}.")
        if self.html:
            check_page(self.html)
        if self.prices and self.place.startswith("oss://"):
            raise InputError("--prices: there are prices of AWS only. Leave the option out for oss://.")
        return find_prices(self.prices) if self.prices else None

    def command(self, **changes: object) -> str:
        """Return the command again, with some options changed. An option that is ``None`` is left out."""
        given: dict[str, object] = {
            "--sample": self.sample,
            "--html": self.html,
            "--rate": self.rate,
            "--prices": self.prices,
            **{f"--{name}": value for name, value in changes.items()},
        }
        flags = [*(["--all"] if self.every else []), *(["--keys-only"] if self.keys_only else [])]
        words = [word for name, value in given.items() if value is not None for word in (name, quote(str(value)))]
        words += self.deployment.words()
        return " ".join(["imagesearch-ingest plan", quote(self.place), *flags, *words])


def describe_same(place: Place, settings: Settings, wanted: Wanted, *, has_instance: bool) -> dict[str, Any]:
    """Return what must be the same when a run goes on."""
    return {
        "command": "plan",
        "url": str(place),
        "rule": settings.key_template or settings.key_regex or "default",
        "prefix": settings.key_prefix,
        "include": list(settings.include),
        "exclude": list(settings.exclude),
        "rule_fingerprint": settings.rule_fingerprint(),
        "preparation": settings.preparation_fingerprint(),
        "instance": settings.instance_name if has_instance else None,
        "sample": "all" if wanted.every else "keys only" if wanted.keys_only else wanted.size,
    }


@contextmanager
def open_folder(
    wanted: Wanted, same: Mapping[str, Any], report: Report, environ: Mapping[str, str]
) -> Iterator[RunFolder]:
    """Yield the folder of a new run, or that of the run to resume. Raise ``InputError``."""
    if wanted.resume:
        with resume_run(find_run(wanted.resume, wanted.state, environ), same) as folder:
            report.run = str(folder.about.get("run") or report.run)
            yield folder
        return
    path = wanted.state or default_folder(report.run, environ)
    with open_new_run(path, {"v": 1, "run": report.run, **same}) as folder:
        yield folder
