"""The kernels of a cell load wherever memory is free."""

import subprocess
import sys

import pytest

_GAPS = """
import mmap
import jakstat as js
import jakstat.engine.compile.machine  # LLVM is there before memory is full of gaps

cell = js.assemble("hepg2", parts="core")
apart = mmap.MAP_PRIVATE | getattr(mmap, "MAP_NORESERVE", 0x4000)  # named from Python 3.13 on
held, ended = [], []
for size in (4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288):
    gaps = [mmap.mmap(-1, size, flags=apart, prot=mmap.PROT_READ) for _ in range(400)]
    held += [gaps, mmap.mmap(-1, 3 << 30, flags=apart, prot=mmap.PROT_READ)]
    for gap in gaps[::2]:
        gap.close()
    held.append(js.load_sbml(cell.sbml))
    ended += held[-1].simulate([0.0, 0.01], rtol=1e-6).outcomes.tolist()
print(sum(ended), len(ended))
"""


@pytest.mark.long
def test_small_gaps_and_the_next_room_three_gigabytes_further_as_with_many_threads(tmp_path):
    """In a process of its own: what code cannot reach from where it lies ends the process."""
    script = tmp_path / "gaps.py"
    script.write_text(_GAPS)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.split()) == (0, ["0", "8"]), done.stderr[-2000:]
