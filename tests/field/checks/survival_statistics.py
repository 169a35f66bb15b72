"""What tools make of medians at one half, ties and the end of following."""

import subprocess

TIED = ([1, 1, 2, 2, 3, 3, 4, 4], [1, 1, 1, 0, 1, 1, 1, 0], [1, 0, 1, 1, 0, 1, 0, 0])


def by_r(code):
    done = subprocess.run(
        ["Rscript", "-e", f"library(survival); {code}"], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def row_lifelines_median_at_one_half():
    from lifelines import KaplanMeierFitter

    seen = KaplanMeierFitter().fit([1, 2, 3, 4, 5, 6]).median_survival_time_
    assert seen == 4.0
    return f"{seen}"


def row_r_median_at_one_half():
    seen = by_r("cat(quantile(survfit(Surv(1:6, rep(1, 6)) ~ 1), 0.5)$quantile)")
    assert seen == 3.5
    return f"{seen}"


def row_scikit_survival_ties():
    import numpy as np
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    time, event, x = map(np.array, TIED)
    y = Surv.from_arrays(event.astype(bool), time)
    fits = [
        CoxPHSurvivalAnalysis(**m).fit(x[:, None].astype(float), y).coef_[0] for m in ({}, {"ties": "efron"})
    ]
    r = by_r("cat(coxph(Surv(c(1,1,2,2,3,3,4,4), c(1,1,1,0,1,1,1,0)) ~ c(1,0,1,1,0,1,0,0))$coef)")
    assert abs(fits[0] - 0.8696187) < 1e-6
    assert abs(fits[1] - 0.9806122) < 1e-6
    assert abs(r - 0.9806122) < 1e-6
    return f"as it is, with ties='efron', coxph of R: {fits[0]:.7f}, {fits[1]:.7f}, {r}"


def row_lifelines_shifts_ties():
    import warnings

    from lifelines import AalenJohansenFitter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [AalenJohansenFitter(seed=s).fit([1, 1, 2, 2, 3, 4], [1, 2, 1, 0, 2, 1], 1) for s in range(8)]
    ends = sorted({round(float(f.cumulative_density_.iloc[-1, 0]), 4) for f in fits})
    assert len(ends) > 1
    assert not {0.5833} >= set(ends)
    return f"share of cause 1 at the end, by seed: {ends}"


def row_lifelines_after_the_last():
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    fitted = KaplanMeierFitter().fit([1, 2, 3, 4], [1, 1, 0, 0])
    seen = [float(fitted.predict(1000.0)), float(restricted_mean_survival_time(fitted, t=1000.0))]
    assert seen == [0.5, 1.0 + 0.75 + 0.5 * 998.0]
    return f"share at 1000, mean until 1000: {seen}"


def row_statsmodels_missing_p():
    from statsmodels.stats.multitest import multipletests

    given = [0.01, 0.04, float("nan"), 0.03]
    holm = multipletests(given, method="holm")[1]
    rejected, adjusted, *_ = multipletests(given, method="fdr_bh")
    assert [round(p, 9) for p in holm[[0, 1, 3]]] == [0.04, 0.09, 0.09]
    assert (adjusted != adjusted).all()
    assert rejected.any()
    return f"holm: {holm.tolist()}; fdr_bh: {adjusted.tolist()}, rejected {rejected.tolist()}"
