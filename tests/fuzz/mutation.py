"""Make a damaged file from a number: the same number always gives the same file, so a finding can be repeated.

The order of the lists here and of ``SEEDS`` matters for that: only append to them.
"""

from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.seeds import SEEDS, Seed
from tests.fuzz.structures import STRUCTURES

_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MAX_REPEATS = 400
_MAX_BYTES = 400_000  # bytes: a long file may take long


def mutate(number: int) -> bytes:
    rng = Random(number)
    seed = rng.choice(SEEDS)
    data = seed.data
    for step in range(rng.choice((1, 1, 1, 2, 3))):
        # Only a sound file can be split into parts, so only the first change is made to parts.
        data = _with_other_parts(seed, rng) if step == 0 and rng.random() < 0.6 else rng.choice(_OF_BYTES)(data, rng)
    return data[:_MAX_BYTES]


def _with_other_parts(seed: Seed, rng: Random) -> bytes:
    structure = STRUCTURES[seed.format]
    parts = structure.split(seed.data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        parts = rng.choice(_OF_PARTS)(parts, seed, rng) or parts
    return structure.join(parts)


def _place(data: Sequence[object], rng: Random) -> int:
    """Return an index, more often near the front, where the structure is."""
    return int(len(data) * rng.random() ** rng.choice((1, 1, 2, 3)))


def _flip(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20)) if data else 0):
        changed[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, rng: Random) -> bytes:
    at, length = _place(data, rng), rng.choice((1, 2, 4, 16, 200))
    run = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    return data[:at] + run + data[at + length :]


def _extreme(data: bytes, rng: Random) -> bytes:
    size = rng.choice((1, 2, 2, 4, 4))
    at = _place(data, rng) // size * size + rng.choice((0, 0, 1)) * (size > 1)
    value = rng.choice(_EXTREMES) % 256**size
    return data[:at] + value.to_bytes(size, rng.choice(("big", "little"))) + data[at + size :]


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: int(len(data) * rng.random())]


def _cut_out(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.choice((1, 2, 10, 300)) :]


def _repeat_inside(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    run = data[at : at + rng.choice((1, 4, 64))]
    return data[:at] + run * rng.choice((1, 10, _MAX_REPEATS)) + data[at:]


def _splice(data: bytes, rng: Random) -> bytes:
    """Join two files: one after the other, or the front of one with the rest of the other."""
    other = rng.choice(SEEDS).data
    at = _place(data, rng)
    return rng.choice((data + other, data[:at] + other, data[:at] + other[at:], data[:16] + other))


def _duplicate(parts: list[bytes], _seed: Seed, rng: Random) -> list[bytes]:
    part = rng.choice(parts)
    at = rng.randrange(len(parts) + 1)
    return parts[:at] + [part] * rng.choice((1, 1, 2, 30, _MAX_REPEATS)) + parts[at:]


def _remove(parts: list[bytes], _seed: Seed, rng: Random) -> list[bytes]:
    at = rng.randrange(len(parts))
    return parts[:at] + parts[at + 1 :]


def _reorder(parts: list[bytes], _seed: Seed, rng: Random) -> list[bytes]:
    order = list(parts)
    one, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    order[one], order[other] = order[other], order[one]
    return order


def _change_inside(parts: list[bytes], _seed: Seed, rng: Random) -> list[bytes]:
    at = _place(parts, rng)
    return [*parts[:at], rng.choice(_OF_BYTES)(parts[at], rng), *parts[at + 1 :]]


def _borrow(parts: list[bytes], seed: Seed, rng: Random) -> list[bytes]:
    """Insert a part of another file of the format, with another size, depth or compression."""
    donor = rng.choice([other for other in SEEDS if other.format == seed.format])
    foreign = rng.choice(STRUCTURES[seed.format].split(donor.data))
    at = rng.randrange(len(parts))
    return [*parts[:at], foreign, *parts[at + rng.choice((0, 1)) :]]


_OF_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip,
    _overwrite,
    _extreme,
    _extreme,
    _truncate,
    _cut_out,
    _repeat_inside,
    _splice,
)
_OF_PARTS: tuple[Callable[[list[bytes], Seed, Random], list[bytes]], ...] = (
    _duplicate,
    _remove,
    _reorder,
    _change_inside,
    _change_inside,
    _change_inside,
    _borrow,
)
