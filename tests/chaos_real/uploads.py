"""The steps of the uploaders, drawn from a seed: uploads, overwrites, removals, repeated announcements."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos_real.numbered import FORMS, picture

EXCLUDE = "drafts/*"
# The weight of each sequence of changes of one key. None removes it.
_SEQUENCES: tuple[tuple[int, tuple[str | None, ...]], ...] = (
    (36, ("good",)),
    (14, ("good", "good")),
    (12, ("good", None)),
    (8, ("good", None, "good")),
    (8, ("good", None, "good", "good", None, "good", "good", "good")),
    (6, ("good", "good", "good", "good", "good", "good", "good", None)),
    (6, ("good", "bad")),
    (4, ("bad", "good")),
    (6, ("bad",)),
)
_FOLDERS = ("shoes", "red shoes", "鞋", "a+b", "100%25", "deep/er")
_CHANGE_SECONDS = 0.4  # mean time between two changes of a key: about as long as an add takes
_ANNOUNCED_AGAIN = 0.2  # share of the keys that are announced once more


@dataclass(frozen=True, slots=True)
class Upload:
    """``number`` is in its pixels. ``reason`` is why it cannot be added, or ``None``."""

    number: int
    key: str
    data: bytes = field(repr=False)
    metadata: dict[str, str] = field(default_factory=dict)
    reason: str | None = None

    @property
    def etag(self) -> str:
        """Return the ETag of an object uploaded in one part. The clouds differ only in upper case."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """A step at ``at`` seconds: an upload, a removal, or with ``again`` a repeated announcement."""

    at: float
    key: str
    upload: Upload | None = None
    again: bool = False


def steps(rng: random.Random, objects: int, seconds: float) -> list[Step]:
    """Return the steps for ``objects`` keys in order of time. Numbers grow with each change of a key."""
    drawn = [step for number in range(objects) for step in _key_steps(rng, number, seconds)]
    return sorted(drawn, key=lambda step: step.at)


def _key_steps(rng: random.Random, number: int, seconds: float) -> Iterator[Step]:
    key = _key(rng, number)
    (contents,) = rng.choices([life for _, life in _SEQUENCES], [weight for weight, _ in _SEQUENCES])
    at = rng.uniform(0, seconds)
    for turn, content in enumerate(contents):
        yield Step(at, key, _upload(rng, number * 16 + turn, key, content) if content else None)
        at += rng.expovariate(1 / _CHANGE_SECONDS)
    if rng.random() < _ANNOUNCED_AGAIN:
        yield from (Step(at + rng.uniform(0, seconds / 2), key, again=True) for _ in range(rng.randint(1, 4)))


def _key(rng: random.Random, number: int) -> str:
    kind = rng.random()
    if kind < 0.04:
        return f"drafts/{number:05}.jpg"
    if kind < 0.06:
        return f"{'d' * 200}/{number:060}.jpg"
    return f"{rng.choice(_FOLDERS)}/{number:05}.jpg"


def _upload(rng: random.Random, number: int, key: str, content: str) -> Upload:
    too_long = "key_too_long" if key.startswith("ddd") else None
    if content == "good" or too_long:
        return Upload(number, key, picture(number, rng.choice(FORMS), rng.choice((16, 24))), reason=too_long)
    whole = picture(number, "PNG", 24)
    return rng.choice(
        (
            Upload(number, key, b"", reason="object_empty"),
            Upload(number, key, b"no picture, but number %d\n" % number * 50, reason="not_an_image"),
            Upload(number, key, whole[: len(whole) * 2 // 3], reason="corrupt_image"),
            Upload(number, key, picture(number, "PNG", 12), reason="image_too_small"),
            Upload(number, key, whole, {"imagesearch-int-attr": "many"}, "attribute_invalid"),
        )
    )
