"""The whole command on both local clouds: what was planted is what it says."""

import time
from collections import Counter

from tests.operator.audit.conftest import Shop


def test_what_was_planted_is_found_and_nothing_else(shop: Shop) -> None:
    """400 objects: 3 % known rejected, 20 missing, 10 waiting. 15 entries are orphaned, and 5 foreign."""
    keys = [f"shoes/{n % 40}/{n}.jpg" for n in range(400)]
    rejected, missing, waiting = keys[:12], keys[12:32], keys[32:42]
    shop.upload(*rejected, *missing)
    shop.fill(*keys[42:])
    orphaned = [f"shoes/9/gone-{n}.jpg" for n in range(15)]
    foreign = [("by-hand", f"{n}.jpg") for n in range(5)]
    shop.add_entries(*(("9", key) for key in orphaned), *foreign)
    shop.put_letters(rejected)
    time.sleep(2.5)
    shop.upload(*waiting)

    found = shop.audit(grace="2s")

    assert found.keys("x") == sorted(rejected)
    assert found.keys("+") == sorted(missing)
    assert found.keys("~") == sorted(waiting)
    assert found.keys("-") == sorted(orphaned)
    assert found.keys("?") == sorted(name for _, name in foreign)
    assert Counter(line["class"] for line in found.lines) == {"x": 12, "+": 20, "~": 10, "-": 15, "?": 5}
    assert found.counts("listed", "indexed", "same", "missing", "orphaned") == (400, 378, 358, 20, 15)
    assert found.counts("known_rejected", "waiting", "not_ours", "foreign", "errors") == (12, 10, 0, 5, 0)
    assert found.counts("listing_complete", "dump_complete", "index_total", "drift") == (True, True, 378, True)
    assert found.code == 4
