"""Kinds of primary liver cancer."""

import numpy as np

from jakstat.population.histology import histology_rows, liver_cancers


def test_kinds_come_as_often_as_registries_count_them():
    """80, 14.9 and 5.1 % (Rumgay 2022), each within four standard errors of 20,000 draws."""
    kinds = liver_cancers(1, range(20000))
    shares = {"hepatocellular": 0.8, "intrahepatic_cholangiocarcinoma": 0.149, "other": 0.051}
    for name, share in shares.items():
        assert histology_rows()[name].value == share
        assert abs((kinds == name).mean() - share) < 4.0 * np.sqrt(share * (1.0 - share) / 20000)


def test_a_patient_keeps_his_kind_in_a_larger_cohort():
    assert (liver_cancers(3, range(50)) == liver_cancers(3, range(80))[:50]).all()
