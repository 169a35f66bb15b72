"""PEtab problems in and out, objective and noise, multi-start search, profiles, posterior samples."""

from __future__ import annotations

from jakstat.calibration.ensemble_file import write_ensemble
from jakstat.calibration.lanes import Solving
from jakstat.calibration.load import load_problem
from jakstat.calibration.multistart import Fit, fit
from jakstat.calibration.objective import Evaluation, Local, Objective
from jakstat.calibration.optimise import Search, search
from jakstat.calibration.petab_write import write_petab
from jakstat.calibration.problem import (
    ConditionChange,
    FitExperiment,
    FitObservable,
    FitParameter,
    FitProblem,
    Measurement,
    Period,
)
from jakstat.calibration.profile import Profile, profile, profiles
from jakstat.calibration.sample import Sample, sample

__all__ = [
    "ConditionChange",
    "Evaluation",
    "Fit",
    "FitExperiment",
    "FitObservable",
    "FitParameter",
    "FitProblem",
    "Local",
    "Measurement",
    "Objective",
    "Period",
    "Profile",
    "Sample",
    "Search",
    "Solving",
    "fit",
    "load_problem",
    "profile",
    "profiles",
    "sample",
    "search",
    "write_ensemble",
    "write_petab",
]
