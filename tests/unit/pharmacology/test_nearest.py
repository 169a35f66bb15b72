from jakstat.pharmacology import nearest_names, unknown


def test_best_first_and_case_is_ignored():
    assert nearest_names("socs3", ["SOCS1", "SOCS3", "STAT3"])[0] == "SOCS3"


def test_a_beginning_counts():
    assert nearest_names("cyclo", ["cycloheximide", "x"]) == ("cycloheximide",)


def test_nothing_near():
    found = unknown("drug", "zzz", ["a", "b"])
    assert found.hint == "known: a, b"
    assert unknown("drug", "zzz", []).hint == "no drug is known here"


def test_a_hostile_name_is_cut():
    found = unknown("read out", "x" * 100_000, [f"name{i}" for i in range(200)])
    assert found.message == f"there is no read out '{'x' * 80}...'"
    assert found.code == "read-out.unknown"
    assert unknown("drug", "y" * 80, ["a"]).message.endswith("yy'")


def test_only_the_beginning_of_a_long_name_is_compared():
    assert nearest_names("ruxolitinib".ljust(80) + "z" * 100_000, ["ruxolitinib"]) == ()
    assert nearest_names("x" * 80 + "z" * 1000, ["x" * 80]) == ("x" * 80,)


def test_three_are_named_and_forty_listed():
    names = [f"name{i:03}" for i in range(60)]
    assert len(nearest_names("name0", names)) == 3
    assert nearest_names("name0", names, shown=1) == nearest_names("name0", names)[:1]
    listed = unknown("drug", "zzzz", names).hint
    assert listed.endswith("name039 and 20 more")
    assert not unknown("drug", "zzzz", names[:40]).hint.endswith("more")


def test_two_letters_begin_a_name_and_one_does_not():
    assert nearest_names("cy", ["cycloheximide"]) == ("cycloheximide",)
    assert nearest_names("c", ["cycloheximide"]) == ()
