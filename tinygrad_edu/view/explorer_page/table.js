// The table of all steps. A line's numbers appear when its step has been made.

const MARGIN = 10; // lines beyond those in sight

class Table {
  /** Fills the panel. A line that is chosen calls `go(t)`, one that is pointed at `point(t)`. */
  constructor(graph, panel, go, point) {
    this.graph = graph;
    this.panel = panel;
    this.lines = []; // what is on each
    this.current = [];
    const heading = (said) => make("th", { scope: "col" }, said);
    const group = (...cells) => make("tr", { className: "group" }, ...cells);
    const over = (colSpan, said) => make("th", { scope: "colgroup", colSpan }, said);
    // `spans` are the columns that each number takes; `of` the nodes whose gradients they tell.
    const line = (t, name, spans, numbers, of, node = null) => {
      const button = make("button", { type: "button", tabIndex: -1 }, String(t));
      button.setAttribute("aria-label", `Go to step ${t}`);
      const cells = spans.map((colSpan) => make("td", { className: "number", colSpan }));
      const row = make("tr", {}, make("th", { scope: "row" }, button), name, ...cells);
      row.addEventListener("click", () => go(t));
      row.addEventListener("mouseenter", () => point(t));
      row.addEventListener("mouseleave", () => point(null));
      button.addEventListener("focus", () => point(t));
      button.addEventListener("blur", () => point(null));
      this.lines.push({ t, row, button, cells, name, numbers, of, node });
      return row;
    };

    const forward = make("tbody", {},
      group(over(5, "Forward: each operation computes its value"), heading("value")));
    for (const node of graph.moments.slice(1, graph.seed).flat()) {
      const name = make("td", { colSpan: 2 });
      forward.append(line(node.forward, name, [2, 1], () => [graph.numbers(node), show(node.data)], [], node));
    }
    const backward = make("tbody", {},
      group(over(6, "Backward: each edge passes a gradient on")),
      line(graph.seed, make("td", { colSpan: 4 }, graph.partial(graph.root)), [1], () => ["1"], [graph.root]));
    for (const step of graph.moments.slice(graph.seed + 1).flat()) {
      const name = make("td", {}, `${step.from.name} → ${step.to.name}`);
      const numbers = () => [step.upstream, step.local, step.contribution, step.total].map(show);
      backward.append(line(step.t, name, [1, 1, 1, 1], numbers, [step.from, step.to]));
    }
    const columns = ["step", "edge", "upstream", "× local", "= contribution", "running total"];
    panel.replaceChildren(make("table", {},
      make("caption", {}, "All steps: choose a line to go there"),
      make("thead", {}, make("tr", {}, ...columns.map(heading))), forward, backward));
    roving(panel, this.lines.map((line) => line.button));
  }

  /** Shows what is known at step t, and "?" for a gradient that `hidden(node)` keeps back. */
  draw(t, hidden) {
    clearTimeout(this.later);
    const { version } = this.graph;
    const state = ({ t: of, of: nodes }) => (nodes.some(hidden) ? "secret" : of <= t ? "done" : "ahead");
    const stale = [];
    // While a number is dragged, the lines in sight are written at once and the others afterwards.
    const height = this.panel.scrollHeight / this.lines.length;
    const from = this.panel.scrollTop / height - MARGIN;
    const to = (this.panel.scrollTop + this.panel.clientHeight) / height + MARGIN;
    this.lines.forEach((line, i) => {
      const now = state(line);
      if (now !== line.state || (line.version !== version && i > from && i < to)) this.drawLine(line, now);
      else if (line.version !== version) stale.push(line);
    });
    if (stale.length) this.later = setTimeout(() => stale.forEach((line) => this.drawLine(line, line.state)), 150);
  }

  drawLine(line, state) {
    // Numbers ahead are there, unseen, so that the columns keep their width.
    if (line.version !== this.graph.version || state === "secret" || line.state === "secret") {
      line.version = this.graph.version;
      const texts = state === "secret" ? line.cells.map(() => "?") : line.numbers();
      line.cells.forEach((cell, i) => write(cell, texts[i]));
      if (line.node) write(line.name, `${line.node.name} = ${this.graph.formula(line.node)}`);
    }
    if (state === line.state) return;
    for (const cell of line.cells) cell.ariaHidden = state === "ahead";
    line.row.className = line.state = state;
  }

  /** Marks the lines of step t and keeps the first in sight. */
  follow(t) {
    for (const { row } of this.current) row.removeAttribute("aria-current");
    this.current = this.lines.filter((line) => line.t === t);
    if (!this.current.length) return;
    for (const { row } of this.current) row.setAttribute("aria-current", "step");
    const [{ row }] = this.current;
    const head = this.panel.querySelector("thead").offsetHeight;
    const top = row.offsetTop - head;
    const bottom = row.offsetTop + row.offsetHeight;
    if (top < this.panel.scrollTop) this.panel.scrollTop = top;
    else if (bottom > this.panel.scrollTop + this.panel.clientHeight) {
      this.panel.scrollTop = bottom - this.panel.clientHeight;
    }
  }
}
