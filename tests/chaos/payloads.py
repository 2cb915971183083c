"""What people upload: pictures so small that they cost nothing, and what is none; and what each of it deserves."""

import hashlib
import random
from dataclasses import dataclass
from functools import cache

from tests.support.pictures import encode, jpeg, scene

MOST_BYTES = 20_000
# The service refuses this one, and nobody could know before.
UNLOVED = encode(scene(100, 108), quality=20)
# It kills whatever process decodes it.
BOMB = encode(scene(100, 109), quality=20)
GOOD = tuple(encode(scene(100, 100 + n), quality=20) for n in range(6))


@dataclass(frozen=True, slots=True)
class Content:
    """``deserves`` is the reason of its dead letter; nothing when it is a picture that the index should hold."""

    data: bytes
    deserves: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def etag(self) -> str:
        return _md5(self.data)


A_PICTURE = Content(GOOD[0])
_BAD = (
    Content(b"<html>no picture</html>", "not_an_image"),
    Content(b"", "object_empty"),
    Content(jpeg(60, 200), "image_too_small"),
    Content(GOOD[0][:-200], "corrupt_image"),
    Content(b"x" * (MOST_BYTES + 1), "object_too_large"),
    Content(GOOD[1], "attribute_invalid", (("imagesearch-str-attr", "s" * 129),)),
    Content(UNLOVED, "service_rejected"),
    Content(BOMB, "worker_crash"),
)
_WEIGHTS = (4, 4, 4, 4, 2, 4, 4, 1)


def a_content(rng: random.Random, share_of_bad: float) -> Content:
    if rng.random() < share_of_bad:
        return rng.choices(_BAD, _WEIGHTS)[0]
    return Content(rng.choice(GOOD))


@cache
def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
