/** Elements by one call; text is always text, never markup. */

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else made.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) made.append(child);
  return made;
}

let counted = 0;

/** A new id, for a label and what it names. */
export function fresh(stem: string): string {
  counted += 1;
  return `${stem}-${counted}`;
}

export function swap(place: Element, ...children: Child[]): void {
  place.replaceChildren(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
}

export type Cell = string | number | null | Node;

/** A table with a caption; a column of numbers is set right. */
export function table(caption: string, head: string[], rows: Cell[][], options: { most?: number } = {}): HTMLElement {
  const most = options.most ?? 500;
  const shown = rows.slice(0, most);
  const numeric = head.map((_, k) => shown.length > 0 && shown.every((r) => typeof r[k] === "number" || r[k] === null));
  const prose = head.map((_, k) => shown.some((r) => typeof r[k] === "string" && (r[k] as string).length > 60));
  const cell = (value: Cell | undefined): Child =>
    value === null || value === undefined ? "–" : typeof value === "number" ? told(value) : value;
  const made = el(
    "table",
    {},
    el("caption", {}, rows.length > most ? `${caption} (first ${most} of ${rows.length} rows; the rest by CSV)` : caption),
    el("thead", {}, el("tr", {}, ...head.map((h, k) => el("th", { scope: "col", class: numeric[k] ? "number" : null }, h)))),
    el(
      "tbody",
      {},
      ...shown.map((row) =>
        el(
          "tr",
          {},
          ...head.map((_, k) =>
            k === 0 ? el("th", { scope: "row" }, cell(row[k])) : el("td", { class: numeric[k] ? "number" : prose[k] ? "prose" : null }, cell(row[k])),
          ),
        ),
      ),
    ),
  );
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, made);
}

/** A number with so many digits as a reader needs. */
export function told(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(digits - 1).replace("e+", "e");
  return String(Number(value.toPrecision(size >= 1000 ? 4 : digits)));
}
