"""The shipped table of verdicts is the one that the model gives."""

from importlib.resources import files

import pytest

from jakstat.evidence.recorded_verdicts import FILE, read_verdicts, recorded_verdicts, verdict_table
from jakstat.evidence.verdicts import claim_verdict
from jakstat.knowledge import knowledge
from jakstat.population.claims.claim_verdicts import patient_claim_verdicts


def test_every_claim_has_one():
    assert list(recorded_verdicts()) == list(knowledge().claims)


def test_a_claim_has_the_verdict_of_the_scale_it_can_be_run_at():
    cell = claim_verdict(module="receptor", lanes=1)
    waiting = next(v for v in claim_verdict(claim="C007", lanes=1).verdicts)
    assert waiting.verdict == "not_yet"
    both = read_verdicts(verdict_table(cell, claim_verdict(claim="C007", lanes=1)).encode())
    assert set(both) == {v.claim.id for v in cell.verdicts} | {"C007"}
    again = read_verdicts(verdict_table(cell, cell).encode())
    assert again == {v.claim.id: (v.verdict, v.role or "") for v in cell.verdicts}


@pytest.mark.long
def test_the_shipped_table_is_what_the_model_gives():
    table = files("jakstat.evidence").joinpath("data", FILE).read_text(encoding="utf-8")
    assert verdict_table(claim_verdict(), patient_claim_verdicts()) == table, "run `make docs`"
