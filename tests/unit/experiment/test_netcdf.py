"""Results go to netCDF files of every engine and come back as they were."""

import json

import numpy as np
import pytest
import xarray as xr

from jakstat.combination.document import combination_document, screen_document
from jakstat.combination.screen import screen
from jakstat.combination.surface import combine
from jakstat.equilibria.bistability import bistability
from jakstat.equilibria.documents import branch_document, steady_document
from jakstat.equilibria.steady_states import steady_states
from jakstat.experiment.cells import simulate_cells
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.interval import run_with_interval
from jakstat.experiment.run import simulate
from jakstat.influence.documents import sensitivity_document
from jakstat.influence.sensitivity import sensitivity
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.exposure_documents import exposure_document, table_document
from jakstat.pharmacology.exposure_summary import left_out, readings
from jakstat.pharmacology.nonmem import read_dose_table
from jakstat.pharmacology.table_exposure import table_exposure
from jakstat.response.cell_statistics import distributions
from jakstat.response.documents import cells_document
from jakstat.response.schedule_document import schedule_document
from jakstat.response.schedules import compare_schedules
from jakstat.store import json_ready


@pytest.mark.parametrize("stimulus", ["IL6=10ng/ml", "IL6=1..10ng/ml:3"])
def test_a_simulation_goes_to_netcdf_and_back(tmp_path, stimulus):
    found = simulate("hepg2", stimulus, until="30min", points=4, observe="pSTAT3")
    found.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as back:
        assert back.equals(found)
        assert json.loads(back.attrs["manifest"])["inputs"]["context"] == "hepg2"
        assert back["pSTAT3"].attrs["units"] == found["pSTAT3"].attrs["units"]
        assert np.array_equal(back["pSTAT3"].values, found["pSTAT3"].values)


def test_intervals_and_their_making_go_too(tmp_path):
    protocol = make_protocol("hepg2", stimuli="IL6=10ng/ml", until="30min", points=4, observe="pSTAT3")
    run_with_interval(protocol, vectors=4).to_dataset().to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as back:
        assert json.loads(back.attrs["interval"])["vectors"] == 4


def _combined():
    return combine("hepg2", PAIR, stimuli="IL6=10ng/ml", at="20min", vectors=2, parts="core")


def _screened():
    return screen("hepg2", [("ruxolitinib", "Stattic")], 3, stimuli="IL6=10ng/ml", at="20min", parts="core")


def _protocol(**more):
    return make_protocol("hepg2", observe="pSTAT3", until="20min", parts="core", **more)


PAIR = ["ruxolitinib=100,1000nM", "Stattic=1,10uM"]
MADE = {
    "combine": (_combined, combination_document),
    "screen": (_screened, screen_document),
    "steady states": (lambda: steady_states(_protocol(), starts=2), steady_document),
    "bistability": (lambda: bistability(_protocol(), "IL6=1..10ng/ml:5", starts=0), branch_document),
    "sensitivity": (
        lambda: sensitivity(_protocol(stimuli="IL6=10ng/ml"), readout="pSTAT3", at="20min"),
        sensitivity_document,
    ),
    "sensitivity over ranges": (
        lambda: sensitivity(
            _protocol(stimuli="IL6=10ng/ml"), readout="pSTAT3", at="20min", method="morris", rows=8
        ),
        sensitivity_document,
    ),
    "schedules": (
        lambda: compare_schedules("hepg2", "ruxolitinib", ["20 mg PO BID"], days=7, parts="core"),
        schedule_document,
    ),
    "cells": (
        lambda: simulate_cells(_protocol(stimuli="IL6=1,10ng/ml"), cells=10, seed=1).to_dataset(),
        lambda found: cells_document(found, distributions(found)),
    ),
    "exposure": (
        lambda: exposure("siltuximab", "11 mg/kg IV q3w x 2", subjects=3, target=True),
        exposure_document,
    ),
    "exposure readings": (
        lambda: readings(exposure("ruxolitinib", "15 mg PO BID x 4", subjects=0)),
        left_out,
    ),
    "exposure of a table": (
        lambda: table_exposure("ruxolitinib", read_dose_table(DOSES, file="d.csv").records),
        lambda found: table_document(found, passed_over={}),
    ),
}
DOSES = b"ID,TIME,AMT,EVID,CMT\n1,0,15,1,1\n2,0,20,1,1\n"


@pytest.mark.parametrize("name", MADE)
def test_what_a_question_gives_goes_to_netcdf_and_back(tmp_path, name):
    make, document = MADE[name]
    found = make()
    found.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as back:
        xr.testing.assert_equal(back.load(), found)
        assert back.attrs.keys() == found.attrs.keys()
        for key, value in found.attrs.items():
            assert np.array_equal(np.atleast_1d(back.attrs[key]), np.atleast_1d(value)) or value != value
        # a file holds a list of one text as the text: it is made a list again, and all else reads as it was
        lists = {
            key: list(np.atleast_1d(back.attrs[key])) for key, v in found.attrs.items() if type(v) is list
        }
        again = back.assign_attrs(lists)
        assert json.dumps(json_ready(document(again))) == json.dumps(json_ready(document(found)))
