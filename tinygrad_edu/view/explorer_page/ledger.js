// The table of all steps. A line's numbers appear when its step has been made.

const ledgerPanel = document.getElementById("ledger");
const rows = []; // by step: rows[t]

/** Fills the panel. A line that is chosen calls `go(t)`, one that is pointed at `point(t)`. */
function buildLedger(go, point) {
  const heading = (text) => make("th", { scope: "col" }, text);
  const group = (...cells) => make("tr", { className: "group" }, ...cells);
  const over = (colSpan, text) => make("th", { scope: "colgroup", colSpan }, text);
  const numbers = (...widths) =>
    widths.map((colSpan) => make("td", { className: "number", colSpan }));
  const line = (t, ...cells) => {
    const button = make("button", { type: "button", tabIndex: -1 }, String(t));
    button.setAttribute("aria-label", `Go to step ${t}`);
    const row = make("tr", {}, make("th", { scope: "row" }, button), ...cells);
    row.addEventListener("click", () => go(t));
    row.addEventListener("mouseenter", () => point(t));
    row.addEventListener("mouseleave", () => point(null));
    button.addEventListener("focus", () => point(t));
    button.addEventListener("blur", () => point(null));
    rows[t] = row;
    return row;
  };
  const forward = make("tbody", {},
    group(over(5, "Forward: each operation computes its value"), heading("value")));
  for (const node of operations) {
    const name = make("td", { colSpan: 2 }, `${node.name} = ${node.formula}`);
    forward.append(line(node.forward, name, ...numbers(2, 1)));
  }
  const backward = make("tbody", {},
    group(over(6, "Backward: each edge passes a gradient on")),
    line(SEED, make("td", { colSpan: 2 }, partial(root)), ...numbers(2, 1)));
  for (const step of steps) {
    const name = make("td", {}, `${step.from.name} → ${step.to.name}`);
    backward.append(line(step.t, name, ...numbers(1, 1, 1, 1)));
  }
  const columns = ["step", "edge", "upstream", "× local", "= contribution", "running total"];
  ledgerPanel.append(make("table", {},
    make("caption", {}, "All steps: choose a line to go there"),
    make("thead", {}, make("tr", {}, ...columns.map(heading))), forward, backward));
  const buttons = rows.filter(Boolean).map((row) => row.querySelector("button"));
  roving(ledgerPanel, buttons);
}

/** Shows what is known at step t; `hidden(node)` says whose gradient must not be shown. */
function drawLedger(t, hidden) {
  for (const node of operations) fillRow(node.forward, t, [node.numbers, show(node.data)], false);
  fillRow(SEED, t, ["", "1"], hidden(root));
  for (const step of steps) {
    const numbers = [step.upstream, step.local, step.contribution, step.total].map(show);
    fillRow(step.t, t, numbers, hidden(step.from) || hidden(step.to));
  }
}

function fillRow(of, t, texts, secret) {
  const row = rows[of];
  const cells = row.querySelectorAll("td.number");
  cells.forEach((cell, i) => write(cell, secret ? "?" : of <= t ? texts[i] : ""));
  row.classList.toggle("done", of <= t && !secret);
}

/** Marks the line of step t and keeps it in sight. */
function followRow(t) {
  for (const row of ledgerPanel.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
  const row = rows[t];
  if (!row) return;
  row.setAttribute("aria-current", "step");
  const head = ledgerPanel.querySelector("thead").offsetHeight;
  const top = row.offsetTop - head;
  const bottom = row.offsetTop + row.offsetHeight;
  if (top < ledgerPanel.scrollTop) ledgerPanel.scrollTop = top;
  else if (bottom > ledgerPanel.scrollTop + ledgerPanel.clientHeight) {
    ledgerPanel.scrollTop = bottom - ledgerPanel.clientHeight;
  }
}

/**
 * Makes many elements one stop of the Tab key: ↑ and ↓ move between them. Three hundred stops
 * would put everything after them out of the keyboard's reach.
 */
function roving(container, elements, shown = () => {}) {
  const choose = (element) => {
    for (const other of elements) if (other.tabIndex === 0) other.tabIndex = -1;
    element.tabIndex = 0;
  };
  if (elements.length) choose(elements[0]);
  container.addEventListener("focusin", (event) => {
    const element = elements.find((e) => e === event.target);
    if (element) choose(element);
  });
  container.addEventListener("keydown", (event) => {
    const at = elements.indexOf(event.target);
    const to = at + { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !(to in elements)) return;
    event.preventDefault();
    elements[to].focus();
    shown(elements[to]);
  });
}
