/** A trial as a form and as its file, side by side; run as a job, with its report inside. */

import { Answers } from "../answers";
import { call, Refused, type Choices } from "../api";
import { text } from "../controls";
import { el, fresh, swap, table, told, type Cell } from "../dom";
import { sentence, type Mounted, type Page, type Shell } from "../shell";
import type { PageState, Value } from "../state";

type Mapping = { [key: string]: Value };
interface Read {
  mapping: Mapping;
  lines: string[];
}
interface Compared {
  hazard_ratio: number | null;
  sampling?: { low: number | null; high: number | null };
}
interface TrialAnswer {
  question: { name: string; primary: string };
  endpoints: Record<string, { arms?: Record<string, { n: number; events?: number; median_months?: number | null }>; compared?: Record<string, Compared> }>;
  notes?: string[];
}

function mapping(value: Value | undefined): Mapping {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

export const trialPage: Page = {
  name: "trial",
  title: "Trial",
  about: "Design a trial by form or file, run it on virtual patients, and read its report.",
  start: (choices): PageState => ({ v: 1, page: "trial", question: { ...choices.defaults["trial"], text: choices.trial_example, patients: 128, size: 128 }, view: {} }),
  mount(shell: Shell, choices: Choices): Mounted {
    const id = fresh("yaml");
    const understood = el("ul", { class: "notes" });
    const wrong = el("ul", { class: "faults", role: "alert" });
    const form = el("div", { class: "form" });
    let read: Read | null = null;
    let asked = 0;
    let timer: number | undefined;

    const area = el("textarea", { id, spellcheck: "false", rows: 24 }, String(shell.state.question["text"] ?? ""));
    const answers = new Answers<TrialAnswer>(shell, ({ reply, job }) => {
      const answer = reply.answer;
      const rows = Object.entries(answer.endpoints).flatMap(([name, e]) => Object.entries(e.compared ?? {}).map(([arm, c]): Cell[] => [name, arm, c.hazard_ratio, c.sampling?.low ?? null, c.sampling?.high ?? null, e.arms?.[arm]?.median_months ?? null]));
      const report = job?.files.find((f) => f.name === "report.html");
      const frame = report && job ? el("iframe", { class: "report", title: "Report of the trial", sandbox: "allow-scripts", src: `/api/jobs/${job.id}/files/report.html` }) : null;
      const files = job ? el("ul", { class: "row" }, ...job.files.map((f) => el("li", {}, el("a", { href: `/api/jobs/${job.id}/files/${encodeURIComponent(f.name)}`, download: f.name }, `${f.name} (${told(f.bytes / 1024)} kB)`)))) : null;
      swap(shell.answer, table("Ratios against the control", ["endpoint", "arm", "hazard ratio", "sampling low", "high", "median (months)"], rows), files, frame);
      const main = answer.endpoints[answer.question.primary]?.compared ?? {};
      shell.full(`${answer.question.name}: ${Object.entries(main).map(([arm, c]) => `${arm} ${answer.question.primary} hazard ratio ${told(c.hazard_ratio)}`).join(", ")}`);
      shell.lines(reply, answer.notes ?? []);
    });
    const changed = (): void => {
      answers.forget();
      shell.keep(true);
      answers.offer("trial", shell.state.question, "Run the trial to see its curves and its report.");
    };
    const look = async (): Promise<void> => {
      asked += 1;
      const mine = asked;
      try {
        const found = await call<Read>("POST", "trial/read", { text: area.value });
        if (mine !== asked) return;
        read = found;
        swap(wrong);
        area.removeAttribute("aria-invalid");
        swap(understood, ...found.lines.map((line) => el("li", {}, line)));
        fields();
      } catch (error) {
        if (mine !== asked) return;
        read = null;
        area.setAttribute("aria-invalid", "true");
        const problems = error instanceof Refused ? error.problems.map(sentence) : [String(error)];
        swap(wrong, ...problems.map((p) => el("li", {}, p)));
        swap(understood);
      }
    };
    const typed = (): void => {
      shell.state.question["text"] = area.value;
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        changed();
        void look();
      }, 300);
    };
    area.addEventListener("input", typed);
    const write = async (now: Mapping): Promise<void> => {
      try {
        const found = await call<{ text: string }>("POST", "trial/write", { mapping: now });
        area.value = found.text;
        shell.state.question["text"] = found.text;
        changed();
        await look();
      } catch (error) {
        shell.failed(error);
      }
    };
    const fields = (): void => {
      if (read === null) return;
      const now = structuredClone(read.mapping);
      const put = (name: string) => (v: string): void => {
        if (v === "") delete now[name];
        else now[name] = /^\d+$/.test(v) ? Number(v) : v;
        void write(now);
      };
      const visits = mapping(now["visits"]);
      const arms = Array.isArray(now["arms"]) ? now["arms"].map((a): [string, Mapping] => [String(mapping(a)["name"]), mapping(a)]) : Object.entries(mapping(now["arms"])).map(([n, a]): [string, Mapping] => [n, mapping(a)]);
      const all = choices.drugs.flatMap((d) => (d.regimens ?? []).map((r) => `${d.name} ${r}`));
      const armRows = arms.map(([name, arm]) => {
        const given = Array.isArray(arm["regimen"]) ? arm["regimen"].map(String) : arm["regimen"] ? [String(arm["regimen"])] : [];
        return text(`Arm ${name}`, given.join("; "), (v) => {
          arm["regimen"] = v.split(";").map((w) => w.trim()).filter((w) => w);
          void write(now);
        }, { list: all, hint: given.length ? "" : "no treatment" });
      });
      swap(
        form,
        text("Name", String(now["trial"] ?? ""), put("trial")),
        text("Population", String(now["population"] ?? ""), put("population"), { list: choices.populations }),
        ...armRows,
        text("Visits every", String(visits["every"] ?? ""), (v) => { now["visits"] = { ...visits, every: v }; void write(now); }),
        text("Followed until", String(visits["until"] ?? ""), (v) => { now["visits"] = { ...visits, until: v }; void write(now); }),
        text("Primary endpoint", String(now["primary"] ?? ""), put("primary"), { list: ["OS", "PFS", "TTP", "ORR"] }),
      );
    };
    const q = shell.state.question;
    const number = (name: string) => (v: string): void => { q[name] = v === "" ? null : Number(v); changed(); };
    swap(
      shell.controls,
      el("fieldset", {}, el("legend", {}, "The run"), text("Virtual patients", String(q["patients"] ?? ""), number("patients"), { field: "--patients" }), text("Patients of one real trial", String(q["size"] ?? ""), number("size"), { field: "--size" }), text("Parameter vectors", String(q["vectors"] ?? ""), number("vectors"), { field: "--vectors", hint: "8 or more make a model interval; each runs the trial again." }), text("Seed", String(q["seed"] ?? 1), number("seed"), { field: "--seed" })),
      el("details", { open: true }, el("summary", {}, "Design as a form"), form),
      el("div", { class: "field", "data-field": "text" }, el("label", { for: id }, "Design as its file (YAML)"), area, wrong),
      el("details", { open: true }, el("summary", {}, "How it is understood"), understood),
    );
    void look();
    answers.offer("trial", q, "Run the trial to see its curves and its report.");
    return {
      leave: () => {
        clearTimeout(timer);
        answers.leave();
      },
    };
  },
};
