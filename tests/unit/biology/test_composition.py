"""Parts compose freely: every part alone with what it requires, and ports that others add to."""

from __future__ import annotations

import libsbml
import pytest

from jakstat.biology import CORE_PARTS, assemble, cell_parts, chosen_parts, part, part_names, parts
from jakstat.biology.parts import Port, drug_parts, with_required
from jakstat.errors import InputError


def _document(names: tuple[str, ...]) -> libsbml.SBMLDocument:
    document = libsbml.readSBMLFromString(assemble("hepg2", parts=names).sbml)
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    return document


@pytest.mark.parametrize("name", part_names(instances=False))
def test_a_part_alone_with_what_it_requires_is_a_model(name: str) -> None:
    assembly = assemble("hepg2", parts=[name])
    assert name in assembly.parts
    assert set(assembly.parts) == set(with_required([name]))
    assert _document((name,)).getModel().getNumReactions() == sum(len(p.reactions) for p in parts([name]))


def test_without_feedback_its_port_keeps_the_base() -> None:
    def rule(name: str) -> str:
        document = _document((name,))
        return str(
            libsbml.formulaToL3String(
                document.getModel().getAssignmentRuleByVariable("SOCS3_bound").getMath()
            )
        )

    assert rule("stat3") == "0 dimensionless"
    assert "K_SOCS3" in rule("feedback")


def test_what_is_given_to_a_port_that_nobody_declares_is_left_out() -> None:
    given = {port for p in parts(part_names()) for port, _ in p.gives}
    declared = {port.name for p in parts(part_names()) for port in p.ports}
    assert given <= declared, "a port that no part at all declares is a misspelling"


def test_a_product_port_multiplies() -> None:
    port = Port("activity", "product", "1", "dimensionless", "what it is")
    assert port.rule(()) == "activity := (1);"
    assert port.rule(["a + b"]) == "activity := (1)*(a + b);"


def test_names_choose_parts() -> None:
    assert set(chosen_parts(())) == set(chosen_parts(["all"]))
    assert chosen_parts(["core"]) == CORE_PARTS
    assert chosen_parts(["auto"], ["nobody", "IL6"]) == CORE_PARTS
    assert chosen_parts(["stat3"]) == ("receptor", "jak", "stat3")
    assert set(chosen_parts(["cell"])) == set(cell_parts())
    drugs = set(chosen_parts(["drugs"]))
    assert set(chosen_parts(["all"])) | drugs == set(part_names())
    assert "jak_inhibitor_ruxolitinib" in drugs - set(chosen_parts(["all"]))


def test_unknown_part_is_refused_with_the_known_ones() -> None:
    for call in (lambda: chosen_parts(["kidney"]), lambda: part("kidney"), lambda: with_required(["kidney"])):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.problems[0].code == "part.unknown"
        assert "stat3" in (caught.value.problems[0].hint or "")


def test_no_symbol_is_defined_by_two_parts() -> None:
    seen: dict[str, str] = {}
    for p in parts(part_names()):
        for entry in (*p.species, *p.reactions, *p.ports):
            name = entry.name if hasattr(entry, "combine") else entry.id
            assert seen.setdefault(name, p.name) == p.name, name


def test_the_cell_has_its_genes_but_no_other_cytokine_or_stat() -> None:
    own = {name for name in part_names() if part(name).pattern in ("", "gene", "transcript")}
    own -= set(drug_parts())
    assert set(cell_parts()) == set(with_required(own))
    others = set(part_names()) - own
    assert {part(name).pattern for name in others} == {
        "",
        "cytokine",
        "delayed_transcript",
        "stat",
        "heterodimer",
        "blocker",
        "cytotoxic",
        "jak_inhibitor",
        "ligand_antibody",
        "receptor_antibody",
    }
    required = {name for piece in parts(own) for name in piece.requires}
    assert set(cell_parts()) & others <= required
