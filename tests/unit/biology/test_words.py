"""Words that people use are read as the names of the model, and said back."""

import copy
import csv
from importlib.resources import files

import pytest

import jakstat as js
from jakstat.biology import context, contexts, dissolved, genes, loosened, observables, read_word, states
from jakstat.biology.contexts import read_context
from jakstat.biology.words import GivenName, given_as
from jakstat.errors import InputError
from jakstat.experiment.grammar import parse_addition, parse_perturbation
from jakstat.experiment.question import question, told
from jakstat.experiment.readouts import read_readout
from jakstat.identity import content_key
from jakstat.pharmacology import find_agent, library_agents
from jakstat.pharmacology.pk_library import pk_model, pk_models

KNOWN = {
    "context": contexts(), "state": states(), "ligand": dissolved(), "gene": genes(),
    "readout": tuple(o.name for o in observables()),
}  # fmt: skip
ROWS = list(csv.DictReader(files("jakstat.biology").joinpath("words.csv").read_text().splitlines()))
ALIASES = [(row["kind"], word, row["name"]) for row in ROWS for word in row["aliases"].split(";")]


def test_every_row_names_something_and_says_something_new():
    for row in ROWS:
        assert row["name"] in KNOWN[row["kind"]], row
    for kind, word, _ in ALIASES:
        assert loosened(word) not in {loosened(name) for name in KNOWN[kind]}, word
    keys = [(kind, loosened(word)) for kind, word, _ in ALIASES]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("kind", KNOWN)
def test_loosened_names_differ(kind):
    assert len({loosened(name) for name in KNOWN[kind]}) == len(KNOWN[kind])


@pytest.mark.parametrize(("kind", "word", "name"), ALIASES)
def test_every_alias_is_read(kind, word, name):
    for spelling in (word, word.upper(), word.lower().replace("-", " "), f" {word}"):
        assert read_word(kind, spelling, KNOWN[kind]) == name


def test_every_drug_is_found_by_each_of_its_names():
    """And by no name that two drugs share."""
    owners = {}
    for one in library_agents():
        for word in {one.id, one.name, *one.aliases, *one.misprints}:
            owners.setdefault(loosened(word), set()).add(one.id)
            assert find_agent(word.upper()).id == one.id
    assert {word: ids for word, ids in owners.items() if len(ids) > 1} == {}
    models = {}
    for model in pk_models():
        for word in {model.id, model.name, *model.aliases}:
            models.setdefault(loosened(word), set()).add(model.id)
            assert pk_model(word).id == model.id
    assert {word: ids for word, ids in models.items() if len(ids) > 1} == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("HepG2", "hepg2"), ("HEP-G2", "hepg2"), ("hep g2", "hepg2"), ("HuH-7", "huh7"), ("Hep 3B", "hep3b"),
        ("U2OS", "osteosarcoma_u2os"), ("143B", "osteosarcoma_143b"), ("PHH", "human_hepatocyte"),
        ("Huh7+hbv", "huh7+HBV"), ("HepG2+STAT3C+jak1-mutant", "hepg2+STAT3C+JAK1_mutant"),
    ],
)  # fmt: skip
def test_cells(text, name):
    assert read_context(text) == name
    assert context(text).name.split("+")[0] == name.split("+")[0]


def test_what_is_no_cell_stays_what_it_is():
    assert read_context("hepatocyte") == "hepatocyte"
    with pytest.raises(InputError, match=r"there is no context 'hepatocyte'"):
        context("hepatocyte")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("IL-6", "IL6"), ("il6", "IL6"), ("IL 6", "IL6"), ("interleukin-6", "IL6"),
        ("hyper-IL-6", "IL6_sIL6R"),
        ("sIL-6R", "sIL6R"), ("IFNγ", "IFNG"), ("IFN-alpha", "IFNA"), ("TNF-α", "TNF"), ("TGF-β1", "TGFB1"),
        ("G-CSF", "CSF3"), ("IL-1β", "IL1B"), ("IL-6/sIL-6R", "IL6_sIL6R"),
    ],
)  # fmt: skip
def test_ligands(text, name):
    made = parse_addition(f"{text}=10ng/ml")
    assert (made.name, made.name.given) == (name, text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("p-STAT3", "pSTAT3"), ("P-Stat-3", "pSTAT3"), ("phospho-STAT3", "pSTAT3"),
        ("pSTAT3 (Y705)", "pSTAT3"),
        ("nuclear pSTAT3", "pSTAT3_nuclear"), ("SOCS3 mRNA", "SOCS3_mRNA"), ("PD-L1 mRNA", "CD274_mRNA"),
        ("PD-L1", "CD274"), ("survivin", "BIRC5"), ("Bcl-xL", "BCL2L1"), ("p-ERK", "pERK"),
        ("pVEGFR2", "pKDR"), ("hepcidin mRNA", "HAMP_mRNA"),
    ],
)  # fmt: skip
def test_readouts(text, name):
    assert read_readout(text) == name


def test_a_species_is_read_by_its_own_id():
    assert read_readout("gp130_JAK1") == "gp130_JAK1"
    assert not isinstance(read_readout("gp130"), GivenName)


def test_what_was_given_is_said_in_the_question():
    protocol = js.make_protocol(
        "Hep G2+hbv", stimulus="IL-6=10NG/ML", drug="Jakafi=500 nm@-60min",
        knockdown=["gp130=90%", "SHP-2=0.5"], observe="p-STAT3",
    )  # fmt: skip
    asked = told(question(protocol, ["receptor"]))
    assert asked.split("; parts")[0] == (
        "hepg2+HBV (Hep G2+hbv); IL6 (IL-6; NG/ML read as ng/ml) 10 ng/ml; "
        "ruxolitinib (Jakafi; nm read as nM) 500 nM at -60 min; "
        "IL6ST (gp130; knocked down by 90 %, 10 % left) x 0.1, PTPN11 (SHP-2) x 0.5"
    )


def test_the_same_experiment_has_the_same_key():
    words = {"stimulus": "IL-6=10ng/ml", "knockdown": "gp130=90%", "observe": "p-STAT3"}
    names = {"stimulus": "IL6=10ng/ml", "knockdown": "IL6ST=0.1", "observe": "pSTAT3"}
    one, other = js.make_protocol("HepG2", **words), js.make_protocol("hepg2", **names)
    assert one == other
    assert content_key(one) == content_key(other)


def test_names_travel_with_their_words():
    name = copy.deepcopy([GivenName("IL6", "IL-6")])[0]
    assert (name, given_as(name), name.given) == ("IL6", "IL6 (IL-6)", "IL-6")


@pytest.mark.parametrize(
    ("text", "factors", "said"),
    [
        ("SOCS3=90%", (0.1,), "knocked down by 90 %, 10 % left"),
        ("SOCS3=0 %", (1.0,), "knocked down by 0 %, 100 % left"),
        ("SOCS3=100%@1h", (0.0,), "knocked down by 100 %, 0 % left"),
        ("SOCS3=50,90%", (0.5, 0.1), "knocked down by 50, 90 %, 50, 10 % left"),
        ("SOCS3=0..80%:3", (1.0, 0.6, 0.2), "knocked down by 0, 40, 80 %, 100, 60, 20 % left"),
    ],
)
def test_knock_downs_in_percent(text, factors, said):
    made = parse_perturbation(text)
    assert (made.gene, made.factors, made.gene.given) == ("SOCS3", factors, said)


@pytest.mark.parametrize(
    ("text", "hint"), [("STAT3=150%", "write STAT3=1.5"), ("STAT3=-50%", "write STAT3=0.5")]
)
def test_percents_that_leave_less_than_nothing(text, hint):
    with pytest.raises(InputError) as caught:
        parse_perturbation(text)
    assert hint in str(caught.value)


def test_drugs_of_matrices_and_curves_keep_their_words():
    from jakstat.combination.matrix_doses import read_drug
    from jakstat.response.drug_doses import parse_drugs

    one = read_drug("Jakafi=10..1000nm:3", before=1.0).addition.name
    other = parse_drugs("Jakafi=10..1000nm:4").curves[0].name
    assert (one, other) == ("ruxolitinib", "ruxolitinib")
    assert one.given == other.given == "Jakafi; nm read as nM"
    assert read_drug("Jakafi", before=1.0).at((1.0,)).addition.name.given == "Jakafi"
