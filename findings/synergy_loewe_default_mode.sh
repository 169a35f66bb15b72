#!/usr/bin/env bash
# synergy 1.0.0: Loewe() with its default arguments cannot be fitted to any matrix.
#
# The docstring: mode="CI" is the default, and "the CI mode can be used with any single drug models"; the default
# single-drug model of that mode is LogLinear. By hand, a drug combined with itself has a combination index of 1.
# Seen: fit() raises ValueError "E_reference() for this model requires individual drugs to be Hill models": the fit
# of all dose-dependent models asks for the reference effect first, which Loewe has for Hill models only. With Hill
# models given by hand the same mode works, and the index of the drug with itself is 1 to 1e-3.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install synergy==1.0.0 numpy==2.4.6 scipy==1.17.1
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from synergy.combination import Loewe
from synergy.single import Hill

doses = np.array([0.0, 1.0, 3.0, 10.0, 30.0, 100.0])
d1, d2 = (d.ravel() for d in np.meshgrid(doses, doses, indexing="ij"))
viability = 1.0 / (1.0 + (d1 + d2) / 10.0)  # one drug under two names
print("synergy", version("synergy"))
try:
    Loewe().fit(d1, d2, viability)
    said = "fitted"
except ValueError as error:
    said = str(error)
print("Loewe().fit:", said)
model = Loewe(mode="CI", drug1_model=Hill(), drug2_model=Hill())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    index = model.fit(d1, d2, viability)
off = float(np.nanmax(np.abs(np.asarray(index) - 1.0)))
print("with Hill models given: largest distance of the combination index from 1:", off)
sys.exit(not ("requires individual drugs to be Hill models" in said and off < 1e-3))
PY
echo "as described: the default arguments cannot be fitted"
