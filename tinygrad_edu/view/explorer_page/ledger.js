// The table of all steps. A line's numbers appear when its step has been made.

const ledgerPanel = document.getElementById("ledger");
const lines = []; // by step: what is on its line

/** Fills the panel. A line that is chosen calls `go(t)`, one that is pointed at `point(t)`. */
function buildLedger(go, point) {
  const heading = (text) => make("th", { scope: "col" }, text);
  const group = (...cells) => make("tr", { className: "group" }, ...cells);
  const over = (colSpan, text) => make("th", { scope: "colgroup", colSpan }, text);
  // `numbers` are texts with the columns that each takes; `of` the nodes whose gradients they tell.
  const line = (t, name, numbers, of) => {
    const button = make("button", { type: "button", tabIndex: -1 }, String(t));
    button.setAttribute("aria-label", `Go to step ${t}`);
    const cells = numbers.map(([text, colSpan]) => make("td", { className: "number", colSpan }, text));
    const row = make("tr", {}, make("th", { scope: "row" }, button), name, ...cells);
    row.addEventListener("click", () => go(t));
    row.addEventListener("mouseenter", () => point(t));
    row.addEventListener("mouseleave", () => point(null));
    button.addEventListener("focus", () => point(t));
    button.addEventListener("blur", () => point(null));
    lines[t] = { row, button, cells, texts: numbers.map(([text]) => text), of };
    return row;
  };

  const forward = make("tbody", {},
    group(over(5, "Forward: each operation computes its value"), heading("value")));
  for (const node of operations) {
    const name = make("td", { colSpan: 2 }, `${node.name} = ${node.formula}`);
    forward.append(line(node.forward, name, [[node.numbers, 2], [show(node.data), 1]], []));
  }
  const backward = make("tbody", {},
    group(over(6, "Backward: each edge passes a gradient on")),
    line(SEED, make("td", { colSpan: 4 }, partial(root)), [["1", 1]], [root]));
  for (const step of steps) {
    const name = make("td", {}, `${step.from.name} → ${step.to.name}`);
    const numbers = [step.upstream, step.local, step.contribution, step.total];
    const texts = numbers.map((x) => [show(x), 1]);
    backward.append(line(step.t, name, texts, [step.from, step.to]));
  }
  const columns = ["step", "edge", "upstream", "× local", "= contribution", "running total"];
  ledgerPanel.append(make("table", {},
    make("caption", {}, "All steps: choose a line to go there"),
    make("thead", {}, make("tr", {}, ...columns.map(heading))), forward, backward));
  roving(ledgerPanel, lines.flatMap((line) => line.button));
}

/** Shows what is known at step t, and "?" for a gradient that `hidden(node)` keeps back. */
function drawLedger(t, hidden) {
  lines.forEach((line, of) => {
    const state = line.of.some(hidden) ? "secret" : of <= t ? "done" : "ahead";
    if (state === line.state) return;
    // Numbers ahead are there, unseen, so that the columns keep their width.
    if (state === "secret") line.cells.forEach((cell) => write(cell, "?"));
    else line.cells.forEach((cell, i) => write(cell, line.texts[i]));
    for (const cell of line.cells) cell.ariaHidden = state === "ahead";
    line.row.className = line.state = state;
  });
}

/** Marks the line of step t and keeps it in sight. */
function followRow(t) {
  for (const row of ledgerPanel.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
  if (!lines[t]) return;
  const { row } = lines[t];
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
