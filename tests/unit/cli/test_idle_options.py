"""An option that would change nothing is refused before any work."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
CURVE = ("dose-response", "hepg2", "--drug", "ruxolitinib")
PAIR = ("combine", "hepg2", "--drug", "ruxolitinib=1,10,100nM", "--drug", "Stattic=1,10uM")
SCREEN = ("combine", "hepg2", "--all-pairs")
RUN_MODEL = ("run", "no.xml", "--until", "1")
FIT = ("fit", "no.yaml")
SIMULATE = ("simulate", "hepg2", "--stimulus", "IL6=1nM")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ((*SIMULATE, "--seed", "2"), "--seed"),
        ((*SIMULATE, "--plot-as", "time"), "--plot-as"),
        ((*SIMULATE, "--overlay", "my.csv"), "--overlay"),
        ((*SIMULATE, "--force"), "--force"),
        ((*SIMULATE, "--read-at", "20min"), "--read-at"),
        ((*SIMULATE, "--scale-overlay"), "--scale-overlay"),
        (("experiment", "my.yaml", "--plot-as", "time"), "--plot-as"),
        (("experiment", "my.yaml", "--overlay", "my.csv"), "--overlay"),
        (("experiment", "my.yaml", "--force"), "--force"),
        (("experiment", "--schema", "--force"), "--force"),
        (("sensitivity", "hepg2", "--rows", "8"), "--rows"),
        (("sensitivity", "hepg2", "--seed", "2"), "--seed"),
        (("sensitivity", "hepg2", "--at", "20min", "--until", "1h"), "--until"),
        (("sensitivity", "hepg2", "--force"), "--force"),
        (("steady-state", "hepg2", "--starts", "0", "--seed", "2"), "--seed"),
        (("steady-state", "hepg2", "--force"), "--force"),
        (("bistability", "hepg2", "--input", "IL6=1..2nM", "--starts", "0", "--seed", "2"), "--seed"),
        (("bistability", "hepg2", "--input", "IL6=1..2nM", "--force"), "--force"),
        ((*CURVE, "--seed", "2"), "--seed"),
        ((*CURVE, "--until", "2h"), "--until"),
        ((*CURVE, "--at", "72h:growth", "--readout", "pSTAT3"), "--readout"),
        ((*CURVE, "--force"), "--force"),
        (("targets", "hepg2", "--until", "2h"), "--until"),
        (("targets", "hepg2", "--force"), "--force"),
        (("schedule", "hepg2", "--drug", "ruxolitinib", "--force"), "--force"),
        ((*PAIR, "--doses", "4"), "--doses"),
        ((*PAIR, "--musyc"), "--musyc"),
        ((*PAIR, "--interval", "0", "--seed", "2"), "--seed"),
        ((*PAIR, "--at", "20min", "--until", "3h"), "--until"),
        (
            ("combine", "hepg2", "--drug", "Stattic=1,2uM@0h", "--drug", "Jakafi=1,2nM@0h", "--pre", "5min"),
            "--pre",
        ),
        ((*SCREEN, "--interval", "4"), "--interval"),
        ((*SCREEN, "--seed", "4"), "--seed"),
        (("validate", "--force"), "--force"),
        (("evidence", "--force"), "--force"),
        (("model", "hepg2", "--force"), "--force"),
        ((*SIMULATE, "--at", "20min"), "--at"),
        ((*SIMULATE, "--cells", "20", "--plot", "no.png", "--plot-as", "time"), "--plot-as"),
        ((*RUN_MODEL, "--seed", "2"), "--seed"),
        ((*RUN_MODEL, "--per-amount", "2"), "--per-amount"),
        ((*RUN_MODEL, "--paths", "2", "--rtol", "1e-3"), "--rtol"),
        ((*RUN_MODEL, "--paths", "2", "--atol", "1e-3"), "--atol"),
        ((*RUN_MODEL, "--resume"), "--resume"),
        ((*RUN_MODEL, "--force"), "--force"),
        ((*FIT, "--starts", "0", "--seed", "2"), "--seed"),
        ((*FIT, "--starts", "0", "--iterations", "2"), "--iterations"),
        ((*FIT, "--starts", "0", "--resume"), "--resume"),
        ((*FIT, "--sweeps", "8"), "--sweeps"),
        (("pk", "ruxolitinib", "--subjects", "5"), "--subjects"),
        (("pk", "ruxolitinib", "--days", "5"), "--days"),
        (("pk", "ruxolitinib", "--target"), "--target"),
        (("pk", "ruxolitinib", "5 mg PO QD", "--unbound"), "--unbound"),
        (("pk", "ruxolitinib", "5 mg PO QD", "--force"), "--force"),
        (("pk", "ruxolitinib", "5 mg PO QD", "--subjects", "0", "--seed", "2"), "--seed"),
        (("pk", "ruxolitinib", "5 mg PO QD", "--reported"), "REGIMEN"),
        (("pk", "--reported", "--weight", "70"), "--weight"),
        (("pk", "ruxolitinib", "--doses", "no.csv", "--covariate", "albumin=3"), "--covariate"),
        (("pk", "ruxolitinib", "--doses", "no.csv", "--export", "no.csv"), "--export"),
        (("verify", "no.zarr", "--lanes", "no.csv"), "--lanes"),
    ],
)
def test_an_option_that_does_nothing_is_refused(words, field):
    # an overlay is told in JSON, and a schema has none
    plain = "--schema" in words or "--overlay" in words
    done = RUN.invoke(app, [*words, *([] if plain else ["--json"])])
    assert done.exit_code == 2, done.output
    if plain:
        assert f"{field} does nothing here" in done.stderr
    else:
        [problem] = json.loads(done.stdout)["problems"]
        assert (problem["code"], problem["field"]) == ("option.alone", field)


def test_every_idle_option_is_named_at_once():
    done = RUN.invoke(app, [*SIMULATE, "--seed", "2", "--force", "--plot-as", "dose"])
    assert done.exit_code == 2
    for option in ("--seed", "--force", "--plot-as"):
        assert f"{option} does nothing here" in done.stderr
