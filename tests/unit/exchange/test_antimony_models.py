"""Antimony texts run, and everything that Antimony decides without a word is told by a note."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.engine.load import load_sbml
from jakstat.engine.read.guard import ReadLimits
from jakstat.errors import InputError
from jakstat.exchange.antimony_child import antimony_answer
from jakstat.exchange.antimony_models import antimony_sbml, read_antimony
from jakstat.exchange.antimony_text import check_antimony, clean_antimony, text_notes
from jakstat.exchange.formats import file_format

RUN = CliRunner()
DECAY = "model decay\n  J: A -> B; k*A\n  A = 2; B = 1; k = 0.5\nend\n"


@pytest.fixture
def in_this_process(monkeypatch):
    """Antimony in this process: what the child does is tried once, and takes a second each time."""

    def ask(module, request, data, *, file, limits):
        return b"\n" + json.dumps(antimony_answer(data.decode())).encode()

    monkeypatch.setattr("jakstat.exchange.antimony_models.ask_child", ask)


def codes_of(text):
    return [n.code for n in antimony_sbml(text)[1]]


def test_a_file_runs_through_the_child(tmp_path):
    """By hand: A = 2 e^-1 at 2, and A + B = 3."""
    (tmp_path / "d.ant").write_text(DECAY.replace("end", "// done\nend"))
    done = RUN.invoke(app, ["run", str(tmp_path / "d.ant"), "--until", "2", "--points", "2", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    values = said["trajectory"]["values"]
    assert values["A"][-1] == pytest.approx(0.735758882342885, rel=1e-5)
    assert values["B"][-1] == pytest.approx(3 - 0.735758882342885, rel=1e-5)
    assert [n["code"] for n in said["notes"]] == ["antimony.compartment"]


def test_units_that_the_language_need_not_say_are_no_warnings(tmp_path):
    (tmp_path / "d.ant").write_text(DECAY)
    done = RUN.invoke(app, ["run", str(tmp_path / "d.ant"), "--until", "2"])
    assert done.exit_code == 0
    assert "import warning" not in done.stdout


def test_an_unset_product_is_asked_for_by_name(tmp_path):
    (tmp_path / "d.ant").write_text(DECAY.replace("B = 1; ", ""))
    done = RUN.invoke(app, ["run", str(tmp_path / "d.ant"), "--until", "2"])
    assert done.exit_code == 2
    assert "species 'B' is used but never set" in done.stderr
    assert "species B have no initial value: libRoadRunner starts them at 0, COPASI at 1" in done.stderr
    assert "--assume-zero" in done.stderr


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (DECAY, ["antimony.compartment"]),
        ("compartment C = 1; species A in C; A = 1; A -> ; 2*A", []),
        ("default_compartment = 2; A -> ; 2*A; A = 1", []),
        ("A = 3", []),
        ("A -> B; k*A", ["antimony.unset", "antimony.unset", "antimony.compartment"]),
        ("x := 3*y; y = 2", []),
        (DECAY + "model second\n x = 1\nend", ["antimony.model"]),
        (DECAY.replace("model", "model *") + "x = 1", ["antimony.model", "antimony.compartment"]),
        (DECAY + "x = 1", ["antimony.model"]),
        (
            DECAY + "model two\n s: decay()\n s.k = 3\nend",
            ["antimony.model", "antimony.submodel", "antimony.compartment"],
        ),
        ("A := 3*k; A -> B; 1\nk = 1; B = 0", ["antimony.ruled", "antimony.compartment"]),
        ("compartment c = 1; species A in c; A := 3*k; k = 1", []),
        ("x = 3 furlong", ["antimony.unit"]),
        ("unit mol3 = 3 mole; x = 3 mol3", []),
        ("x = 1; x = 2", ["antimony.set-twice"]),
        ("x = 1\nx := 2", ["antimony.set-twice"]),
        ("x = log(10)", ["antimony.log"]),
        ("x = log(2, 8) + log10(3) + ln(3)", []),
    ],
)
def test_notes(in_this_process, text, wanted):
    assert codes_of(text) == wanted


def test_the_last_of_two_settings_counts_and_so_the_note_says(in_this_process):
    """Of two reactions of one name Antimony drops the first without a word."""
    sbml, notes = antimony_sbml("J: A -> B; A\nJ: B -> A; B\nA = 1; B = 2\nA = 5")
    assert [n.text for n in notes if n.code == "antimony.set-twice"] == [
        "the reaction J is set twice (line 1, 2): the last one counts",
        "A is set twice (line 3, 4): the last one counts",
    ]
    network = load_sbml(sbml, trusted=True).network
    assert [(r.reactants[0].species, r.products[0].species) for r in network.reactions] == [("B", "A")]
    assert network.species[0].concentration == 5.0


def test_log_is_natural_as_the_note_says(in_this_process):
    sbml, _ = antimony_sbml("x = log(10); y = log10(1000); z = -2^2; w = 2^3^2")
    found = load_sbml(sbml, trusted=True).simulate([0.0, 1.0], outputs=["x", "y", "z", "w"])
    values = [float(found.value(n)[0, 0]) for n in "xyzw"]
    assert values == pytest.approx([2.302585092994046, 3.0, -4.0, 512.0])


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("x' = 1; x = 2", True),
        ("x = 1; at (time > 1): x = 2", True),
        ("model a\n x = 1\nend\nmodel b\n x = 2\nend", True),
        ("function f(x)\n x+1\nend\nx = f(2)", True),
        ("x = 1 // x = 2", True),
        ('x = 1; x is "x = 2"', True),
        ("A -> B; x = 3", True),
        ("const x = 1; x := 2", False),
        ("$A -> B; 1\nspecies A = 1; A = 2", False),
    ],
)
def test_what_counts_as_set_twice(text, quiet):
    found = [n for n in text_notes(clean_antimony(text), file="a.ant") if n.code == "antimony.set-twice"]
    assert (not found) is quiet


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('import "/etc/passwd"\nx = 1', [("antimony.import", 1)]),
        ('x = 1;import"a.ant"', [("antimony.import", 1)]),
        ('x = 1 // y \\\nimport "a.ant"', [("antimony.import", 2)]),
        ('x = 1 // y\rimport "a.ant"', [("antimony.import", 2)]),
        ('import /* " */ "a.ant"', [("antimony.import", 1)]),
        ('x is "import"; y = 1', []),
        ('// import "a.ant"', []),
        ("x = 1\ny = 1e999", [("antimony.number", 2)]),
        ("x = 1e99 + v1e999", []),
        ("1" * 900_000, []),
        ("x = 1\0", [("antimony.text", 1)]),
        ("x = " + "(" * 20_000 + "1" + ")" * 20_000, [("antimony.nesting", 1)]),
    ],
)
def test_texts_that_antimony_never_sees(text, wanted):
    if not wanted:
        check_antimony(clean_antimony(text))
        return
    with pytest.raises(InputError) as error:
        check_antimony(clean_antimony(text), file="a.ant")
    assert [(p.code, p.line) for p in error.value.problems] == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nsin = 3", "'sin' is a reserved word"),
        ("x = 1\ny = = 2", "syntax error"),
        ("x = 1\ny = foo(3)", "no such function"),
        ("x := y\ny := x", "Loop detected"),
    ],
)
def test_what_antimony_refuses_is_told_by_line(in_this_process, text, told):
    with pytest.raises(InputError) as error:
        antimony_sbml(text, file="a.ant")
    (found,) = error.value.problems
    assert (found.code, found.file) == ("antimony.syntax", "a.ant")
    assert told in found.message
    assert found.line == 2
    assert "\n" not in found.message


def test_a_child_that_may_not_think_ends_with_a_message():
    with pytest.raises(InputError, match=r"\[sbml\.reader_stopped\]"):
        antimony_sbml(DECAY, limits=ReadLimits(cpu_base=0.01, cpu_per_megabyte=0.0))


def test_a_text_of_megabytes_is_refused_before_it_is_looked_at():
    with pytest.raises(InputError, match=r"at most 1000000.*\[antimony\.text\]"):
        antimony_sbml('"' * 1_000_001)


def test_comments_go_and_lines_stay():
    text = 'a = 1 # one\r\n/* two\nthree */ b = 2 // four\nb is "x // y" \rc is "\\"//"'
    assert clean_antimony(text) == 'a = 1 \n\n b = 2 \nb is "x // y" \nc is "\\"//"'


@pytest.mark.parametrize(("data", "code"), [(b"\xff\xfe", "antimony.text"), (None, "file.unreadable")])
def test_files_that_cannot_be_read(tmp_path, data, code):
    path = tmp_path / "m.ant"
    path.mkdir() if data is None else path.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_antimony(path)
    assert [p.code for p in error.value.problems] == [code]


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("m.ant", "", "Antimony"),
        ("m.txt", DECAY, "Antimony"),
        ("m.txt", "# a model\nA -> B; k*A\n", "Antimony"),
        ("m.net", "", "BioNetGen network"),
        ("m.txt", "begin parameters\nend parameters\nbegin reactions\nend reactions\n", "BioNetGen network"),
    ],
)
def test_languages_are_told_by_name_and_by_words(tmp_path, name, content, wanted):
    (tmp_path / name).write_text(content)
    assert file_format(tmp_path / name) == wanted
