"""Hold the options of ``backfill``, check them, and write them again as a command to copy."""

from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.since import read_since
from imagesearch_ops.shell import quote
from imagesearch_ops.times import read_duration

_DEFAULT_MAX_ERRORS, _DEFAULT_MAX_WAIT = 100, "10m"
_MOST_PER_SECOND = 1000  # as for INGEST_ADDS_PER_SECOND


class Wanted(NamedTuple):
    """The options, as they were given."""

    url: str
    engine: EngineName = EngineName.AUTO
    since: str | None = None
    keys_from: str | None = None
    max_objects: int | None = None
    max_errors: int = _DEFAULT_MAX_ERRORS
    max_wait: str = _DEFAULT_MAX_WAIT
    rate: float | None = None
    staging: str | None = None
    state: Path | None = None
    resume: str | None = None
    yes: bool = False
    deployment: DeploymentOptions = SHELL

    def at_one_time(self) -> "Wanted":
        """Return the options with ``--since`` as a point in time, so that a command to copy means the same later."""
        return self._replace(since=read_since(self.since, "").text) if self.since else self

    @property
    def max_wait_seconds(self) -> float:
        """Return how long a live upload may wait on SMQ. Raise ``InputError`` for a text that is no duration."""
        return read_duration("--max-wait", self.max_wait)

    def check(self) -> None:
        """Raise ``InputError`` for options that cannot be obeyed."""
        if self.max_wait_seconds <= 0:
            raise InputError(f"--max-wait {self.max_wait}: must be above 0.")
        if self.rate is not None and not 0 < self.rate <= _MOST_PER_SECOND:
            raise InputError(f"--rate {self.rate:g}: must be above 0, and at most {_MOST_PER_SECOND}.")

    def check_engine(self, engine: EngineName) -> None:
        """Raise ``InputError`` for an option that is for another engine."""
        given = {("--rate", EngineName.DIRECT): self.rate, ("--staging", EngineName.BULK): self.staging}
        for (option, own), value in given.items():
            if value is not None and engine is not own:
                raise InputError(f"{option} is for the {own} engine, and this is the {engine} engine. Leave it out.")

    def command(self, *, resume: object = None) -> str:
        """Return the command again, with --yes."""
        given: dict[str, object] = {
            "--engine": None if self.engine is EngineName.AUTO else self.engine,
            "--since": self.since,
            "--keys-from": self.keys_from,
            "--max-objects": self.max_objects,
            "--max-errors": None if self.max_errors == _DEFAULT_MAX_ERRORS else self.max_errors,
            "--max-wait": None if self.max_wait == _DEFAULT_MAX_WAIT else self.max_wait,
            "--rate": None if self.rate is None else f"{self.rate:g}",
            "--staging": self.staging,
            "--state": None if resume else self.state,
            "--resume": resume or self.resume,
        }
        words = [word for name, value in given.items() if value is not None for word in (name, quote(str(value)))]
        return " ".join(["imagesearch-ingest backfill", quote(self.url), *words, *self.deployment.words(), "--yes"])
