"""What the lines of a network file say, and every line that says nothing, by its number."""

import pytest

from jakstat.engine.network.expression import Number, Symbol
from jakstat.errors import InputError
from jakstat.exchange.bionetgen_network import read_network_text

# as BioNetGen 2.9.3 writes it (generate_network), with what else such files hold
WHOLE = """# Created by BioNetGen 2.9.3
setOption("SpeciesLabel","HNauty");
substanceUnits("Number");
begin parameters
    1 kf         0.5  # Constant
    2 kr         kf/10  # ConstantExpression
end parameters
begin molecule types
    1 A(b)
end molecule types
begin functions
    1 f1() kf*Atot
    2 g() = 2*f1
end functions
begin species
    1 A(b) 100
    2 $Src() 2*kf
    3 A(b!1).A(b!1) 0
    4 @c1::$B(x~0) kf
end species
begin reactions
    1 1,1 3 0.5*kf #_R1
    2 3 1,1 kr #_reverse__R1
    3 2 0 2*MM kf kr
    4 0 2 f1
    5 1,2 2 Sat kf kr
end reactions
begin groups
    1 Atot                 1,2*3
    2 Nothing
end groups
simulate({method=>"ode",t_end=>50})
""".replace("3 2 0 2*MM", "3 2,1 0 2*MM")


def refused(text):
    with pytest.raises(InputError) as error:
        read_network_text(text, file="m.net")
    return [(p.code, p.line) for p in error.value.problems]


def net(parameters="", functions="", species="1 A() 1\n", reactions="1 1 0 0.5\n", groups=""):
    blocks = {"parameters": parameters, "functions": functions, "species": species, "reactions": reactions,
              "groups": groups}  # fmt: skip
    return "".join(f"begin {name}\n{text}end {name}\n" for name, text in blocks.items())


def test_a_whole_file():
    found = read_network_text(WHOLE)
    assert [p.name for p in found.parameters] == ["kf", "kr"]
    assert [f.name for f in found.functions] == ["f1", "g"]
    assert [(s.number, s.pattern, s.fixed) for s in found.species] == [
        (1, "A(b)", False), (2, "Src()", True), (3, "A(b!1).A(b!1)", False), (4, "@c1::B(x~0)", True),
    ]  # fmt: skip
    assert [(r.reactants, r.products, r.law) for r in found.reactions] == [
        ((1, 1), (3,), ""), ((3,), (1, 1), ""), ((2, 1), (), "MM"), ((), (2,), ""), ((1, 2), (2,), "Sat"),
    ]  # fmt: skip
    assert found.reactions[2].factor == Number(2.0)
    assert found.reactions[2].constants == (Symbol("kf"), Symbol("kr"))
    assert [(g.name, g.terms) for g in found.groups] == [("Atot", ((1.0, 1), (2.0, 3))), ("Nothing", ())]
    assert found.passed == ("molecule types",)
    assert found.actions == ("setOption", "substanceUnits", "simulate")


def test_lines_need_no_numbers():
    """`writeFile({format=>"net"})` numbers neither parameters nor species."""
    text = net("k 2\n", "f() k\n", "A() 1\n$B() k\n", "1 1 2 f\n", "Sum 1,2\n")
    found = read_network_text(text)
    assert [(s.number, s.pattern, s.fixed) for s in found.species] == [(1, "A()", False), (2, "B()", True)]
    assert found.parameters[0].name == "k"
    assert found.groups[0].terms == ((1.0, 1), (1.0, 2))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", [("net.syntax", 1)]),
        ("hello\n", [("net.syntax", 1)]),
        (net(species="1 A()\n"), [("net.syntax", 6)]),
        (net(species="1 A() 1\n1 B() 1\n"), [("net.twice", 7)]),
        (net(reactions="1 1 0\n"), [("net.syntax", 9)]),
        (net(reactions="1 1 7 0.5\n"), [("net.reference", 9)]),
        (net(reactions="1 1 0 0.5 3\n"), [("net.formula", 9)]),
        (net(reactions="1 x 0 0.5\n"), [("net.syntax", 9)]),
        (net(reactions="1 1 -1 0.5\n"), [("net.syntax", 9)]),
        (net(reactions="1 1 0 MM 1 2\n"), [("net.syntax", 9)]),
        (net(reactions="1 1,1,1 0 MM 1 2\n"), [("net.syntax", 9)]),
        (net(reactions="1 1 0 Sat 1 2 3\n"), [("net.syntax", 9)]),
        (net(reactions="1 1 0 Hill 1 2\n"), [("net.syntax", 9)]),
        (net(groups="1 G 1,9\n"), [("net.reference", 12)]),
        (net(groups="1 G x*1\n"), [("net.syntax", 12)]),
        (net("1 k 1\n2 k 2\n"), [("net.twice", 3)]),
        (net("1 k 1\n", groups="1 k 1\n"), [("net.twice", 13)]),
        (net("1 k 1+\n2 2x 1\n"), [("net.formula", 2), ("net.syntax", 3)]),
        (net(functions="1 f(x) x\n"), [("net.unsupported", 4)]),
        (net(functions="1 f() mratio(1,2,3)\n"), [("net.unsupported", 4)]),
        (net(functions="1 f 2\n"), [("net.syntax", 4)]),
        ("begin species\nbegin reactions\nend species\n", [("net.syntax", 2)]),
        ("begin species\n1 A() 1\n", [("net.syntax", 2)]),
        (net() + "begin species\nend species\n", [("net.twice", 13)]),
        (net() + "begin magic\nend magic\n", [("net.unsupported", 1)]),
        ("begin model\nbegin reaction rules\nA() -> 0 k\nend reaction rules\n", [("net.rules", 1)]),
        ("begin seed species\nA() 1\nend seed species\n", [("net.rules", 1)]),
    ],
)  # fmt: skip
def test_every_wrong_line_is_told(text, wanted):
    assert refused(text) == wanted


@pytest.mark.parametrize(
    "parts",
    [
        {"species": "1 A() 1\n" * 20_001},
        {"reactions": "1 1 0 0.5\n" * 40_001},
        {"parameters": "1 k 0.5\n" * 40_001},
        {"groups": "1 G " + ",".join("1" * 200_001) + "\n"},
    ],
)
def test_too_much_is_refused_before_it_is_read(parts):
    assert [code for code, _ in refused(net(**parts))] == ["net.size"]


def test_a_line_of_ten_megabytes_is_one_problem():
    assert refused(net(species="1 A() " + "1+" * 4_900_000 + "1\n")) == [("net.formula", 6)]


def test_at_most_fifty_problems_are_told():
    assert len(refused(net("1 k (\n" * 1000))) == 50
