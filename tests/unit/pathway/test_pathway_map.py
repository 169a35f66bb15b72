"""The map holds the whole model, in its place, and nothing lies upon anything else."""

from dataclasses import replace

import pytest

from jakstat.biology import CORE_PARTS, assemble, contexts
from jakstat.biology.patient_assembly import assemble_patient
from jakstat.biology.patient_cells import PREFIXES
from jakstat.biology.terms import AnnotationTerm, terms
from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import Symbol, substitute
from jakstat.errors import InputError
from jakstat.pathway.build import draw_network, pathway_map
from jakstat.pathway.checks import faults
from jakstat.pathway.columns import ArcPiece, Item, arrange, crossings, heights
from jakstat.pathway.influences import kinetics
from jakstat.pathway.records import Box
from jakstat.pathway.routes import Crossing, tracks
from jakstat.pathway.tumour import tumour_map, tumour_network
from long_rows import CELLS, rest_long

PARTS = (*CORE_PARTS, "jak_inhibitor_ruxolitinib", "blocker_Stattic")


def network(context):
    return load_sbml(assemble(context, parts=PARTS).sbml, trusted=True).network


def ids(found):
    return [s.id for s in found.species], [r.id for r in found.reactions]


@pytest.fixture(scope="module")
def drawn():
    return pathway_map(assemble("hepg2", parts=PARTS))


@pytest.mark.parametrize("context", rest_long(contexts(), CELLS))
def test_every_context_gives_a_sound_map(context):
    assert faults(pathway_map(assemble(context, parts=PARTS)), *ids(network(context))) == ()


def test_only_what_takes_part_in_nothing_is_left_out(drawn):
    found = network("hepg2")
    laws = kinetics(found)
    busy = {i.species for k in laws.values() for i in k.influences}
    busy |= {x.species for r in found.reactions for x in (*r.reactants, *r.products)}
    assert set(drawn.unconnected) == {s.id for s in found.species} - busy == {"IL17A"}


def test_faults_are_seen(drawn):
    names = ids(network("hepg2"))
    first = next(g for g in drawn.glyphs if g.stands_for == "STAT3")
    rest = [g for g in drawn.glyphs if g is not first]
    assert any("not drawn" in f for f in faults(replace(drawn, glyphs=tuple(rest)), *names))
    moved = replace(first, box=replace(first.box, y=-500.0))
    assert any("outside" in f for f in faults(replace(drawn, glyphs=(moved, *rest)), *names))
    upon = replace(first, box=rest[3].box)
    assert any("overlap" in f for f in faults(replace(drawn, glyphs=(upon, *rest)), *names))
    arc, *others = drawn.arcs
    lost = replace(arc, target="nowhere")
    assert any("no end" in f for f in faults(replace(drawn, arcs=(lost, *others)), *names))


def arcs_to(drawn, reaction):
    glyph = next(g for g in drawn.processes() if g.stands_for == reaction)
    pools = {g.id: g.stands_for for g in drawn.glyphs}
    return {(pools.get(a.source), a.kind) for a in drawn.arcs if a.target == glyph.id}


def test_influences_of_stat3_phosphorylation(drawn):
    assert arcs_to(drawn, "STAT3_phosphorylation") >= {
        ("SOCS3", "inhibition"),
        ("Stattic", "inhibition"),
    }
    assert arcs_to(drawn, "gp130_phosphorylation_cc") == {("ruxolitinib", "inhibition")}
    gate = next(g for g in drawn.glyphs if g.kind == "or")
    pools = {g.id: g.stands_for for g in drawn.glyphs}
    joined = {pools[a.source] for a in drawn.arcs if a.target in {p.id for p in gate.ports}}
    assert joined == {"pgp130_JAK1", "hexamer_cc_pgp130", "hexamer_ct_pgp130", "hexamer_tt_pgp130"}
    assert arcs_to(drawn, "SOCS3_translation") == {("SOCS3_mRNA", "necessary stimulation")}
    assert arcs_to(drawn, "SOCS3_transcription") == {("pSTAT3_dimer_nuc", "stimulation")}


def test_influences_agree_with_the_parts(drawn):
    """A species that a rate law names, by itself or by a rule, and that takes no part, is an influence."""
    laws = kinetics(network("hepg2"))
    assert {i.species for i in laws["basal_active_degradation"].influences} == {"SOCS3"}
    assert [i.sign for i in laws["JAK1_activation_cc"].influences] == [-1]
    assert laws["IL6_binds_IL6R"].reversible
    assert not laws["IL6R_maturation"].reversible


def test_no_arc_runs_under_a_box(drawn):
    """Segments of an arc keep clear of every box but those at its ends."""
    ports = {p.id: g.id for g in drawn.glyphs for p in g.ports}
    boxes = {g.id: g.box for g in drawn.glyphs}
    hit = []
    for arc in drawn.arcs:
        own = {ports.get(e, e) for e in (arc.source, arc.target)}
        for (ax, ay), (bx, by) in zip(arc.points, arc.points[1:], strict=False):
            line = Box(min(ax, bx), min(ay, by), max(abs(ax - bx), 0.01), max(abs(ay - by), 0.01))
            hit += [(arc.id, name) for name, box in boxes.items() if name not in own and box.meets(line)]
    assert hit == []


def test_states_and_members(drawn):
    glyphs = {g.stands_for: g for g in drawn.glyphs}
    phospho = glyphs["pSTAT3"].parts
    assert [(p.kind, p.label, p.variable) for p in phospho] == [("state variable", "P", "Tyr705")]
    dimer = glyphs["pSTAT3_dimer_nuc"]
    assert dimer.kind == "macromolecule multimer"
    assert {p.label for p in dimer.parts} == {"P", "N:2"}
    assert [p.label for p in glyphs["ternary_classic"].parts] == ["IL6", "IL6R", "gp130", "JAK1"]
    assert glyphs["SOCS3_mRNA"].kind == "nucleic acid feature"
    assert glyphs["ruxolitinib"].kind == "simple chemical"


def test_counts_are_drawn(drawn):
    pools = {g.id: g.stands_for for g in drawn.glyphs}
    twos = {pools.get(a.source, "") or pools.get(a.target, "") for a in drawn.arcs if a.count == "2"}
    assert {"pSTAT3", "ternary_trans", "ternary_classic", "JAK1"} <= twos


def test_parts_lie_in_their_glyph_or_on_its_edge(drawn):
    for glyph in drawn.glyphs:
        room = Box(glyph.box.x - 1, glyph.box.y - 12, glyph.box.w + 2, glyph.box.h + 13)
        assert all(room.holds(p.box) for p in glyph.parts), glyph.id


def test_a_subset_of_the_reactions_is_drawn():
    """Any part of the model gives a map: here one gene with what drives it."""
    whole = network("hepg2")
    kept = tuple(r for r in whole.reactions if r.id.startswith(("SOCS3", "STAT3")))
    part = replace(whole, reactions=kept)
    known = {e.id: AnnotationTerm(e.id, "", ()) for e in (*whole.species, *whole.reactions)}
    drawn = draw_network(part, known, title="part")
    assert faults(drawn, *ids(part)) == ()
    assert "IL6" in drawn.unconnected


def test_the_same_model_gives_the_same_map(drawn):
    assert pathway_map(assemble("hepg2", parts=PARTS)) == drawn


def test_order_of_columns_undoes_crossings():
    items = {n: Item(n, c, 0, 5.0, 5.0) for n, c in (("a", 0), ("b", 0), ("c", 1), ("d", 1))}
    pieces = [ArcPiece(0, "a", "d"), ArcPiece(1, "b", "c")]
    assert crossings([["a", "b"], ["c", "d"]], pieces) == 1
    assert crossings(arrange(items, pieces), pieces) == 0


def test_heights_keep_distances():
    items = {n: Item(n, c, 0, 5.0, 5.0) for n, c in (("a", 0), ("c", 1), ("d", 1))}
    pieces = [ArcPiece(0, "a", "c"), ArcPiece(1, "a", "d")]
    y = heights([["a"], ["c", "d"]], items, pieces, [(0.0, 100.0)], gap=4.0, pads=(0.0, 0.0))
    assert y["d"] - y["c"] == pytest.approx(14.0)
    assert y["a"] == pytest.approx((y["c"] + y["d"]) / 2)


def test_vertical_lines_never_lie_upon_each_other():
    found = [Crossing(i, 10.0 * i, 50.0 - 10.0 * i) for i in range(5)]
    track = tracks(found)
    for i, one in enumerate(found):
        for j, other in enumerate(found[:i]):
            if track[i] == track[j] >= 0:
                assert max(one.left, one.right) < min(other.left, other.right) or max(
                    other.left, other.right
                ) < min(one.left, one.right)


def test_a_series_cannot_be_mapped():
    from jakstat.experiment.describe import make_protocol
    from jakstat.pathway.values import levels

    with pytest.raises(InputError) as error:
        levels(make_protocol("hepg2", stimuli="IL6=1..10ng/ml:2", until="20min", parts="auto"), 1 / 3, "x")
    assert [p.code for p in error.value.problems] == ["map.series"]


def test_levels_are_those_of_the_species_not_of_the_observable_of_that_name():
    """`pSTAT3` is a species (free monomer, nM) and an observable (all of it, per cell)."""
    from jakstat.experiment.describe import make_protocol
    from jakstat.experiment.run import run_protocol
    from jakstat.pathway.values import levels
    from jakstat.units import MOLECULES_PER_ZMOL

    protocol = make_protocol(
        "hepg2",
        stimuli="IL6=10ng/ml",
        until="20min",
        observe="pSTAT3_cytoplasmic",
        points=3,
        parts="auto",
    )
    found = levels(protocol, 1 / 3, "x").by_species
    size = next(c.size for c in network("hepg2").compartments if c.id == "cytoplasm")
    amount = (found["pSTAT3"].now + 2 * found["pSTAT3_dimer"].now) * size * MOLECULES_PER_ZMOL
    expected = float(run_protocol(protocol)["pSTAT3_cytoplasmic"][0, -1])
    assert amount == pytest.approx(expected, rel=1e-4)
    untouched = levels(make_protocol("hepg2", until="1h", parts="auto"), 1.0, "x").by_species
    folds = [v.fold for v in untouched.values() if v.fold is not None]
    assert len(folds) > 20
    assert folds == pytest.approx([1.0] * len(folds), rel=1e-3)


def copied(whole, shared, copies):
    """The network several times over; the copies have the ``shared`` species in common."""
    own = {s.id for s in whole.species} - shared | {a.variable for a in whole.assignment_rules}
    species, reactions, rules = list(whole.species), list(whole.reactions), list(whole.assignment_rules)
    for k in range(copies):

        def name(x, k=k):
            return f"{x}_{k}" if x in own else x

        def symbol(s, name=name):
            return Symbol(name(s.id))

        def formula(e, symbol=symbol):
            return substitute(e, symbol)

        def ends(found, name=name):
            return tuple(replace(x, species=name(x.species)) for x in found)

        species += [replace(s, id=name(s.id)) for s in whole.species if s.id not in shared]
        reactions += [
            replace(
                r,
                id=f"{r.id}_{k}",
                reactants=ends(r.reactants),
                products=ends(r.products),
                rate=formula(r.rate),
            )
            for r in whole.reactions
            if not {x.species for x in (*r.reactants, *r.products)} <= shared
        ]
        rules += [
            replace(a, variable=name(a.variable), expression=formula(a.expression))
            for a in whole.assignment_rules
        ]
    return replace(whole, species=tuple(species), reactions=tuple(reactions), assignment_rules=tuple(rules))


def test_a_model_four_times_as_large_gives_a_sound_map():
    """More receptors on the same kinases and drug: hubs are drawn often, each with few arcs."""
    whole = network("hepg2")
    known = terms(assemble("hepg2", parts=PARTS).sbml)
    large = copied(whole, {"JAK1", "ruxolitinib", "gp130"}, 3)

    def original(x):
        return x if x in known else x.rpartition("_")[0]

    every = {e.id: known[original(e.id)] for e in (*large.species, *large.reactions)}
    drawn = draw_network(large, every, title="large")
    assert faults(drawn, *ids(large)) == ()
    drugs = {g.id for g in drawn.pools() if g.stands_for == "ruxolitinib"}
    arcs = [a.source for a in drawn.arcs if a.source in drugs and a.kind == "inhibition"]
    slowed = [r for r, law in kinetics(large).items() if "ruxolitinib" in {i.species for i in law.influences}]
    assert len(arcs) == len(slowed) > 20
    assert max(arcs.count(d) for d in drugs) <= 8


def test_the_map_of_the_tumour_is_sound_and_has_the_signs_of_its_rate_laws():
    patient = assemble_patient()
    found = tumour_network(patient)
    tumour = tumour_map(patient)
    assert faults(tumour, *ids(found)) == ()
    assert not [n for n in (*ids(found)[0], *ids(found)[1]) if n.startswith(PREFIXES)]
    assert arcs_to(tumour, "NK_infiltration") == {("IL6_total_tumour", "inhibition")}
    assert arcs_to(tumour, "MDSC_recruitment") == {("IL6_total_tumour", "stimulation")}
    assert arcs_to(tumour, "TNF_secretion") == {("TAM", "necessary stimulation"), ("danger", "stimulation")}
    assert "Left out" in tumour.left_out
    with pytest.raises(InputError, match="no part 'receptor'"):
        tumour_map(patient, ["receptor"])
