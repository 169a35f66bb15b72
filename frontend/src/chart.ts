/** Curves by uPlot: one unit per axis, a band where there is one, words and numbers for those who do not see it. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { el, table, told, type Cell } from "./dom";

export interface Curve {
  label: string;
  values: (number | null)[];
  colour: string; // name of a CSS variable
  dash?: number[];
  width?: number;
  alpha?: number;
  low?: (number | null)[];
  high?: (number | null)[];
}

export interface ChartData {
  title: string;
  xLabel: string;
  yLabel: string;
  x: number[];
  curves: Curve[];
  cloud?: (number | null)[][];
  points?: { label: string; colour: string; x: number[]; y: number[]; low?: number[]; high?: number[] }[];
  marks?: { x: number; label: string }[];
  logX?: boolean;
  logY?: boolean;
  stepped?: boolean;
  source: string;
}

const drawn = new Set<Chart>();

const others = new Set<() => void>();

export function redrawAll(): void {
  for (const chart of drawn) chart.redraw();
  for (const paint of others) paint();
}

/** Have something painted anew with the charts when the theme changes; call what is returned to end that. */
export function redrawn(paint: () => void): () => void {
  others.add(paint);
  return () => others.delete(paint);
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

function faded(name: string, alpha: number): string {
  const full = colour(name);
  return full.startsWith("#") && full.length === 7 ? full + Math.round(alpha * 255).toString(16).padStart(2, "0") : full;
}

/** A chart that is kept while its data change: a slider's move sets new numbers and makes nothing anew. */
export class Chart {
  readonly element: HTMLElement;
  private readonly stage = el("div", { class: "stage" });
  private readonly caption = el("figcaption", {});
  private readonly details = el("details", { class: "numbers" }, el("summary", {}, "The numbers of this figure"));
  private plot: uPlot | null = null;
  private shape = "";
  private data: ChartData | null = null;
  private readonly watcher = new ResizeObserver(() => this.resize());

  constructor() {
    this.element = el("figure", { class: "chart" }, this.stage, this.caption, this.details);
    this.stage.setAttribute("role", "img");
    this.watcher.observe(this.stage);
    this.details.addEventListener("toggle", () => this.numbers());
    drawn.add(this);
  }

  drop(): void {
    this.watcher.disconnect();
    this.plot?.destroy();
    drawn.delete(this);
    this.element.remove();
  }

  set(data: ChartData): void {
    this.data = data;
    const shape = [data.title, data.xLabel, data.yLabel, data.logX, data.logY, data.cloud?.length ?? 0, ...data.curves.map((c) => `${c.label}|${c.colour}|${c.dash}|${c.low === undefined}`), ...(data.points ?? []).map((p) => p.label)].join("\u0001");
    if (this.plot !== null && shape === this.shape) this.plot.setData(this.columns(data));
    else {
      this.shape = shape;
      this.make(data);
    }
    this.stage.setAttribute("aria-label", `${data.title}. ${this.words(data)}`);
    this.caption.textContent = `${data.title}. Source: ${data.source}`;
    if (this.details.open) this.numbers();
  }

  redraw(): void {
    if (this.data !== null) this.make(this.data);
  }

  private size(): { width: number; height: number } {
    const width = Math.max(240, this.stage.clientWidth);
    return { width, height: Math.round(Math.min(420, Math.max(200, width * 0.5))) };
  }

  private resize(): void {
    if (this.plot === null) return;
    const { width, height } = this.size();
    if (Math.abs(width - this.plot.width) > 1) this.plot.setSize({ width, height });
  }

  private columns(data: ChartData): uPlot.AlignedData {
    const xs = this.grid(data);
    const at = new Map(xs.map((x, k) => [x, k]));
    const spread = (x: number[], y: (number | null)[]): (number | null)[] => {
      const full = new Array<number | null>(xs.length).fill(null);
      x.forEach((value, k) => {
        full[at.get(value) as number] = y[k] ?? null;
      });
      return full;
    };
    const same = xs === data.x;
    const line = (y: (number | null)[]): (number | null)[] => (same ? y : spread(data.x, y));
    const columns: (number | null)[][] = [];
    for (const lane of data.cloud ?? []) columns.push(line(lane));
    for (const c of data.curves) if (c.low !== undefined && c.high !== undefined) columns.push(line(c.low), line(c.high));
    for (const c of data.curves) columns.push(line(c.values));
    for (const p of data.points ?? []) columns.push(spread(p.x, p.y));
    return [xs, ...columns] as uPlot.AlignedData;
  }

  private grid(data: ChartData): number[] {
    if (!data.points?.length) return data.x;
    return [...new Set([...data.x, ...data.points.flatMap((p) => p.x)])].sort((a, b) => a - b);
  }

  private make(data: ChartData): void {
    this.plot?.destroy();
    const series: uPlot.Series[] = [{ label: data.xLabel }];
    const bands: uPlot.Band[] = [];
    const gaps = this.grid(data) !== data.x;
    const stepped = data.stepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {};
    for (let k = 0; k < (data.cloud?.length ?? 0); k += 1)
      series.push({ label: `vector ${k + 1}`, stroke: () => faded("--series-1", 0.12), width: 1, points: { show: false }, spanGaps: gaps });
    for (const c of data.curves) {
      if (c.low === undefined || c.high === undefined) continue;
      const k = series.length;
      for (const edge of ["low", "high"]) series.push({ label: `${c.label} ${edge}`, stroke: "transparent", width: 0, points: { show: false }, spanGaps: gaps });
      bands.push({ series: [k + 1, k], fill: () => faded(c.colour, 0.22) } as unknown as uPlot.Band);
    }
    for (const c of data.curves)
      series.push({
        label: c.label,
        stroke: () => faded(c.colour, c.alpha ?? 1),
        width: c.width ?? 2,
        points: { show: false },
        spanGaps: gaps,
        ...(c.dash ? { dash: c.dash } : {}),
        ...stepped,
      });
    for (const p of data.points ?? []) series.push({ label: p.label, stroke: () => colour(p.colour), width: 0, paths: () => null, points: { show: true, size: 7, fill: () => colour(p.colour) } });
    const ink = (): string => colour("--ink-soft");
    const axis = (label: string): uPlot.Axis => ({ label, stroke: ink, grid: { stroke: () => colour("--rule"), width: 1 }, ticks: { stroke: () => colour("--rule") }, font: "12px system-ui, sans-serif", labelFont: "13px system-ui, sans-serif", labelSize: 22, values: (_, splits) => splits.map((v) => (v === null ? "" : told(v))) });
    const pointed = data.points ?? [];
    const options: uPlot.Options = {
      ...this.size(),
      series,
      bands,
      scales: { x: { time: false, ...(data.logX ? { distr: 3 as const } : {}) }, y: data.logY ? { distr: 3 } : { range: (_, low, high) => [Math.min(0, low), high === low ? low + 1 : high * 1.05] } },
      axes: [axis(data.xLabel), { ...axis(data.yLabel), size: 62 }],
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 6 } },
      hooks: {
        draw: [
          (plot) => {
            for (const mark of data.marks ?? []) this.mark(plot, mark);
            pointed.forEach((p) => this.errors(plot, p));
          },
        ],
      },
    };
    this.plot = new uPlot(options, this.columns(data), this.stage);
    this.legend(data);
  }

  private mark(plot: uPlot, mark: { x: number; label: string }): void {
    const x = plot.valToPos(mark.x, "x", true);
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour("--ink-soft");
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = colour("--ink-soft");
    ctx.fillText(mark.label, x + 4, bbox.top + 12);
    ctx.restore();
  }

  private errors(plot: uPlot, p: NonNullable<ChartData["points"]>[number]): void {
    if (p.low === undefined || p.high === undefined) return;
    const { ctx } = plot;
    ctx.save();
    ctx.strokeStyle = colour(p.colour);
    ctx.lineWidth = 1.5;
    p.x.forEach((value, k) => {
      const x = plot.valToPos(value, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, plot.valToPos(p.low?.[k] as number, "y", true));
      ctx.lineTo(x, plot.valToPos(p.high?.[k] as number, "y", true));
      ctx.stroke();
    });
    ctx.restore();
  }

  private legend(data: ChartData): void {
    this.element.querySelector(".legend")?.remove();
    const named: [string, string, boolean, boolean][] = data.curves.map((c) => [c.label, c.colour, c.dash !== undefined, false]);
    for (const p of data.points ?? []) named.push([p.label, p.colour, false, true]);
    const items = named.map(([label, name, dashed, dot]) => {
      const key = el("span", { class: `key${dashed ? " dashed" : ""}${dot ? " dot" : ""}`, "aria-hidden": "true" });
      key.style.setProperty("--key", `var(${name})`);
      return el("li", {}, key, label);
    });
    if (data.cloud?.length) items.push(el("li", {}, el("span", { class: "key thin", "aria-hidden": "true" }), `${data.cloud.length} parameter vectors`));
    this.stage.before(el("ul", { class: "legend" }, ...items));
  }

  private words(data: ChartData): string {
    return data.curves
      .map((c) => {
        const known = c.values.filter((v): v is number => v !== null);
        if (!known.length) return `${c.label}: no values.`;
        const peak = Math.max(...known);
        const at = data.x[c.values.indexOf(peak)];
        return `${c.label}: highest ${told(peak)} at ${told(at ?? null)}, last ${told(known.at(-1) ?? null)}.`;
      })
      .join(" ");
  }

  private numbers(): void {
    this.details.querySelector(".scroll")?.remove();
    const data = this.data;
    if (!this.details.open || data === null) return;
    const step = Math.max(1, Math.ceil(data.x.length / 60));
    const head = [data.xLabel];
    for (const c of data.curves) head.push(c.label, ...(c.low ? [`${c.label}, low`, `${c.label}, high`] : []));
    const rows: Cell[][] = [];
    for (let k = 0; k < data.x.length; k += step) {
      const row: Cell[] = [data.x[k] ?? null];
      for (const c of data.curves) row.push(c.values[k] ?? null, ...(c.low ? [c.low[k] ?? null, c.high?.[k] ?? null] : []));
      rows.push(row);
    }
    this.details.append(table(`${data.title}; ${data.yLabel}`, head, rows));
  }
}

/** A set of charts by name: those that go on are kept, new ones made, others dropped. */
export class ChartGrid {
  readonly element = el("div", { class: "charts" });
  private readonly charts = new Map<string, Chart>();

  set(all: [string, ChartData][]): void {
    const wanted = new Set(all.map(([name]) => name));
    for (const [name, chart] of this.charts)
      if (!wanted.has(name)) {
        chart.drop();
        this.charts.delete(name);
      }
    for (const [name, data] of all) {
      let chart = this.charts.get(name);
      if (chart === undefined) {
        chart = new Chart();
        this.charts.set(name, chart);
      }
      if (chart.element.parentElement !== this.element) this.element.append(chart.element);
      chart.set(data);
    }
  }

  drop(): void {
    for (const chart of this.charts.values()) chart.drop();
    this.charts.clear();
  }
}
