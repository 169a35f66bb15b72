"""A patient: what was said of him, and what the default patient of his aetiology and stage fills in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.patients.fields import patient_fields
from jakstat.patients.recist import sphere_volume
from jakstat.patients.scores import albi, albi_grade, bclc_stage, child_pugh, child_pugh_class

__all__ = ["Patient", "default_rows", "make_patient"]

_ANY = "any"
_LESION = "lesion_"
_CELLS = {"hcc": "hepg2", "osteosarcoma": "osteosarcoma_u2os"}
_GRADES = {"ascites": ("none", "slight", "moderate"), "encephalopathy": ("none", "mild", "severe")}


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient, complete.

    Parameters
    ----------
    title, disease, aetiology, stage, cell : str
        ``stage`` is that of the default patient; :attr:`bclc` is worked out.
    numbers : mapping of str to float
        Every number in the unit of its field, flags and sex (``female``) as 0 or 1.
    lesions : tuple of float
        Diameters of the target lesions in mm.
    said : frozenset of str
        Names of what was told; the rest comes from the default patient.
    rows : mapping of str to Row
        The rows of the default patient that were used.
    """

    title: str
    disease: str
    aetiology: str
    stage: str
    cell: str
    numbers: Mapping[str, float]
    lesions: tuple[float, ...]
    said: frozenset[str]
    rows: Mapping[str, Row]

    @property
    def volume(self) -> float:
        """Volume of all target lesions, taken as spheres, in mL."""
        return float(sphere_volume(self.lesions).sum())

    @property
    def sum_of_diameters(self) -> float:
        """Of the target lesions, in mm."""
        return sum(self.lesions)

    @property
    def albi(self) -> float:
        """ALBI score."""
        return albi(self.numbers["albumin"], self.numbers["bilirubin"])

    @property
    def child_pugh(self) -> int:
        """Child-Pugh points."""
        keys = ("albumin", "bilirubin", "INR", "ascites", "encephalopathy")
        return child_pugh(*(self.numbers[k] for k in keys))

    @property
    def bclc(self) -> str:
        """BCLC stage of what is known; empty for another disease."""
        if self.disease != "hcc":
            return ""
        spread = self.numbers["vascular_invasion"] + self.numbers["metastases"] > 0
        return bclc_stage(self.lesions, self.numbers["ECOG"], self.child_pugh, spread=spread)

    def usual(self, keys: Iterable[str]) -> Patient:
        """The same patient with the numbers of the default patient for some keys.

        Examples
        --------
        >>> make_patient({"CD8": 4.0, "TAM": 2.0}).usual(["CD8"]).numbers["CD8"]
        1.0
        """
        rows = default_rows(self.disease, self.aetiology, self.stage)
        return replace(self, numbers={**self.numbers, **{key: rows[key].value for key in keys}})

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources of what the default patient filled in."""
        return tuple(sorted({row.source for row in self.rows.values()}))

    def told(self) -> str:
        """The patient in one line.

        Examples
        --------
        >>> make_patient({"aetiology": "HCV", "stage": "C"}).told()
        'man of 67, 70 kg, HCC on HCV, BCLC C, Child-Pugh A5, ALBI -2.23 (grade 2), lesions 70, 30, 20 mm'
        """
        n = self.numbers
        who = f"{'woman' if n['female'] else 'man'} of {n['age']:g}, {n['weight']:g} kg"
        liver = "" if self.aetiology in ("none", "") else f" on {self.aetiology}"
        what = "osteosarcoma" if self.disease == "osteosarcoma" else f"HCC{liver}, BCLC {self.bclc}"
        if self.disease != "hcc":
            points = f"albumin {n['albumin']:g} g/L"
        else:
            points = f"Child-Pugh {child_pugh_class(self.child_pugh)}{self.child_pugh}"
            points += f", ALBI {self.albi:.2f} (grade {albi_grade(self.albi)})"
        lesions = (
            f"lesion{'s' if len(self.lesions) > 1 else ''} {', '.join(f'{d:g}' for d in self.lesions)} mm"
        )
        return ", ".join([*([self.title] if self.title else []), who, what, points, lesions])


@lru_cache(maxsize=1)
def _table() -> tuple[Row, ...]:
    text = files("jakstat.patients").joinpath("default_patients.csv").read_text(encoding="utf-8")
    return read_table(text, file="patients/default_patients.csv", leading=("aetiology", "stage"))


def default_rows(disease: str, aetiology: str, stage: str) -> Mapping[str, Row]:
    """The numbers of a default patient; what is said of an aetiology comes after what is said of a stage.

    Examples
    --------
    >>> default_rows("hcc", "HBV", "A")["doubling_time"].source
    'an2015'
    """
    head = aetiology if disease == "hcc" else disease
    found: dict[str, Row] = {}
    for of, at in ((_ANY, _ANY), (_ANY, stage), (head, _ANY), (head, stage)):
        found.update({row.id: row for row in _table() if row.key == (of, at)})
    if disease != "hcc":  # its lesions are its own, not those of a stage of liver cancer
        own = {row.id for row in _table() if row.key[0] == head}
        of_stage = {row.id for row in _table() if row.key == (_ANY, stage)}
        base = {row.id: row for row in _table() if row.key == (_ANY, _ANY)}
        found = {k: r for k, r in found.items() if k in own or k not in of_stage} | {
            k: base[k] for k in of_stage - own if k in base
        }
    return MappingProxyType(found)


def make_patient(given: Mapping[str, object]) -> Patient:
    """A patient of checked values by the last word of their key; the rest is that of the default patient.

    Parameters
    ----------
    given : mapping
        Numbers in the unit of their field, choices as text, ``lesions`` as a sequence of mm.

    Examples
    --------
    >>> one = make_patient({"aetiology": "HBV", "lesions": [30.0], "ascites": "slight"})
    >>> one.bclc, one.child_pugh, round(one.volume, 1)
    ('A', 6, 14.1)
    """
    disease = str(given.get("disease", "hcc"))
    aetiology, stage = str(given.get("aetiology", "none")), str(given.get("stage", "B"))
    rows = default_rows(disease, aetiology, stage)
    numbers = {key: row.value for key, row in rows.items() if not key.startswith(_LESION)}
    plain = {f.key for f in patient_fields().values() if f.kind in ("number", "whole", "flag")} - {"sum"}
    numbers.update({key: float(str(value)) for key, value in given.items() if key in plain})
    for key, words in _GRADES.items():
        if key in given:
            numbers[key] = float(words.index(str(given[key])))
    if "sex" in given:
        numbers["female"] = float(given["sex"] == "female")
    lesions = _lesions(given, [row.value for key, row in rows.items() if key.startswith(_LESION)])
    told = frozenset(given) | ({"female"} if "sex" in given else set())
    size = {"lesions", "sum"} & set(given)
    used = {k: r for k, r in rows.items() if k not in told and not (size and k.startswith(_LESION))}
    cell = str(given.get("cell", _CELLS[disease]))
    return Patient(
        title=str(given.get("title", "")),
        disease=disease,
        aetiology=aetiology,
        stage=stage,
        cell=cell,
        numbers=MappingProxyType(numbers),
        lesions=lesions,
        said=told,
        rows=MappingProxyType(used),
    )


def _lesions(given: Mapping[str, object], default: Sequence[float]) -> tuple[float, ...]:
    """The lesions told; those of the default patient in proportion where only their sum is."""
    told = given.get("lesions")
    if isinstance(told, list | tuple):
        return tuple(float(d) for d in told)
    scale = float(str(given["sum"])) / sum(default) if "sum" in given else 1.0
    return tuple(d * scale for d in default)
