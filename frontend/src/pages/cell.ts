/** What a cell does: stimulus, drugs and knockdowns as sliders, treated beside control. */

import { Asker, type Choices, type Reply } from "../api";
import { ChartGrid, type ChartData, type Curve } from "../chart";
import { choice, doseList, knockdowns, text, tick, ticks } from "../controls";
import { el, swap, table, type Cell } from "../dom";
import type { Mounted, Page, Shell } from "../shell";
import type { PageState, Question } from "../state";

interface Observable {
  unit: string;
  values: (number | null)[] | (number | null)[][];
  control?: (number | null)[];
  interval?: { low: (number | null)[]; median: (number | null)[]; high: (number | null)[] };
}
interface CellAnswer {
  context: string;
  time_h: number[];
  observables: Record<string, Observable>;
  outcome: string;
  notes: string[];
  control?: { without: string[]; compared: Record<string, Record<string, { treated: number[]; control: number[]; percent: (number | null)[] }>> };
  interval?: { vectors: number; failed: number };
  cloud?: Record<string, (number | null)[][]>;
  manifest: { key: string; sources: string[] };
}

const UNIT_WORDS: Record<string, string> = { "1/cell": "molecules per cell", "1": "ratio" };

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : [];
}

/** Controls of a cell, which several pages have. */
export function cellControls(
  question: Question,
  choices: Choices,
  changed: (settled: boolean) => void,
  options: { rebuild: () => void; without?: string[] },
): HTMLElement[] {
  const without = new Set(options.without ?? []);
  const context = choices.contexts.find((c) => c.name === question["context"]);
  const made: HTMLElement[] = [
    choice("Cell", choices.contexts.map((c): [string, string] => [c.name, c.title ? `${c.name}: ${c.title}` : c.name]), String(question["context"]), (v) => {
      question["context"] = v;
      question["state"] = [];
      options.rebuild();
      changed(true);
    }, { field: "CONTEXT" }),
  ];
  const states = context?.states ?? [];
  if (states.length) made.push(el("details", { open: strings(question["state"]).length > 0 }, el("summary", {}, "State of the cell"), ticks("Any of them combine", states.map((s): [string, string] => [s, choices.states.find((k) => k.name === s)?.title ?? s]), strings(question["state"]), (v) => { question["state"] = v; changed(true); })));
  if (!without.has("parts"))
    made.push(choice("Model", [["core", "core: quick"], ["", "the whole cell"]], question["parts"] === "core" ? "core" : "", (v) => { question["parts"] = v === "" ? null : v; changed(true); }, { field: "--parts", hint: "The core has IL-6, JAK, STAT3 and SOCS3." }));
  const species = context?.species ?? "human";
  const stimuli = choices.stimuli.filter((s) => (s as { species?: string[] }).species?.includes(species) ?? true);
  made.push(doseList("Stimulus", stimuli, strings(question["stimulus"]), (v, settled) => { question["stimulus"] = v; changed(settled); }, { field: "--stimulus", add: "Add a ligand" }));
  if (!without.has("drug"))
    made.push(doseList("Drugs", choices.drugs.filter((d) => d.kind !== "switch"), strings(question["drug"]), (v, settled) => { question["drug"] = v; changed(settled); }, { field: "--drug", add: "Add a drug", time: "-60min" }));
  made.push(knockdowns(choices.genes, strings(question["knockdown"]), (v, settled) => { question["knockdown"] = v; changed(settled); }));
  return made;
}

function curves(name: string, seen: Observable, answer: CellAnswer): ChartData {
  const treated = answer.control !== undefined;
  const all: Curve[] = [];
  if (seen.control) all.push({ label: "control", values: seen.control, colour: "--series-0", dash: [6, 4] });
  const main: Curve = { label: treated ? "treated" : name, values: (Array.isArray(seen.values[0]) ? seen.values[0] : seen.values) as (number | null)[], colour: "--series-1" };
  if (seen.interval) Object.assign(main, { low: seen.interval.low, high: seen.interval.high });
  all.push(main);
  return {
    title: name,
    xLabel: "time (h)",
    yLabel: UNIT_WORDS[seen.unit] ?? seen.unit,
    x: answer.time_h,
    curves: all,
    ...(answer.cloud?.[name] ? { cloud: answer.cloud[name] } : {}),
    marks: [{ x: 0, label: "" }],
    source: `jakstat, ${answer.context}; run ${answer.manifest.key.slice(0, 12)}${answer.interval ? `; band: 5 to 95 % of ${answer.interval.vectors} parameter vectors` : ""}`,
  };
}

export const cellPage: Page = {
  name: "cell",
  title: "Cell",
  about: "Give a cell a stimulus, a drug or a knockdown, and see what its signalling does.",
  start: (choices): PageState => ({ v: 1, page: "cell", question: { ...choices.defaults["cell"], context: "hepg2", parts: "core", stimulus: ["IL6=10ng/ml"], drug: ["ruxolitinib=500nM@-60min"], until: "6h" }, view: {} }),
  mount(shell: Shell, choices: Choices): Mounted {
    const asker = new Asker("cell");
    const grid = new ChartGrid();
    const compared = el("div", {});
    let left = false;

    const ask = async (settled: boolean): Promise<void> => {
      shell.keep(settled);
      shell.loading("Computing …");
      try {
        const reply = await asker.ask<CellAnswer>("cell", shell.state.question);
        if (reply !== null && !left) draw(reply);
      } catch (error) {
        if (!left) shell.failed(error);
      }
    };
    const draw = (reply: Reply<CellAnswer>): void => {
      const found = reply.answer;
      if (!grid.element.isConnected) swap(shell.answer, compared, grid.element);
      grid.set(Object.entries(found.observables).map(([name, seen]) => [name, curves(name, seen, found)]));
      swap(compared, comparison(found));
      shell.full(found.outcome === "OK" ? `${Object.keys(found.observables).join(", ")} in ${found.context}` : `The simulation failed: ${found.outcome}`);
      shell.lines(reply, found.notes);
    };
    const changed = (settled: boolean): void => void ask(settled);
    const build = (): void => {
      const q = shell.state.question;
      swap(
        shell.controls,
        ...cellControls(q, choices, changed, { rebuild: build }),
        text("Until", String(q["until"] ?? "6h"), (v) => { q["until"] = v; changed(true); }, { field: "--until", hint: "A time with its unit: 90min, 6h, 2d." }),
        text("Observe", String(q["observe"] ?? ""), (v) => { q["observe"] = v === "" ? null : v; changed(true); }, { field: "--observe", hint: "Readouts, separated by commas; empty for the usual ones.", list: choices.readouts.map((r) => r.name) }),
        choice("Band", [["", "none"], ["50", "50 parameter vectors"], ["200", "200 parameter vectors"], ["500", "500 parameter vectors"]], String(q["interval"] ?? ""), (v) => { q["interval"] = v === "" ? null : Number(v); if (v === "") q["cloud"] = false; build(); changed(true); }, { field: "--interval", hint: "5 to 95 % of parameter vectors within what is known." }),
        q["interval"] ? tick("Draw every vector", q["cloud"] === true, (v) => { q["cloud"] = v; changed(true); }) : null,
      );
    };
    build();
    shell.exports("cell", () => shell.state.question, ["png", "svg", "pdf", "csv", "xlsx", "json"]);
    void ask(true);
    return {
      leave: () => {
        left = true;
        grid.drop();
      },
    };
  },
};

function comparison(answer: CellAnswer): HTMLElement | null {
  if (answer.control === undefined) return null;
  const rows: Cell[][] = [];
  for (const [name, readings] of Object.entries(answer.control.compared))
    for (const [at, one] of Object.entries(readings))
      rows.push([name, at, one.treated[0] ?? null, one.control[0] ?? null, one.percent[0] ?? null]);
  return table(`With ${answer.control.without.join(" and ")}, in percent of control`, ["readout", "at", "treated", "control", "% of control"], rows);
}
