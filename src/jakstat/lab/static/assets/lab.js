const at = (id) => document.getElementById(id);
let number = 0;
let shown = 0;
let csrf = "";

async function call(path, body) {
  const request = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  };
  const reply = await fetch(path, request);
  const found = await reply.json();
  if (!reply.ok) throw found.problems;
  return found;
}

async function ask() {
  const dose = Number((10 ** Number(at("dose").value)).toPrecision(2));
  at("shown").textContent = String(dose);
  number += 1;
  const question = { context: at("context").value, stimulus: [`IL6=${dose}ng/ml`], parts: "core", until: "2h", points: 25 };
  try {
    const reply = await call("api/ask", { view: "cell", number, kind: "cell", question });
    if (reply.number < shown) return;
    shown = reply.number;
    at("command").textContent = reply.command;
    at("told").textContent = `pSTAT3, ${reply.answer.observables.pSTAT3.unit}`;
    at("numbers").textContent = reply.answer.observables.pSTAT3.values.map((v) => v.toPrecision(4)).join("\n");
  } catch (problems) {
    if (problems[0]?.code !== "lab.stale") at("told").textContent = problems[0]?.message ?? String(problems);
  }
}

async function start() {
  try {
    csrf = (await call("api/session")).csrf;
    for (const cell of (await call("api/choices")).contexts) at("context").add(new Option(cell.title, cell.name));
    at("context").value = "hepg2";
    at("cell").addEventListener("input", ask);
    await ask();
  } catch (problems) {
    at("told").textContent = problems[0]?.hint ?? String(problems);
  }
}
start();
