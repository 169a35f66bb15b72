"""Simulation results go to netCDF files of every engine and come back as they were."""

import json

import numpy as np
import pytest
import xarray as xr

from jakstat.experiment.describe import make_protocol
from jakstat.experiment.interval import run_with_interval
from jakstat.experiment.run import simulate


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
    run_with_interval(protocol, vectors=4).to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as back:
        assert json.loads(back.attrs["interval"])["vectors"] == 4
