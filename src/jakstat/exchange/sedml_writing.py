"""Writing an experiment of ours as SED-ML, Level 1 Version 2, 3 or 4.

One model and one time course; several lanes are a repeated task that goes through the values which differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from jakstat.errors import problem
from jakstat.exchange.kisao_methods import ABSOLUTE, CVODE, RELATIVE, kisao_text
from jakstat.exchange.protocol_model import LaneChange

__all__ = ["VERSIONS", "SedmlQuestion", "ShownReadout", "sedml_text"]

VERSIONS = {"1.2": 2, "1.3": 3, "1.4": 4}
"""Levels and versions that are written, by their name on the command line."""

_SBML = "http://www.sbml.org/sbml/level3/version2/core"
_MATH = "http://www.w3.org/1998/Math/MathML"
_LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
_V4 = 4


@dataclass(frozen=True, slots=True)
class ShownReadout:
    """A readout: its name and unit, the element that holds it, and the factor between."""

    name: str
    unit: str
    id: str
    kind: str
    scale: float


@dataclass(frozen=True, slots=True)
class SedmlQuestion:
    """What a document asks.

    Parameters
    ----------
    model : str
        Name of the model's file beside the document.
    title : str
    hours : float
        Length of the time course.
    start : float
        Hour of the protocol at time 0 of the model.
    steps : int
    rtol, atol : float
    readouts : sequence of ShownReadout
    changes : sequence of LaneChange
        Empty for one lane.
    """

    model: str
    title: str
    hours: float
    start: float
    steps: int
    rtol: float
    atol: float
    readouts: Sequence[ShownReadout]
    changes: Sequence[LaneChange] = ()


def sedml_text(asked: SedmlQuestion, version: str = "1.4") -> str:
    """The document.

    Raises
    ------
    InputError
        ``option.value`` for a version that is not written.

    Examples
    --------
    >>> read = ShownReadout("x", "nM", "x", "species", 1.0)
    >>> asked = SedmlQuestion("m.xml", "", 6.0, 0.0, 60, 1e-9, 1e-12, [read])
    >>> 'numberOfSteps="60"' in sedml_text(asked), 'numberOfPoints="60"' in sedml_text(asked, "1.2")
    (True, True)
    """
    if version not in VERSIONS:
        hint = "one of " + ", ".join(VERSIONS)
        raise problem("option.value", f"SED-ML {version[:20]} is not written", field="--sedml", hint=hint)
    number = VERSIONS[version]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<sedML xmlns="http://sed-ml.org/sed-ml/level1/version{number}" xmlns:sbml="{_SBML}" level="1"'
        f' version="{number}">',
        " <listOfModels>",
        f'  <model id="model" language="{_LANGUAGE}" source={quoteattr(asked.model)}/>',
        " </listOfModels>",
        " <listOfSimulations>",
        *_course(asked, number),
        " </listOfSimulations>",
        " <listOfTasks>",
        '  <task id="task" modelReference="model" simulationReference="course"/>',
        *(_repeats(asked.changes) if asked.changes else ()),
        " </listOfTasks>",
        *_shown(asked, number),
        "</sedML>",
        "",
    ]
    return "\n".join(lines)


def _course(asked: SedmlQuestion, version: int) -> Iterator[str]:
    count = "numberOfSteps" if version >= _V4 else "numberOfPoints"
    yield (
        '  <uniformTimeCourse id="course" initialTime="0" outputStartTime="0"'
        f' outputEndTime="{asked.hours!r}" {count}="{asked.steps}">'
    )
    yield f'   <algorithm kisaoID="{kisao_text(CVODE)}">'
    yield "    <listOfAlgorithmParameters>"
    for number, value in ((RELATIVE, asked.rtol), (ABSOLUTE, asked.atol)):
        yield f'     <algorithmParameter kisaoID="{kisao_text(number)}" value="{value!r}"/>'
    yield "    </listOfAlgorithmParameters>"
    yield "   </algorithm>"
    yield "  </uniformTimeCourse>"


def _path(kind: str, name: str, attribute: str = "") -> str:
    group = {"species": "listOfSpecies", "parameter": "listOfParameters"}[kind]
    end = f"/@{attribute}" if attribute else ""
    return quoteattr(f"/sbml:sbml/sbml:model/sbml:{group}/sbml:{kind}[@id='{name}']{end}")


def _repeats(changes: Sequence[LaneChange]) -> Iterator[str]:
    """A repeat for every lane: the ranges run side by side."""
    yield '  <repeatedTask id="lanes" range="values_1" resetModel="true">'
    yield "   <listOfRanges>"
    for number, change in enumerate(changes, 1):
        yield f'    <vectorRange id="values_{number}">'
        yield from (f"     <value>{value!r}</value>" for value in change.values)
        yield "    </vectorRange>"
    yield "   </listOfRanges>"
    yield "   <listOfChanges>"
    for number, change in enumerate(changes, 1):
        target = _path(change.kind, change.id, change.attribute)
        yield f'    <setValue modelReference="model" target={target} range="values_{number}">'
        yield f'     <math xmlns="{_MATH}"><ci>values_{number}</ci></math>'
        yield "    </setValue>"
    yield "   </listOfChanges>"
    yield '   <listOfSubTasks><subTask order="1" task="task"/></listOfSubTasks>'
    yield "  </repeatedTask>"


def _shown(asked: SedmlQuestion, version: int) -> Iterator[str]:
    task = "lanes" if asked.changes else "task"
    shift = f"<apply><plus/><ci>t</ci><cn>{asked.start!r}</cn></apply>" if asked.start else "<ci>t</ci>"
    yield " <listOfDataGenerators>"
    symbol = 'symbol="urn:sedml:symbol:time"'
    yield from _generator("time_h", "time (h)", f'<variable id="t" {symbol} taskReference="{task}"/>', shift)
    for read in asked.readouts:
        variable = f'<variable id="x" target={_path(read.kind, read.id)} taskReference="{task}"/>'
        math = (
            "<ci>x</ci>" if read.scale == 1 else f"<apply><times/><cn>{read.scale!r}</cn><ci>x</ci></apply>"
        )
        yield from _generator(f"data_{read.name}", f"{read.name} ({read.unit})", variable, math)
    yield " </listOfDataGenerators>"
    yield " <listOfOutputs>"
    yield f'  <report id="readouts" name={quoteattr(asked.title)}>'
    yield "   <listOfDataSets>"
    yield '    <dataSet id="set_time_h" label="time_h" dataReference="time_h"/>'
    for read in asked.readouts:
        yield f'    <dataSet id="set_{read.name}" label="{read.name}" dataReference="data_{read.name}"/>'
    yield "   </listOfDataSets>"
    yield "  </report>"
    scale = "" if version >= _V4 else ' logX="false" logY="false"'
    for read in asked.readouts:
        yield f'  <plot2D id="plot_{read.name}" name={quoteattr(f"{read.name} ({read.unit})")}>'
        yield "   <listOfCurves>"
        yield (
            f'    <curve id="curve_{read.name}"{scale} xDataReference="time_h"'
            f' yDataReference="data_{read.name}"/>'
        )
        yield "   </listOfCurves>"
        yield "  </plot2D>"
    yield " </listOfOutputs>"


def _generator(name: str, title: str, variable: str, math: str) -> Iterator[str]:
    yield f'  <dataGenerator id="{name}" name={quoteattr(title)}>'
    yield f"   <listOfVariables>{variable}</listOfVariables>"
    yield f'   <math xmlns="{_MATH}">{math}</math>'
    yield "  </dataGenerator>"
