import time

from jakstat.pharmacology import nearest, unknown


def test_best_first_and_case_is_ignored():
    assert nearest("socs3", ["SOCS1", "SOCS3", "STAT3"])[0] == "SOCS3"


def test_a_beginning_counts():
    assert nearest("cyclo", ["cycloheximide", "x"]) == ("cycloheximide",)


def test_nothing_near():
    found = unknown("drug", "zzz", ["a", "b"])
    assert found.hint == "known: a, b"
    assert unknown("drug", "zzz", []).hint == "no drug is known here"


def test_a_hostile_name_costs_no_time_and_is_cut():
    start = time.perf_counter()
    found = unknown("read out", "x" * 100_000, [f"name{i}" for i in range(200)])
    assert time.perf_counter() - start < 60  # unbounded, the comparison would take hours
    assert len(found.message) < 150
    assert found.code == "read-out.unknown"
