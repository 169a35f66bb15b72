#!/usr/bin/env bash
# ndex2 3.12.0: CX2Network cuts decimals off an attribute whose first value is a whole number.
#
# CX2 declares one type for each attribute; the library's CX2Network takes it from the first value it meets. A good
# guess for edge weights 1, 1.5 and 0.25: the type becomes double, or the value that does not fit is refused, as a
# text under a number is (NDExInvalidCX2Error).
# Seen: the type is integer, and 1.5 and 0.25 become 1 and 0 in what is written and in what is read back; with 1.0
# as the first weight all is well. Nothing is said.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install ndex2==3.12.0 networkx==3.6.1 requests==2.34.2 requests-toolbelt==1.0.0 urllib3==2.8.0 numpy==2.4.6 pandas==3.1.1 ijson==3.6.0
cd "$place"
"$place/venv/bin/python" - <<'PY'
import json
import sys
from importlib.metadata import version

from ndex2.cx2 import CX2Network, RawCX2NetworkFactory


def weights(given):
    """The weights of edges, written to CX2 and read back."""
    network = CX2Network()
    for number in range(len(given) + 1):
        network.add_node(number, attributes={"name": f"n{number}"})
    for number, weight in enumerate(given):
        network.add_edge(number, number, number + 1, attributes={"weight": weight})
    document = json.loads(json.dumps(network.to_cx2()))
    read = RawCX2NetworkFactory().get_cx2network(document)
    return [edge["v"]["weight"] for edge in read.get_edges().values()]


cut, whole = weights([1, 1.5, 0.25]), weights([1.0, 1.5, 0.25])
try:
    weights([1, "strong"])
    said = "read"
except Exception as error:
    said = type(error).__name__
print("ndex2", version("ndex2"), "weights 1, 1.5, 0.25 ->", cut, "and 1.0, 1.5, 0.25 ->", whole, "a text:", said)
sys.exit(not (cut == [1, 1, 0] and whole == [1.0, 1.5, 0.25] and said == "NDExInvalidCX2Error"))
PY
echo "as described: decimals are cut off"
