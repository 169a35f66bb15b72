/** What a reaction, species or number rests on: formula, claims, numbers with grade, sources. */

import { call } from "../api";
import { el, table, type Cell } from "../dom";

interface Row {
  id?: string;
  value?: number | null;
  unit?: string;
  low?: number | null;
  high?: number | null;
  grade?: string;
  source?: string;
  key?: string;
  context?: string;
}
interface Why {
  name: string;
  kind: string;
  part: string | null;
  formula: string | null;
  grades: Record<string, number> | null;
  claims: { id: string; statement?: string; verdict?: string }[];
  settings: Row[];
  quantities: Row[];
  sources: (string | { id?: string; key?: string; title?: string; doi?: string; pmid?: string })[];
  uses: string[];
  used_by: string[];
}

function numbers(caption: string, rows: Row[]): HTMLElement | null {
  if (!rows?.length) return null;
  const lines: Cell[][] = rows.map((r) => [r.id ?? "", r.value ?? null, r.unit ?? "", r.low ?? null, r.high ?? null, r.grade ?? "", r.source ?? ""]);
  return table(caption, ["number", "value", "unit", "low", "high", "grade", "source"], lines);
}

/** Reactions and numbers that it leads to, each a step further. */
function steps(title: string, names: string[] | undefined, go: (name: string) => void): HTMLElement | null {
  if (!names?.length) return null;
  const buttons = names.slice(0, 60).map((n) => el("button", { type: "button", class: "quiet", click: () => go(n) }, n));
  return el("div", { class: "steps" }, el("span", { class: "hint" }, title), ...buttons);
}

export async function whyPanel(name: string, scale: string, go: (name: string) => void, reactions: string[] = []): Promise<HTMLElement> {
  const found = await call<Why>("GET", `why/${encodeURIComponent(name)}?scale=${encodeURIComponent(scale)}`);
  const sources = (found.sources ?? []).map((s) => {
    if (typeof s === "string") return el("li", {}, s);
    const key = s.id ?? s.key ?? "";
    const address = s.doi ? `https://doi.org/${s.doi}` : s.pmid ? `https://pubmed.ncbi.nlm.nih.gov/${s.pmid}/` : "";
    return el("li", {}, address ? el("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, key) : key, s.title ? `: ${s.title}` : "");
  });
  return el(
    "section",
    { "aria-label": `Why ${name}` },
    el("h2", {}, `Why ${found.name}`),
    el("p", { class: "hint" }, [found.kind, found.part ? `part ${found.part}` : null, found.grades ? Object.entries(found.grades).map(([g, n]) => `${n} ${g}`).join(", ") : null].filter((w) => w).join("; ")),
    found.formula ? el("pre", {}, el("code", {}, found.formula)) : null,
    found.claims?.length ? el("ul", { class: "claims" }, ...found.claims.map((c) => el("li", {}, el("b", {}, c.id), c.statement ? `: ${c.statement}` : "", c.verdict ? ` (${c.verdict.replaceAll("_", " ")})` : ""))) : el("p", { class: "hint" }, "No claim of the literature is recorded for it."),
    numbers("Its numbers", found.settings),
    steps("Its reactions", reactions, go),
    steps("It uses", found.uses, go),
    steps("Used by", found.used_by, go),
    numbers("Recorded quantities", found.quantities),
    sources.length ? el("ul", {}, ...sources) : null,
  );
}
