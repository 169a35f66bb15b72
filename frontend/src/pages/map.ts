/** The pathway, coloured by the current answer; what is chosen in it answers why it is there. */

import type { Core, ElementDefinition, StylesheetJson } from "cytoscape";
import { Answers } from "../answers";
import { call, type Choices } from "../api";
import { redrawn } from "../chart";
import { choice, text } from "../controls";
import { el, fresh, swap, table, told, type Cell } from "../dom";
import type { Mounted, Page, Shell } from "../shell";
import type { PageState } from "../state";
import { cellControls } from "./cell";
import { whyPanel } from "./why";

interface Layout {
  key: string;
  title: string;
  width: number;
  height: number;
  compartments: { id: string; label: string; stands_for: string; x: number; y: number; w: number; h: number }[];
  nodes: { id: string; kind: string; label: string; stands_for: string; compartment: string; x: number; y: number; w: number; h: number; clone: boolean; marks: { variable: string; value: string }[] }[];
  edges: { id: string; kind: string; source: string; target: string; points: [number, number][]; count: number }[];
  sources: string[];
}
interface Level {
  rest: number | null;
  now: number | null;
  unit: string;
  molecules: number | null;
  fold: number | null;
  colour: string;
}
interface MapAnswer {
  layout: string;
  title: string;
  time_h: number | null;
  legend: { fold: number; colour: string }[];
  levels: Record<string, Level> | null;
  notes?: string[];
}

const SHAPES: Record<string, string> = {
  macromolecule: "round-rectangle",
  complex: "cut-rectangle",
  "simple chemical": "ellipse",
  "nucleic acid feature": "bottom-round-rectangle",
  "unspecified entity": "ellipse",
  process: "rectangle",
  association: "ellipse",
  dissociation: "ellipse",
  "source and sink": "ellipse",
  "empty set": "ellipse",
};
const PROCESSES = new Set(["process", "omitted process", "uncertain process", "association", "dissociation", "source and sink", "empty set"]);
const ARROWS: Record<string, string> = {
  production: "triangle",
  consumption: "none",
  catalysis: "circle",
  inhibition: "tee",
  stimulation: "triangle",
  modulation: "diamond",
  "necessary stimulation": "triangle-cross",
};

function elements(layout: Layout): ElementDefinition[] {
  const made: ElementDefinition[] = layout.compartments.map((c) => ({
    group: "nodes",
    data: { id: `c:${c.id}`, label: c.label, w: c.w, h: c.h, stands: c.stands_for },
    position: { x: c.x + c.w / 2, y: c.y + c.h / 2 },
    classes: "compartment",
    selectable: false,
    grabbable: false,
  }));
  const middle = new Map<string, [number, number]>();
  for (const n of layout.nodes) {
    middle.set(n.id, [n.x + n.w / 2, n.y + n.h / 2]);
    made.push({
      group: "nodes",
      data: { id: n.id, label: PROCESSES.has(n.kind) ? "" : n.label + n.marks.map((m) => `\n${m.variable || m.value}`).join(""), w: n.w, h: n.h, stands: n.stands_for, shape: SHAPES[n.kind] ?? "round-rectangle", kind: n.kind, colour: "#888888", ink: "#000000" },
      position: { x: n.x + n.w / 2, y: n.y + n.h / 2 },
      classes: PROCESSES.has(n.kind) ? "process" : "species",
      grabbable: false,
    });
  }
  for (const e of layout.edges) {
    const from = middle.get(e.source);
    const to = middle.get(e.target);
    if (from === undefined || to === undefined) continue;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    const inner = e.points.slice(1, -1);
    const bent = length > 0 && inner.length > 0;
    const weights = inner.map(([x, y]) => ((x - from[0]) * dx + (y - from[1]) * dy) / (length * length));
    const distances = inner.map(([x, y]) => ((x - from[0]) * dy - (y - from[1]) * dx) / length);
    made.push({
      group: "edges",
      data: { id: `e:${e.id}`, source: e.source, target: e.target, arrow: ARROWS[e.kind] ?? "triangle", ...(bent ? { weights: weights.join(" "), distances: distances.map((d) => -d).join(" ") } : {}) },
      classes: bent ? "bent" : "",
      selectable: false,
    });
  }
  return made;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function style(): StylesheetJson {
  const [ink, paper, soft, rule, accent] = ["--ink", "--paper", "--ink-soft", "--rule", "--accent"].map(colour) as [string, string, string, string, string];
  return [
    { selector: "node", style: { width: "data(w)", height: "data(h)", "font-family": "system-ui, sans-serif", "text-valign": "center", "text-halign": "center", "text-wrap": "wrap", "font-size": 11, "min-zoomed-font-size": 6 } },
    { selector: ".compartment", style: { shape: "round-rectangle", "background-opacity": 0.25, "background-color": rule, "border-width": 2, "border-color": soft, label: "data(label)", "text-valign": "top", "text-margin-y": 16, color: ink, "font-size": 15, "font-weight": 600, events: "no" } },
    { selector: ".species", style: { shape: "data(shape)" as never, "background-color": "data(colour)", "border-width": 1.2, "border-color": soft, label: "data(label)", color: "data(ink)" } },
    { selector: ".process", style: { shape: "data(shape)" as never, "background-color": paper, "border-width": 1.2, "border-color": soft } },
    { selector: "edge", style: { width: 1.2, "line-color": soft, "curve-style": "straight", "target-arrow-shape": "data(arrow)" as never, "target-arrow-color": soft, "arrow-scale": 0.8 } },
    { selector: ".bent", style: { "curve-style": "segments", "edge-distances": "node-position", "segment-weights": "data(weights)" as never, "segment-distances": "data(distances)" as never } },
    { selector: "node:selected", style: { "border-width": 4, "border-color": accent } },
  ] as StylesheetJson;
}

/** Black or white, whichever is read better on a colour. */
function readable(hex: string): string {
  const [r, g, b] = [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16) / 255) as [number, number, number];
  const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) > 0.18 ? "#101418" : "#ffffff";
}

export const mapPage: Page = {
  name: "map",
  title: "Map",
  about: "The pathway, coloured by what the cell does now. Choose a species or a reaction to see what it rests on.",
  start: (choices): PageState => ({ v: 1, page: "map", question: { ...choices.defaults["map"], context: "hepg2", parts: "core", stimulus: ["IL6=10ng/ml"], at: "20min" }, view: {} }),
  mount(shell: Shell, choices: Choices): Mounted {
    const stage = el("div", { class: "map-stage", role: "application", "aria-label": "Pathway map; the list below names the same species and reactions" });
    const legend = el("ul", { class: "legend", "aria-label": "Colours: level over its level at rest" });
    const why = el("div", { class: "why", "aria-live": "polite" });
    const changes = el("div", {});
    const scaled = (words: string, name: string, act: () => void): HTMLElement => el("button", { type: "button", class: "quiet", "aria-label": name, click: act }, words);
    const by = (factor: number): void => {
      if (core !== null) core.zoom({ level: core.zoom() * factor, renderedPosition: { x: core.width() / 2, y: core.height() / 2 } });
    };
    const zoom = el("div", { class: "zoom", role: "group", "aria-label": "Zoom of the map" }, scaled("+", "Nearer", () => by(1.4)), scaled("−", "Farther", () => by(1 / 1.4)), scaled("whole", "The whole map", () => core?.fit(undefined, 10)));
    const list = el("datalist", { id: fresh("species") });
    const find = el("input", { type: "text", id: fresh("find"), list: list.id, autocomplete: "off", placeholder: "e.g. pSTAT3" });
    let core: Core | null = null;
    let layout: Layout | null = null;
    let last: MapAnswer | null = null;
    let asked = 0;

    /** What the map shows next to a species: the reactions that it takes part in. */
    const reactionsOf = (name: string): string[] => {
      if (layout === null) return [];
      const all = new Map(layout.nodes.map((n) => [n.id, n]));
      const found = new Set<string>();
      for (const e of layout.edges) {
        const ends = [all.get(e.source), all.get(e.target)];
        for (const [one, other] of [ends, [...ends].reverse()]) if (one?.stands_for === name && other !== undefined && PROCESSES.has(other.kind) && other.stands_for) found.add(other.stands_for);
      }
      return [...found].sort();
    };
    const explain = async (name: string): Promise<void> => {
      asked += 1;
      const mine = asked;
      shell.state.view["why"] = name;
      shell.keep(true);
      swap(why, el("p", { class: "state" }, `Looking up ${name} …`));
      try {
        const found = await whyPanel(name, String(shell.state.question["scale"] ?? "cell"), (next) => void explain(next), reactionsOf(name));
        if (mine === asked) swap(why, found);
      } catch (error) {
        if (mine === asked) swap(why, el("p", { class: "wrong" }, error instanceof Error ? error.message : String(error)));
      }
    };
    const paint = (): void => {
      if (core === null || last === null) return;
      const plain = colour("--panel");
      const ink = colour("--ink");
      core.batch(() => {
        core?.nodes(".species").forEach((node) => {
          const level = last?.levels?.[String(node.data("stands"))];
          node.data("colour", level?.colour ?? plain);
          node.data("ink", level ? readable(level.colour) : ink);
        });
      });
      core.style(style());
    };
    const off = redrawn(paint);
    const answers = new Answers<MapAnswer>(shell, ({ reply }) => void draw(reply.answer, reply));

    const draw = async (found: MapAnswer, reply: { command: string; python: string }): Promise<void> => {
      last = found;
      if (!stage.isConnected) swap(shell.answer, legend, zoom, stage, el("div", { class: "row find" }, el("label", { for: find.id }, "Find a species or reaction"), find, list), why, changes);
      try {
        if (layout?.key !== found.layout) {
          layout = await call<Layout>("GET", `layouts/${found.layout}`);
          core?.destroy();
          const { default: cytoscape } = await import("cytoscape");
          core = cytoscape({ container: stage, elements: elements(layout), layout: { name: "preset" }, style: style(), wheelSensitivity: 0.25, minZoom: 0.05, maxZoom: 4, boxSelectionEnabled: false, autounselectify: false });
          core.fit(undefined, 10);
          core.on("tap", "node.species, node.process", (event) => void explain(String(event.target.data("stands"))));
          swap(list, ...[...new Set(layout.nodes.map((n) => n.stands_for).filter((n) => n))].sort().map((n) => el("option", { value: n })));
        }
      } catch (error) {
        shell.failed(error);
        return;
      }
      paint();
      swap(legend, ...found.legend.map((one) => {
        const key = el("span", { class: "patch", "aria-hidden": "true" });
        key.style.backgroundColor = one.colour;
        return el("li", {}, key, `${told(one.fold)} times`);
      }), absentKey(found));
      swap(changes, changed(found));
      shell.full(found.title);
      shell.lines(reply, found.notes ?? []);
    };
    /** The colour of what is absent at rest and there now. */
    const absentKey = (found: MapAnswer): HTMLElement | null => {
      const born = Object.values(found.levels ?? {}).find((l) => l.fold === null && (l.now ?? 0) > 0);
      if (born === undefined) return null;
      const key = el("span", { class: "patch", "aria-hidden": "true" });
      key.style.backgroundColor = born.colour;
      return el("li", {}, key, "absent at rest");
    };
    const changed = (found: MapAnswer): HTMLElement | null => {
      if (found.levels === null) return null;
      const size = (l: Level): number => (l.fold === null || l.fold <= 0 ? (l.now ?? 0) > 0 ? 99 : 0 : Math.abs(Math.log(l.fold)));
      const rows = Object.entries(found.levels).filter(([, l]) => size(l) > 0.05).sort((a, b) => size(b[1]) - size(a[1])).slice(0, 40).map(([name, l]): Cell[] => {
        const button = el("button", { type: "button", class: "quiet" }, name);
        button.addEventListener("click", () => pick(name));
        return [button, l.rest, l.now, l.unit, l.fold];
      });
      return table("Species that changed most", ["species", "at rest", "now", "unit", "times"], rows);
    };
    const pick = (name: string): void => {
      core?.nodes().unselect();
      const node = core?.nodes().filter((n) => n.data("stands") === name) ?? null;
      if (node !== null && node.length && core !== null) {
        node.select();
        core.animate({ center: { eles: node.first() }, zoom: Math.max(core.zoom(), 0.9), duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250 });
      }
      void explain(name);
    };
    find.addEventListener("change", () => {
      if (find.value.trim()) pick(find.value.trim());
    });
    const ask = (settled: boolean): void => void answers.ask("map", shell.state.question, settled);
    const build = (): void => {
      const q = shell.state.question;
      swap(
        shell.controls,
        ...cellControls(q, choices, ask, { rebuild: build }),
        text("At", String(q["at"] ?? ""), (v) => { q["at"] = v === "" ? null : v; ask(true); }, { field: "--at", hint: "When the levels are read, e.g. 20min; empty for a map without colours." }),
        choice("Scale", [["cell", "a cell"], ["patient", "a tumour in a patient"]], String(q["scale"] ?? "cell"), (v) => { q["scale"] = v; ask(true); }, { field: "--scale" }),
      );
    };
    build();
    shell.exports("map", () => shell.state.question, ["png", "svg", "pdf", "json"]);
    ask(true);
    const before = shell.state.view["why"];
    if (typeof before === "string") void explain(before);
    return {
      leave: () => {
        answers.leave();
        off();
        core?.destroy();
      },
    };
  },
};
