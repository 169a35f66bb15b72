"""Events laid out for the step loop: the nodes of their formulas, and tables that number them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jakstat.engine.compile.dag import Node
from jakstat.engine.compile.equations import EventNodes
from jakstat.engine.compile.layout import (
    AT_TRIGGER,
    CHANGE_FOLLOWS,
    CHANGE_INPUT,
    CHANGE_STATE,
    EVENT_TABLES,
    PERSISTENT,
)

__all__ = ["EventTables", "event_tables"]

NOWHERE = -1


@dataclass(slots=True)
class EventTables:
    """Tables by event and by change (``layout.EVENT_TABLES``), and the nodes that they number."""

    tables: dict[str, list[int]]
    results: list[Node] = field(default_factory=list)
    _known: dict[Node, int] = field(default_factory=dict)

    def place(self, node: Node | None) -> int:
        """The place of a node among the results."""
        if node is None:
            return NOWHERE
        if node not in self._known:
            self._known[node] = len(self.results)
            self.results.append(node)
        return self._known[node]


def event_tables(events: Sequence[EventNodes], places: Sequence[int]) -> EventTables:
    """The tables of all events; ``places`` says where among the conditions each trigger lies."""
    made = EventTables({name: [] for name in EVENT_TABLES})
    table: Mapping[str, list[int]] = made.tables
    for node, place in zip(events, places, strict=True):
        event = node.event
        table["flags"].append(PERSISTENT * event.persistent | AT_TRIGGER * event.use_trigger_time_values)
        table["trigger"].append(place)
        table["delay"].append(made.place(node.delay))
        table["priority"].append(made.place(node.priority))
        table["change"].append(len(table["kind"]))
        table["values"].append(len(made.results))
        made.results.extend(node.values)  # one after another, so that they can be kept until they are due
        table["widths"].append(len(node.values))
        for change in node.changes:
            array, number = change.target
            kind = CHANGE_FOLLOWS if change.follows else CHANGE_STATE if array == "y" else CHANGE_INPUT
            for name, value in (("kind", kind), ("target", number), ("from", change.value)):
                table[name].append(value)
            table["size"].append(made.place(change.size))
    table["change"].append(len(table["kind"]))
    return made
