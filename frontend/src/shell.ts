/** What all pages have: controls beside the answer, four states, command and Python lines, link, export. */

import { download, Refused, type Choices, type Problem } from "./api";
import { el, swap } from "./dom";
import { fragment, type PageName, type PageState, type Question } from "./state";

export interface Page {
  name: PageName;
  title: string;
  about: string;
  /** The question of a page that nothing was asked yet. */
  start(choices: Choices): PageState;
  mount(shell: Shell, choices: Choices): Mounted;
}

export interface Mounted {
  /** Called when the page is left. */
  leave(): void;
}

export type ExportFormat = "png" | "svg" | "pdf" | "csv" | "xlsx" | "json";

/** The frame in which a page is mounted. */
export class Shell {
  readonly element: HTMLElement;
  readonly controls = el("form", { class: "controls", "aria-label": "Question", submit: (e) => e.preventDefault() });
  readonly answer = el("div", { class: "answer-body" });
  private readonly status = el("p", { class: "state", role: "status", "aria-live": "polite" });
  private readonly problems = el("div", { class: "problems", role: "alert" });
  private readonly notes = el("ul", { class: "notes" });
  private readonly same = el("details", { class: "same" }, el("summary", {}, "The same by command line and Python"));
  private readonly link = el("button", { type: "button", class: "quiet", click: () => void this.copy(location.href, this.link) }, "Copy link");
  private readonly saves = el("div", { class: "saves", role: "group", "aria-label": "Export" });
  private settled: string | null = null;

  constructor(
    readonly page: Page,
    public state: PageState,
    broken: boolean,
  ) {
    const bar = el("div", { class: "bar" }, this.saves, this.link);
    const section = el("section", { class: "answer", id: "content", "aria-label": "Answer", tabindex: -1 }, this.status, this.problems, this.answer, this.notes, bar, this.same);
    this.element = el("div", { class: `page page-${page.name}` }, el("h1", {}, page.title), el("p", { class: "about" }, page.about), el("div", { class: "split" }, this.controls, section));
    if (broken) this.element.querySelector(".about")?.after(el("p", { class: "notice" }, "The link could not be read; this is where the page begins."));
  }

  /** Take a new state into the link; a slider that still moves replaces, one that rests adds to the history. */
  keep(settled: boolean): void {
    const hash = fragment(this.state);
    if (!settled) {
      this.settled ??= location.hash;
      history.replaceState(null, "", hash);
      return;
    }
    if (this.settled !== null) {
      history.replaceState(null, "", this.settled || location.pathname);
      this.settled = null;
    }
    if (location.hash !== hash) history.pushState(null, "", hash);
  }

  loading(words: string): void {
    this.element.classList.add("busy");
    this.status.textContent = words;
  }

  /** An answer is there. */
  full(words: string): void {
    this.element.classList.remove("busy");
    this.status.textContent = words;
    this.wrong([]);
  }

  empty(words: string): void {
    this.element.classList.remove("busy");
    this.wrong([]);
    this.status.textContent = "";
    swap(this.answer, el("p", { class: "empty" }, words));
  }

  failed(error: unknown): void {
    this.element.classList.remove("busy");
    this.status.textContent = "";
    if (error instanceof Refused) {
      const session = error.status === 401 ? [{ ...NONE, message: "this browser has no session", hint: "open the address that `jakstat lab` printed in its terminal" }] : [];
      this.wrong(session.length ? session : error.problems.length ? error.problems : [{ ...NONE, message: `the server answered ${error.status}` }]);
    } else {
      console.error(error);
      this.wrong([{ ...NONE, message: "the page failed", hint: String(error) }]);
    }
  }

  /** Problems beside their controls where there are such, and all of them above the answer. */
  private wrong(problems: Problem[]): void {
    for (const place of this.controls.querySelectorAll<HTMLElement>(".wrong")) {
      place.hidden = true;
      place.textContent = "";
      place.parentElement?.classList.remove("has-wrong");
    }
    for (const control of this.controls.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    for (const p of problems) {
      if (!p.field) continue;
      const field = p.field.replace(/^question\./, "--").replaceAll("_", "-").toLowerCase();
      for (const place of this.controls.querySelectorAll<HTMLElement>("[data-field]")) {
        if (place.dataset["field"]?.toLowerCase() !== field) continue;
        const said = place.querySelector<HTMLElement>(":scope > .wrong");
        if (said === null) continue;
        said.hidden = false;
        said.textContent = sentence(p);
        place.classList.add("has-wrong");
        place.querySelector("input, select, textarea")?.setAttribute("aria-invalid", "true");
      }
    }
    swap(this.problems, problems.length ? el("ul", {}, ...problems.map((p) => el("li", {}, sentence(p)))) : null);
  }

  /** Notes of an answer, and the lines that give the same. */
  lines(reply: { command: string; python: string }, notes: string[]): void {
    swap(this.notes, ...notes.map((n) => el("li", {}, n)));
    const block = (title: string, code: string): HTMLElement => {
      const button = el("button", { type: "button", class: "quiet" }, "Copy");
      button.addEventListener("click", () => void this.copy(code, button));
      return el("div", { class: "code" }, el("h2", {}, title, " ", button), el("pre", { tabindex: 0, "aria-label": title }, el("code", {}, code)));
    };
    const open = this.same.open;
    swap(this.same, el("summary", {}, "The same by command line and Python"), block("Command line", reply.command), block("Python", reply.python));
    this.same.open = open;
  }

  /** Buttons that save the figure and the table of a question. */
  exports(kind: string, question: () => Question, formats: ExportFormat[]): void {
    const save = async (format: ExportFormat, button: HTMLButtonElement): Promise<void> => {
      button.disabled = true;
      try {
        const { blob, name } = await download("export", { kind, question: question(), format });
        const url = URL.createObjectURL(blob);
        el("a", { href: url, download: name }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10_000);
      } catch (error) {
        this.failed(error);
      } finally {
        button.disabled = false;
      }
    };
    swap(
      this.saves,
      "Export ",
      ...formats.map((format) => {
        const button = el("button", { type: "button", class: "quiet" }, format.toUpperCase());
        button.addEventListener("click", () => void save(format, button));
        return button;
      }),
    );
  }

  private async copy(what: string, button: HTMLElement): Promise<void> {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(what);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Cannot copy here";
    }
    setTimeout(() => (button.textContent = before), 1500);
  }
}

const NONE: Problem = { code: "", message: "", file: null, line: null, column: null, field: null, hint: null };

/** A problem as one sentence: where, what, and what is allowed. */
export function sentence(p: Problem): string {
  const where = [p.file, p.line === null ? null : `line ${p.line}`, p.field].filter((w) => w).join(", ");
  return `${where ? `${where}: ` : ""}${p.message}${p.hint ? `. ${p.hint}` : ""}`;
}
