#!/usr/bin/env bash
# run_network 3.0 (BioNetGen 2.9.3, in bionetgen 0.8.7): a rate that is a function of time depends on how
# often the state is printed.
#
# A good guess: with dW/dt = time() from W = 0, W is t^2/2, 50 at 10, however often it is printed. Seen: 0 with
# one step of output, 32.58 with ten, 47.99 with a hundred; time() lags behind the time of the integrator.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps bionetgen==0.8.7
cd "$place"
"$place/venv/bin/python" - <<'PY'
import importlib.util
import pathlib
import subprocess
import sys
from importlib.metadata import version

system = "bng-mac" if sys.platform == "darwin" else "bng-linux"
folder = pathlib.Path(importlib.util.find_spec("bionetgen").submodule_search_locations[0], system)
program = folder / "bin" / "run_network"
program.chmod(0o755)
pathlib.Path("t.net").write_text(
    """begin parameters
 1 k 1
end parameters
begin functions
 1 f() k*time()
end functions
begin species
 1 W() 0
end species
begin reactions
 1 0 1 f
end reactions
begin groups
 1 G 1
end groups
"""
)
seen = {}
for steps in (1, 10, 100):
    words = ["-o", "t", "-p", "cvode", "-a", "1e-12", "-r", "1e-10", "--cdat", "1", "--fdat", "0", "-g", "t.net"]
    subprocess.run([program, *words, "t.net", str(10 / steps), str(steps)], check=True, capture_output=True)
    seen[steps] = float(pathlib.Path("t.cdat").read_text().split("\n")[steps + 1].split()[1])
    print("bionetgen", version("bionetgen"), steps, "steps of output: W(10) =", seen[steps], "where 50 is right")
sys.exit(not (seen[1] == 0 and seen[1] < seen[10] < seen[100] < 49))
PY
echo "as described: the value at 10 depends on the steps of output"
