"""The options that describe what is done to the cells, for the commands that analyse a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "Context",
    "Drug",
    "Force",
    "Knockdown",
    "Parts",
    "Plot",
    "Seed",
    "State",
    "Stimulus",
    "Treatment",
]

Context = Annotated[str, typer.Argument(help="Kind of cell, e.g. hepg2.")]
Stimulus = Annotated[list[str] | None, typer.Option(help="Ligand: IL6=10ng/ml.")]
Drug = Annotated[list[str] | None, typer.Option(help="Drug in the medium: ruxolitinib=500nM.")]
Knockdown = Annotated[
    list[str] | None, typer.Option("--knockdown", "--perturb", help="Factor on a gene: SOCS3=0, STAT3=2.")
]
Treatment = Annotated[
    list[str] | None, typer.Option("--treatment", "--treat", help="On or off: actinomycin_D.")
]
Parts = Annotated[
    str | None,
    typer.Option(help="Parts of the model, separated by commas, or core, cell, all or drugs."),
]
Seed = Annotated[int, typer.Option(help="Seed of the random draws.")]
Plot = Annotated[Path | None, typer.Option(help="Write a figure (.png, .pdf, .svg).")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
State = Annotated[list[str] | None, typer.Option(help="State of the cell, e.g. HBV; several combine.")]
