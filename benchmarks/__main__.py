"""`make bench`: the engine beside its peers and beside an earlier version, in about ten minutes.

``JAKSTAT_BASELINE`` names a checkout of the earlier version; without it that column is left out.
``--rounds N`` asks for more rounds of everything, ``--long`` also for lanes up to a million and a screen of
drug pairs. Figures are kept in ``benchmarks/results`` under the day they were measured on.
"""

import sys

from benchmarks import dosing, engine, events, gradients, lanes, paths, screen, start_up

if __name__ == "__main__":
    for part in (engine, events, dosing, paths, start_up, gradients):
        print(f"\n== {part.__name__}", flush=True)
        part.main()
    if "--long" in sys.argv:
        lanes.main()
        screen.main()
