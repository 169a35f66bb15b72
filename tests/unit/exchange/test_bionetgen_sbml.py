"""A BioNetGen network runs with the numbers that run_network 3.0 and bngsim 0.16 give it."""

import numpy as np
import pytest

from jakstat.engine.load import load_sbml
from jakstat.errors import InputError
from jakstat.exchange.bionetgen_network import read_network_text
from jakstat.exchange.bionetgen_sbml import network_sbml, read_bionetgen

LAWS = """begin parameters
 1 k 0.7
 2 K1 1.5
 3 K2 2.5
 4 h 1.7
end parameters
begin species
 1 A() 5
 2 B() 3
 3 C() 2
 4 D() 0
end species
begin reactions
 1 {} 4 {}
end reactions
begin groups
 1 Sum 1,2*4
end groups
"""


def model_of(text):
    sbml, notes = network_sbml(read_network_text(text))
    return load_sbml(sbml, trusted=True), [n.code for n in notes]


# amounts at time 1 as run_network 3.0 printed them; bngsim 0.16 has the same where it reads the law
@pytest.mark.parametrize(
    ("reactants", "law", "wanted"),
    [
        ("1,2", "MM k K1", [3.89871367, 1.89871367, 2, 1.10128633]),
        ("1,2", "2*MM k K1", [3.22085936, 1.22085936, 2, 1.77914064]),
        ("1,2", "Sat k K1", [3.78473829, 1.78473829, 2, 1.21526171]),
        ("1", "Sat k K1", [4.46855817, 3, 2, 0.53144183]),
        ("1,2", "Sat k K1 K2", [4.71488372, 2.71488372, 2, 0.28511628]),
        ("1", "Sat k", [4.3, 3, 2, 0.7]),
        ("1", "2*Sat k K1", [3.95259745, 3, 2, 1.04740255]),
        ("1,1", "Sat k K1", [1.96199949, 3, 2, 1.51900025]),
        ("1", "Hill k K1 h", [4.38824739, 3, 2, 0.61175261]),
        ("1,2", "Hill k K1 h", [3.6516576, 1.6516576, 2, 1.3483424]),
        ("1,1", "Hill k K1 h", [1.77653061, 3, 2, 1.6117347]),
        ("1,1", "0.5*k", [1.11111111, 3, 2, 1.94444444]),
    ],
)
def test_laws(reactants, law, wanted):
    model, _ = model_of(LAWS.format(reactants, law))
    found = model.simulate([0.0, 1.0], outputs=["S1", "S2", "S3", "S4"], rtol=1e-10, atol=1e-12)
    assert [found.value(f"S{i}")[0, -1] for i in range(1, 5)] == pytest.approx(wanted, abs=1e-8)


# by hand: of 5 substrate and 3 enzyme with K = 1.5, (0.5 + sqrt(0.25 + 30)) / 2 = 3 are free
@pytest.mark.parametrize(
    ("reactants", "law", "rate"),
    [
        ("1,2", "MM k K1", 0.7 * 3 * 3 / 4.5),
        ("1,2", "Sat k K1", 0.7 * 5 * 3 / 6.5),
        ("1", "Hill k K1 h", 0.7 * 5**1.7 / (1.5**1.7 + 5**1.7)),
        ("0", "k*K2", 1.75),
        ("1,1,2", "k", 0.7 * 75),
    ],
)
def test_rates_at_the_start(reactants, law, rate):
    model, _ = model_of(LAWS.format(reactants, law))
    found = model.simulate([0.0, 1e-9], outputs=["S4"], rtol=1e-12, atol=1e-18)
    assert found.value("S4")[0, -1] / 1e-9 == pytest.approx(rate, rel=1e-6)


def test_observables_functions_and_held_species():
    """By hand: the source is held at 3, so that A grows by 2*3 an hour and the sum by as much."""
    text = """begin parameters
 1 a 2
 2 b a^2-2
end parameters
begin functions
 1 f() a*G()/G
 2 t2() if(time()>0.5,10,time())
end functions
begin species
 1 $S(x~1,y!1).T(y!1) b+1
 2 A() b
end species
begin reactions
 1 1 1,2 f
end reactions
begin groups
 1 G 1
 2 All 1,0.5*2
end groups
"""
    model, notes = model_of(text)
    names = ["S1", "S2", "All", "f", "t2"]
    found = model.simulate([0.0, 0.25, 1.0], outputs=names, rtol=1e-10)
    values = np.array([found.value(n)[0] for n in names]).T
    wanted = [[3, 2, 4, 2, 0], [3, 3.5, 4.75, 2, 0.25], [3, 8, 7, 2, 10]]
    np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-12)
    assert notes == ["net.species", "net.observables"]
    assert [s.name for s in model.network.species] == ["S(x~1,y!1).T(y!1)", "A()"]


def test_time_in_a_rate():
    """By hand t^2/2; run_network 3.0 says 0, 33 or 48, by the steps of its output."""
    text = "begin functions\n 1 f() time()\nend functions\nbegin species\n 1 W() 0\nend species\n"
    model, _ = model_of(text + "begin reactions\n 1 0 1 f\nend reactions\n")
    assert model.simulate([0.0, 10.0], outputs=["S1"]).value("S1")[0, -1] == pytest.approx(50.0)


def test_a_parameter_moves_what_is_made_of_it():
    text = LAWS.format("1", "k").replace("4 h 1.7", "4 h k*2").replace("4 D() 0", "4 D() h")
    model, _ = model_of(text)
    found = model.simulate([0.0, 1.0], {"k": np.array([0.7, 3.0])}, outputs=["S4"])
    assert found.value("S4")[:, 0] == pytest.approx([1.4, 6.0])


def test_ids_of_species_give_way_to_names_of_the_file():
    text = LAWS.format("1", "S1").replace("1 k 0.7", "1 S1 0.7").replace("2 K1 1.5", "2 cell 1")
    text = text.replace("4 h 1.7", "4 R1 1.7")
    sbml, _ = network_sbml(read_network_text(text))
    for wanted in (
        '<species id="S_1"',
        '<parameter id="S1"',
        '<compartment id="cell_"',
        '<reaction id="R_1"',
    ):
        assert wanted in sbml
    load_sbml(sbml, trusted=True)


def test_notes_say_what_is_not_obvious():
    text = (
        LAWS.format("1,2", "MM k K1")
        + "generate_network({})\nbegin compartments\n1 c 3 1\nend compartments\n"
    )
    assert model_of(text)[1] == [
        "net.species", "net.observables", "net.michaelis-menten", "net.actions", "net.blocks",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("4 h 1.7", "4 h Sum", [("net.unknown-name", 5, "Sum")]),
        ("4 h 1.7", "4 h nowhere", [("net.unknown-name", 5, "nowhere")]),
        ("4 D() 0", "4 D() x", [("net.unknown-name", 11, "x")]),
        ("1 1 4 k", "1 1 4 kk*K3", [("net.unknown-name", 14, "K3"), ("net.unknown-name", 14, "kk")]),
        ("1 1 4 k", "1 1 4 Hill k K1 Sum", [("net.unknown-name", 14, "Sum")]),
    ],
)
def test_names_that_mean_nothing(old, new, wanted):
    text = LAWS.format("1", "k").replace(old, new)
    with pytest.raises(InputError) as error:
        model_of(text)
    assert [(p.code, p.line, p.field) for p in error.value.problems] == wanted


def test_the_time_is_a_function():
    """As run_network has it; the hint says how it is written."""
    with pytest.raises(InputError, match=r"'time'.*time\(\).*\[net\.unknown-name\]"):
        model_of(LAWS.format("1", "time"))


@pytest.mark.parametrize(
    ("parameters", "functions"),
    [(" 1 a b\n 2 b a\n", ""), (" 1 a a\n", ""), ("", " 1 f() g()\n 2 g() f()\n"), ("", " 1 f() f\n")],
)
def test_circles_are_refused(parameters, functions):
    text = f"begin parameters\n{parameters}end parameters\nbegin functions\n{functions}end functions\n"
    text += "begin species\n 1 A() 1\nend species\nbegin reactions\n 1 1 0 2\nend reactions\n"
    with pytest.raises(InputError, match=r"\[(rule\.circular|sbml\.)"):
        model_of(text)


@pytest.mark.long
def test_a_network_that_would_be_too_large_is_refused_before_it_is_read():
    rows = "".join(f"{i} 1,1 1,1 0.5\n" for i in range(1, 39_000))
    text = f"begin species\n1 A() 1\nend species\nbegin reactions\n{rows}end reactions\n"
    with pytest.raises(InputError, match=r"\[net\.size\]"):
        model_of(text)


@pytest.mark.parametrize(("data", "code"), [(b"\xff\xfe", "net.syntax"), (None, "file.unreadable")])
def test_files_that_cannot_be_read(tmp_path, data, code):
    path = tmp_path / "m.net"
    path.mkdir() if data is None else path.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_bionetgen(path)
    assert [p.code for p in error.value.problems] == [code]
