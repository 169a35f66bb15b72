"""What a quantity of a network depends on, directly or through others."""

from __future__ import annotations

from collections import defaultdict

from jakstat.engine.network.expression import symbols
from jakstat.engine.network.network import Network

__all__ = ["reads_only", "upstream"]


def upstream(network: Network, wanted: str) -> frozenset[str]:
    """Ids of all species, reactions and ruled quantities that can move ``wanted``; itself among them.

    A species depends on the reactions that make or consume it, a reaction on what its rate names, a ruled
    quantity on what its formula names. A feedback makes what lies downstream lie upstream too.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> found = upstream(loaded_cell("hepg2").model.network, "observable_pSTAT3")
    >>> "STAT3_phosphorylation" in found, "SOCS3_translation" in found, "HAMP_transcription" in found
    (True, True, False)
    """
    rests_on: dict[str, set[str]] = defaultdict(set)
    for reaction in network.reactions:
        if reaction.rate is not None:
            rests_on[reaction.id] |= symbols(reaction.rate)
        for reference in (*reaction.reactants, *reaction.products):
            rests_on[reference.species].add(reaction.id)
    for rule in (*network.assignment_rules, *network.rate_rules):
        rests_on[rule.variable] |= symbols(rule.expression)
    found = {wanted}
    open_ends = [wanted]
    while open_ends:
        for name in rests_on[open_ends.pop()] - found:
            found.add(name)
            open_ends.append(name)
    return frozenset(found)


def reads_only(network: Network, symbol: str, moving: frozenset[str]) -> bool:
    """Whether a ruled quantity is made of nothing that changes but what is in ``moving``.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> network = loaded_cell("hepg2").model.network
    >>> moving = upstream(network, "observable_pSTAT3")
    >>> reads_only(network, "observable_SOCS3", moving), reads_only(network, "observable_HAMP_mRNA", moving)
    (True, False)
    """
    rules = {r.variable: r.expression for r in network.assignment_rules}
    if symbol not in rules:
        return False
    changing = {s.id for s in network.species if not s.constant} | set(rules)
    changing |= {r.id for r in network.reactions} | {r.variable for r in network.rate_rules}
    named = symbols(rules[symbol]) & changing
    return bool(named) and named <= moving
