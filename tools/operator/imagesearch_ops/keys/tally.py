"""Count what a rule makes of keys, and keep examples."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.keys.shapes import Shapes
from imagesearch_ops.keys.suggesting import Sample
from imagesearch_ops.keys.trial import EXCLUDED, MATCHED, OUTCOMES, Trial
from imagesearch_ops.keys.twins import Found

_MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class TestOptions:
    """Which keys to read, and which rule to try. ``given`` are the rule's texts by the names of their settings."""

    source: str | None
    given: Mapping[str, str]
    field: str | None = None
    deployment: DeploymentOptions = SHELL


@dataclass(slots=True)
class Tally:
    """What is known about the keys so far."""

    keys: int = 0
    unreadable: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[Trial]] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)
    sample: Sample = field(default_factory=Sample)
    collisions: Found = field(default_factory=Found)
    look_alikes: Found = field(default_factory=Found)

    def add(self, trial: Trial) -> None:
        self.keys += 1
        self.outcomes[trial.outcome] += 1
        self.shapes.add(trial.key, trial.outcome)
        if trial.outcome != EXCLUDED:
            self.sample.add(trial.key)
        if (
            trial.outcome not in (MATCHED, EXCLUDED)
            and len(self.refused.setdefault(trial.outcome, [])) < _MOST_EXAMPLES
        ):
            self.refused[trial.outcome].append(trial)


def describe(tally: Tally) -> str:
    """Return the summary for a person."""
    outcomes = [f"{tally.outcomes[name]} {name.replace('_', ' ')}" for name in OUTCOMES if tally.outcomes[name]]
    more = [f"{tally.unreadable} unreadable"] if tally.unreadable else []
    return ", ".join([f"{tally.keys} key{'' if tally.keys == 1 else 's'}", *outcomes, *more])


def count(tally: Tally) -> dict[str, object]:
    """Return the numbers of the summary."""
    return {"keys": tally.keys, **{name: tally.outcomes[name] for name in OUTCOMES}, "unreadable": tally.unreadable}
