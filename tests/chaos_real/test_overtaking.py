"""Two workers handle one object: the later change is carried out first, and then the earlier one arrives.

This is rare in the runs from seeds, so these tests cause it.
"""

import random
import time

import pytest

from tests.chaos_real.ledger import Ledger, index_of
from tests.chaos_real.numbered import picture
from tests.chaos_real.places import Conditions, Place
from tests.chaos_real.running import PLACES
from tests.chaos_real.uploads import Upload
from tests.e2e.conftest import wait_until

SLOW_SECONDS = 0.9  # below the read timeout
ROUNDS = 3


class Race:
    def __init__(self, place: Place) -> None:
        self.place, self.ledger = place, Ledger()

    def calls(self, leg: str) -> int:
        return len([call for call in self.place.cloud.image_search.calls if call.leg == leg])

    def change(self, key: str, upload: Upload | None) -> None:
        self.ledger.note(key, upload)
        if upload:
            self.place.cloud.upload(key, upload.data)
        else:
            self.place.cloud.remove(key)

    def overtake(self, number: int, *, removed: bool) -> None:
        """Change the key while the first upload's last request is under way."""
        key, uploads = f"shoes/{number}.jpg", self.calls("upload")
        self.place.cloud.image_search.faults.set_latency("add", SLOW_SECONDS)
        self.change(key, Upload(number, key, picture(number)))
        wait_until(lambda: self.calls("upload") > uploads)
        time.sleep(0.2)
        self.place.cloud.image_search.faults.set_latency("add", 0)
        self.change(key, None if removed else Upload(number + 1, key, picture(number + 1)))
        wait_until(lambda: not self.place.pending())


@pytest.mark.slow
@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize("cloud", sorted(PLACES))
def test_overtaken_worker_looks_again(cloud: str, removed: bool) -> None:  # noqa: FBT001 - a parameter
    with PLACES[cloud](random.Random(1), Conditions(), lambda _: None) as place:
        place.heal()
        race = Race(place)
        for number in range(0, 2 * ROUNDS + 2, 2):  # the workers start in the first one
            race.overtake(number, removed=removed)
        assert race.ledger.problems(index_of(place.cloud), place.cloud.dead_letters()) == []
        leg, needed = ("delete", ROUNDS + 1) if removed else ("add", 2 * ROUNDS + 2)
        assert race.calls(leg) > needed, "nobody was overtaken"
