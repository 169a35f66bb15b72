"""The reader of measured concentrations: units, individuals, samples, doses, or every problem."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jakstat.errors import InputError, Problem, problem
from jakstat.numbers import read_number
from jakstat.pharmacology.nonmem import compartments
from jakstat.pharmacology.observed_data import ConcentrationProfile, ObservedConcentrations, ObservedSubject
from jakstat.pharmacology.observed_rows import (
    ROUTES,
    ReadingOrder,
    event_profiles,
    individuals,
    sheet_profiles,
)
from jakstat.pharmacology.observed_table import COVARIATE_NAMES, is_event_table, observed_table
from jakstat.pharmacology.observed_times import record_hours
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.tables import Table, TableLine
from jakstat.units import Kind, convert, kind_of, parse_quantity

__all__ = ["ObservedReading", "read_observed"]

_MOST_PROBLEMS = 50
_PER = re.compile(r"(.+?)\s*/\s*(kg|m2|m\^2|m²)")
_BY = {"kg": "weight", "m2": "BSA", "m^2": "BSA", "m²": "BSA"}
_USED = ("ID", "TIME", "DV", "DOSE", "AMT", "RATE", "DUR", "ADDL", "II", "SS", "CMT", "EVID", "MDV", "BLQ",
         "LLOQ", "ROUTE", "OCC", "DATE", "DAT1", "DAT2", "DAT3")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ObservedReading:
    """How a data set is to be read; what is empty is told by the file, or taken as usual.

    Parameters
    ----------
    unit, time_unit, dose_unit : str
        Of concentrations (mg/L), times (h) and doses (mg, mg/kg).
    route : str
        PO, SC, IV, infusion.
    dose, duration, dose_time, interval : str
        ``320 mg``, ``30 min``, ``0 h``; ``interval`` (``24 h``) says that a spreadsheet's samples are of one
        interval at steady state.
    lloq : float, optional
        Limit of quantification, in the unit of the concentrations.
    log_values : bool
        Whether DV is the logarithm of a concentration.
    compartment : int, optional
        CMT whose observations are meant.
    ignore, columns : tuple of str
        As :func:`jakstat.pharmacology.observed_table.observed_table`.
    sheet : str, optional
    """

    unit: str = ""
    time_unit: str = ""
    dose_unit: str = ""
    route: str = ""
    dose: str = ""
    duration: str = ""
    dose_time: str = ""
    interval: str = ""
    lloq: float | None = None
    log_values: bool = False
    compartment: int | None = None
    ignore: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sheet: str | None = None


def read_observed(
    data: object, reading: ObservedReading | None = None, *, drug: str | None = None
) -> ObservedConcentrations:
    """The samples and doses of a NONMEM data set or a spreadsheet.

    Parameters
    ----------
    data : path, DataFrame, or rows
    reading : ObservedReading, optional
    drug : str, optional
        Of the library: its molar mass and routes are used.

    Raises
    ------
    InputError
        Every problem with its line: ``observed.*``, ``dose-table.*``, those of the table and of units.

    Examples
    --------
    >>> rows = {"subject": [1, 1, 1], "time": [0, 1, 4], "conc (ng/mL)": ["BLQ", 900, 300], "dose": [5, 5, 5]}
    >>> found = read_observed(rows)
    >>> found.samples, found.subjects[0].profiles[0].values.round(3).tolist()
    (3, [nan, 0.9, 0.3])
    """
    asked = reading or ObservedReading()
    model = None if drug is None else pk_model(drug)
    table = observed_table(data, ignore=asked.ignore, columns=asked.columns, sheet=asked.sheet)
    events = is_event_table(table)
    order, unit, said = _order(table, asked, model, events=events)
    blocks, notes = individuals(table, events=events)
    _check_compartments(table, asked, events=events)
    hours, faults, clock = record_hours(table, [lines for _, lines in blocks], per_unit=order.hours)
    notes += [clock] if clock else []
    subjects: list[ObservedSubject] = []
    counts = [0, 0]
    places = dict(compartments(model)) if model is not None else None
    for name, lines in blocks:
        if len(faults) >= _MOST_PROBLEMS:
            break
        if events:
            profiles, left = event_profiles(table, name, lines, hours, order, faults, places)
        else:
            numbers = {place: k for k, place in (places or {}).items()}
            profiles, left = sheet_profiles(table, name, lines, hours, order, faults, numbers)
        counts = [a + b for a, b in zip(counts, left, strict=True)]
        _check_twice(table, profiles, faults)
        if profiles:
            subjects.append(ObservedSubject(name, tuple(profiles), _covariates(table, lines)))
    if faults:
        raise InputError(sorted(faults[:_MOST_PROBLEMS], key=lambda p: (p.line or 0, p.column or 0)))
    if not subjects:
        hint = "EVID 0 and MDV 0 mark samples" if events else "the column of concentrations is empty"
        raise problem("observed.empty", "the table holds no concentration", file=table.file, hint=hint)
    notes = [
        *table.notes,
        *said,
        *notes,
        *_left_out(counts),
        *_doses_said(subjects, asked, model),
    ]
    notes += _unused(table)
    return ObservedConcentrations(
        table.file, table.key, tuple(subjects), unit, len(table.lines), tuple(notes)
    )


def _order(
    table: Table, asked: ObservedReading, model: PkModel | None, *, events: bool
) -> tuple[ReadingOrder, str, list[str]]:
    """How cells become mg/L, h and mg; the unit of concentrations; and what is said of it."""
    unit = asked.unit or table.units.get("DV", "")
    times = asked.time_unit or table.units.get("TIME", "")
    doses = asked.dose_unit or table.units.get("AMT" if events else "DOSE", "")
    taken = [n for n, u in (("concentrations mg/L", unit), ("times h", times), ("doses mg", doses)) if not u]
    value, shown = _per_value(unit or "mg/L", model)
    hours = _factor(times or "h", "h", Kind.TIME, "--time-unit", "h, min or day")
    amount, by = _dose_unit(doses or "mg")
    dose, dose_by = (None, "") if not asked.dose else _dose_each(asked.dose)
    has_dose = any(n in table.columns for n in ("DOSE", "AMT"))
    if dose is not None and has_dose:
        hint = "leave --dose out, or the column"
        raise problem("observed.dose", "the file has doses, and --dose gives one", field="--dose", hint=hint)
    if not has_dose and dose is None:
        taken = [n for n in taken if not n.startswith("doses")]
    route, duration, given = _given(table, asked, model, events=events)
    clock = any(":" in line.cells.get("TIME", "") for line in table.lines)
    taken = [n for n in taken if not (clock and n.startswith("times"))]
    order = ReadingOrder(
        hours=hours,
        value=value,
        dose=amount,
        dose_by=by or dose_by,
        lloq=None if asked.lloq is None else _positive(asked.lloq) * value,
        log_values=asked.log_values,
        compartment=asked.compartment,
        route=route,
        duration_h=duration,
        dose_each=dose,
        dose_time_h=_hours(asked.dose_time, "--dose-time") or 0.0,
        interval_h=_hours(asked.interval, "--interval"),
    )
    said = (
        [f"units as given: {', '.join(u for u in (unit, times, doses) if u)}"]
        if unit or times or doses
        else []
    )
    said += [f"taken as: {', '.join(taken)}"] if taken else []
    said += given
    return order, shown, said


def _positive(value: float) -> float:
    if not value > 0:
        raise problem("observed.limit", f"the limit is {value:g}", field="--lloq", hint="a number above 0")
    return value


def _per_value(unit: str, model: PkModel | None) -> tuple[float, str]:
    kind = kind_of(unit)
    if kind is Kind.MASS_CONCENTRATION:
        return convert(1.0, unit, "mg/L"), "mg/L"
    if kind is Kind.MOLAR:
        nanomolar = convert(1.0, unit, "nM")
        return (nanomolar, "nM") if model is None else (nanomolar * model.molar_mass * 1e-6, "mg/L")
    hint = "mg/L, ng/mL, ug/mL, nM"
    raise problem("observed.unit", f"{unit[:20]!r} is no concentration", field="--unit", hint=hint)


def _factor(unit: str, target: str, kind: Kind, field: str, hint: str) -> float:
    if kind_of(unit) is not kind:
        raise problem("observed.unit", f"{unit[:20]!r} is not {kind.value}", field=field, hint=hint)
    return convert(1.0, unit, target)


def _dose_unit(unit: str) -> tuple[float, str]:
    """Milligrams in a unit of dose, and by what it is given."""
    match = _PER.fullmatch(unit)
    plain, by = (match[1], _BY[match[2]]) if match else (unit, "")
    return _factor(plain, "mg", Kind.MASS, "--dose-unit", "mg, ug, g, mg/kg or mg/m2"), by


def _dose_each(text: str) -> tuple[float, str]:
    match = _PER.fullmatch(text.strip())
    hint = "e.g. 320 mg or 5 mg/kg"
    try:
        quantity = parse_quantity(match[1] if match else text, field="--dose", hint=hint)
    except InputError as error:
        raise InputError(replace(p, hint=hint) for p in error.problems) from None
    if quantity.kind is not Kind.MASS or not quantity.value > 0:
        raise problem("observed.dose", f"{text[:20]!r} is no dose", field="--dose", hint=hint)
    return quantity.to("mg"), _BY[match[2]] if match else ""


def _hours(text: str, field: str) -> float | None:
    if not text:
        return None
    quantity = parse_quantity(text, field=field, hint="e.g. 24 h")
    if quantity.kind is not Kind.TIME or quantity.value < 0:
        raise problem("observed.time", f"{text[:20]!r} is no time", field=field, hint="e.g. 24 h")
    return quantity.to("h")


def _route(text: str) -> str:
    if not text:
        return ""
    found = ROUTES.get(text.strip().casefold())
    if found is None:
        hint = "PO, SC, IV (a bolus) or infusion"
        raise problem("observed.route", f"{text[:20]!r} is no route", field="--route", hint=hint)
    return found


def _given(
    table: Table, asked: ObservedReading, model: PkModel | None, *, events: bool
) -> tuple[str, float | None, list[str]]:
    """How doses are given, by the options; where they leave it open, by the only route of the drug."""
    route, duration = _route(asked.route), _hours(asked.duration, "--duration")
    notes: list[str] = []
    if model is None or events or "ROUTE" in table.columns:
        return route, duration, notes
    if not route:
        if len(model.routes) > 1:
            hint = f"--route {' or '.join(model.routes)}"
            raise problem("observed.route", f"{model.name} is given by several routes", hint=hint)
        (name,) = model.routes
        route = ROUTES[name.casefold()]
        notes.append(f"route of {model.name}: {name}")
    length = model.number("infusion", "h")
    at_once = asked.route.strip().casefold() in ("bolus", "iv bolus") or "DUR" in table.columns
    if route != "extravascular" and duration is None and length and not at_once:
        duration = length
        notes.append(f"infusions of {length:g} h, as the drug's table says (--duration, --route bolus)")
    return route, duration, notes


def _check_compartments(table: Table, asked: ObservedReading, *, events: bool) -> None:
    """Samples of several compartments or kinds are told apart by the caller."""
    if not events or asked.compartment is not None:
        return
    kind = "DVID" if "DVID" in table.columns else "CMT"
    seen: dict[str, int] = {}
    for line in table.lines:
        dose = read_number(line.cells.get("EVID", "0") or "0") not in (None, 0.0)
        dose = dose or bool(read_number(line.cells.get("AMT", "")))
        if kind in line.cells and not dose and read_number(line.cells.get("DV", "")) is not None:
            seen.setdefault(line.cells[kind], line.number)
    if len(seen) > 1:
        message = f"samples of {kind} {', '.join(sorted(seen))} stand together"
        hint = "say --cmt 2, say" if kind == "CMT" else "leave the others out: --ignore DVID.NE.1"
        at = sorted(seen.values())[1]
        raise problem("observed.compartment", message, file=table.file, line=at, field=kind, hint=hint)


def _check_twice(table: Table, profiles: Sequence[ConcentrationProfile], faults: list[Problem]) -> None:
    for profile in profiles:
        for k in range(1, len(profile.times)):
            if profile.times[k] == profile.times[k - 1] and profile.before[k] == profile.before[k - 1]:
                first, second = sorted((int(profile.lines[k - 1]), int(profile.lines[k])))
                said = f"{profile.label} has another concentration at {profile.times[k]:g} h, in line {first}"
                hint = "give their mean; name a column occasion, or take one analyte with --ignore"
                line = TableLine(second, {})
                faults.append(table.cell(line, "TIME").fault("observed.twice", said, hint))


def _covariates(table: Table, lines: Sequence[TableLine]) -> Mapping[str, float]:
    """The first number of each covariate."""
    found: dict[str, float] = {}
    for name in table.columns:
        if name in _USED:
            continue
        for line in lines:
            value = read_number(line.cells.get(name, ""))
            if value is not None:
                found[name] = value
                break
    return found


def _left_out(counts: Sequence[int]) -> list[str]:
    words = [f"{counts[0]} sample{'s' * (counts[0] != 1)} without a value"] if counts[0] else []
    words += (
        [f"{counts[1]} record{'s' * (counts[1] != 1)} of other compartments or events"] if counts[1] else []
    )
    return [f"left out: {', '.join(words)}"] if words else []


def _doses_said(
    subjects: Sequence[ObservedSubject], asked: ObservedReading, model: PkModel | None
) -> list[str]:
    profiles = [p for s in subjects for p in s.profiles]
    routes = sorted({p.route for p in profiles if p.doses})
    without = sum(not p.doses for p in profiles)
    notes = [f"doses: {', '.join(routes)}"] if routes else []
    told = asked.route or model is not None
    if routes == ["extravascular"] and not told:
        notes = ["doses: taken as extravascular (--route IV for a bolus, --duration for an infusion)"]
    if without:
        hint = "" if asked.dose else " (--dose gives one)"
        notes.append(f"{without} profile{'s' * (without != 1)} without a dose: no clearance, no volume{hint}")
    return notes


def _unused(table: Table) -> list[str]:
    known = {*_USED, *COVARIATE_NAMES}
    others = [n for n in table.columns if n and n not in known]
    return [f"columns not used: {', '.join(others)[:200]}"] if others else []
