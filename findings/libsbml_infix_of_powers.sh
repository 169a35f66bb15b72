#!/usr/bin/env bash
# libSBML 5.21.2: a power of a power, written as infix and read again, is another number.
#
# formulaToL3String is the writer that belongs to parseL3Formula, and puts brackets where they are needed:
# a - (b - c) and a / (b / c) come back as they were. A good guess: (2^3)^2 does too. Seen: it is written
# 2^3^2, which the same library's parser reads as 2^(3^2): 64 has become 512, and nothing is said. (The older
# pair, formulaToString and parseFormula, does the reverse: 2^(3^2) is written 2^3^2 and read as 64.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps python-libsbml==5.21.2
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import libsbml

document = libsbml.SBMLDocument(3, 2)
model = document.createModel()


def worth(tree):
    return libsbml.SBMLTransforms.evaluateASTNode(tree, model)


PAIRS = {
    "formulaToL3String, parseL3Formula": ("(2^3)^2", libsbml.formulaToL3String, libsbml.parseL3Formula),
    "formulaToString, parseFormula": ("2^(3^2)", libsbml.formulaToString, libsbml.parseFormula),
}
seen = {}
for pair, (formula, write, read) in PAIRS.items():
    tree = libsbml.parseL3Formula(formula)
    text = write(tree)
    seen[pair] = worth(tree), text, worth(read(text))
    print("libSBML", version("python-libsbml"), pair, seen[pair])
for plain in ("a - (b - c)", "a / (b / c)", "2^(3^2)"):  # these come back
    assert libsbml.formulaToL3String(libsbml.parseL3Formula(plain)) == plain
sys.exit(list(seen.values()) != [(64.0, "2^3^2", 512.0), (512.0, "2^3^2", 64.0)])
PY
echo "as described: the bracket is lost, and the value with it"
