"""A trial's document as `trial.json` has it, made by hand: deaths are exponential, drugs work a little."""

import numpy as np


def kaplan_meier(time, event):
    """Months, share, 95 % band on the log scale (Greenwood)."""
    months, share, var, at = [0.0], [1.0], 0.0, 1.0
    low, high = [1.0], [1.0]
    for t in np.unique(time[event]):
        n, d = int((time >= t).sum()), int((event & (time == t)).sum())
        at *= 1.0 - d / n
        var += d / (n * max(n - d, 1))
        months.append(float(t))
        share.append(at)
        low.append(at * np.exp(-1.96 * np.sqrt(var)))
        high.append(min(1.0, at * np.exp(1.96 * np.sqrt(var))))
    return months, share, low, high


def arm_of(time, event, until):
    months, share, low, high = kaplan_meier(time, event)
    half = next((m for m, s in zip(months, share, strict=True) if s <= 0.5), None)
    grid = [float(m) for m in range(0, int(until) + 1, 3)]
    return {
        "n": len(time),
        "events": int(event.sum()),
        "median_months": half,
        "median_rule": "first time at or below 0.5",
        "low": None if half is None else half * 0.85,
        "high": None if half is None else half * 1.2,
        "curve": {
            "months": months,
            "share": share,
            "low": low,
            "high": high,
            "censored_months": sorted(float(t) for t in time[~event] if t < until),
            "at_risk": {"months": grid, "n": [int((time >= m).sum()) for m in grid]},
        },
        "rmst_months": float(np.minimum(time, until).mean()),
    }


def endpoint(rng, arms, n, scale, ratio, until):
    found = {"arms": {}, "compared": {}}
    for k, name in enumerate(arms):
        life = rng.exponential(scale / ratio**k, n)
        lost = rng.exponential(60.0, n)
        time = np.minimum(np.minimum(life, lost), until)
        found["arms"][name] = arm_of(time, life <= np.minimum(lost, until), until)
        if k:
            hr = ratio**k
            found["compared"][name] = {
                "hazard_ratio": hr,
                "cox_low": hr * 0.8,
                "cox_high": hr * 1.25,
                "log_rank_p": 0.004,
                "rmst_difference": 1.9,
                "counterfactual_hazard_ratio": {
                    "value": hr * 1.02,
                    "interval": None,
                    "why": "the same patients in both arms: their spread says nothing of a trial",
                },
                "sampling": {"low": hr * 0.78, "high": hr * 1.27, "level": 0.9, "trials": 500},
                "model": {
                    "low": hr * 0.9,
                    "high": hr * 1.14,
                    "level": 0.9,
                    "vectors": 16,
                    "options": [
                        {
                            "burden": b,
                            "era": e,
                            "residual": "",
                            "hazard_ratio": hr * f,
                            "median_months": dict.fromkeys(arms, m),
                        }
                        for b, f in (("beta_low", 0.97), ("beta_middle", 1.0), ("beta_high", 1.03))
                        for e, m in (("era_none", 8.4), ("era_progressed", 11.2), ("era_tumour", 12.6))
                    ],
                },
            }
    return found


def question_of(arms, patients):
    return {
        "name": "sorafenib and siltuximab in advanced disease",
        "disease": "hcc",
        "population": "sharp",
        "patients": patients,
        "size": 602,
        "seed": 1,
        "primary": "OS",
        "control": arms[0],
        "arms": [
            {
                "name": a,
                "allocation": 1.0,
                "regimen": ["sorafenib 400 mg PO BID"] if k else [],
                "rules": ["on progression: stop", "on toxicity: reduce sorafenib by 50 %"] if k else [],
            }
            for k, a in enumerate(arms)
        ],
        "lines": [],
        "visits_h": [0.0, *(1008.0 * k for k in range(1, 17))],
        "until_h": 24 * 730.5,
        "endpoints": ["OS", "TTP", "PFS", "ORR", "DCR", "DoR", "toxicity"],
        "strata": [{"number": "pSTAT3_bulk", "cut": None, "randomised": False}],
        "eligible": [{"number": "IL6", "low": 1.0, "high": None}],
        "accrual_h": 14 * 730.5,
        "closes_h": None,
        "dropout": 2e-5,
        "enrolled": 2006.0,
        "burden": "beta_middle",
        "era": "era_none",
        "resected_h": None,
        "residual": [],
        "mean_rate": False,
        "biomarkers": ["CRP", "AFP"],
        "courses": 24,
        "drugs": ["sorafenib", "siltuximab"],
    }


def patients_of(rng, arms, n):
    waterfall, spider = [], []
    for k, arm in enumerate(arms):
        change = np.clip(rng.normal(18.0 - 16.0 * k, 24.0, n), -100.0, 160.0)
        for i, c in enumerate(change):
            best = "CR" if c <= -99 else "PR" if c <= -30 else "PD" if c >= 20 else "SD"
            waterfall.append({"patient": 2 * i + k, "arm": arm, "change_percent": float(c), "best": best})
            if i < 18:
                weeks = [0.0, 6.0, 12.0, 18.0, 24.0]
                spider.append(
                    {
                        "patient": 2 * i + k,
                        "arm": arm,
                        "weeks": weeks,
                        "best": best,
                        "change_percent": [float(c * w / 24.0) for w in weeks],
                    }
                )
    return waterfall, spider


def trial_document_by_hand(arms=("placebo", "sorafenib", "sorafenib + siltuximab"), n=240, seed=1):
    """Every part of `trial.json`, of patients drawn from exponential distributions."""
    rng = np.random.default_rng(seed)
    arms = list(arms)
    waterfall, spider = patients_of(rng, arms, n)
    ends = {"OS": (12.0, 0.75), "PFS": (5.0, 0.65), "TTP": (5.5, 0.62)}
    endpoints = {name: endpoint(rng, arms, n, *of, 24.0) for name, of in ends.items()}
    endpoints["ORR"] = {
        "arms": {
            a: {"n": n, "responders": 3 + 6 * k, "share": (3 + 6 * k) / n, "low": 0.005, "high": 0.08}
            for k, a in enumerate(arms)
        },
        "compared": {a: {"risk_difference": 0.02, "low": -0.01, "high": 0.05} for a in arms[1:]},
    }
    weeks = [0.0, 6.0, 12.0, 18.0]
    biomarkers = {
        "CRP": {
            "unit": "mg/L",
            "title": "C-reactive protein",
            "arms": {
                a: {
                    "visit_weeks": weeks,
                    "n": [n, n - 20, n - 50, n - 90],
                    "median": [9.0, 9.0 - 3 * k, 8.0 - 2 * k, 10.0 - 3 * k],
                    "q25": [4.0, 3.5 - k, 3.0 - k, 4.0 - k],
                    "q75": [21.0, 20.0 - 5 * k, 19.0 - 5 * k, 22.0 - 5 * k],
                }
                for k, a in enumerate(arms)
            },
        },
        "pSTAT3_stem": {
            "unit": "zmol",
            "arms": {
                a: {
                    "visit_weeks": weeks,
                    "n": [n] * 4,
                    "median": [60.0, 20.0, 22.0, 25.0],
                    "q25": [40.0] + [9.0] * 3,
                    "q75": [80.0] + [33.0] * 3,
                }
                for a in arms
            },
        },
        "AFP": {
            "unit": "ng/ml",
            "title": "alpha-fetoprotein",
            "arms": {
                a: {
                    "visit_weeks": weeks,
                    "n": [n] * 4,
                    "median": [70.0, 90.0, 120.0, 150.0],
                    "q25": [10.0] * 4,
                    "q75": [700.0, 900.0, 1300.0, 2200.0],
                }
                for a in arms
            },
        },
    }
    return {
        "question": question_of(arms, n),
        "arms": arms,
        "flow": {
            a: {
                "simulated": n,
                "assigned": n // len(arms),
                "treated": n // len(arms) if k else 0,
                "progressed": n // 4,
                "died": n // 5,
                "lost": 6,
                "failed": 1,
                "quarantined": 0,
                "switched": 0,
                "stopped": n // 4,
            }
            for k, a in enumerate(arms)
        },
        "population": {
            "n": n,
            "effective_sample_size": n * 0.83,
            "baseline": [
                {
                    "name": "age",
                    "unit": "a",
                    "arms": {a: {"median": 64.0, "q25": 57.0, "q75": 71.0} for a in arms},
                },
                {
                    "name": "IL6",
                    "unit": "pg/ml",
                    "arms": {a: {"median": 8.1, "q25": 3.9, "q75": 17.0} for a in arms},
                },
            ],
        },
        "endpoints": endpoints,
        "toxicity": {
            "arms": {
                a: {
                    "n": n,
                    "events": 20 * k,
                    "share": 20 * k / n,
                    "low": 0.1,
                    "high": 0.2,
                    "by_drug": {"sorafenib": 20 * k},
                }
                for k, a in enumerate(arms)
            }
        },
        "biomarkers": biomarkers,
        "strata": {
            "pSTAT3_bulk": {
                "number": "pSTAT3_bulk",
                "unit": "zmol",
                "cut": 0.31,
                **{
                    s: {
                        "n": n // 2,
                        "endpoints": {e: endpoint(rng, arms, n // 2, *of, 24.0) for e, of in ends.items()},
                    }
                    for s in ("low", "high")
                },
            }
        },
        "waterfall": waterfall,
        "spider": spider,
        "pathway": [
            {
                "title": f"{arms[-1]}: responders over others, at the first visit",
                "first": "others",
                "second": "responders",
                "values": {
                    "IL6_serum": {"unit": "pg/ml", "first": 8.0, "second": 4.0, "ratio": 0.5},
                    "pSTAT3_bulk": {"unit": "zmol", "first": 0.2, "second": 0.5, "ratio": 2.5},
                    "age": {"unit": "year", "first": 61.0, "second": 66.0, "ratio": 66.0 / 61.0},
                },
            }
        ],
        "evidence": {},
        "credibility": {},
        "failed": [{"patient": 17, "arm": arms[0], "outcome": "STEP_SIZE"}],
        "manifest": {
            "kind": "trial",
            "version": "0.1.0",
            "key": "ab" * 32,
            "inputs": {"seed": 1, "trial": {"trial": "x"}},
            "sources": ["sharp_review", "nathani2021"],
            "libraries": {"python": "3.12.3", "numpy": "2.4.0"},
        },
    }
