"""A version is given in three files at once or in none, and a release refuses what does not agree."""

from datetime import date

import pytest
from scripts.release.changelog import prepare, version_faults, version_of

LOG = "# Changelog\n\n## Unreleased\n\n### Added\n- A thing.\n\n## 0.1.0 - 2026-01-02\n\n- The first.\n"
CITED = "cff-version: 1.2.0\nversion: 0.1.0\nlicense: BSD-3-Clause\n"
DAY = date(2026, 3, 4)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src" / "jakstat").mkdir(parents=True)
    (tmp_path / "src" / "jakstat" / "identity.py").write_text('"""Keys."""\n\nVERSION = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(LOG)
    (tmp_path / "CITATION.cff").write_text(CITED)
    return tmp_path


def texts(tree):
    return {path: path.read_text() for path in tree.rglob("*") if path.is_file()}


def test_a_prepared_version_is_told_by_all_three_files(tree):
    prepare(tree, "0.2.0", DAY)
    assert (tree / "CHANGELOG.md").read_text() == (
        "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-03-04\n\n### Added\n- A thing.\n\n"
        "## 0.1.0 - 2026-01-02\n\n- The first.\n"
    )
    assert (tree / "CITATION.cff").read_text() == (
        "cff-version: 1.2.0\nversion: 0.2.0\ndate-released: 2026-03-04\nlicense: BSD-3-Clause\n"
    )
    assert version_of(tree) == "0.2.0"
    assert version_faults(tree) == []


def test_the_date_of_the_version_before_is_replaced(tree):
    prepare(tree, "0.2.0", DAY)
    log = tree / "CHANGELOG.md"
    log.write_text(log.read_text().replace("## Unreleased\n", "## Unreleased\n\n- More.\n", 1))
    prepare(tree, "0.3.0", date(2026, 5, 6))
    assert (tree / "CITATION.cff").read_text().count("date-released") == 1
    assert version_faults(tree) == []


@pytest.mark.parametrize(
    ("version", "log", "message"),
    [
        ("0.2", LOG, "three numbers"),
        ("0.0.9", LOG, "comes before 0.1.0"),
        ("0.1.0", LOG, "tells of 0.1.0 already"),
        ("0.2.0", LOG.replace("- A thing.\n", ""), "nothing under"),
        ("0.2.0", LOG.replace("## Unreleased", "## Next"), "nothing under"),
    ],
)
def test_what_cannot_be_prepared_changes_no_file(tree, version, log, message):
    (tree / "CHANGELOG.md").write_text(log)
    before = texts(tree)
    with pytest.raises(SystemExit, match=message):
        prepare(tree, version, DAY)
    assert texts(tree) == before


def test_a_citation_without_a_version_changes_no_file(tree):
    (tree / "CITATION.cff").write_text("cff-version: 1.2.0\n")
    before = texts(tree)
    with pytest.raises(SystemExit, match=r"CITATION\.cff"):
        prepare(tree, "0.2.0", DAY)
    assert texts(tree) == before


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("CHANGELOG.md", "## 0.2.0 - 2026-03-04", "## 0.2.0", "no section"),
        ("CHANGELOG.md", "- A thing.\n", "", "says nothing about 0.2.0"),
        ("CITATION.cff", "version: 0.2.0", "version: 0.1.0", "'version: 0.2.0'"),
        ("CITATION.cff", "2026-03-04", "2026-03-05", "'date-released: 2026-03-04'"),
        ("CHANGELOG.md", "2026-03-04", "9999-03-04", "future"),
    ],
)
def test_a_release_refuses_what_does_not_agree(tree, name, old, new, fault):
    prepare(tree, "0.2.0", DAY)
    file = tree / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    assert any(fault in told for told in version_faults(tree))
