"""A direct backfill holds few pictures at once."""

import sys
import time
from pathlib import Path

import pytest

from tests.operator.backfill.direct_world import World, finish, open_clouds
from tests.support.pictures import encode, scene

MOST_MB = 200


def peak_mb(pid: int) -> int:
    """Return the largest size that a process has had, or 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a process's memory is read from Linux's /proc")
@pytest.mark.parametrize("name", ["aws", "alibaba"])
def test_many_large_pictures_take_less_than_200_mb(name: str, tmp_path: Path) -> None:
    large = encode(scene(3000, 2000), "BMP")  # 18 MB
    with open_clouds() as clouds:
        world = World(name, clouds[name], "large/", tmp_path / "run")
        keys = {world.put(f"{number}.bmp", large) for number in range(8)} | world.fill(150)[0]
        process = world.start("--rate", "500", "--yes", "--json", "--state", world.state, is_traced=False)
        peak = 0
        while process.poll() is None and not world.about().get("complete"):
            peak = max(peak, peak_mb(process.pid))
            time.sleep(0.02)
        done = finish(process)
        assert (done.code, world.held().keys()) == (0, keys)
    assert 50 < peak < MOST_MB
