/** Controls that the pages share. Each calls ``changed(settled)``: false while a slider moves, true when it rests. */

import type { DoseChoice } from "./api";
import { el, fresh, swap, told } from "./dom";

export type Changed = (settled: boolean) => void;

export interface Control {
  element: HTMLElement;
  /** The name on the command line, such as ``--drug``; a problem of that field is shown here. */
  field: string;
}

/** A label, its control, a hint, and the place of what is wrong with it. */
export function field(label: string, control: HTMLElement, options: { hint?: string; field?: string } = {}): HTMLElement {
  const id = control.id || fresh("control");
  control.id = id;
  const notes: string[] = [];
  const parts: (Node | null)[] = [el("label", { for: id }, label), control];
  if (options.hint) {
    const hint = el("p", { class: "hint", id: fresh("hint") }, options.hint);
    notes.push(hint.id);
    parts.push(hint);
  }
  const wrong = el("p", { class: "wrong", id: fresh("wrong"), hidden: true });
  notes.push(wrong.id);
  parts.push(wrong);
  control.setAttribute("aria-describedby", notes.join(" "));
  return el("div", { class: "field", "data-field": options.field ?? "" }, ...parts);
}

export function choice(
  label: string,
  names: (string | [string, string])[],
  value: string,
  changed: (value: string) => void,
  options: { hint?: string; field?: string } = {},
): HTMLElement {
  const made = el("select", { change: (e) => changed((e.target as HTMLSelectElement).value) });
  for (const name of names) {
    const [key, words] = typeof name === "string" ? [name, name] : name;
    made.append(el("option", { value: key, selected: key === value }, words));
  }
  made.value = value;
  return field(label, made, options);
}

export function text(
  label: string,
  value: string,
  changed: (value: string) => void,
  options: { hint?: string; field?: string; list?: string[]; wide?: boolean } = {},
): HTMLElement {
  const made = el("input", { type: "text", value, autocomplete: "off", spellcheck: "false", change: (e) => changed((e.target as HTMLInputElement).value.trim()) });
  const whole = field(label, made, options);
  if (options.list) {
    const list = el("datalist", { id: fresh("list") }, ...options.list.map((v) => el("option", { value: v })));
    made.setAttribute("list", list.id);
    whole.append(list);
  }
  return whole;
}

export function tick(label: string, value: boolean, changed: (value: boolean) => void, options: { hint?: string } = {}): HTMLElement {
  const id = fresh("tick");
  const made = el("input", { type: "checkbox", id, checked: value, change: (e) => changed((e.target as HTMLInputElement).checked) });
  return el("div", { class: "field tick" }, made, el("label", { for: id }, label), options.hint ? el("p", { class: "hint" }, options.hint) : null);
}

export function ticks(legend: string, names: [string, string][], chosen: string[], changed: (chosen: string[]) => void): HTMLElement {
  const set = new Set(chosen);
  const boxes = names.map(([key, words]) =>
    tick(words, set.has(key), (on) => {
      if (on) set.add(key);
      else set.delete(key);
      changed(names.map(([k]) => k).filter((k) => set.has(k)));
    }),
  );
  return el("fieldset", { class: "ticks" }, el("legend", {}, legend), ...boxes);
}

const STEPS = 200;

/** A slider over a range of doses by logarithm; quite left is none. */
export function doseSlider(label: string, dose: number, range: { low: number; high: number; unit: string }, changed: (dose: number, settled: boolean) => void): HTMLElement {
  const { low, high, unit } = range;
  const place = (d: number): number => (d <= 0 ? 0 : Math.max(1, Math.min(STEPS, 1 + Math.round(((STEPS - 1) * Math.log(d / low)) / Math.log(high / low)))));
  const at = (k: number): number => (k <= 0 ? 0 : Number((low * (high / low) ** ((k - 1) / (STEPS - 1))).toPrecision(3)));
  const id = fresh("slider");
  const output = el("output", { for: id }, dose > 0 ? `${told(dose)} ${unit}` : "none");
  const slider = el("input", { type: "range", id, min: 0, max: STEPS, step: 1, value: place(dose), "aria-valuetext": output.textContent });
  const move = (settled: boolean): void => {
    const value = at(Number(slider.value));
    output.textContent = value > 0 ? `${told(value)} ${unit}` : "none";
    slider.setAttribute("aria-valuetext", output.textContent);
    changed(value, settled);
  };
  slider.addEventListener("input", () => move(false));
  slider.addEventListener("change", () => move(true));
  return el("div", { class: "slider" }, el("label", { for: id }, label), slider, output);
}

/** A slider over a linear range, e.g. what a knockdown leaves. */
export function shareSlider(label: string, value: number, range: { low: number; high: number; step: number }, words: (v: number) => string, changed: (value: number, settled: boolean) => void): HTMLElement {
  const id = fresh("slider");
  const output = el("output", { for: id }, words(value));
  const slider = el("input", { type: "range", id, min: range.low, max: range.high, step: range.step, value, "aria-valuetext": words(value) });
  const move = (settled: boolean): void => {
    const now = Number(slider.value);
    output.textContent = words(now);
    slider.setAttribute("aria-valuetext", words(now));
    changed(now, settled);
  };
  slider.addEventListener("input", () => move(false));
  slider.addEventListener("change", () => move(true));
  return el("div", { class: "slider" }, el("label", { for: id }, label), slider, output);
}

const ENTRY = /^([^=]+)=([-+0-9.eE]+)\s*([^@]*)(?:@(.*))?$/;

/**
 * A list of ligands or drugs with a dose each, as texts of the command line (``IL6=10ng/ml@0min..20min``).
 * What the sliders cannot show (a series, a pulse) is kept as a text field.
 */
export function doseList(
  title: string,
  known: DoseChoice[],
  given: string[],
  changed: (entries: string[], settled: boolean) => void,
  options: { field: string; time?: string; add: string },
): HTMLElement {
  const entries = [...given];
  const place = el("div", { class: "entries" });
  const wrong = el("p", { class: "wrong", hidden: true });
  const tell = (settled: boolean): void => changed(entries.filter((e) => e !== ""), settled);
  const draw = (): void => {
    const rows = entries.map((entry, k) => {
      const found = ENTRY.exec(entry);
      const name = found?.[1]?.trim() ?? "";
      const about = known.find((d) => d.name === name || name.startsWith(`${d.name}(`));
      const gone = el("button", { type: "button", class: "quiet", "aria-label": `Remove ${name || entry}`, click: () => { entries.splice(k, 1); draw(); tell(true); } }, "Remove");
      if (found === null || about === undefined || (found[3]?.trim() || about.unit) !== about.unit) {
        const id = fresh("entry");
        const input = el("input", { type: "text", id, value: entry, spellcheck: "false", change: (e) => { entries[k] = (e.target as HTMLInputElement).value.trim(); draw(); tell(true); } });
        return el("div", { class: "entry" }, el("label", { for: id }, "As on the command line"), input, gone);
      }
      const time = found[4];
      const put = (dose: number, settled: boolean): void => {
        entries[k] = `${name}=${dose}${about.unit}${time === undefined ? "" : `@${time}`}`;
        tell(settled);
      };
      const slider = doseSlider(about.title && about.title !== name ? `${name} (${about.title})` : name, Number(found[2]), about, put);
      const when = options.time === undefined ? null : el("input", { type: "text", class: "when", "aria-label": `When ${name} is given`, value: time ?? "0min", spellcheck: "false", change: (e) => { const said = (e.target as HTMLInputElement).value.trim(); const now = ENTRY.exec(entries[k] ?? ""); entries[k] = `${name}=${now?.[2] ?? about.usual}${about.unit}${said && said !== "0min" ? `@${said}` : ""}`; draw(); tell(true); } });
      return el("div", { class: "entry" }, slider, el("div", { class: "row" }, when ? el("span", { class: "hint" }, "given at") : null, when, about.grade ? el("span", { class: `grade ${about.grade}` }, about.grade) : null, gone));
    });
    const free = known.filter((d) => !entries.some((e) => e.startsWith(`${d.name}=`)));
    const id = fresh("add");
    const add = el("select", { id, change: (e) => {
      const about = known.find((d) => d.name === (e.target as HTMLSelectElement).value);
      if (about === undefined) return;
      entries.push(`${about.name}=${about.usual}${about.unit}${options.time ? `@${options.time}` : ""}`);
      draw();
      tell(true);
    } }, el("option", { value: "" }, options.add), ...free.map((d) => el("option", { value: d.name }, d.target ? `${d.name}: ${d.target}` : d.title ?? d.name)));
    swap(place, ...rows, el("div", { class: "entry" }, el("label", { for: id, class: "unseen" }, options.add), add));
  };
  draw();
  return el("fieldset", { "data-field": options.field }, el("legend", {}, title), place, wrong);
}

/** Genes and how much of each is left. */
export function knockdowns(genes: string[], given: string[], changed: (entries: string[], settled: boolean) => void): HTMLElement {
  const entries = [...given];
  const place = el("div", { class: "entries" });
  const words = (v: number): string => (v === 1 ? "unchanged" : v === 0 ? "none left" : v < 1 ? `${Math.round(100 * v)} % left` : `${told(v)} times as much`);
  const draw = (): void => {
    const rows = entries.map((entry, k) => {
      const [name = "", level = "1"] = entry.split("=");
      const gone = el("button", { type: "button", class: "quiet", "aria-label": `Remove ${name}`, click: () => { entries.splice(k, 1); draw(); changed([...entries], true); } }, "Remove");
      if (!/^[0-9.]+$/.test(level)) {
        const id = fresh("entry");
        return el("div", { class: "entry" }, el("label", { for: id }, "As on the command line"), el("input", { type: "text", id, value: entry, change: (e) => { entries[k] = (e.target as HTMLInputElement).value.trim(); draw(); changed([...entries], true); } }), gone);
      }
      return el("div", { class: "entry" }, shareSlider(name, Number(level), { low: 0, high: 4, step: 0.05 }, words, (v, settled) => { entries[k] = `${name}=${Number(v.toFixed(2))}`; changed([...entries], settled); }), el("div", { class: "row" }, gone));
    });
    const id = fresh("add");
    const add = el("select", { id, change: (e) => { entries.push(`${(e.target as HTMLSelectElement).value}=0`); draw(); changed([...entries], true); } }, el("option", { value: "" }, "Add a knockdown or overexpression"), ...genes.filter((g) => !entries.some((e) => e.startsWith(`${g}=`))).map((g) => el("option", { value: g }, g)));
    swap(place, ...rows, el("div", { class: "entry" }, el("label", { for: id, class: "unseen" }, "Add a gene"), add));
  };
  draw();
  return el("fieldset", { "data-field": "--knockdown" }, el("legend", {}, "Knockdown and overexpression"), place, el("p", { class: "wrong", hidden: true }));
}
