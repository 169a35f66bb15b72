/** Claims of the literature and what the model says to each. */

import { Answers } from "../answers";
import { call, type Choices } from "../api";
import { choice, text } from "../controls";
import { el, swap, table, type Cell } from "../dom";
import type { Mounted, Page, Shell } from "../shell";
import type { PageState } from "../state";

interface Claim {
  id: string;
  statement: string;
  subject: string;
  object: string;
  module: string;
  scale: string;
  expected: string;
  doubtful: string;
  source: string | string[];
  verdict?: string;
  role?: string;
}
interface Verdicts {
  claims: { id: string; verdict: string; role: string | null; expected: string; readout: string; control: number | null; perturbed: number | null; effect: number | null; agree: number | null; reason: string; experiments: { id: string; readout: string; reading: string; expect: string; control: number | null; perturbed: number | null; low: number | null; high: number | null; unit: string; agree: number | null; verdict: string }[] }[];
}

const VERDICTS: [string, string][] = [
  ["", "all"],
  ["supported", "supported"],
  ["contradicted", "contradicted"],
  ["inconclusive", "inconclusive"],
  ["not_yet", "not yet put to it"],
  ["untestable", "no experiment tells"],
];
const ROLES: Record<string, string> = { encoded: "built in", emergent: "not built in", held_out: "held out of the fit" };

export const evidencePage: Page = {
  name: "evidence",
  title: "Evidence",
  about: "What the literature claims, and whether the model shows it: built in, or of itself.",
  start: (): PageState => ({ v: 1, page: "evidence", question: { module: null, claim: null, scale: "cell" }, view: { verdict: "", about: "" } }),
  mount(shell: Shell, choices: Choices): Mounted {
    const list = el("div", {});
    const one = el("div", { class: "why" });
    let claims: Claim[] | null = null;
    let left = false;

    const answers = new Answers<Verdicts>(shell, ({ reply }) => {
      const rows = reply.answer.claims.flatMap((c) => c.experiments.map((e): Cell[] => [e.id, e.readout, e.reading, e.expect.replaceAll("_", " "), e.control, e.perturbed, e.low, e.high, e.unit, e.agree === null ? null : 100 * e.agree, e.verdict.replaceAll("_", " ")]));
      swap(one, table("As the model is now", ["experiment", "readout", "reading", "expected", "control", "perturbed", "low", "high", "unit", "vectors that agree (%)", "verdict"], rows));
      if (!one.isConnected) swap(shell.answer, one, list);
      shell.full(reply.answer.claims.map((c) => `${c.id}: ${c.verdict.replaceAll("_", " ")}`).join(", "));
      shell.lines(reply, reply.answer.claims.map((c) => c.reason).filter((r) => r));
    });
    const chosen = (): Claim[] => {
      const { view, question } = shell.state;
      const word = String(view["about"] ?? "").toLowerCase();
      return (claims ?? []).filter((c) => {
        if (question["module"] && c.module !== question["module"]) return false;
        if (view["verdict"] && c.verdict !== view["verdict"]) return false;
        const all = [c.id, c.statement, c.subject, c.object, ...(Array.isArray(c.source) ? c.source : [c.source])].join(" ").toLowerCase();
        return word === "" || all.includes(word);
      });
    };
    const draw = (): void => {
      if (claims === null) return;
      const rows = chosen();
      const counts = new Map<string, number>();
      for (const c of rows) counts.set(c.verdict || "none", (counts.get(c.verdict || "none") ?? 0) + 1);
      const cells = rows.map((c): Cell[] => {
        const button = el("button", { type: "button", class: "quiet", "aria-label": `Test ${c.id}` }, c.id);
        button.addEventListener("click", () => run(c));
        const verdict = el("span", { class: `verdict ${c.verdict ?? ""}` }, (c.verdict || "–").replaceAll("_", " "), c.role ? ` (${ROLES[c.role] ?? c.role})` : "");
        return [button, c.statement + (c.doubtful ? ` (doubtful: ${c.doubtful})` : ""), c.expected.replaceAll("_", " "), verdict, c.module.replaceAll("_", " "), Array.isArray(c.source) ? c.source.join(", ") : c.source];
      });
      swap(list, rows.length ? table(`${rows.length} claims`, ["test it", "claim", "expected", "verdict", "module", "source"], cells) : el("p", { class: "empty" }, "No claim is like that."));
      if (!list.isConnected) swap(shell.answer, one, list);
      if (shell.state.job === undefined && !shell.state.question["claim"]) shell.full([...counts].map(([v, n]) => `${n} ${v.replaceAll("_", " ")}`).join(", "));
    };
    const run = (c: Claim): void => {
      const q = shell.state.question;
      q["claim"] = c.id;
      q["scale"] = c.scale === "tumour" || c.scale === "patient" ? "patient" : "cell";
      swap(one, el("h2", {}, `${c.id}: ${c.statement}`));
      one.scrollIntoView({ block: "nearest" });
      void answers.ask("evidence", { claim: c.id, scale: q["scale"] ?? "cell" }, true);
    };
    const build = (): void => {
      const { view, question } = shell.state;
      const again = (): void => { shell.keep(true); draw(); };
      swap(
        shell.controls,
        text("Gene, drug, word or claim", String(view["about"] ?? ""), (v) => { view["about"] = v; again(); }, { list: [...choices.genes, ...choices.drugs.map((d) => d.name)] }),
        choice("Module", [["", "all"], ...choices.modules.map((m): [string, string] => [m, m.replaceAll("_", " ")])], String(question["module"] ?? ""), (v) => { question["module"] = v === "" ? null : v; again(); }, { field: "--module" }),
        choice("Verdict", VERDICTS, String(view["verdict"] ?? ""), (v) => { view["verdict"] = v; again(); }),
      );
    };
    build();
    shell.loading("Loading the claims …");
    const load = async (): Promise<void> => {
      try {
        const found = await call<{ claims: Claim[] }>("GET", "claims");
        if (left) return;
        claims = found.claims;
        draw();
        const c = claims.find((k) => k.id === shell.state.question["claim"]);
        if (c !== undefined) {
          swap(one, el("h2", {}, `${c.id}: ${c.statement}`));
          const q = { claim: c.id, scale: shell.state.question["scale"] ?? "cell" };
          if (shell.state.job !== undefined) answers.offer("evidence", q, "");
          else void answers.ask("evidence", q, true);
        }
      } catch (error) {
        if (!left) shell.failed(error);
      }
    };
    void load();
    return {
      leave: () => {
        left = true;
        answers.leave();
      },
    };
  },
};

