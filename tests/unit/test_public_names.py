"""The names of `import jakstat`: few, listed, lazy."""

import subprocess
import sys
import types

import pytest

import jakstat

# A change here is a change of the public interface: write it into CHANGELOG.md.
PUBLIC = [
    "Dose",
    "InputError",
    "Outcome",
    "Problem",
    "__version__",
    "assemble",
    "bistability",
    "cite",
    "combine",
    "context",
    "contexts",
    "dose_response",
    "exposure",
    "fit",
    "fit_curves",
    "fit_time_courses",
    "half_maxima",
    "load_problem",
    "load_sbml",
    "make_protocol",
    "observations",
    "observed_exposure",
    "own_cell",
    "own_drug",
    "parameters",
    "parts",
    "pathway_map",
    "patient",
    "read_protocol",
    "read_result",
    "run_protocol",
    "score_matrix",
    "sensitivity",
    "simulate",
    "sources",
    "states",
    "steady_states",
    "validate",
]


def test_names_are_the_listed_ones():
    assert dir(jakstat) == PUBLIC
    assert len(PUBLIC) <= 42


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_loads(name):
    assert getattr(jakstat, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'simulation'"):
        _ = jakstat.simulation


def test_import_loads_no_room_and_no_library():
    code = (
        "import sys, jakstat;"
        "bad = [m for m in sys.modules if m.startswith('jakstat.') or m in ('numpy', 'libsbml', 'pint')];"
        "sys.exit(f'loaded: {bad}' if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", PUBLIC)
def test_a_keyword_that_nothing_takes_is_answered_by_what_is_taken(name):
    found = getattr(jakstat, name)
    if isinstance(found, types.FunctionType) and name != "pathway_map":
        with pytest.raises(jakstat.InputError, match=r"takes no argument 'nonsense'"):
            found(nonsense=1)
