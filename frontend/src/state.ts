/** The state of a page is one JSON document, and the permanent link holds all of it. */

export const PAGES = ["cell", "map", "drug", "patient", "trial", "evidence", "data"] as const;
export type PageName = (typeof PAGES)[number];
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Question = { [key: string]: Value };

export interface PageState {
  v: 1;
  page: PageName;
  question: Question;
  view: { [key: string]: Value };
  job?: string;
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((k) => [k, sorted(value[k] as Value)]));
}

/** JSON with sorted keys: one state has one text. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value as Value));
}

export function fragment(state: PageState): string {
  const bytes = new TextEncoder().encode(canonical(state));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `#/${state.page}/${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** What a fragment says; ``state`` is missing when it says nothing but the page, ``broken`` when it cannot be read. */
export function parse(hash: string): { page: PageName; state?: PageState; broken: boolean } {
  const [, name = "", code = ""] = hash.split("/");
  const known = PAGES.find((p) => p === name);
  const page = known ?? "cell";
  if (known === undefined) return { page, broken: hash.length > 1 && hash !== "#content" };
  if (code === "") return { page, broken: false };
  try {
    const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    const found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Partial<PageState>;
    const plain = (v: unknown): boolean => v !== null && typeof v === "object" && !Array.isArray(v);
    if (found.v !== 1 || found.page !== page || !plain(found.question) || !plain(found.view)) throw new Error("another state");
    const state: PageState = { v: 1, page, question: found.question as Question, view: found.view as Question };
    if (typeof found.job === "string" && /^[0-9a-f]{64}$/.test(found.job)) state.job = found.job;
    return { page, state, broken: false };
  } catch {
    return { page, broken: true };
  }
}
