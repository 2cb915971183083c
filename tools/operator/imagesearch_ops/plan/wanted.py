"""Hold the options of ``plan``, check them, and write them again as a command to copy."""

from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.picture_page import check_page
from imagesearch_ops.plan.prices import Prices, find_prices
from imagesearch_ops.plan.sampling import DEFAULT_SAMPLE, MOST_SAMPLED
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

    @property
    def extent(self) -> int | str | None:
        """Return what a run remembers of the size: a run goes on only with the same one."""
        return "all" if self.every else "keys only" if self.keys_only else self.size

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
