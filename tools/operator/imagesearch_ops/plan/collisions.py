"""Count the keys whose IDs another key has, too: the later picture would overwrite the earlier one."""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.identity.grammar import PicName
from imagesearch_ingest.model.images import ImageIdentity

_HALF = 8  # bytes of each hash
_PAIR = 2 * _HALF
_MOST_IN_MEMORY = 300_000  # pairs
_CHUNK = _PAIR * 65_536


def may_collide(rule: IdentityRule) -> bool:
    """Return whether two keys can have the same IDs. They cannot where PicName is the whole key."""
    return any(grammar.pic_name is not PicName.KEY for grammar in rule.grammars)


def hash_pair(identity: ImageIdentity, key: str) -> bytes:
    """Return the hash of the IDs and that of the key."""
    return _hash(f"{identity.product_id}\0{identity.pic_name}") + _hash(key)


def count_collisions(path: Path) -> int:
    """Return how many keys of a file of pairs find their IDs taken. A pair that is there twice counts once."""
    if not path.exists():
        return 0
    passes = 1 + path.stat().st_size // _PAIR // _MOST_IN_MEMORY
    return sum(
        _count(sorted({pair for pair in _read(path) if _part(pair, passes) == number})) for number in range(passes)
    )


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HALF).digest()


def _part(pair: bytes, parts: int) -> int:
    return int.from_bytes(pair[:_HALF]) % parts


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for start in range(0, len(chunk) - len(chunk) % _PAIR, _PAIR):
                yield chunk[start : start + _PAIR]


def _count(pairs: list[bytes]) -> int:
    return sum(len(list(group)) - 1 for _, group in groupby(pairs, key=lambda pair: pair[:_HALF]))
