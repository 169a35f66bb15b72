"""Cohorts as files, and where the patients of a trial come from.

A cohort is a Parquet file with a row for each patient. Its metadata say how it was made, under a seal, with
the content key of the rows and the SHA-256 of the whole file (64 zeros in its own place): a file of which a
bit has turned is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, problem
from jakstat.extras import needs
from jakstat.identity import content_key
from jakstat.limits import LIMITS
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_making import MadeCohort, make_cohort
from jakstat.population.margins import population_names
from jakstat.population.patient_numbers import patient_numbers
from jakstat.population.population_file import read_population
from jakstat.store import NOTICE, json_ready, manifest, seal, write_bytes
from jakstat.tables import is_file, read_file

with needs("trial"):
    import pyarrow as pa
    from pyarrow import parquet

__all__ = [
    "cohort_manifest",
    "cohort_table",
    "patients_of",
    "read_cohort",
    "write_cohort",
]

_FORMAT = 1
_FILE, _EMPTY = "file_key", "0" * 64
_KEY = b"jakstat.cohort"
_FIRST = "first_visit."
_LESION = "lesion_"
_WEIGHT = "prevalence_weight"
_PLAIN = ("patient", "aetiology", _WEIGHT)
_ENDINGS = (".yaml", ".yml", ".parquet")


def cohort_table(patients: Cohort) -> pa.Table:
    """A cohort as a table, units in the metadata of its columns.

    Examples
    --------
    >>> table = cohort_table(cohort("sharp", 3, seed=1))
    >>> table.num_rows, table.schema.field("IL6").metadata[b"unit"]
    (3, b'pg/ml')
    """
    columns: dict[str, Any] = {
        "patient": np.array(patients.ids, dtype=np.int64),
        "aetiology": patients.aetiology.astype(str),
        _WEIGHT: patients.weights,
        **patients.numbers,
        **{f"{_LESION}{k + 1}": patients.lesions[:, k] for k in range(patients.lesions.shape[1])},
        **{f"{_FIRST}{name}": values for name, values in patients.first_visit.items()},
    }
    fields = [_field(name) for name in columns]
    arrays = [pa.array(v, type=field.type) for v, field in zip(columns.values(), fields, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))


def _field(name: str) -> pa.Field:
    known = patient_numbers().get(name.removeprefix(_FIRST))
    unit = "mm" if name.startswith(_LESION) else "" if known is None else known.unit
    kinds = {"patient": pa.int64(), "aetiology": pa.string()}
    kind = kinds.get(name, pa.float64())
    return pa.field(name, kind, nullable=False, metadata={"unit": unit} if unit else None)


def cohort_manifest(made: MadeCohort, count: int) -> dict[str, object]:
    """What decides a cohort."""
    people = made.plan.people
    sources = {row.source for row in (*people.rows.values(), *people.correlations.values())}
    inputs = {
        "population": people.name,
        "like": people.like,
        "sampling": people.sampling,
        "population_key": made.plan.key,
        "patients": count,
        "seed": made.patients.seed,
    }
    return manifest("cohort", inputs, sources=sorted(sources)).to_dict()


def write_cohort(made: MadeCohort, path: str | Path, *, asked: int, replace: bool = False) -> Path:
    """Write a cohort to a Parquet file, all of it or nothing.

    Parameters
    ----------
    made : MadeCohort
    path : path
    asked : int
        How many patients were wanted.
    replace : bool

    Raises
    ------
    InputError
        As :func:`jakstat.store.writing`.

    Examples
    --------
    >>> import tempfile
    >>> from jakstat.population.cohort_making import make_cohort, plan_of_shipped
    >>> made = make_cohort(plan_of_shipped("sharp"), 8, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_cohort(write_cohort(made, Path(folder, "few.parquet"), asked=8)).ids == made.patients.ids
    True
    """
    patients = made.patients
    table = cohort_table(patients)
    said = {
        "format": _FORMAT,
        "population": patients.population,
        "name": patients.name,
        "seed": patients.seed,
        "vectors": patients.vectors,
        "rows_key": _rows_key(table),
        "manifest": cohort_manifest(made, asked),
        "effective_sample_size": made.effective_sample_size,
    }
    record = json.dumps({**seal(json_ready(said)), _FILE: _EMPTY}, sort_keys=True, allow_nan=False)
    stream = io.BytesIO()
    with parquet.ParquetWriter(stream, table.schema, compression="zstd", write_page_checksum=True) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({_KEY: record, b"notice": NOTICE})
    data = stream.getvalue()
    return write_bytes(path, data.replace(_EMPTY.encode(), _sha256(data).encode()), replace=replace)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _rows_key(table: pa.Table) -> str:
    return content_key({name: _values(table, name) for name in table.column_names})


def _values(table: pa.Table, name: str) -> Any:
    column = table.column(name)
    return column.to_pylist() if pa.types.is_string(column.type) else column.to_numpy()


def read_cohort(path: str | Path) -> Cohort:
    """The cohort of a file, to the same bits as it was written.

    Raises
    ------
    InputError
        ``file.missing``, ``file.too-large``; ``cohort.foreign``: another kind of file, or of another
        version; ``cohort.damaged``: its bytes are not as they were written.
    """
    place = Path(path)
    data = read_file(place, most=LIMITS.result_bytes, hint="`jakstat population` writes one")
    name = place.name
    if _KEY not in data:
        raise _foreign(name)
    try:
        with parquet.ParquetFile(io.BytesIO(data), page_checksum_verification=True) as stored:
            said = dict(json.loads((stored.metadata.metadata or {})[_KEY]))
            whole = str(said.pop(_FILE))
            if _sha256(data.replace(whole.encode(), _EMPTY.encode())) != whole:
                raise _damaged(name)
            rows = stored.metadata.num_rows
            table = stored.read() if rows <= LIMITS.lanes else None
    except (pa.ArrowException, OSError, ValueError, KeyError, AttributeError, RecursionError):
        raise _damaged(name) from None
    if said.get("format") != _FORMAT or said.get("population") not in population_names() or table is None:
        raise _foreign(name)
    if seal({k: v for k, v in said.items() if k != "seal"}) != said or said["rows_key"] != _rows_key(table):
        raise _damaged(name)
    return _cohort(table, said)


def _cohort(table: pa.Table, said: Mapping[str, Any]) -> Cohort:
    def floats(name: str) -> Floats:
        return np.asarray(_values(table, name), dtype=float)

    first = {n.removeprefix(_FIRST): floats(n) for n in table.column_names if n.startswith(_FIRST)}
    lesions = [n for n in table.column_names if n.startswith(_LESION)]
    other = {*_PLAIN, *lesions}
    own = [n for n in table.column_names if n not in other and not n.startswith(_FIRST)]
    return Cohort(
        population=str(said["population"]),
        seed=int(said["seed"]),
        ids=tuple(int(who) for who in _values(table, "patient")),
        aetiology=np.array(_values(table, "aetiology"), dtype=str),
        numbers=MappingProxyType({name: floats(name) for name in own}),
        lesions=np.array([floats(name) for name in lesions]).T,
        weights=floats(_WEIGHT),
        first_visit=MappingProxyType(first),
        vectors=int(said["vectors"]),
        name=str(said["name"]),
    )


def _foreign(name: str) -> InputError:
    hint = "give a file that `jakstat population ... --out` of this version wrote"
    return problem("cohort.foreign", "this is no cohort", file=name, hint=hint)


def _damaged(name: str) -> InputError:
    return problem(
        "cohort.damaged", "the file is damaged", file=name, hint="make it again with the same seed"
    )


def vectors_of_source(source: str | Path) -> int:
    """With how many parameter vectors a population's file asks intervals to be told; 0 when it does not.

    Parameters
    ----------
    source : str or path
        A population by name, a population file or a cohort file.

    Raises
    ------
    InputError
        As :func:`read_cohort` and :func:`jakstat.population.population_file.read_population`.

    Examples
    --------
    >>> vectors_of_source("sharp")
    0
    """
    if not str(source).lower().endswith(_ENDINGS):
        return 0
    place = Path(source)
    made = read_cohort(place) if place.suffix.lower() == ".parquet" else read_population(place)
    return made.vectors


def patients_of(source: str, count: int, *, seed: int = 1, folder: Path = Path()) -> Cohort:
    """Patients by the word that a trial file has for them.

    Parameters
    ----------
    source : str
        A shipped population (:func:`jakstat.population.margins.population_names`), whose patients come as
        they are drawn; the path of a population file, whose patients are plausible, let in and weighted; or
        that of a cohort file.
    count : int
        How many; of a cohort file the first so many.
    seed : int
        A cohort file has its own.
    folder : Path
        Where the path of a file starts from.

    Raises
    ------
    InputError
        ``population.unknown``, ``count.range``, ``seed.range``; as :func:`read_cohort` and
        :func:`jakstat.population.population_file.read_population`; ``cohort.short``.

    Examples
    --------
    >>> patients_of("sharp", 3, seed=2).weights.tolist()
    [1.0, 1.0, 1.0]
    """
    place = Path(folder, source)
    if not source.lower().endswith(_ENDINGS) or (source in population_names() and not is_file(place)):
        return cohort(source, count, seed=seed)
    if place.suffix.lower() != ".parquet":
        return make_cohort(read_population(place), count, seed=seed).patients
    found = read_cohort(place)
    if count > found.count:
        message, hint = (
            f"it has {found.count} patients and not {count}",
            "ask for fewer, or make a longer one",
        )
        raise problem("cohort.short", message, file=place.name, field="patients", hint=hint)
    return found if count == found.count else found.take(range(count))
