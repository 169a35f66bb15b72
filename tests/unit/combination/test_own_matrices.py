"""Own dose matrices: known answers, another program, forms of files, intervals by hand, the command."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.combination.bliss import bliss_slopes
from jakstat.combination.hsa import hsa_slopes
from jakstat.combination.measured_excess import _slopes, measured_excess
from jakstat.combination.musyc import fit_musyc, musyc_effect
from jakstat.combination.null_models import excesses
from jakstat.combination.own_matrices import score_matrix
from jakstat.combination.own_matrix_document import own_matrix_document
from jakstat.combination.verdicts import MODELS
from jakstat.combination.well_noise import well_noise
from jakstat.experiment.hill_fit import fit_hill, hill_slopes
from jakstat.report.canvas import save
from jakstat.report.measured_surface import measured_surface

ROOT = Path(__file__).resolve().parents[3]
LONG, BLOCKS = ROOT / "examples/own/matrix.csv", ROOT / "examples/own/matrix_blocks.csv"
DOSES = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 7)])
TRUE = np.array([[0.9, 0.7, 0.95, 40.0, 25.0, 1.3, 1.1, 3.0, 0.6]])


@pytest.fixture(scope="module")
def scored():
    return score_matrix(LONG, "percent-viability")


def rows_of(effect, a, b, **more):
    return [
        {
            "drug_a": "A",
            "dose_a": x,
            "drug_b": "B",
            "dose_b": y,
            "unit": "nM",
            "response": effect[i, j],
            **more,
        }
        for i, x in enumerate(a)
        for j, y in enumerate(b)
    ]


def test_zip_by_the_published_definition():
    """Potency of each drug tripled by the other at its half dose, worked by hand.

    With x and y the doses over their half doses, 1 - e = 1 / (1 + x + y + 5 x y) is over x a Hill curve of
    slope 1 from y / (1 + y) to 1 with its half at (1 + y) / (1 + 5 y), and the same over y. The paper's
    y_c at x = y = 1 is (1/2 + 3) / (1 + 3) = 7/8, its y_ZIP 1/2 + 1/2 - 1/4 = 3/4, so delta is 1/8
    (doi:10.1016/j.csbj.2015.09.001, equations of y_ZIP, y_c and delta).
    """
    x = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0])
    effect = 1.0 - 1.0 / (1.0 + x[:, None] + x[None, :] + 5.0 * x[:, None] * x[None, :])
    found = score_matrix(rows_of(effect, x, x), "effect")[0]
    assert found.excess["zip"][3, 3] == pytest.approx(0.125, abs=1e-6)
    by_hand = 1.0 / (1.0 + x[1:, None]) / (1.0 + x[None, 1:]) - (1.0 - effect[1:, 1:])
    np.testing.assert_allclose(found.excess["zip"], by_hand, atol=1e-6)


def test_musyc_by_the_published_equation_in_detailed_balance():
    """If alpha12^h2 = alpha21^h1 states weigh 1, x, y, alpha x y: (E1 + E2 + 4 E3) / 7 at x = y = 1."""
    e = musyc_effect(
        np.array([2.0]), np.array([5.0]), np.array([[0.6, 0.3, 0.9, 2.0, 5.0, 1.0, 1.0, 4.0, 4.0]])
    )
    assert e[0, 0, 0] == pytest.approx((0.6 + 0.3 + 4 * 0.9) / 7, abs=1e-12)


def test_musyc_on_a_published_fit():
    """PLX4720 with DPI on SKMEL5: from the published surface back to the published alpha and beta.

    Fitted values of the data that belong to doi:10.1016/j.cels.2019.01.003 (QuLab-VU/MuSyC_Cell,
    MasterResults_plx_dpi_melPanel.csv); there beta is (min(E1, E2) - E3) / (E0 - min(E1, E2)), and both
    rates r are equal.
    """
    e0, e1, e2, e3 = 0.0371440276, 0.008026652, 0.003542846, -0.0096301339
    published = np.array(
        [[*((e0 - e) / e0 for e in (e1, e2, e3)), 10**-6.877441804, 10**-6.775065712, 0.3942183816,
          0.4986418795, 10**0.8671048541, 10**0.3148004155]]
    )  # fmt: skip
    d = np.concatenate([[0.0], np.geomspace(1e-13, 1e-1, 13)])
    e = musyc_effect(d, d, published)
    found = fit_musyc(d, d, e, fit_hill(d[1:], e[:, 1:, 0]), fit_hill(d[1:], e[:, 0, 1:]))
    assert found.beta[0] == pytest.approx(0.39203918650289377, rel=1e-5)
    np.testing.assert_allclose(found.values, published, rtol=1e-4)


def test_the_package_synergy_agrees(scored):
    """GPL package `synergy` 1.0.0 on the example: the same excess, and MuSyC's numbers.

    It is given the effect at dose 0 that we hold at 0, and fits no gamma. Numbers seen on 2026-11-30: mean
    Bliss excess 0.0506, HSA 0.1109, Loewe 0.0843, ZIP 0.0461; alpha12 5.42, alpha21 2.12, beta 0.0613.
    """
    from synergy.combination import HSA, ZIP, Bliss, Loewe, MuSyC
    from synergy.single import Hill
    from synergy.version import VERSION

    assert VERSION == "1.0.0"
    one = scored[0]
    a, b = np.meshgrid(*(d.doses for d in one.matrix.drugs), indexing="ij")
    wells = (a.ravel(), b.ravel(), (1.0 - one.effect).ravel())
    fixed = {"E0_bounds": (1.0 - 1e-9, 1.0 + 1e-9)}

    def alone():
        return {"drug1_model": Hill(**fixed), "drug2_model": Hill(**fixed)}

    theirs = {
        "bliss": Bliss(),
        "hsa": HSA(),
        "loewe": Loewe(mode="delta_nan", **alone()),
        "zip": ZIP(**alone()),
    }
    seen = {"bliss": 0.0506, "hsa": 0.1109, "loewe": 0.0843, "zip": 0.0461}
    surface = MuSyC(fit_gamma=False, **fixed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, model in theirs.items():
            model.fit(*wells)
            other = np.asarray(model.synergy).reshape(a.shape)[1:, 1:]
            np.testing.assert_allclose(one.excess[name], other, atol=2e-4)
            assert np.nanmean(other) == pytest.approx(seen[name], abs=1e-4)
        surface.fit(*wells)
    ours = one.musyc["parameters"]
    for name in ("alpha12", "alpha21"):
        assert ours[name]["value"] == pytest.approx(getattr(surface, name), rel=5e-3)
    assert ours["beta"]["value"] == pytest.approx(surface.beta, abs=1e-3)
    fitted = 1.0 - musyc_effect(
        *(d.doses for d in one.matrix.drugs),
        np.array(
            [[ours[n]["value"] for n in ("E1", "E2", "E3", "C1", "C2", "h1", "h2", "alpha12", "alpha21")]]
        ),
    )
    own = np.sum((fitted.ravel() - wells[2]) ** 2)
    assert own <= 1.0001 * np.sum((surface.E(*wells[:2]) - wells[2]) ** 2)


def test_slopes_are_those_of_the_numbers():
    """Every model's slopes against small changes of single wells, where curves go through the points."""
    effect = musyc_effect(DOSES, DOSES, TRUE)
    d = DOSES[None]
    base = excesses(d, d, effect, musyc=False)
    alone = tuple(
        hill_slopes(curve, d[:, 1:], points)
        for curve, points in ((base.first, effect[:, 1:, 0]), (base.second, effect[:, 0, 1:]))
    )
    slopes = _slopes(d, d, effect, base, alone)
    for i, j in ((3, 0), (0, 5), (4, 4), (6, 2)):
        ends = []
        for sign in (1.0, -1.0):
            moved = effect.copy()
            moved[0, i, j] += sign * 1e-4
            ends.append(excesses(d, d, moved, musyc=False))
        for name in MODELS:
            step = (ends[0].by_model(name) - ends[1].by_model(name)) / 2e-4
            known = np.isfinite(step)
            assert known.sum() > 30
            np.testing.assert_allclose(slopes[name][..., i, j][known], step[known], atol=0.02)


def test_interval_of_one_mixture_by_hand():
    """Bliss at 0.2 and 0.5 with four wells of 0.1 each: the mixture, and the drugs times 0.5 and 0.8."""
    e = np.array([[0.0, 0.5], [0.2, 0.7]])
    found = measured_excess(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]), np.stack([e] * 4)[None], sd=0.1)
    half = 1.959964 * 0.1 * np.sqrt((1.0 + 0.5**2 + 0.8**2) / 4.0)
    assert found.bands["bliss"].each[0, 0, 0] == pytest.approx(half, rel=1e-6)
    assert found.bands["bliss"].mean[0] == pytest.approx(0.1)
    assert found.bands["hsa"].each[0, 0, 0] == pytest.approx(1.959964 * 0.1 * np.sqrt(2.0 / 4.0), rel=1e-6)


def test_noise_by_hand():
    """Two wells 0.02 apart in each of four mixtures: variance 2 (0.01)^2, four degrees of freedom."""
    e = np.array([[0.0, 0.5], [0.2, 0.7]])
    found = well_noise(np.stack([e - 0.01, e + 0.01])[None], plates=False)
    assert found.well_sd[0] == pytest.approx(np.sqrt(2e-4))
    assert found.freedom[0] == 4.0
    # the same wells as two plates: all of it is what the plates share, if viability is the same everywhere
    flat = np.zeros((2, 2))
    both = well_noise(np.stack([flat - 0.01, flat + 0.01])[None], plates=True)
    assert both.well_sd[0] == pytest.approx(0.0, abs=1e-12)
    assert both.plate_sd[0] == pytest.approx(np.sqrt(2e-4))


def test_plates_widen_what_they_share():
    """A factor of whole plates moves the mean excess of Bliss; else it looks like noise of wells."""
    rng = np.random.default_rng(5)
    effect = musyc_effect(DOSES, DOSES, TRUE)
    wells = 1.0 - (1.0 - effect[:, None]) * (1.0 + np.array([-0.1, 0.0, 0.1]))[None, :, None, None]
    wells = wells + rng.normal(0.0, 0.01, wells.shape)
    d = DOSES[None]
    with_plates, without = (measured_excess(d, d, wells, plates=p) for p in (True, False))
    assert with_plates.noise.plate_sd[0] == pytest.approx(0.1, abs=0.02)
    assert with_plates.noise.well_sd[0] == pytest.approx(0.01, abs=0.003)
    assert with_plates.bands["bliss"].of_mean[0] > 2.0 * without.bands["bliss"].of_mean[0]


def test_bliss_and_hsa_slopes_meet_their_excess():
    e = np.array([[[0.0, 0.5], [0.4, 0.8]]])
    assert bliss_slopes(e)[0, 0, 0, 1, 1] == 1.0
    assert hsa_slopes(e)[0, 0, 0].sum() == 0.0


def test_forms_of_one_matrix_give_one_answer(tmp_path):
    """Long, as blocks, as a frame, as rows; shares, percents, effects: the same numbers."""
    a, b = (0.0, 1.0, 3.0, 10.0, 30.0), (0.0, 2.0, 6.0, 20.0, 60.0)
    share = musyc_effect(np.array(a), np.array(b), np.array([[0.9, 0.8, 0.95, 5, 9, 1, 1.2, 2, 2.0]]))[0]
    viability = np.round(1.0 - share, 4)
    frame = pd.DataFrame(rows_of(viability, a, b))
    wanted = score_matrix(frame, "viability")[0]
    wide = pd.DataFrame(viability, index=pd.Index(a, name="A (nM)"), columns=pd.Index(b, name="B (nM)"))
    semicolons = "A (nM) / B (nM);" + ";".join(f"{y:g}" for y in b) + "\n"
    for x, row in zip(a, viability, strict=True):
        semicolons += f"{x:g};" + ";".join(f"{100 * v:.2f}".replace(".", ",") for v in row) + "\n"
    (tmp_path / "m.csv").write_text(semicolons, encoding="utf-8-sig")
    frame.to_excel(tmp_path / "m.xlsx", index=False)
    finder = "Drug1:\tA\nDrug2:\tB\nConcUnit:\tnM\n\t" + "\t".join(f"{y:g}" for y in b) + "\n"
    finder += "\n".join(
        f"{x:g}\t" + "\t".join(f"{v:.4f}" for v in row) for x, row in zip(a, viability, strict=True)
    )
    (tmp_path / "finder.tsv").write_text(finder + "\n", encoding="utf-8")
    others = [
        score_matrix(wide, "viability"),
        score_matrix(tmp_path / "m.csv", "percent-viability"),
        score_matrix(tmp_path / "m.xlsx", "viability"),
        score_matrix(tmp_path / "finder.tsv", "viability"),
        score_matrix(frame.assign(response=1.0 - frame["response"]), "inhibition"),
        score_matrix(frame.assign(response=5e4 * frame["response"]), "signal"),
    ]
    for other in others:
        assert [d.name for d in other[0].matrix.drugs] == ["A", "B"]
        assert [d.unit for d in other[0].matrix.drugs] == ["nM", "nM"]
        for name in MODELS:
            np.testing.assert_allclose(other[0].excess[name], wanted.excess[name], atol=1e-6)


def test_units_of_the_doses_change_nothing():
    effect = musyc_effect(DOSES, DOSES, TRUE)[0]
    one = score_matrix(rows_of(effect, DOSES, DOSES), "effect")[0]
    rows = [
        {**row, "dose_a": row["dose_a"] / 1000.0, "unit": "uM", "dose_b": row["dose_b"] / 1000.0}
        for row in rows_of(effect, DOSES, DOSES)
    ]
    other = score_matrix(rows, "effect")[0]
    for name in MODELS:
        np.testing.assert_allclose(one.excess[name], other.excess[name], atol=1e-7)
    smaller = [
        {**row, "unit": "uM", "dose_a": row["dose_a"] / 1000.0, "dose_b": row["dose_b"] / 1000.0}
        for row in rows_of(effect, DOSES, DOSES)
    ]
    mixed = [row if k % 3 else smaller[k] for k, row in enumerate(rows_of(effect, DOSES, DOSES))]
    third = score_matrix(mixed, "effect")[0]
    assert any("read as" in note for note in third.notes)
    np.testing.assert_allclose(one.excess["zip"], third.excess["zip"], atol=1e-7)


def test_units_as_people_write_them():
    e = np.array([[0.0, 0.5], [0.2, 0.7]])
    rows = [{**row, "unit": "um"} for row in rows_of(e, (0, 1), (0, 1))]
    assert [d.unit for d in score_matrix(rows, "effect")[0].matrix.drugs] == ["uM", "uM"]
    found = score_matrix(rows, response="effect")
    assert found.to_dataframe().shape[0] == 4
    assert "bliss_mean" in found._repr_html_()


def test_single_drugs_are_shared_and_pairs_turned():
    """Rows of one drug alone serve every pair with it; a pair named the other way round is the same pair."""
    e = np.array([[0.0, 0.5], [0.2, 0.7]])
    rows = rows_of(e, (0, 1), (0, 1))
    alone = [{**r, "drug_a": "DMSO"} if r["dose_a"] == 0 else {**r, "drug_b": ""} if r["dose_b"] == 0 else r
             for r in rows]  # fmt: skip
    turned = [
        {**r, "drug_a": r["drug_b"], "drug_b": r["drug_a"], "dose_a": r["dose_b"], "dose_b": r["dose_a"]}
        if k == 3 else r
        for k, r in enumerate(rows * 2)
    ]  # fmt: skip
    assert score_matrix(alone, "effect")[0].excess["bliss"].tolist() == [[pytest.approx(0.1)]]
    found = score_matrix(turned, "effect")[0]
    assert found.excess["bliss"].tolist() == [[pytest.approx(0.1)]]
    assert any("turned" in note for note in found.notes)


def test_several_matrices_and_which_is_shown(scored):
    e = musyc_effect(DOSES, DOSES, TRUE)[0]
    rows = [r for cell in ("HepG2", "Huh7") for r in rows_of(e, DOSES, DOSES, cell_line=cell, plate=1)]
    found = score_matrix(rows, "effect")
    assert [m.matrix.name for m in found.matrices] == ["HepG2", "Huh7"]
    assert len(score_matrix(rows, "effect", only="huh7").matrices) == 1
    assert len(score_matrix(rows, "effect", by=["cell", "plate"]).matrices) == 2
    assert found.summary().shape[0] == 2
    assert found.to_dataframe().shape[0] == 2 * 64
    alone = score_matrix(rows_of(e, DOSES, DOSES), "effect")[0]
    np.testing.assert_allclose(found["Huh7"].excess["zip"], alone.excess["zip"], atol=1e-9)


def test_a_well_that_failed_is_left_out():
    e = musyc_effect(DOSES, DOSES, TRUE)[0]
    rows = rows_of(e, DOSES, DOSES)
    rows[20] = {**rows[20], "response": None}
    found = score_matrix(rows, "effect")
    assert "1 of them empty and left out" in found.question
    assert np.isnan(found[0].excess["bliss"][1, 3])
    assert np.isfinite(found[0].excess["zip"]).all()


def test_a_drug_without_effect_of_its_own_is_said():
    """Noise about 0 is no curve: Loewe and MuSyC say nothing instead of antagonism."""
    rng = np.random.default_rng(8)
    alone = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9])
    d = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0)
    rows = [r for k in range(3)
            for r in rows_of(alone[:, None] + rng.normal(0, 0.02, (6, 6)), d, d, replicate=k)]  # fmt: skip
    one = score_matrix(rows, "effect")[0]
    assert one.verdicts["loewe"].word == "not defined"
    assert one.musyc["word"] == "not defined"
    assert any("B alone has no effect on this readout" in s for s in one.disagreements)
    assert one.verdicts["bliss"].word == "none"


def test_copies_are_no_replicates():
    e = musyc_effect(DOSES, DOSES, TRUE)[0]
    rows = [r for k in range(3) for r in rows_of(e, DOSES, DOSES, replicate=k)]
    assert any("copies are no replicates" in note for note in score_matrix(rows, "effect")[0].notes)


def test_a_cell_of_the_model_is_pointed_out():
    e = np.array([[0.0, 0.5], [0.2, 0.7]])
    found = score_matrix(rows_of(e, (0, 1), (0, 1), cell="HepG2"), "effect")
    assert "jakstat combine hepg2 --data" in found.notes[0]


def test_synergyfinders_long_table():
    """Its headings, and many blocks."""
    e = np.array([[0.0, 50.0], [20.0, 70.0]])
    rows = [
        {"block_id": k, "drug_row": "A", "drug_col": "B", "conc_r": x, "conc_c": y, "response": e[i, j],
         "conc_r_unit": "nM", "conc_c_unit": "uM"}
        for k in (1, 2) for i, x in enumerate((0, 5)) for j, y in enumerate((0, 7))
    ]  # fmt: skip
    found = score_matrix(rows, "percent-inhibition")
    assert [m.matrix.name for m in found.matrices] == ["1", "2"]
    assert found[1].matrix.drugs[1].unit == "uM"
    assert found[1].excess["bliss"][0, 0] == pytest.approx(0.1)


def test_words_say_that_models_disagree(scored):
    one = scored[0]
    assert one.overall == "the models disagree"
    assert one.verdicts["loewe"].word == "synergy"
    assert one.verdicts["bliss"].word == "none"
    assert any(s.startswith("the models differ (") for s in one.disagreements)
    low, high = one.musyc["parameters"]["alpha12"]["low"], one.musyc["parameters"]["alpha12"]["high"]
    assert low < 5.0 < high  # what the numbers were made with
    blocks = score_matrix(BLOCKS, "viability")[0]
    assert blocks.verdicts["bliss"].word == "none"
    assert blocks.verdicts["bliss"].mean_low < 0.0 < blocks.verdicts["bliss"].mean_high


def test_figures_of_one_and_of_several(scored, tmp_path):
    save(measured_surface(scored), tmp_path / "one.png")
    e = musyc_effect(DOSES, DOSES, TRUE)[0]
    rows = [r for cell in ("HepG2", "Huh7") for r in rows_of(e, DOSES, DOSES, cell=cell)]
    save(measured_surface(score_matrix(rows, "effect")), tmp_path / "two.png")
    assert min((tmp_path / name).stat().st_size for name in ("one.png", "two.png")) > 20_000


def test_the_command_and_its_document(tmp_path):
    runner = CliRunner()
    words = ["combine", "--data", str(LONG), "--response", "percent-viability"]
    table = tmp_path / "out.csv"
    shown = runner.invoke(app, [*words, "--csv", str(table)])
    assert shown.exit_code == 0, shown.output
    assert "matrix.csv (SHA-256 " in shown.output
    assert "108 wells read" in shown.output
    assert table.read_text(encoding="utf-8").count("ruxolitinib") >= 36
    document = json.loads(runner.invoke(app, [*words, "--json"]).output)
    assert document["kind"] == "own-matrices"
    one = document["matrices"][0]
    assert one["replicates"] == 3
    assert np.array(one["models"]["zip"]["excess"]).shape == (5, 5)
    assert document["matrices"] == own_matrix_document(score_matrix(LONG, "percent-viability"))["matrices"]


def test_the_model_stands_beside_the_data():
    """The same doses through the model: its effect at each, and how far the data lie from it."""
    found = score_matrix(
        LONG, "percent-viability", context="hepg2", stimuli="IL6=10ng/ml", at="20min", parts="core", vectors=0
    )
    beside = found[0].beside
    assert beside.effect.shape == (6, 6)
    gap = (found[0].effect - beside.effect)[1:, 1:]
    assert beside.rms == pytest.approx(np.sqrt(np.mean(gap**2)))
    assert beside.sentences[0].startswith("the model (hepg2; IL6")
    assert "model_effect" in found.to_dataframe()
    assert own_matrix_document(found)["matrices"][0]["model"]["words"]["bliss"]
    unknown = score_matrix(BLOCKS, "viability", context="hepg2")
    assert unknown[0].beside is None
    assert "does not know drug X and drug Y" in unknown.notes[0]


def test_models_that_are_not_defined_do_not_agree():
    """Three doses make no curve, on the bench or in the model: Loewe and ZIP say nothing."""
    doses = ((0.0, 10.0, 100.0, 1000.0), (0.0, 1.0, 3.0, 10.0))
    rows = [
        {"drug_a": "ruxolitinib", "dose_a (nM)": x, "drug_b": "Stattic", "dose_b (uM)": y,
         "viability": 1 / (1 + x / 150) / (1 + y / 8)}
        for x in doses[0] for y in doses[1]
    ]  # fmt: skip
    asked = {"stimulus": "IL6=10ng/ml", "at": "20min", "parts": "core", "vectors": 0}
    one = score_matrix(rows, "viability", context="hepg2", **asked)[0]
    assert one.verdicts["loewe"].word == one.verdicts["zip"].word == "not defined"
    told = " ".join(one.beside.sentences)
    assert "agree by" in told or "they differ" in told
    assert "Loewe" not in told
    assert "ZIP" not in told
