import csv
from importlib.resources import files

import pytest

from jakstat.errors import InputError
from jakstat.knowledge.loader import observations, read_observations, read_sources, sources
from jakstat.knowledge.parameter_table import COLUMNS

LEADING = ("context", "state", "population", "covariate", "eta")
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


def _rows_that_rest_on_a_source():
    """Place and cells of every number of a parameter table, under the name that sources.csv uses."""
    package = files("jakstat")
    plain = ("experiment", "patients", "pharmacology", "population", "progression", "response")
    for room in ("biology", "biology/parameters", *plain):
        for path in package.joinpath(*room.split("/")).iterdir():
            if not path.name.endswith(".csv"):
                continue
            with path.open(encoding="utf-8", newline="") as stream:
                table = csv.DictReader(stream)
                columns = table.fieldnames or []
                if not set(COLUMNS) <= set(columns):
                    continue
                lead = next(
                    (
                        c
                        for c in ("context", "state", "population", "covariate", "eta", "aetiology", "option")
                        if c in columns
                    ),
                    "",
                )
                for row in table:
                    yield path.name, f"{row[lead]}.{row['id']}" if lead else row["id"], row


def test_a_source_named_by_a_number_was_read_for_that_number():
    """A fitted number names what it was fitted to; any other that names a source is listed by the source."""
    known = sources()
    unread, found = [], set()
    for file, name, row in _rows_that_rest_on_a_source():
        for key in (k.strip() for k in row["source"].split(";")):
            if known[key].kind == "convention" or row["grade"] == "fitted":
                continue
            found.add((key, name))
            if name not in known[key].numbers:
                unread.append(f"{file}: {name} names {key}")
    assert not unread
    listed = {(key, name) for key, source in known.items() for name in source.numbers}
    assert listed == found, "a source lists a number that no longer names it"
