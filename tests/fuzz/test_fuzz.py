"""Check the same few hundred damaged files in every run. ``make fuzz`` checks others for longer."""

import hashlib
import resource

import pytest

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.formats import FORMATS
from imagesearch_ingest.model.errors import IngestError
from tests.fuzz.checking import POLICY, check
from tests.fuzz.mutation import mutate
from tests.fuzz.seeds import SEEDS
from tests.fuzz.structures import STRUCTURES

_INPUTS, _A_TIME = 600, 60
# Findings of long runs: damage to pixel data that libvips (JPEG) or OpenCV (GIF) refuses.
# By number, with the first digits of the file's SHA-256: a changed order of SEEDS makes other files of these numbers.
_FOUND_ONCE = {
    5001203: "b22169e5a1f39864",
    5002024: "bbb87af38c3a0717",
    5006962: "7e056915d2b51fdc",
    5025274: "dbd4d0688d8f7aaf",
}
_MORE_KILOBYTES = 300 * 1024
_ONLY_AS_AN_EXTRA = {"HEIC"}


@pytest.mark.parametrize("first", range(0, _INPUTS, _A_TIME))
def test_damaged_files_end_in_sound_outcomes(first: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings = {number: words for number in range(first, first + _A_TIME) if (words := check(mutate(number)))}
    assert findings == {}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _MORE_KILOBYTES


@pytest.mark.parametrize("number", _FOUND_ONCE)
def test_earlier_findings_stay_fixed(number: int) -> None:
    data = mutate(number)
    assert hashlib.sha256(data).hexdigest().startswith(_FOUND_ONCE[number])
    assert check(data) is None


def test_every_format_is_damaged() -> None:
    """A PPM stands for all of netpbm. A missing structure would end in a KeyError."""
    assert {row.name for row in FORMATS} <= {seed.format for seed in SEEDS}
    assert {seed.format for seed in SEEDS} <= STRUCTURES.keys()


def test_the_seeds_are_sound() -> None:
    """Damaging a file that was refused before would prove nothing."""
    for seed in SEEDS:
        assert check(seed.data) is None
        if seed.format not in _ONLY_AS_AN_EXTRA:
            assert prepare(seed.data, POLICY).source_bytes == len(seed.data)


def test_unchanged_parts_make_a_sound_file() -> None:
    """Otherwise every mutant would have a broken structure, and none would reach a decoder."""
    for seed in SEEDS:
        structure = STRUCTURES[seed.format]
        joined = structure.join(structure.split(seed.data))
        if seed.format not in _ONLY_AS_AN_EXTRA:
            assert prepare(joined, POLICY).width == prepare(seed.data, POLICY).width


def test_a_number_makes_the_same_file_every_time() -> None:
    assert [mutate(number) for number in range(50)] == [mutate(number) for number in range(50)]
    assert len({mutate(number) for number in range(50)}) > 45


def test_enough_damaged_files_are_prepared() -> None:
    """Mutants that all fail the first checks would not test the decoders."""
    prepared = 0
    for number in range(200):
        try:
            prepare(mutate(number), POLICY)
        except IngestError:
            continue
        prepared += 1
    assert 20 < prepared < 150
