/** Drugs: dose-response, two together, schedules, exposure. */

import { Answers, type Answered } from "../answers";
import type { Choices } from "../api";
import { ChartGrid, type ChartData } from "../chart";
import { choice, text } from "../controls";
import { el, swap, table, type Cell } from "../dom";
import type { ExportFormat, Mounted, Page, Shell } from "../shell";
import type { PageState, Question } from "../state";
import { cellControls, strings } from "./cell";
import { heatTable } from "./heat";

type Nullable = number | null;
interface Half {
  value: Nullable;
  low: Nullable;
  high: Nullable;
  unit: string;
}
interface DoseCurve {
  drug: string;
  readout: string;
  unit: string;
  at: string;
  grade: string;
  method: string;
  hill: Nullable;
  emax: Nullable;
  baseline: Nullable;
  IC50: Half;
  EC50: Half;
  context: string;
  curve: { dose: number; response: Nullable; effect: Nullable; low: Nullable; high: Nullable }[];
  notes: string[];
  manifest: { key: string };
}
interface Combination {
  drugs: { name: string; label: string; unit: string; doses: number[] }[];
  share: Nullable[][];
  effect: string;
  context: string;
  models: Record<string, { word: string; sentence: string; mean: Nullable; largest: Nullable; excess: Nullable[][] }>;
  musyc: { sentences: string[] } | null;
  disagreements: string[];
  notes: string[];
}
interface Exposure {
  drug: string;
  regimen: string;
  time_h: number[];
  curves: Record<string, { unit: string; grade: string; median: Nullable[]; low: Nullable[]; high: Nullable[] }>;
  metrics: Record<string, { median: Nullable; low: Nullable; high: Nullable; unit: string; means: string; grade: string }>;
  subjects: number;
}
interface Schedules {
  drug: string;
  readout: string;
  unit: string;
  sentences: string[];
  notes: string[];
  schedules: { regimen: string; kind: string; front: boolean; suppression: Nullable; deepest: Nullable; shallowest: Nullable; share_suppressed: Nullable; weekly_dose: Nullable; time_h: number[]; values: Nullable[]; unbound_nM: Nullable[] }[];
}

const KINDS: [string, string][] = [
  ["dose_response", "Dose-response"],
  ["combine", "Two drugs together"],
  ["schedule", "Schedules"],
  ["exposure", "Exposure"],
];
const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
const FORMATS: Record<string, ExportFormat[]> = {
  dose_response: ["png", "svg", "pdf", "csv", "xlsx", "json"],
  combine: ["png", "svg", "pdf", "csv", "xlsx", "json"],
  schedule: ["png", "svg", "pdf", "csv", "xlsx", "json"],
  exposure: ["png", "svg", "pdf", "json"],
};

function begin(kind: string, choices: Choices, before: Question): Question {
  const cell = { context: before["context"] ?? "hepg2", parts: before["parts"] ?? "core", stimulus: before["stimulus"] ?? ["IL6=10ng/ml"], state: before["state"] ?? [], knockdown: before["knockdown"] ?? [] };
  const first = { ...choices.defaults[kind] };
  if (kind === "dose_response") return { ...first, ...cell, drug: ["ruxolitinib"], readout: "pSTAT3", at: "20min" };
  if (kind === "combine") return { ...first, ...cell, drug: ["ruxolitinib", "S3I-201"], readout: "pSTAT3", at: "peak", doses: 6, interval: 0 };
  if (kind === "schedule") return { ...first, ...cell, drug: "ruxolitinib" };
  return { ...first, drug: "ruxolitinib", regimen: "20 mg PO BID", days: 3, subjects: 200 };
}

export const drugPage: Page = {
  name: "drug",
  title: "Drug",
  about: "How much of a drug, with which other, when, and what of it a patient's cells see.",
  start: (choices): PageState => ({ v: 1, page: "drug", question: begin("dose_response", choices, {}), view: { kind: "dose_response" } }),
  mount(shell: Shell, choices: Choices): Mounted {
    const grid = new ChartGrid();
    const head = el("div", {});
    const tail = el("div", {});
    const kind = (): string => String(shell.state.view["kind"] ?? "dose_response");
    const answers = new Answers<unknown>(shell, (found) => show(found));

    const show = ({ reply }: Answered<unknown>): void => {
      if (!grid.element.isConnected) swap(shell.answer, head, grid.element, tail);
      swap(head);
      swap(tail);
      const logs = shell.state.view["log"] === true;
      if (reply.kind === "dose_response") curvesOf(reply.answer as DoseCurve & { curves?: DoseCurve[] });
      else if (reply.kind === "combine") surfaceOf(reply.answer as Combination);
      else if (reply.kind === "exposure") exposureOf(reply.answer as Exposure, logs);
      else schedulesOf(reply.answer as Schedules);
      shell.lines(reply, ((reply.answer as { notes?: string[] }).notes ?? []).concat((reply.answer as { curves?: { notes?: string[] }[] }).curves instanceof Array ? ((reply.answer as { curves: { notes?: string[] }[] }).curves.flatMap((c) => c.notes ?? [])) : []));
    };
    const curvesOf = (answer: DoseCurve & { curves?: DoseCurve[] }): void => {
      const all = answer.curves ?? [answer];
      const units = [...new Set(all.map((c) => c.IC50.unit))];
      const charts = units.map((unit): [string, ChartData] => {
        const own = all.filter((c) => c.IC50.unit === unit);
        const doses = [...new Set(own.flatMap((c) => c.curve.map((p) => p.dose)))].filter((d) => d > 0).sort((a, b) => a - b);
        const at = (c: DoseCurve, what: "effect" | "low" | "high"): Nullable[] => doses.map((d) => {
          const v = c.curve.find((p) => p.dose === d)?.[what] ?? null;
          return v === null ? null : 100 * v;
        });
        return [
          unit,
          {
            title: `${own[0]?.readout ?? ""} (${own[0]?.at ?? ""}) over the dose`,
            xLabel: `dose (${unit})`,
            yLabel: "% of control",
            x: doses,
            logX: true,
            curves: own.map((c) => {
              const banded = c.curve.some((p) => p.low !== null);
              return { label: c.drug, values: at(c, "effect"), colour: SERIES[all.indexOf(c) % SERIES.length] as string, ...(banded ? { low: at(c, "low"), high: at(c, "high") } : {}) };
            }),
            source: `jakstat, ${own[0]?.context ?? ""}; run ${own[0]?.manifest?.key?.slice(0, 12) ?? ""}`,
          },
        ];
      });
      grid.set(charts);
      const rows = all.map((c): Cell[] => {
        const falls = c.IC50.value !== null;
        const half = falls ? c.IC50 : c.EC50;
        return [c.drug, half.value === null ? "–" : falls ? "IC50" : "EC50", half.value, half.low, half.high, half.unit, c.hill, c.emax === null ? null : 100 * c.emax, c.method, c.grade];
      });
      swap(head, table("Half-maximal doses", ["drug", "", "value", "low", "high", "unit", "Hill slope", "largest effect (%)", "method", "grade of potency"], rows));
      shell.full(all.map((c) => c.drug).join(", "));
    };
    const surfaceOf = (answer: Combination): void => {
      grid.set([]);
      const [a, b] = answer.drugs;
      if (a === undefined || b === undefined) return;
      const surfaces: [string, Nullable[][], number[], number[]][] = [[answer.effect, answer.share, a.doses, b.doses]];
      const model = String(shell.state.view["model"] ?? "bliss");
      const chosen = answer.models[model];
      if (chosen !== undefined) surfaces.push([`Excess over ${model.toUpperCase() === "ZIP" || model === "hsa" ? model.toUpperCase() : model[0]?.toUpperCase() + model.slice(1)}`, chosen.excess, a.doses.slice(1), b.doses.slice(1)]);
      swap(
        tail,
        choice("Beside the effect", Object.keys(answer.models).map((m): [string, string] => [m, `excess over ${m}`]), model, (v) => { shell.state.view["model"] = v; shell.keep(true); surfaceOf(answer); }),
        el("div", { class: "charts" }, ...surfaces.map(([title, values, first, second], k) => heatTable({ title, values, first: { label: `${a.label} (${a.unit})`, doses: first }, second: { label: `${b.label} (${b.unit})`, doses: second }, diverging: k > 0 }))),
        el("ul", {}, ...(answer.musyc?.sentences ?? []).map((s) => el("li", {}, s)), ...answer.disagreements.map((s) => el("li", {}, s))),
      );
      swap(head, table("What each null model says", ["model", "verdict", "in words", "mean excess", "largest"], Object.entries(answer.models).map(([m, v]): Cell[] => [m, v.word, v.sentence, v.mean, v.largest])));
      shell.full(`${a.name} with ${b.name} in ${answer.context}`);
    };
    const exposureOf = (answer: Exposure, logs: boolean): void => {
      const wanted = ["total", "unbound", "free_target"].filter((n) => answer.curves[n] !== undefined);
      grid.set(
        wanted.map((name): [string, ChartData] => {
          const c = answer.curves[name] as Exposure["curves"][string];
          return [
            name,
            {
              title: `${answer.drug} ${answer.regimen}: ${name.replaceAll("_", " ")}`,
              xLabel: "time (h)",
              yLabel: c.unit,
              x: answer.time_h,
              logY: logs,
              curves: [{ label: `median of ${answer.subjects} subjects (band: 5 to 95 %)`, values: c.median.map((v) => (logs && (v ?? 0) <= 0 ? null : v)), low: c.low.map((v) => (logs && (v ?? 0) <= 0 ? null : v)), high: c.high.map((v) => (logs && (v ?? 0) <= 0 ? null : v)), colour: "--series-1" }],
              source: `jakstat, library of drugs; grade ${c.grade}`,
            },
          ];
        }),
      );
      swap(head, table("Exposure", ["reading", "median", "5 %", "95 %", "unit", "what it is", "grade"], Object.entries(answer.metrics).map(([n, m]): Cell[] => [n, m.median, m.low, m.high, m.unit, m.means, m.grade])));
      shell.full(`${answer.drug} ${answer.regimen}`);
    };
    const schedulesOf = (answer: Schedules): void => {
      const some = answer.schedules.filter((s) => s.front).slice(0, 6);
      grid.set(some.map((s): [string, ChartData] => [s.regimen, { title: `${answer.readout} under ${s.regimen}`, xLabel: "time (h)", yLabel: answer.unit === "1/cell" ? "molecules per cell" : answer.unit, x: s.time_h, curves: [{ label: answer.readout, values: s.values, colour: "--series-1" }], source: "jakstat" }]));
      swap(head, el("ul", {}, ...answer.sentences.map((s) => el("li", {}, s))), table("Schedules over their last full cycle", ["regimen", "kind", "on the front", "mean suppression (%)", "deepest (%)", "shallowest (%)", "time below (%)", "mg a week"], answer.schedules.map((s): Cell[] => [s.regimen, s.kind, s.front ? "yes" : "", s.suppression, s.deepest, s.shallowest, s.share_suppressed, s.weekly_dose])));
      shell.full(`${answer.drug}: ${answer.schedules.length} schedules`);
    };

    const ask = (settled: boolean): void => {
      const q = shell.state.question;
      if (kind() === "schedule") {
        if (settled) shell.keep(true);
        answers.offer("schedule", q, "Schedules are compared over weeks: this runs for a while.");
      } else void answers.ask(kind(), q, settled);
    };
    const changed = (settled: boolean): void => {
      if (kind() === "schedule") answers.forget();
      ask(settled);
    };
    const build = (): void => {
      const q = shell.state.question;
      const k = kind();
      const names = choices.drugs.filter((d) => d.kind !== "switch").map((d) => d.name);
      const put = (name: string) => (v: string): void => { q[name] = v === "" ? null : v; changed(true); };
      const own: (HTMLElement | null)[] = [];
      if (k === "dose_response" || k === "combine") {
        const list = strings(q["drug"]);
        const count = k === "combine" ? 2 : Math.min(6, list.length + 1);
        for (let i = 0; i < count; i += 1)
          own.push(text(k === "combine" ? `Drug ${i + 1}` : i < list.length ? "Drug" : "Another drug", list[i] ?? "", (v) => {
            const now = [...list];
            if (v === "" && k !== "combine") now.splice(i, 1);
            else now[i] = v;
            q["drug"] = now.filter((d) => d);
            build();
            changed(true);
          }, { field: i === 0 ? "--drug" : "", list: names, ...(i === 0 ? { hint: "A name, or with its doses: ruxolitinib=1..1000nM:9" } : {}) }));
        own.push(text("Readout", String(q["readout"] ?? "pSTAT3"), put("readout"), { field: "--readout", list: choices.readouts.map((r) => r.name) }));
        own.push(text("Read at", String(q["at"] ?? "20min"), put("at"), { field: "--at", hint: "A time, peak or auc." }));
        if (k === "dose_response") own.push(choice("Interval", [["0", "none"], ["40", "40 parameter vectors"], ["200", "200 parameter vectors"]], String(q["interval"] ?? 0), (v) => { q["interval"] = Number(v); changed(true); }, { field: "--interval" }));
        else own.push(choice("Doses of each", [["4", "4"], ["6", "6"], ["8", "8"], ["10", "10"]], String(q["doses"] ?? 6), (v) => { q["doses"] = Number(v); changed(true); }, { field: "--doses" }));
      } else {
        const about = choices.drugs.find((d) => d.name === q["drug"]);
        own.push(text("Drug", String(q["drug"] ?? ""), (v) => { q["drug"] = v; build(); changed(true); }, { field: "--drug", list: names }));
        if (k === "exposure") {
          own.push(text("Regimen", String(q["regimen"] ?? ""), put("regimen"), { field: "REGIMEN", list: about?.regimens ?? [], hint: "e.g. 20 mg PO BID, 11 mg/kg IV q3w x 6" }));
          own.push(text("Days", String(q["days"] ?? ""), (v) => { q["days"] = v === "" ? null : Number(v); changed(true); }, { field: "--days" }));
          own.push(text("Subjects", String(q["subjects"] ?? 200), (v) => { q["subjects"] = Number(v); changed(true); }, { field: "--subjects", hint: "0 for one typical subject." }));
          own.push(choice("Concentration axis", [["", "linear"], ["log", "logarithmic"]], shell.state.view["log"] === true ? "log" : "", (v) => { shell.state.view["log"] = v === "log"; changed(true); }));
        } else own.push(text("Readout", String(q["readout"] ?? ""), put("readout"), { field: "--readout", list: choices.readouts.map((r) => r.name) }));
      }
      swap(
        shell.controls,
        choice("Question", KINDS, k, (v) => {
          answers.forget();
          shell.state.question = begin(v, choices, q);
          shell.state.view = { kind: v };
          build();
          changed(true);
        }),
        ...own,
        ...(k === "exposure" ? [] : cellControls(q, choices, changed, { rebuild: build, without: ["drug"] })),
      );
      shell.exports(k, () => shell.state.question, FORMATS[k] ?? ["json"]);
    };
    build();
    ask(true);
    return {
      leave: () => {
        answers.leave();
        grid.drop();
      },
    };
  },
};

