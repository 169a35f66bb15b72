/** Start: session and choices once, then the page that the link names. */

import { call, Refused, useSession, type Choices, type Session } from "./api";
import { redrawAll } from "./chart";
import { el, swap } from "./dom";
import { cellPage } from "./pages/cell";
import { dataPage } from "./pages/data";
import { drugPage } from "./pages/drug";
import { evidencePage } from "./pages/evidence";
import { mapPage } from "./pages/map";
import { patientPage } from "./pages/patient";
import { trialPage } from "./pages/trial";
import { Shell, type Mounted, type Page } from "./shell";
import { fragment, parse, type PageName } from "./state";
import "./style.css";

const PAGES: Page[] = [cellPage, mapPage, drugPage, patientPage, trialPage, evidencePage, dataPage];

const main = document.getElementById("main") as HTMLElement;
let mounted: Mounted | null = null;

function navigation(current: PageName): void {
  const items = PAGES.map((p) => el("li", {}, el("a", { href: `#/${p.name}`, "aria-current": p.name === current ? "page" : null }, p.title)));
  swap(document.getElementById("pages") as HTMLElement, ...items);
}

function show(choices: Choices): void {
  const { page: name, state, broken } = parse(location.hash);
  const page = PAGES.find((p) => p.name === name) ?? cellPage;
  mounted?.leave();
  navigation(page.name);
  document.title = `${page.title} · jakstat lab`;
  const begun = state?.page === page.name ? state : page.start(choices);
  const shell = new Shell(page, begun, broken);
  if (location.hash !== fragment(begun)) history.replaceState(null, "", fragment(begun));
  swap(main, shell.element);
  mounted = page.mount(shell, choices);
}

function theme(): void {
  const place = document.getElementById("tools") as HTMLElement;
  const names = ["auto", "light", "dark"] as const;
  let now = names.find((n) => n === localStorage.getItem("theme")) ?? "auto";
  const button = el("button", { type: "button", class: "quiet" });
  const apply = (): void => {
    if (now === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = now;
    button.textContent = `Theme: ${now}`;
    redrawAll();
  };
  button.addEventListener("click", () => {
    now = names[(names.indexOf(now) + 1) % names.length] ?? "auto";
    localStorage.setItem("theme", now);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawAll());
  place.append(button);
  apply();
}

async function start(): Promise<void> {
  theme();
  document.getElementById("skip")?.addEventListener("click", (e) => {
    e.preventDefault();
    document.getElementById("content")?.focus();
  });
  try {
    const [session, choices] = await Promise.all([call<Session>("GET", "session"), call<Choices>("GET", "choices")]);
    useSession(session);
    const notice = document.getElementById("notice") as HTMLElement;
    notice.textContent = `${session.notice} jakstat ${session.version}`;
    addEventListener("popstate", () => show(choices));
    addEventListener("hashchange", () => {
      if (parse(location.hash).state === undefined) show(choices);
    });
    show(choices);
  } catch (error) {
    const words = error instanceof Refused && error.status === 401 ? "This browser has no session. Open the address that `jakstat lab` printed in its terminal." : `The laboratory cannot be reached: ${String(error)}`;
    swap(main, el("p", { class: "problems", role: "alert" }, words));
  }
}

void start();
