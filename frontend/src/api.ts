/** The server's interface: every call, its errors, and short questions of which the newest wins. */

import type { Question } from "./state";

export interface Problem {
  code: string;
  message: string;
  file: string | null;
  line: number | null;
  column: number | null;
  field: string | null;
  hint: string | null;
}

export interface Session {
  csrf: string;
  version: string;
  notice: string;
  limits: Record<string, number>;
}

export interface Named {
  name: string;
  title?: string;
}
export interface ContextChoice extends Named {
  species: string;
  kind: string;
  states: string[];
}
export interface DoseChoice extends Named {
  kind?: string;
  unit: string;
  low: number;
  high: number;
  usual: number;
  target?: string;
  grade?: string;
  regimens?: string[];
  synonyms?: string[];
}
export interface ReadoutChoice extends Named {
  unit: string;
  part: string;
  default: boolean;
}
export interface Choices {
  contexts: ContextChoice[];
  states: (Named & { cells: string })[];
  stimuli: DoseChoice[];
  drugs: DoseChoice[];
  genes: string[];
  treatments: string[];
  readouts: ReadoutChoice[];
  parts: string[];
  populations: string[];
  patients: { aetiology: string[]; stage: string[]; disease: string[] };
  trial_example: string;
  modules: string[];
  defaults: Record<string, Question>;
}

export interface Reply<Answer = Record<string, unknown>> {
  kind: string;
  question: Question;
  number: number;
  key: string;
  answer: Answer;
  command: string;
  python: string;
  seconds: number;
}

export interface Job {
  id: string;
  kind: string;
  question: Question;
  title: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  position: number;
  progress: { done: number; total: number; text: string; share: number; remaining_s: number | null } | null;
  created: string | null;
  started: string | null;
  ended: string | null;
  problems: Problem[];
  files: { name: string; bytes: number; type: string }[];
  command: string;
  python: string;
}

/** A refusal of the server: what is wrong, where, and what is allowed. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problems: Problem[],
  ) {
    super(problems.map((p) => p.message).join("; ") || `the server answered ${status}`);
  }

  get stale(): boolean {
    return this.status === 409 && this.problems.some((p) => p.code === "lab.stale");
  }

  get long(): boolean {
    return this.problems.some((p) => p.code === "lab.long");
  }
}

let csrf = "";

export function useSession(session: Session): void {
  csrf = session.csrf;
}

const AWAY: Problem = {
  code: "lab.away",
  message: "the laboratory does not answer",
  file: null,
  line: null,
  column: null,
  field: null,
  hint: "see whether `jakstat lab` still runs in its terminal; this page goes on when it does",
};

async function send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  const headers: Record<string, string> = {};
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  let sent: BodyInit | null = null;
  if (body instanceof Blob) {
    headers["Content-Type"] = "application/octet-stream";
    sent = body;
  } else if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    sent = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, { method, headers, body: sent, signal: signal ?? null, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, [AWAY]);
  }
  if (response.ok) return response;
  let problems: Problem[] = [];
  try {
    problems = ((await response.json()) as { problems: Problem[] }).problems ?? [];
  } catch {
    // an answer that is no JSON is told by its number alone
  }
  throw new Refused(response.status, problems);
}

export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export async function download(path: string, body: unknown): Promise<{ blob: Blob; name: string }> {
  const response = await send("POST", path, body, undefined);
  const said = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "");
  return { blob: await response.blob(), name: said?.[1] ?? "answer" };
}

/** Short questions of one view. At most two are under way and one waits; what is older than the last drawn is dropped. */
export class Asker {
  private readonly view: string;
  private number = 0;
  private shown = 0;
  private running = 0;
  private waiting: (() => void) | null = null;

  constructor(stem: string) {
    const word = crypto.getRandomValues(new Uint32Array(2));
    this.view = `${stem}-${word[0]?.toString(36)}${word[1]?.toString(36)}`.slice(0, 40);
  }

  /** The answer, or null when a newer question has displaced this one. */
  async ask<A>(kind: string, question: Question): Promise<Reply<A> | null> {
    this.number += 1;
    const number = this.number;
    if (this.running >= 2) {
      const mine = await new Promise<boolean>((resolve) => {
        this.waiting?.();
        let settled = false;
        this.waiting = () => {
          if (!settled) {
            settled = true;
            resolve(false);
          }
        };
        this.release = () => {
          if (!settled) {
            settled = true;
            resolve(true);
          }
        };
      });
      if (!mine) return null;
    }
    this.running += 1;
    try {
      const reply = await call<Reply<A>>("POST", "ask", { view: this.view, number, kind, question });
      if (number < this.shown) return null;
      this.shown = number;
      return reply;
    } catch (error) {
      if (error instanceof Refused && (error.stale || number < this.number)) return null;
      throw error;
    } finally {
      this.running -= 1;
      const next = this.release;
      this.release = null;
      this.waiting = null;
      next?.();
    }
  }

  private release: (() => void) | null = null;
}
