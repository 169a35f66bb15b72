import csv
from importlib.resources import files

import pytest

from jakstat.errors import InputError
from jakstat.knowledge.loader import observations, read_observations, read_sources, sources

SHIPPED = files("jakstat.knowledge").joinpath("data")


def test_shipped_sources_are_complete_enough_to_cite():
    for source in sources().values():
        assert source.title
        if source.doi or source.pmid:
            assert source.authors or "authors not recorded" in source.note, source.key
            assert source.year or "year not recorded" in source.note, source.key


def test_every_table_of_the_package_names_known_sources():
    """Each column called `source`, in any room, holds keys of sources.csv."""
    known = set(sources())
    package = files("jakstat")
    checked = 0
    for room in package.iterdir():
        for path in room.iterdir() if room.is_dir() else ():
            if path.name.endswith(".csv"):
                with path.open(encoding="utf-8", newline="") as stream:
                    for row in csv.DictReader(stream):
                        used = {k.strip() for k in (row.get("source") or "").split(";") if k.strip()}
                        assert used <= known, f"{room.name}/{path.name}: {used - known}"
                        checked += bool(used)
    assert checked > 0


def test_unknown_context_names_the_known_ones():
    with pytest.raises(InputError) as caught:
        observations(contexts={"huh7"})
    first = caught.value.problems[0]
    assert first.code == "record.context"
    assert first.line == 2
    assert "huh7" in first.hint
    assert len(caught.value.problems) == len(observations())


def test_all_problems_come_at_once_in_order():
    text = SHIPPED.joinpath("observations.csv").read_text(encoding="utf-8").splitlines()
    text[1] = text[1].replace(",20,10,30,", ",x,10,30,")
    text[3] = text[3].replace(",fit,", ",guess,")
    text.append(text[2])
    with pytest.raises(InputError) as caught:
        read_observations("\n".join(text).encode(), file="o.csv", keys=sources())
    found = [(p.code, p.line, p.field) for p in caught.value.problems]
    last = len(text)
    assert found == [
        ("record.cell", 2, "value"),
        ("record.cell", 4, "role"),
        ("record.duplicate", last, "id"),
    ]
    assert all(p.file == "o.csv" for p in caught.value.problems)


def test_duplicate_source_key_tells_where_the_first_is():
    text = SHIPPED.joinpath("sources.csv").read_bytes()
    with pytest.raises(InputError, match="already given in line 2"):
        read_sources(text + text.splitlines()[1], file="s.csv")
