"""From a whole number, always the same damaged file: what a test or a long run has found is found again by its number.

The order of the lists here and of ``SEEDS`` is part of that: append to them.
"""

from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.seeds import SEEDS, Seed
from tests.fuzz.structures import STRUCTURES

_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MOST_REPEATS = 400
_LONGEST = 400_000  # bytes: that a long file takes long is no finding


def mutated(number: int) -> bytes:
    chance = Random(number)
    seed = chance.choice(SEEDS)
    data = seed.data
    for step in range(chance.choice((1, 1, 1, 2, 3))):
        # Parts can be told only in a file that is sound: of the changes, only the first is made to these.
        if step == 0 and chance.random() < 0.6:
            data = _with_other_parts(seed, chance)
        else:
            data = chance.choice(_OF_BYTES)(data, chance)
    return data[:_LONGEST]


def _with_other_parts(seed: Seed, chance: Random) -> bytes:
    structure = STRUCTURES[seed.format]
    parts = structure.split(seed.data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = chance.choice(_OF_PARTS)(parts, seed, chance) or parts
    return structure.join(parts)


def _place(data: Sequence[object], chance: Random) -> int:
    """Nearer to the front more often: there the structure is."""
    return int(len(data) * chance.random() ** chance.choice((1, 1, 2, 3)))


def _flip(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20)) if data else 0):
        changed[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, chance: Random) -> bytes:
    at, length = _place(data, chance), chance.choice((1, 2, 4, 16, 200))
    run = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return data[:at] + run + data[at + length :]


def _extreme(data: bytes, chance: Random) -> bytes:
    size = chance.choice((1, 2, 2, 4, 4))
    at = _place(data, chance) // size * size + chance.choice((0, 0, 1)) * (size > 1)
    value = chance.choice(_EXTREMES) % 256**size
    return data[:at] + value.to_bytes(size, chance.choice(("big", "little"))) + data[at + size :]


def _truncate(data: bytes, chance: Random) -> bytes:
    return data[: int(len(data) * chance.random())]


def _cut_out(data: bytes, chance: Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + data[at + chance.choice((1, 2, 10, 300)) :]


def _repeat_inside(data: bytes, chance: Random) -> bytes:
    at = _place(data, chance)
    run = data[at : at + chance.choice((1, 4, 64))]
    return data[:at] + run * chance.choice((1, 10, _MOST_REPEATS)) + data[at:]


def _splice(data: bytes, chance: Random) -> bytes:
    """Files of two formats at once: one behind the other, or one's front with the other's rest."""
    other = chance.choice(SEEDS).data
    at = _place(data, chance)
    return chance.choice((data + other, data[:at] + other, data[:at] + other[at:], data[:16] + other))


def _duplicate(parts: list[bytes], _seed: Seed, chance: Random) -> list[bytes]:
    part = chance.choice(parts)
    at = chance.randrange(len(parts) + 1)
    return parts[:at] + [part] * chance.choice((1, 1, 2, 30, _MOST_REPEATS)) + parts[at:]


def _remove(parts: list[bytes], _seed: Seed, chance: Random) -> list[bytes]:
    at = chance.randrange(len(parts))
    return parts[:at] + parts[at + 1 :]


def _reorder(parts: list[bytes], _seed: Seed, chance: Random) -> list[bytes]:
    order = list(parts)
    one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    order[one], order[other] = order[other], order[one]
    return order


def _change_inside(parts: list[bytes], _seed: Seed, chance: Random) -> list[bytes]:
    at = _place(parts, chance)
    return [*parts[:at], chance.choice(_OF_BYTES)(parts[at], chance), *parts[at + 1 :]]


def _borrow(parts: list[bytes], seed: Seed, chance: Random) -> list[bytes]:
    """A part of another file of the format: of other dimensions, of another depth, of another compression."""
    donor = chance.choice([other for other in SEEDS if other.format == seed.format])
    foreign = chance.choice(STRUCTURES[seed.format].split(donor.data))
    at = chance.randrange(len(parts))
    return [*parts[:at], foreign, *parts[at + chance.choice((0, 1)) :]]


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
