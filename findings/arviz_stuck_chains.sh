#!/usr/bin/env bash
# arviz-stats 0.8.0: chains that never move have the largest effective sample size.
#
# A sampler that is stuck gives the same value again and again; such draws hold no more than one. A good guess: the
# effective sample size of 4 chains of 100 equal values is 1, or undefined (R's package posterior gives NA).
# Seen: 400, one for each draw, as if all were independent. R-hat is NaN, and "nan > 1.01" is false: a check that
# asks for a size of at least 400 and complains of R-hat above 1.01 passes them.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install arviz-stats==0.8.0 numpy==2.4.6 scipy==1.17.1
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from arviz_stats.base import array_stats

warnings.simplefilter("ignore")
stuck = np.full((4, 100), 0.3)
drawn = np.random.default_rng(3).normal(size=(4, 100))
found = {n: (float(array_stats.ess(x)), float(array_stats.rhat(x))) for n, x in (("stuck", stuck), ("drawn", drawn))}
print("arviz-stats", version("arviz-stats"), "effective size and R-hat:", found)
passes = not (found["stuck"][0] < 400 or found["stuck"][1] > 1.01)
sys.exit(not (found["stuck"][0] == 400.0 and np.isnan(found["stuck"][1]) and passes and found["drawn"][0] < 500))
PY
echo "as described: stuck chains pass"
