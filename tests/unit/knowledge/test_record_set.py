"""The shipped records as a whole: complete, cross-checked, and every source needed."""

from __future__ import annotations

import csv
import io

import pytest

from jakstat.errors import InputError
from jakstat.evidence.dependence import check_records, resting_on
from jakstat.knowledge import knowledge, read_knowledge
from jakstat.knowledge.record_set import shipped_files
from long_rows import rest_long

TABLES = shipped_files()
SOURCES = sorted(knowledge().sources)


def changed(name: str, old: str, new: str) -> dict[str, bytes]:
    text = TABLES[name].decode()
    assert old in text
    return TABLES | {name: text.replace(old, new, 1).encode()}


def problems(tables):
    with pytest.raises(InputError) as caught:
        read_knowledge(tables)
    assert all(p.file for p in caught.value.problems)
    return caught.value.problems


def test_everything_is_there() -> None:
    known = knowledge()
    assert len(known.claims) == 374
    assert len({q.id[:4] for q in known.quantities.values()}) == 225
    assert len(known.therapies) == 280
    assert len({t.agent for t in known.therapies.values()}) == 60
    assert len(known.cytokines) == 33
    assert len(known.entities) > 196
    assert list(known.claims) == [f"C{n:03d}" for n in range(1, 375)]


def test_no_sentence_is_given_twice_but_for_markers_and_steps() -> None:
    said = [c.statement for c in knowledge().claims.values()]
    assert len(said) == len(set(said))


def test_recalled_numbers_are_assumed_and_have_a_wide_range() -> None:
    for q in knowledge().quantities.values():
        if "recalled" in q.source:
            assert q.grade in ("assumed", "missing"), q.id
        if q.grade == "assumed" and q.value and q.unit not in ("fraction", "probability"):
            assert q.used_range is not None
            assert q.used_range.high / max(q.used_range.low, 1e-12) >= 3, q.id


def test_changed_assignments_say_why() -> None:
    for claim in knowledge().claims.values():
        if claim.correction:
            assert "was" in claim.correction
            assert ":" in claim.correction


def test_rejected_names_enter_no_network() -> None:
    known = knowledge()
    assert {name for r in known.rejected.values() for name in r.names} >= {"SOAT1", "PTS"}
    assert all(r.reason for r in known.rejected.values())
    assert known.claims["C365"].expected == "no_effect"
    assert known.cytokines["il17a"].jaks == ()
    assert known.cytokines["il17a"].stats == ()


def _without(key: str) -> dict[str, bytes]:
    rows = list(csv.reader(io.StringIO(TABLES["sources.csv"].decode())))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(r for r in rows if r[0] != key)
    return TABLES | {"sources.csv": out.getvalue().encode()}


def test_no_source_is_idle() -> None:
    assert [key for key in SOURCES if not resting_on(key)] == []


@pytest.mark.parametrize("key", rest_long(SOURCES, SOURCES[::8]))
def test_a_source_that_is_deleted_is_missed_by_every_dependent(key: str) -> None:
    with pytest.raises(InputError) as caught:
        check_records(_without(key))
    told = "\n".join(str(p) for p in caught.value.problems)
    for dependent in resting_on(key):
        assert dependent.partition(" ")[2] + ":" in told or dependent + ":" in told, dependent


def test_shipped_records_are_without_fault() -> None:
    check_records()


@pytest.mark.parametrize(
    ("tables", "code", "file"),
    [
        (changed("entities.csv", "jak1,protein", "jak1,thing"), "record.cell", "entities.csv"),
        (
            changed("quantities.csv", "Q030,kd_il6_il6r,il6r,5.0,,,nM", "Q030,kd_il6_il6r,il6r,5.0,,,spoon"),
            "record.unit",
            "quantities.csv",
        ),
        (
            changed("quantities.csv", "Q031,kd_il6_il6r,il6r,5.5,,,nM", "Q031,kd_il6_il6r,il6r,5.5,,,h"),
            "unit.clash",
            "quantities.csv",
        ),
        (changed("quantities.csv", "il6r,5.5,,", "il6r,nan,,"), "record.cell", "quantities.csv"),
        (changed("quantities.csv", "il6r,5.5,,", "il6r,five,,"), "record.cell", "quantities.csv"),
        (changed("quantities.csv", "il6r,5.5,,", "il6r,5.5,6,"), "record.row", "quantities.csv"),
        (changed("quantities.csv", "il6r,5.5,,", "il6r,,,"), "record.row", "quantities.csv"),
        (changed("quantities.csv", "\nQ031,", "\nQ030,"), "record.duplicate", "quantities.csv"),
        (
            changed("quantities.csv", "Q031,kd_il6_il6r,il6r", "Q031,kd_il6_il6r,il6x"),
            "record.orphan",
            "quantities.csv",
        ),
        (
            changed("claims/feedback.csv", "C139,feedback", "C139,targets"),
            "record.module",
            "claims/feedback.csv",
        ),
        (changed("claims/feedback.csv", "\nC116,", "\nC999,"), "record.order", "claims/feedback.csv"),
        (changed("claims/feedback.csv", "\nC139,", "\nC106,"), "record.duplicate", "claims/targets.csv"),
        (
            changed("claims/feedback.csv", ",shp2_silencing,", ",nobody,"),
            "record.orphan",
            "claims/feedback.csv",
        ),
        (changed("claims/feedback.csv", ",source\n", ",sauce\n"), "table.columns", "claims/feedback.csv"),
        (
            changed("entities.csv", "jak1,protein,Janus kinase 1,JAK1", "jak1,protein,Janus kinase 1,SOAT1"),
            "record.rejected",
            "entities.csv",
        ),
        (changed("entities.csv", "ncbigene:3716", "ncbigene:x"), "record.cell", "entities.csv"),
        (changed("entities.csv", "ncbigene:3716", "nowhere:1"), "record.cell", "entities.csv"),
        (changed("therapies.csv", "L/day", "L/fortnite"), "record.unit", "therapies.csv"),
        (changed("cytokines.csv", "JAK1;JAK3", "JAK1;JAK9"), "record.row", "cytokines.csv"),
        (changed("rejected.yaml", "C371", "C999"), "record.orphan", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"a: &a [x]\nb: [*a,*a,*a]"}, "yaml.alias", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"- !!python/object/apply:os.system [ls]"}, "yaml.tag", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"- {id: {a: 1}}\n- 5"}, "yaml.shape", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"- {id: C1, id: C2}"}, "key.twice", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"{"}, "yaml.syntax", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"x: 1"}, "yaml.shape", "rejected.yaml"),
        (TABLES | {"rejected.yaml": b"\xff\xfe"}, "file.encoding", "rejected.yaml"),
        (TABLES | {"extra.csv": b"id\n"}, "file.unknown", "extra.csv"),
        ({k: v for k, v in TABLES.items() if k != "methods.csv"}, "file.missing", "methods.csv"),
    ],
)
def test_fault_is_named_with_its_file(tables, code: str, file: str) -> None:
    found = problems(tables)
    assert (code, file) in {(p.code, p.file) for p in found}, [str(p) for p in found[:5]]
    if code.startswith(("record.", "unit.")):
        assert all(p.line for p in found if p.code == code)


def test_every_fault_is_told_at_once() -> None:
    tables = changed("quantities.csv", "il6r,5.5,,", "il6r,five,,")
    tables |= {"entities.csv": TABLES["entities.csv"].replace(b"jak1,protein", b"jak1,thing", 1)}
    found = problems(tables)
    assert {"quantities.csv", "entities.csv"} <= {p.file for p in found}
