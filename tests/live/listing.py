"""Load every probe, and put them in the order of the page."""

from importlib import import_module

from tests.live.page import read_lines
from tests.live.probe import PROBES, Probe

_MODULES = "searching adding dumping queues storage watching events clocks tokens deployed alibaba rules"
for _name in _MODULES.split():
    import_module(f"tests.live.probes.{_name}")


def all_probes() -> list[Probe]:
    return [PROBES[line.id] for line in read_lines() if line.id in PROBES]
