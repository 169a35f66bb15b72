/** A patient: regimens on a time line, tumour, biomarkers, response at visits. */

import { Answers } from "../answers";
import type { Choices } from "../api";
import { ChartGrid, type ChartData } from "../chart";
import { choice, text, tick } from "../controls";
import { el, fresh, swap, table, type Cell } from "../dom";
import type { Mounted, Page, Shell } from "../shell";
import type { PageState } from "../state";
import { strings } from "./cell";

type Nullable = number | null;
interface Course {
  course: string;
  treated: boolean;
  outcome: string;
  best_response: string;
  progressed: boolean;
  time_to_progression_h: Nullable;
  CRP_change_in_a_week: Nullable;
  [option: string]: unknown;
}
interface PatientAnswer {
  asked: string;
  question: { regimens: string[]; until_h: number; visits_h: number; resected_h: Nullable };
  options: Record<string, unknown>;
  courses: Course[];
  visits: Record<string, string | number | boolean | null>[];
  time_h: number[];
  series: Record<string, { unit: string; title: string; panel: string; values: Nullable[][] }>;
  manifest: { key: string };
  notes?: string[];
}

const WEEK = 168;
const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];

function chart(name: string, answer: PatientAnswer): ChartData | null {
  const seen = answer.series[name];
  if (seen === undefined) return null;
  return {
    title: seen.title || name,
    xLabel: "time (weeks)",
    yLabel: seen.unit === "1" || seen.unit === "dimensionless" ? "ratio" : seen.unit,
    x: answer.time_h.map((h) => h / WEEK),
    curves: seen.values.map((values, k) => {
      const course = answer.courses[k];
      return { label: course?.course ?? `course ${k + 1}`, values, colour: course?.treated === false ? "--series-0" : (SERIES[answer.courses.slice(0, k).filter((c) => c.treated).length % SERIES.length] as string), ...(course?.treated === false ? { dash: [6, 4] } : {}), ...(k >= 2 ? { width: 1 } : {}) };
    }),
    marks: answer.question.resected_h === null || answer.question.resected_h === undefined ? [] : [{ x: answer.question.resected_h / WEEK, label: "operation" }],
    source: `jakstat; run ${answer.manifest.key.slice(0, 12)}`,
  };
}

/** Regimens as bars over the time of the patient, visits as ticks. */
function timeline(regimens: string[], until_h: number, visits: number[], resected: Nullable): HTMLElement {
  const place = (h: number): string => `${Math.max(0, Math.min(100, (100 * h) / until_h))}%`;
  const rows = regimens.map((words) => {
    const from = /@\s*([\d.]+)\s*(h|d|w|mo)/.exec(words);
    const hours = { h: 1, d: 24, w: WEEK, mo: 730.5 } as Record<string, number>;
    const start = from ? Number(from[1]) * (hours[from[2] ?? "h"] ?? 1) : 0;
    const bar = el("div", { class: "bar-piece" }, words);
    bar.style.marginLeft = place(start);
    return el("li", {}, bar);
  });
  const marks = visits.map((h) => {
    const mark = el("span", { class: "visit", title: `visit in week ${Math.round(h / WEEK)}` });
    mark.style.left = place(h);
    return mark;
  });
  if (resected !== null && resected !== undefined) {
    const cut = el("span", { class: "visit cut", title: "operation" });
    cut.style.left = place(resected);
    marks.push(cut);
  }
  return el("div", { class: "timeline", role: "group", "aria-label": `Treatment over ${Math.round(until_h / WEEK)} weeks with ${visits.length} visits` }, el("ul", {}, ...(rows.length ? rows : [el("li", {}, "no treatment")])), el("div", { class: "visits", "aria-hidden": "true" }, ...marks));
}

export const patientPage: Page = {
  name: "patient",
  title: "Patient",
  about: "A patient's tumour under regimens: drug levels, signalling, cells, biomarkers, and RECIST at visits.",
  start: (choices): PageState => ({ v: 1, page: "patient", question: { ...choices.defaults["patient"], regimen: ["sorafenib 400 mg PO BID"], until: "12mo" }, view: { panel: "" } }),
  mount(shell: Shell, choices: Choices): Mounted {
    const grid = new ChartGrid();
    const head = el("div", {});
    const answers = new Answers<PatientAnswer>(shell, ({ reply }) => {
      const answer = reply.answer;
      const panels = [...new Set(Object.values(answer.series).map((s) => s.panel))].sort((a, b) => Number(b === "tumour") - Number(a === "tumour"));
      const seen = [...new Set(answer.visits.map((v) => 24 * Number(v["visit_days"])))];
      const draw = (): void => {
        const panel = String(shell.state.view["panel"] || panels[0] || "");
        const charts = Object.entries(answer.series).filter(([, s]) => s.panel === panel).map(([n]): [string, ChartData | null] => [n, chart(n, answer)]).filter((c): c is [string, ChartData] => c[1] !== null);
        grid.set(charts);
      };
      const courses = answer.courses.map((c): Cell[] => [c.course, c.best_response, c.progressed ? "yes" : "no", c.time_to_progression_h === null ? null : c.time_to_progression_h / WEEK, c.CRP_change_in_a_week === null ? null : 100 * c.CRP_change_in_a_week, c.outcome]);
      const columns = Object.keys(answer.visits[0] ?? {});
      swap(
        head,
        timeline(answer.question.regimens, answer.question.until_h, seen, answer.question.resected_h),
        table("What became of the patient", ["course", "best response", "progressed", "weeks to progression", "CRP in a week (%)", "outcome"], courses),
        choice("Show", panels.map((p): [string, string] => [p, p.replaceAll("_", " ")]), String(shell.state.view["panel"] || panels[0] || ""), (v) => { shell.state.view["panel"] = v; shell.keep(true); draw(); }),
      );
      const visits = table("Visits", columns.map((c) => c.replaceAll("_", " ")), answer.visits.map((v) => columns.map((c): Cell => { const x = v[c]; return typeof x === "boolean" ? (x ? "yes" : "no") : x ?? null; })));
      if (!grid.element.isConnected) swap(shell.answer, head, grid.element, el("details", {}, el("summary", {}, "Visits"), visits));
      else shell.answer.lastElementChild?.replaceWith(el("details", {}, el("summary", {}, "Visits"), visits));
      draw();
      shell.full(answer.asked);
      shell.lines(reply, answer.notes ?? []);
    });
    const offer = (): void => {
      shell.keep(true);
      answers.offer("patient", shell.state.question, "Set the patient and the treatment, then run.");
    };
    const changed = (): void => {
      answers.forget();
      offer();
    };
    const build = (): void => {
      const q = shell.state.question;
      const put = (name: string) => (v: string): void => { q[name] = v === "" ? null : v; changed(); };
      const regimens = strings(q["regimen"]);
      const all = [...new Set(choices.drugs.flatMap((d) => (d.regimens ?? []).map((r) => `${d.name} ${r}`)))];
      const rows = [...regimens, ""].map((given, k) =>
        text(k < regimens.length ? "Regimen" : "Another regimen", given, (v) => {
          const now = [...regimens];
          if (v === "") now.splice(k, 1);
          else now[k] = v;
          q["regimen"] = now;
          build();
          changed();
        }, { field: k === 0 ? "--regimen" : "", list: all, ...(k === 0 ? { hint: "e.g. sorafenib 400 mg PO BID, siltuximab 11 mg/kg IV q3w" } : {}) }),
      );
      const id = fresh("text");
      const file = el("textarea", { id, spellcheck: "false", change: (e) => { const v = (e.target as HTMLTextAreaElement).value; q["text"] = v.trim() === "" ? null : v; changed(); } }, String(q["text"] ?? ""));
      const pick = (name: "disease" | "aetiology" | "stage", label: string): HTMLElement =>
        choice(label, [["", "default"], ...choices.patients[name].map((v): [string, string] => [v, v])], String(q[name] ?? ""), put(name), { field: `--${name}` });
      swap(
        shell.controls,
        pick("disease", "Disease"),
        pick("aetiology", "Aetiology"),
        pick("stage", "Stage"),
        el("fieldset", {}, el("legend", {}, "Treatment"), ...rows, tick("Stop at progression", q["stop_at_progression"] === true, (v) => { q["stop_at_progression"] = v; changed(); })),
        text("Until", String(q["until"] ?? ""), put("until"), { field: "--until", hint: "e.g. 12mo, 52w" }),
        text("Visits every", String(q["visits"] ?? ""), put("visits"), { field: "--visits", hint: "e.g. 6w" }),
        text("Operation at", String(q["resect"] ?? ""), put("resect"), { field: "--resect", hint: "Empty for none." }),
        el("details", {}, el("summary", {}, "Patient file (YAML) instead"), el("label", { for: id, class: "unseen" }, "Patient file"), file),
      );
    };
    build();
    shell.exports("patient", () => shell.state.question, ["png", "svg", "pdf", "csv", "xlsx", "json"]);
    offer();
    return {
      leave: () => {
        answers.leave();
        grid.drop();
      },
    };
  },
};
