"""What PEtab's library and samplers make of noise, priors and chains."""

import csv
import logging
import pathlib
import tempfile
import warnings

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="m">
<listOfCompartments><compartment id="c" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="k" value="1" constant="true"/></listOfParameters></model></sbml>"""
YAML = """format_version: 1
parameter_file: par.tsv
problems:
- sbml_files: [m.xml]
  measurement_files: [meas.tsv]
  condition_files: [cond.tsv]
  observable_files: [obs.tsv]
"""
OBSERVABLES = "observableId\tobservableFormula\tobservableTransformation\tnoiseFormula\tnoiseDistribution\n"


def converted(prior="\t", transform="lin", noise="normal"):
    """Rows of observables and parameters of a problem of version 1 in version 2."""
    from petab.v2.petab1to2 import petab1to2

    place = pathlib.Path(tempfile.mkdtemp())
    (place / "m.xml").write_text(SBML)
    (place / "p.yaml").write_text(YAML)
    (place / "obs.tsv").write_text(f"{OBSERVABLES}o\tA\t{transform}\t0.1\t{noise}\n")
    (place / "cond.tsv").write_text("conditionId\nc1\n")
    (place / "meas.tsv").write_text("observableId\tsimulationConditionId\ttime\tmeasurement\no\tc1\t1\t0.5\n")
    head = "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate"
    head += "\tobjectivePriorType\tobjectivePriorParameters"
    (place / "par.tsv").write_text(f"{head}\nk\tlog10\t0.001\t1000\t1\t1\t{prior}\n")
    logging.disable(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        petab1to2(place / "p.yaml", place / "out")
    found = {}
    for name in ("obs", "par"):
        with (place / "out" / f"{name}.tsv").open(newline="") as file:
            (found[name],) = csv.DictReader(file, delimiter="\t")
    return found


def row_petab_noise_lost():
    kinds = (("log", "normal"), ("lin", "laplace"), ("log", "laplace"))
    seen = [converted(transform=t, noise=n)["obs"]["noiseDistribution"] for t, n in kinds]
    assert seen == ["", "", ""]
    return f"noiseDistribution of log, laplace, log-laplace: {seen}"


def row_petab_prior_of_log10():
    made = converted(prior="parameterScaleNormal\t0;1")["par"]
    seen = (made["priorDistribution"], made["priorParameters"])
    assert seen == ("log-normal", "0;1")
    return f"{seen}"


def row_petab_newer_converter():
    kinds = (("log", "normal"), ("log10", "normal"), ("lin", "laplace"))
    made = [converted(transform=t, noise=n)["obs"] for t, n in kinds]
    seen = [(one["noiseDistribution"], one["noiseFormula"]) for one in made]
    assert seen == [("log-normal", "0.1"), ("log-normal", "log(10) * (0.1)"), ("laplace", "0.1")]
    return f"log, log10, laplace: {seen}"


def row_petab_implied_prior():
    seen = [converted()["par"][name] for name in ("priorDistribution", "priorParameters")]
    assert seen == ["uniform", "0.001;1000"]
    return f"{seen}"


def row_emcee_nowhere_possible():
    import emcee
    import numpy as np

    start = np.random.default_rng(1).normal(size=(8, 2))
    sampler = emcee.EnsembleSampler(8, 2, lambda _: -np.inf)
    end = sampler.run_mcmc(start, 50)
    assert (end.coords == start).all()
    assert sampler.acceptance_fraction.max() == 0.0
    return "50 sweeps, nobody has moved, nothing is said"


def row_arviz_stuck_chains():
    import numpy as np
    from arviz_stats.base import array_stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stuck = np.full((4, 100), 0.3)
        seen = [float(array_stats.ess(stuck)), float(array_stats.rhat(stuck))]
    assert seen[0] == 400.0
    assert seen[1] != seen[1]
    return f"effective size, R-hat: {seen}"
