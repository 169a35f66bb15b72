"""Every format that jakstat writes, loaded in the program it is written for, holds what we meant."""

import functools
import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import petab_problems
from jakstat.biology import assemble
from jakstat.biology.patient_assembly import assemble_patient
from jakstat.calibration import load_problem
from jakstat.calibration.petab_write import write_petab
from jakstat.cli.main import app
from jakstat.engine.load import load_sbml
from jakstat.exchange.bionetgen_sbml import read_bionetgen
from jakstat.exchange.knowledge_graph import graph
from jakstat.exchange.sbgn import read_sbgn
from jakstat.knowledge import knowledge
from jakstat.pharmacology.body_drugs import body_drug
from jakstat.pharmacology.nonmem import read_dose_table
from jakstat.trial.reading import read_trial_run
from trial_tables import fake_arrow, fake_question, written_run

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("JAKSTAT_CONSUMERS", ROOT / ".venv-consumers/bin/python"))
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON.exists(), reason="`make verify` installs requirements/consumers.txt"),
]


@functools.cache
def the_graph():
    return graph()


@functools.cache
def entities():
    return {node.id: node for node in the_graph().nodes}


STATEMENTS = {
    "activates": "Activation", "inhibits": "Inhibition", "upregulates": "IncreaseAmount",
    "downregulates": "DecreaseAmount", "secretes": "IncreaseAmount", "phosphorylates": "Phosphorylation",
    "dephosphorylates": "Dephosphorylation", "binds": "Complex", "dimerises": "Complex",
    "fraction": "Association", "marker_of": "Association",
}  # fmt: skip


def run(*words):
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, done.output


@functools.cache
def read(form, *words):
    """What the program holds after loading; without our package on its path."""
    command = [str(PYTHON), str(Path(__file__).with_name("readers.py")), form, *map(str, words)]
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    for kind in ("sif", "graphml", "cx2", "indra", "tsv"):
        run("graph", "--format", kind, "--out", folder / f"g.{kind}")
    return folder


def test_indra_holds_every_claim(graphs):
    found = read("indra", graphs / "g.indra")
    by_claim = {s["evidence"][0][1]: s for s in found}
    assert len(found) == len(by_claim) == len(the_graph().edges)
    for claim in the_graph().edges:
        statement = by_claim[claim.id]
        texts = [refs["TEXT"] for _, refs in statement["ends"]]
        if statement["type"] == "Translocation":
            assert claim.relation == "translocates"
            assert texts == [entities()[claim.subject].name]
            assert statement["to"] == entities()[claim.object].name
        else:
            assert statement["type"] == STATEMENTS.get(claim.relation, "Influence")
            assert texts == [entities()[claim.subject].name, entities()[claim.object].name]
        if statement["type"] in ("Activation", "Inhibition"):
            assert statement["activity"] == "activity"
        if statement["type"] in ("Activation", "Inhibition", "Influence", "IncreaseAmount", "DecreaseAmount"):
            assert statement["polarity"] == claim.sign
        sources = [knowledge().sources[key] for key in claim.source]
        for source, (api, _, text, pmid, refs, notes, doubts) in zip(
            sources, statement["evidence"], strict=True
        ):
            assert (api, text, pmid) == ("jakstat", claim.statement, source.pmid or None)
            assert refs.get("DOI", "") == source.doi
            assert (notes["subject"], notes["object"], notes["source"]) == (
                claim.subject,
                claim.object,
                source.key,
            )
            assert doubts.get("doubtful", "") == claim.doubtful


def test_indra_grounds_what_is_one_thing(graphs):
    for statement in read("indra", graphs / "g.indra"):
        for _, refs in statement["ends"]:
            entity = next(n for n in entities().values() if n.name == refs["TEXT"])
            told = {"UP", "UPISO"} & set(refs)
            assert bool(told) == (len(entity.uniprot) == 1), entity.id
            assert all(refs[space] == entity.uniprot[0] for space in told)


def test_indra_says_what_the_claims_say(graphs):
    said = read("indra_english", graphs / "g.indra")
    ids = {s["evidence"][0]["source_id"]: s["id"] for s in json.loads((graphs / "g.indra").read_text())}
    assert said[ids["C025"]] == "JAK1 phosphorylates STAT3."
    assert said[ids["C103"]] == "PTyr705-STAT3 homodimer translocates to the nucleus."
    assert "decrease" in said[ids["C017"]]


def _edges():
    return [
        {
            "relation": c.relation, "sign": c.sign, "claim": c.id, "statement": c.statement,
            "context": c.context, "scale": c.scale, "doubtful": c.doubtful, "source": ";".join(c.source),
        }
        for c in the_graph().edges
    ]  # fmt: skip


def _nodes():
    return {
        n.id: {"name": n.name, "kind": n.kind, "identifiers": ";".join(n.identifiers_org)}
        for n in the_graph().nodes
    }


def test_networkx_reads_graphml(graphs):
    found = read("graphml", graphs / "g.graphml")
    assert found["directed"]
    assert found["nodes"] == _nodes()
    ends = [[c.subject, c.object, c.id] for c in the_graph().edges]
    assert sorted([a, b, key] for a, b, key, _ in found["edges"]) == sorted(ends)
    edges = {key: {k: v for k, v in data.items() if k != "id"} for _, _, key, data in found["edges"]}
    assert edges == {e["claim"]: e for e in _edges()}


def test_ndex_reads_cx2(graphs):
    found = read("cx2", graphs / "g.cx2")
    assert found["network"]["name"] == "jakstat claims"
    nodes = {n.pop("represents"): n for n in found["nodes"]}
    assert nodes == _nodes()
    wanted = [[c.subject, c.object, e] for c, e in zip(the_graph().edges, _edges(), strict=True)]
    assert found["edges"] == wanted


def test_ndex_reads_sif(graphs):
    links = {(c.subject, c.relation, c.object) for c in the_graph().edges}
    assert {tuple(edge) for edge in read("sif", graphs / "g.sif")} == links


def test_pandas_reads_tsv(graphs):
    rows = read("tsv", graphs / "g.tsv")
    wanted = [{"subject": c.subject, "object": c.object} for c in the_graph().edges]
    assert [{k: r[k] for k in ("subject", "object")} for r in rows] == wanted
    assert [{k: r[k] for k in e} for r, e in zip(rows, _edges(), strict=True)] == _edges()


def test_libsbgn_reads_the_map(tmp_path):
    run("map", "--out", tmp_path / "m.sbgn")
    found = read("sbgn", tmp_path / "m.sbgn")
    ours = read_sbgn((tmp_path / "m.sbgn").read_text())
    assert found["language"] == "process description"
    wanted = sorted([g.id, g.kind, g.label] for g in (*ours.compartments, *ours.glyphs))
    assert sorted(found["glyphs"]) == wanted
    assert sorted(found["arcs"]) == sorted([a.kind, a.source, a.target] for a in ours.arcs)


IDS = ("STAT3", "IL6R", "SOCS3_mRNA")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    run("model", "hepg2", "--parts", "core", "--export", folder / "m.xml")
    return folder / "m.xml"


def _unless_compiled(simulator):
    """AMICI writes C++: it is installed where there is a compiler (requirements/amici.txt)."""
    if simulator == "amici" and "amici" not in read("installed"):
        pytest.skip("`make verify` installs requirements/amici.txt where there is a C++ compiler")


@pytest.mark.parametrize("simulator", ["roadrunner", "copasi", "bngsim", "amici"])
def test_simulators_read_the_exported_model(simulator, model):
    _unless_compiled(simulator)
    found = np.array(read(simulator, model, 24, ",".join(IDS)))
    ours = load_sbml(assemble("hepg2", parts="core").sbml).simulate(
        times=found[:, 0], outputs=list(IDS), rtol=1e-9, atol=1e-12
    )
    for i, name in enumerate(IDS):
        scale = float(np.max(np.abs(found[:, i + 1])))
        np.testing.assert_allclose(
            ours.value(name)[0], found[:, i + 1], rtol=0, atol=1e-6 * scale, err_msg=name
        )


@pytest.mark.parametrize("simulator", ["roadrunner", "copasi"])
def test_simulators_read_a_patient(simulator, tmp_path):
    """A patient with IL-6 in three fluids, a tumour in millions of cells and cells in zmol."""
    names = ("S_STAT3", "H_CRP_mRNA", "IL6_total_tumour", "CRP", "B_BCL2")
    sbml = assemble_patient(drugs=[body_drug("ruxolitinib")]).sbml
    (tmp_path / "patient.xml").write_text(sbml)
    found = np.array(read(simulator, tmp_path / "patient.xml", 100, ",".join(names)))
    ours = load_sbml(sbml).simulate(times=found[:, 0], outputs=list(names), rtol=1e-9)
    for i, name in enumerate(names):
        scale = float(np.max(np.abs(found[:, i + 1])))
        np.testing.assert_allclose(
            ours.value(name)[0], found[:, i + 1], rtol=0, atol=1e-6 * scale, err_msg=name
        )


def test_antimony_keeps_every_id(model, tmp_path):
    """It renames what its own language reserves, and plurals of units."""
    (tmp_path / "patient.xml").write_text(assemble_patient(drugs=[body_drug("ruxolitinib")]).sbml)
    for file in (model, tmp_path / "patient.xml"):
        before, after = read("antimony", file)
        assert set(before) <= set(after)  # which has units of its own beside them
        assert len(before) > 200


@pytest.fixture(scope="module")
def runs(model):
    table = model.with_name("lanes.csv")
    table.write_text("lane,KD_IL6_IL6R\na,1\nb,20\n")
    for end in ("zarr", "parquet", "csv"):
        words = ["run", model, "--until", "2", "--points", "3", "--lanes", table]
        run(*words, "--outputs", ",".join(IDS), "--out", model.with_name(f"r.{end}"))
    values = load_sbml(model).simulate(times=[0.0, 1.0, 2.0], outputs=list(IDS))
    return model.parent, {n: values.value(n)[0].tolist() for n in IDS}


def test_xarray_and_pint_read_zarr(runs):
    folder, ours = runs
    found = read("zarr", folder / "r.zarr", "STAT3=picomolar", "SOCS3_mRNA=umol/m^3", "IL6R=pmol/cm^2")
    assert (found["time"], found["time_unit"], found["lanes"]) == ([0.0, 1.0, 2.0], "h", ["a", "b"])
    assert found["outcome"] == [0, 0]
    assert found["manifest"]["inputs"]
    # the model counts in zmol, pL and um^2: nM is 1000 pM, and a zmol/um^2 is 0.1 pmol/cm^2
    for name, factor in (("STAT3", 1000.0), ("SOCS3_mRNA", 1.0), ("IL6R", 0.1)):
        wanted = [factor * v for v in ours[name]]
        assert found["values"][name][0] == pytest.approx(wanted, rel=1e-9), name


def test_arrow_reads_parquet(runs):
    folder, ours = runs
    found = read("parquet", folder / "r.parquet")
    assert found["columns"]["lane"] == ["a"] * 3 + ["b"] * 3
    assert [found["units"][name] for name in IDS] == ["zmol/pL", "zmol/um^2", "zmol/pL"]
    for name in IDS:
        assert found["columns"][name][:3] == pytest.approx(ours[name], rel=1e-12)


def test_pandas_reads_csv(runs):
    folder, ours = runs
    found = read("csv", folder / "r.csv")
    assert found["lane"] == ["a"] * 3 + ["b"] * 3
    for name in IDS:
        assert found[name][:3] == pytest.approx(ours[name], rel=1e-12)


def test_libpetab_reads_the_exported_problem(tmp_path):
    problem = load_problem(petab_problems.write(tmp_path))
    found = read("petab", write_petab(problem, tmp_path / "out", check=False))
    assert found["issues"] == []
    fitted = {p.id: [p.low, p.high] for p in problem.parameters if p.estimated}
    assert {n: p[:2] for n, p in found["parameters"].items() if p[3]} == fitted
    assert set(found["observables"]) == {o.id for o in problem.observables}
    measured = [m[2] for m in found["measurements"]]
    assert sorted(measured) == sorted(m.value for m in problem.measurements)
    assert all(math.isfinite(v) for v in measured)


REGIMENS = {
    "siltuximab": ("11 mg/kg IV over 90 min q3w x 3", 1.5, 3, 504.0),
    "lenvatinib": ("12 mg PO QD x 5", None, 5, 24.0),  # its release differs between subjects
    "ruxolitinib": ("15 mg PO BID for 2 days", 0.0, 4, 12.0),
}


def test_survival_tools_read_a_trial_as_adam(tmp_path):
    """pyreadstat, lifelines and scikit-survival have the numbers of the trial's own report."""
    asked = fake_question(patients=120, endpoints=("OS", "PFS"))
    folder = written_run(tmp_path / "run", asked, fake_arrow(patients=120), document=False)
    run("trial", "report", folder, "--out", tmp_path / "r.html", "--adam", tmp_path / "adam")
    found = read("adam", tmp_path / "adam")
    deaths = read_trial_run(folder)["endpoints"]["OS"]
    assert (found["name"], found["units"], found["subjects"]) == ("ADTTE", ["MONTHS"], [120, 120])
    assert "Censor" in found["labels"]
    for arm, (n, events, median) in found["arms"].items():
        ours = deaths["arms"][arm]
        assert (n, events) == (ours["n"], ours["events"])
        assert median == pytest.approx(ours["median_months"], rel=1e-12)
    assert found["hazard_ratio"] == pytest.approx(deaths["compared"]["drug"]["hazard_ratio"], rel=1e-4)


@pytest.fixture(scope="module")
def dose_tables(tmp_path_factory):
    """Records as written, and as pharmpy reads all tables in one process: it takes most of a minute to load.

    With an observation behind the doses of every ID, as a user adds them; pharmpy takes none without.
    """
    folder, written = tmp_path_factory.mktemp("doses"), {}
    for drug, (regimen, *_) in REGIMENS.items():
        table, full = folder / f"{drug}.csv", folder / f"{drug}-full.csv"
        run("pk", drug, regimen, "--subjects", 3, "--export", table)
        head, *rows = table.read_text().splitlines()
        records = read_dose_table(table.read_bytes(), file=table.name).records
        seen = [f"{r.id},9999,0.5,0,0,0,0,0,2,0,0" for r in records]
        lines = [line for pair in zip(rows, seen, strict=True) for line in pair]
        full.write_text("\n".join([head, *lines, ""]))
        assert read_dose_table(full.read_bytes(), file=full.name).records == records
        written[drug] = records
    found = read("doses", *(folder / f"{drug}-full.csv" for drug in REGIMENS))
    return {drug: (written[drug], data) for drug, data in zip(REGIMENS, found, strict=True)}


@pytest.mark.parametrize("drug", REGIMENS)
def test_pharmpy_reads_dose_tables(dose_tables, drug):
    _, hours, count, interval = REGIMENS[drug]
    records, found = dose_tables[drug]
    assert [r.id for r in records] == ["1", "2", "3"]
    lines = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
    for record in records:
        mine = [line for line in lines if line["ID"] == int(record.id)]
        given = [line for line in mine if line["EVID"] == 1]
        assert [line["TIME"] for line in given] == [k * interval for k in range(count)]
        assert {line["AMT"] for line in given} == {record.amt}
        for line in given:
            length = line["AMT"] / line["RATE"] if line["RATE"] else 0.0
            assert length == pytest.approx(record.duration if hours is None else hours)
            assert line["MDV"] == 1
        assert [line["DV"] for line in mine if line["EVID"] == 0] == [0.5]


@pytest.mark.skipif(shutil.which("perl") is None, reason="BioNetGen is written in Perl")
def test_networks_of_pysb_run_as_in_bngsim(tmp_path):
    """PySB's own examples: the network BioNetGen writes, and PySB's SBML, which sets no stoichiometry."""
    names = read("pysb_examples")
    assert len(names) >= 20
    for name in names:
        (tmp_path / name).mkdir()
        wanted = np.array(read("pysb_network", name, tmp_path / name))
        network = read_bionetgen(tmp_path / name / f"{name}.net").sbml
        exported = (tmp_path / name / f"{name}.xml").read_text()
        for text, one in ((network, False), (exported, True)):
            found = load_sbml(text, assume_one_stoichiometry=one)
            ids = [s.id for s in found.network.species]
            run = found.simulate(wanted[:, 0], outputs=ids, rtol=1e-10, atol=1e-12)
            values = np.array([run.value(i)[0] for i in ids]).T
            scale = np.abs(wanted[:, 1:]).max()
            np.testing.assert_allclose(values, wanted[:, 1:], rtol=0, atol=1e-6 * scale, err_msg=name)


def test_the_whole_cell_in_level_2_is_the_same_in_libroadrunner(tmp_path):
    for level in ("3.2", "2.4"):
        run("model", "hepg2", "--export", tmp_path / f"m{level}.xml", "--level", level)
    names = [s.id for s in load_sbml(tmp_path / "m3.2.xml").network.species]
    old, new = (
        np.array(read("roadrunner", tmp_path / f"m{v}.xml", 6, ",".join(names))) for v in ("3.2", "2.4")
    )
    assert np.isfinite(old).all()
    np.testing.assert_allclose(new, old, rtol=0, atol=1e-9 * np.abs(old[:, 1:]).max())
