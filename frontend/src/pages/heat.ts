/** A surface over two drugs' doses as a table of coloured cells: read by eye, by keyboard and by a screen reader. */

import { el, told } from "../dom";

interface Axis {
  label: string;
  doses: number[];
}

// The ends of colour-blind-safe scales: white to blue, and orange over white to blue.
const LOW: [number, number, number] = [255, 255, 255];
const HIGH: [number, number, number] = [0, 90, 160];
const LESS: [number, number, number] = [196, 90, 0];

function mixed(value: number, diverging: boolean, most: number): [number, number, number] {
  const share = most > 0 ? Math.max(-1, Math.min(1, value / most)) : 0;
  const end = diverging && share < 0 ? LESS : HIGH;
  const part = Math.abs(diverging ? share : Math.max(0, share));
  return LOW.map((v, k) => Math.round(v + ((end[k] as number) - v) * part)) as [number, number, number];
}

export function heatTable(surface: { title: string; values: (number | null)[][]; first: Axis; second: Axis; diverging: boolean }): HTMLElement {
  const { title, values, first, second, diverging } = surface;
  const known = values.flat().filter((v): v is number => v !== null);
  const most = diverging ? Math.max(0.02, ...known.map(Math.abs)) : Math.max(1, ...known);
  const body = first.doses.map((dose, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row", class: "number" }, told(dose)),
      ...second.doses.map((_, j) => {
        const value = values[i]?.[j] ?? null;
        const cell = el("td", { class: "number heat" }, value === null ? "–" : told(value, 2));
        if (value !== null) {
          const [r, g, b] = mixed(value, diverging, most);
          cell.style.backgroundColor = `rgb(${r} ${g} ${b})`;
          cell.style.color = 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#101418" : "#ffffff";
        }
        return cell;
      }),
    ),
  );
  const made = el(
    "table",
    { class: "surface" },
    el("caption", {}, `${title}; rows: ${first.label}, columns: ${second.label}`),
    el("thead", {}, el("tr", {}, el("td", {}), ...second.doses.map((d) => el("th", { scope: "col", class: "number" }, told(d))))),
    el("tbody", {}, ...body),
  );
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, made);
}
