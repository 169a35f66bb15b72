/** One's own data: a file dropped here, fitted, analysed, and drawn beside the model. */

import { Answers } from "../answers";
import { call, download, type Choices, type Reply } from "../api";
import { choice, text } from "../controls";
import { el, fresh, swap, table, told, type Cell } from "../dom";
import type { ExportFormat, Mounted, Page, Shell } from "../shell";
import type { PageState, Question, Value } from "../state";
import { strings } from "./cell";

interface Uploaded {
  file: string;
  name: string;
  bytes: number;
  format?: string;
}
interface Option {
  name: string;
  label: string;
  hint?: string;
  of?: "contexts" | "drugs" | "readouts" | string[];
  many?: boolean;
  number?: boolean;
}

interface Analysis {
  kind: string;
  title: string;
  options: Option[];
  /** Why it waits for a button, where it does. */
  waits?: string;
  formats?: ExportFormat[];
}

/** What the analyses take, in the words of their commands. */
const ANALYSES: Analysis[] = [
  {
    kind: "own_curves",
    title: "Dose-response curves",
    options: [
      { name: "response", label: "What the numbers are", of: ["signal", "percent", "fraction", "viability", "percent-viability", "effect", "percent-effect"], hint: "A signal as it was read, if not chosen." },
      { name: "model", label: "Curve", of: ["auto", "hill2", "hill3", "hill3u", "hill3s", "hill4", "hill5"], hint: "The one of the least AICc, if not chosen." },
      { name: "normalise", label: "Percent of the controls", of: ["plate", "file"] },
      { name: "context", label: "Beside the model's cell", of: "contexts", hint: "Empty for your curves alone." },
      { name: "stimulus", label: "Stimulus of the model", many: true, hint: "e.g. IL6=10ng/ml" },
      { name: "readout", label: "Readout of the model", of: "readouts" },
      { name: "at", label: "Read at", hint: "e.g. 20min, 72h:growth" },
    ],
  },
  {
    kind: "own_matrix",
    title: "Two drugs together",
    options: [
      { name: "response", label: "What the numbers are", of: ["viability", "effect", "percent-viability", "percent-effect", "signal"], hint: "Viability falls from 1, effect rises from 0; never guessed." },
      { name: "context", label: "Beside the model's cell", of: "contexts" },
    ],
  },
  {
    kind: "own_exposure",
    title: "Concentrations in plasma",
    options: [
      { name: "drug", label: "Drug", of: "drugs", hint: "For bands of the library's model; empty for the readings alone." },
      { name: "dose", label: "Dose", hint: "Where the table has none: 100 mg" },
      { name: "route", label: "Route", of: ["PO", "IV", "SC"] },
      { name: "blq", label: "Below quantification", of: ["pknca", "M1", "M3", "M5", "M6", "M7"] },
    ],
  },
  {
    kind: "own_fit",
    title: "Fit of time courses",
    waits: "A fit searches for a while.",
    options: [
      { name: "context", label: "Cell", of: "contexts" },
      { name: "stimulus", label: "Stimulus of every row", hint: "e.g. IL6=10ng/ml, where the table has none." },
      { name: "free", label: "Free parameters", hint: "Separated by commas: kcat_STAT3,abundance_STAT3" },
      { name: "save", label: "Save as a cell of your own", hint: "e.g. my_hepg2" },
    ],
  },
  {
    kind: "own_cell",
    title: "A cell of your own",
    waits: "What was measured is matched to the genes of the model; with a name it is kept as a cell.",
    formats: ["csv", "xlsx", "json"],
    options: [
      { name: "like", label: "All else as in", of: "contexts", hint: "The cell that gives what was not measured." },
      { name: "column", label: "Column of your cell", hint: "Where the table has several." },
      { name: "reference", label: "Column of the cell it is like", hint: "For TPM or intensities: the same table has both." },
      { name: "title", label: "Title", hint: "What the cell is, for lists." },
      { name: "save", label: "Save as a cell of your own", hint: "e.g. my_cell; every page then offers it." },
    ],
  },
  {
    kind: "own_drug",
    title: "A drug of your own",
    waits: "The file (.yaml) says target, mechanism and potency; the drug is kept, and every page then offers it.",
    formats: [],
    options: [],
  },
];

function plain(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.every((v) => typeof v !== "object")) return value.map((v) => (typeof v === "number" ? told(v) : String(v))).join(", ");
  const pairs = Object.entries(value as Record<string, unknown>);
  const { value: middle, low, high, unit } = value as Record<string, number | string | null | undefined>;
  if (middle !== undefined) return `${typeof middle === "number" ? told(middle) : "–"}${typeof low === "number" || typeof high === "number" ? ` (${told(low as number)} to ${told(high as number)})` : ""}${unit ? ` ${unit}` : ""}`;
  return pairs.every(([, v]) => typeof v !== "object") ? pairs.map(([k, v]) => `${k} ${typeof v === "number" ? told(v) : String(v)}`).join(", ") : null;
}

/** Every list of records in a document as a table: what has no view of its own here is still shown. */
export function documentTables(answer: Record<string, unknown>): HTMLElement[] {
  const made: HTMLElement[] = [];
  for (const [name, value] of Object.entries(answer)) {
    if (!Array.isArray(value) || !value.length || typeof value[0] !== "object" || value[0] === null || Array.isArray(value[0])) continue;
    const records = value as Record<string, unknown>[];
    const columns = [...new Set(records.slice(0, 50).flatMap((r) => Object.keys(r)))].filter((c) => records.some((r) => plain(r[c]) !== null));
    const shown = table(name.replaceAll("_", " "), columns.map((c) => c.replaceAll("_", " ")), records.map((r) => columns.map((c) => plain(r[c]))), { most: 200 });
    made.push(records.length > 12 ? el("details", {}, el("summary", {}, `${name.replaceAll("_", " ")} (${records.length})`), shown) : shown);
  }
  return made;
}

export const dataPage: Page = {
  name: "data",
  title: "My data",
  about: "Drop a file of your own: curves, a matrix of two drugs, concentrations or time courses beside what the model says, or a cell or a drug of your own.",
  start: (): PageState => ({ v: 1, page: "data", question: {}, view: { kind: "own_curves" } }),
  mount(shell: Shell, choices: Choices): Mounted {
    const figure = el("div", { class: "figure" });
    const tables = el("div", {});
    const files = el("div", {});
    let uploaded: Uploaded[] = [];
    let left = false;
    let picture = "";
    const analysis = (): (typeof ANALYSES)[number] => ANALYSES.find((a) => a.kind === shell.state.view["kind"]) ?? (ANALYSES[0] as (typeof ANALYSES)[number]);

    const show = (reply: Reply): void => {
      const answer = reply.answer;
      if (!tables.isConnected) swap(shell.answer, figure, tables);
      const flat = Object.entries(answer).filter(([k, v]) => (typeof v === "string" || typeof v === "number") && k !== "notice" && k !== "kind");
      swap(tables, flat.length ? el("dl", {}, ...flat.flatMap(([k, v]) => [el("dt", {}, k.replaceAll("_", " ")), el("dd", {}, typeof v === "number" ? told(v) : String(v))])) : null, ...documentTables(answer));
      const asked = answer["asked"];
      shell.full(typeof asked === "string" ? asked : analysis().title);
      shell.lines(reply, strings(answer["notes"]));
      if (analysis().formats) swap(figure);
      else void drawn(reply.kind, reply.question);
    };
    /** What was kept is offered by every page from now on. */
    const offer = async (reply: Reply): Promise<void> => {
      if (!reply.question["save"] && reply.kind !== "own_drug") return;
      Object.assign(choices, await call<Choices>("GET", "choices"));
      if (!left) build();
    };
    const answers = new Answers<Record<string, unknown>>(shell, ({ reply }) => {
      offer(reply).then(() => {
        if (!left) show(reply);
      }, (error: unknown) => shell.failed(error));
    });
    const drawn = async (kind: string, question: Question): Promise<void> => {
      try {
        const { blob } = await download("export", { kind, question, format: "svg" });
        if (left) return;
        if (picture) URL.revokeObjectURL(picture);
        picture = URL.createObjectURL(new Blob([blob], { type: "image/svg+xml" }));
        swap(figure, el("img", { src: picture, alt: `${analysis().title}: your data and the curves of the answer; the numbers are in the tables below`, class: "made" }));
      } catch {
        swap(figure, el("p", { class: "hint" }, "This answer has no figure."));
      }
    };
    const ask = (): void => {
      const q = shell.state.question;
      if (!q["data"]) {
        shell.keep(true);
        shell.empty("Drop a file, or choose one.");
        return;
      }
      const waits = analysis().waits;
      if (waits !== undefined) {
        shell.keep(true);
        answers.offer(analysis().kind, q, waits);
      } else {
        shell.keep(true);
        void answers.begin(analysis().kind, q);
      }
    };
    const changed = (): void => {
      answers.forget();
      ask();
    };
    const take = async (file: File): Promise<void> => {
      shell.loading(`Reading ${file.name} …`);
      try {
        const found = await call<Uploaded>("POST", `files?name=${encodeURIComponent(file.name)}`, file);
        shell.state.question["data"] = found.file;
        await list();
        changed();
      } catch (error) {
        shell.failed(error);
      }
    };
    const list = async (): Promise<void> => {
      try {
        const found = await call<{ files: Uploaded[] }>("GET", "files");
        uploaded = found.files;
        shownFiles();
      } catch (error) {
        shell.failed(error);
      }
    };
    const shownFiles = (): void => {
      swap(
        files,
        uploaded.length
          ? choice("Your files", [["", "none chosen"], ...uploaded.map((f): [string, string] => [f.file, `${f.name} (${told(f.bytes / 1024)} kB)`])], String(shell.state.question["data"] ?? ""), (v) => {
              shell.state.question["data"] = v === "" ? null : v;
              changed();
            }, { field: "--data" })
          : el("p", { class: "hint" }, "They stay on this machine, in the folder of the laboratory."),
      );
    };
    const build = (): void => {
      const q = shell.state.question;
      const id = fresh("file");
      const input = el("input", { type: "file", id, accept: ".csv,.tsv,.txt,.xlsx,.yaml,.yml", change: (e) => { const f = (e.target as HTMLInputElement).files?.[0]; if (f) void take(f); } });
      const drop = el("div", { class: "drop" }, el("label", { for: id }, "A table (.csv, .tsv, .txt, .xlsx), or the .yaml of a drug"), input);
      for (const kind of ["dragover", "dragleave", "drop"] as const)
        drop.addEventListener(kind, (e) => {
          e.preventDefault();
          drop.classList.toggle("over", kind === "dragover");
          const f = kind === "drop" ? (e as DragEvent).dataTransfer?.files[0] : undefined;
          if (f) void take(f);
        });
      const lists: Record<string, string[]> = { contexts: choices.contexts.map((c) => c.name), drugs: choices.drugs.map((d) => d.name), readouts: choices.readouts.map((r) => r.name) };
      const options = analysis().options.map((o) => {
        const names = Array.isArray(o.of) ? o.of : o.of ? (lists[o.of] ?? []) : [];
        const put = (v: string): void => {
          const value: Value = v === "" ? null : o.many ? v.split(/[;,]\s*/).filter((w) => w) : o.number ? Number(v) : v;
          if (value === null) delete q[o.name];
          else q[o.name] = value;
          changed();
        };
        const given = q[o.name];
        const shown = Array.isArray(given) ? given.join(", ") : String(given ?? "");
        const more = { field: `--${o.name}`, ...(o.hint ? { hint: o.hint } : {}) };
        return Array.isArray(o.of) ? choice(o.label, [["", "choose"], ...names.map((n): [string, string] => [n, n])], shown, put, more) : text(o.label, shown, put, { ...more, list: names });
      });
      swap(
        shell.controls,
        choice("Analysis", ANALYSES.map((a): [string, string] => [a.kind, a.title]), analysis().kind, (v) => {
          answers.forget();
          shell.state.view["kind"] = v;
          shell.state.question = q["data"] ? { data: q["data"] } : {};
          build();
          changed();
        }),
        drop,
        files,
        ...options,
      );
      shownFiles();
      shell.exports(analysis().kind, () => shell.state.question, analysis().formats ?? ["png", "svg", "pdf", "csv", "xlsx", "json"]);
    };
    build();
    void list().then(ask);
    return {
      leave: () => {
        left = true;
        answers.leave();
        if (picture) URL.revokeObjectURL(picture);
      },
    };
  },
};
