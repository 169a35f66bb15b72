"""The untreated control of an experiment with drugs: the same cells, stimuli and times without any of them.

Treated and untreated run on one model in one batch, so that they differ in the drug alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import peak, value_at, window
from jakstat.experiment.lanes import Bench
from jakstat.experiment.protocol import Protocol
from jakstat.pharmacology import agent

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["beside_control", "control_name", "control_of", "with_control"]


def control_of(protocol: Protocol) -> tuple[str, ...]:
    """The drugs and treatments that the untreated control lacks, by the names of the library.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> control_of(make_protocol("hepg2", stimuli="IL6=10ng/ml", drugs="Jakafi=500nM"))
    ('ruxolitinib',)
    """
    names = [a.name for a in protocol.drugs] + [t.name for t in protocol.treatments]
    return tuple(dict.fromkeys(agent(name).name for name in names))


def control_name(readout: str) -> str:
    """The variable that holds a readout of the untreated control."""
    return f"{readout}_control"


def with_control(bench: Bench) -> Bench:
    """The bench with every lane a second time, behind the others and untreated.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> from jakstat.experiment.lanes import bench_for
    >>> p = make_protocol("hepg2", stimuli="IL6=1nM", drugs="ruxolitinib=1uM", parts="core")
    >>> both = with_control(bench_for(p))
    >>> [sorted({dose.target for dose in lane}) for lane in both.plan.doses]
    [['IL6', 'ruxolitinib'], ['IL6']]
    """
    plan = bench.plan
    given = {agent(name).model_symbol for name in control_of(bench.protocol)}
    bare = tuple(tuple(dose for dose in lane if dose.target not in given) for lane in plan.doses)
    twice = {name: np.tile(v, 2) if len(v) > 1 else v for name, v in plan.parameters.items()}
    return replace(bench, plan=replace(plan, doses=(*plan.doses, *bare), parameters=twice))


def beside_control(result: AnyDataset) -> dict[str, dict[str, Any]]:
    """Each readout beside the untreated control's, at their peaks from time 0 on and at the end.

    A series that is read at a time is compared then and not at the peaks.

    Returns
    -------
    dict of readout to dict
        ``peak`` (or ``read``) and ``end``, each ``treated``, ``control``, ``fold`` and ``percent`` (of
        control), arrays (lanes,). NaN where a simulation failed or the control is 0.

    Examples
    --------
    >>> from jakstat.experiment.run import simulate
    >>> r = simulate("hepg2", "IL6=10ng/ml", "ruxolitinib=100uM", observe="pSTAT3", points=25, parts="core")
    >>> bool(beside_control(r)["pSTAT3"]["peak"]["percent"][0] < 5)
    True
    """
    time, read = result["time"].values, result.attrs.get("read_at_h")
    found: dict[str, dict[str, Any]] = {}
    for name in (str(n) for n in result.data_vars if control_name(str(n)) in result):
        both = [np.asarray(result[n].values, dtype=float) for n in (name, control_name(name))]
        if read is None:
            first = {"peak": [peak(*window(time, values, 0.0)) for values in both]}
        else:
            first = {"read": [value_at(time, values, read) for values in both]}
        ends = {**first, "end": [values[:, -1] for values in both]}
        found[name] = {when: _compared(*values) for when, values in ends.items()}
    return found


def _compared(treated: Floats, control: Floats) -> Mapping[str, Floats]:
    fold = np.divide(treated, control, out=np.full(len(treated), np.nan), where=control != 0)
    return {"treated": treated, "control": control, "fold": fold, "percent": 100.0 * fold}
