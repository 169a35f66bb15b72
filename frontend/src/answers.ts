/** A question asked at once where it is short, and run as a job where it is long: queued, followed, cancelled, found again. */

import { Asker, call, Refused, type Job, type Reply } from "./api";
import { el, swap } from "./dom";
import type { Shell } from "./shell";
import type { Question } from "./state";

export interface Answered<A> {
  reply: Reply<A>;
  job: Job | null;
}

const SOON_MS = 1000;
const LATER_MS = 10_000;

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export class Answers<A> {
  private readonly asker: Asker;
  private readonly panel = el("div", { class: "job", role: "group", "aria-label": "Run" });
  private timer: number | undefined;
  private followed = "";
  private left = false;

  constructor(
    private readonly shell: Shell,
    private readonly draw: (found: Answered<A>) => void,
  ) {
    this.asker = new Asker(shell.page.name);
    shell.answer.before(this.panel);
  }

  leave(): void {
    this.left = true;
    clearTimeout(this.timer);
  }

  /** Ask now; what is too large to be short gets a button that runs it. */
  async ask(kind: string, question: Question, settled: boolean): Promise<void> {
    this.forget();
    this.shell.keep(settled);
    this.shell.loading("Computing …");
    try {
      const reply = await this.asker.ask<A>(kind, question);
      if (reply === null || this.left) return;
      swap(this.panel);
      this.show(reply, null);
    } catch (error) {
      if (this.left) return;
      if (error instanceof Refused && error.long) this.offer(kind, question, "This takes longer than a moment.");
      else this.shell.failed(error);
    }
  }

  /** Offer to run it; the job of the link, if there is one, is taken up again. */
  offer(kind: string, question: Question, words: string): void {
    const id = this.shell.state.job;
    if (id !== undefined) {
      this.follow(id);
      return;
    }
    clearTimeout(this.timer);
    this.followed = "";
    this.shell.empty(words);
    const button = el("button", { type: "button" }, "Run");
    button.addEventListener("click", () => void this.run(kind, question));
    swap(this.panel, button);
  }

  /** Run it without being asked twice: what takes seconds, but not so few as to follow a slider. */
  async begin(kind: string, question: Question): Promise<void> {
    const id = this.shell.state.job;
    if (id !== undefined) this.follow(id);
    else await this.run(kind, question);
  }

  /** The question has changed: its job is not this one. */
  forget(): void {
    delete this.shell.state.job;
    clearTimeout(this.timer);
    this.followed = "";
  }

  private async run(kind: string, question: Question): Promise<void> {
    this.shell.loading("Sending …");
    try {
      const job = await call<Job>("POST", "jobs", { kind, question });
      if (this.left) return;
      this.shell.state.job = job.id;
      this.shell.keep(true);
      this.follow(job.id);
    } catch (error) {
      this.shell.failed(error);
    }
  }

  private follow(id: string): void {
    this.followed = id;
    clearTimeout(this.timer);
    void this.look(id);
  }

  private async look(id: string): Promise<void> {
    let wait = document.hidden ? LATER_MS : SOON_MS;
    try {
      const job = await call<Job>("GET", `jobs/${id}`);
      if (this.left || this.followed !== id) return;
      this.told(job);
      if (job.state === "done") {
        const reply = await call<Reply<A>>("GET", `jobs/${id}/result`);
        if (!this.left && this.followed === id) this.show(reply, job);
        return;
      }
      if (job.state === "failed" || job.state === "cancelled") return;
    } catch (error) {
      if (this.left || this.followed !== id) return;
      this.shell.failed(error);
      if (!(error instanceof Refused) || error.status !== 0) return;
      wait = SOON_MS; // the server is away: the job is on its disk, and goes on when it is back
    }
    this.timer = window.setTimeout(() => void this.look(id), wait);
  }

  private show(reply: Reply<A>, job: Job | null): void {
    this.draw({ reply, job });
  }

  private told(job: Job): void {
    const act = (words: string, path: string): HTMLElement => {
      const button = el("button", { type: "button", class: "quiet" }, words);
      button.addEventListener("click", async () => {
        button.disabled = true;
        try {
          await call<Job>("POST", `jobs/${job.id}/${path}`);
          this.follow(job.id);
        } catch (error) {
          this.shell.failed(error);
        }
      });
      return button;
    };
    if (job.state === "queued") {
      swap(this.panel, el("span", {}, job.position > 0 ? `Waits behind ${job.position} ${job.position === 1 ? "run" : "runs"}.` : "Waits for its turn."), act("Cancel", "cancel"));
      this.shell.loading("Queued");
    } else if (job.state === "running") {
      const p = job.progress;
      const bar = el("progress", { max: 1, ...(p === null || p.total <= 0 ? {} : { value: p.share }), "aria-label": "Progress" });
      const words = p === null ? "Begins …" : p.total <= 0 ? `${p.text || "Running"} …` : `${p.text ? `${p.text}: ` : ""}${p.done} of ${p.total}${p.remaining_s === null ? "" : `, about ${duration(p.remaining_s)} left`}`;
      swap(this.panel, bar, el("span", {}, words), act("Cancel", "cancel"));
      this.shell.loading("Running; you may close this page, the run goes on.");
    } else if (job.state === "done") {
      const button = el("button", { type: "button", class: "quiet" }, "Forget this result");
      button.addEventListener("click", async () => {
        await call("DELETE", `jobs/${job.id}`).catch((error: unknown) => this.shell.failed(error));
        this.offer(job.kind, job.question, "The result is gone.");
      });
      this.forgetButton(job, button);
    } else {
      this.shell.full(job.state === "cancelled" ? "Cancelled." : "");
      if (job.state === "failed") this.shell.failed(new Refused(422, job.problems.length ? job.problems : [{ code: "job.failed", message: "the run failed", file: null, line: null, column: null, field: null, hint: null }]));
      swap(this.panel, act("Run again", "again"));
    }
  }

  private forgetButton(job: Job, button: HTMLElement): void {
    button.addEventListener("click", () => delete this.shell.state.job, { capture: true });
    swap(this.panel, el("span", { class: "hint" }, job.ended ? `Finished ${new Date(job.ended).toLocaleString()}.` : "Finished."), button);
  }
}
