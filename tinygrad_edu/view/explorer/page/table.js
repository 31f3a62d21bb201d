// The table of all steps, of very many those around the present one. A line's numbers appear when
// its step has been made.

const MARGIN = 10; // lines beyond those in sight
const WINDOW = 1000; // lines that are there at once

class Table {
  /** Fills the panel. A line that is chosen calls `go(t)`, one that is pointed at `point(t)`. */
  constructor(graph, panel, go, point) {
    Object.assign(this, { graph, panel, go, point });
    this.entries = [
      ...graph.moments.slice(1, graph.seed).flat().map((node) => ({ t: node.forward, node })),
      { t: graph.seed },
      ...graph.moments.slice(graph.seed + 1).flat().map((step) => ({ t: step.t, step })),
    ];
    this.build(0);
  }

  /** Makes the lines from the entry of this number on. */
  build(first) {
    const { graph, panel } = this;
    const heading = (said) => make("th", { scope: "col" }, said);
    const group = (...cells) => make("tr", { className: "group" }, ...cells);
    const over = (colSpan, said) => make("th", { scope: "colgroup", colSpan }, said);
    const shown = this.entries.slice(first, first + WINDOW);
    this.lines = shown.map((entry) => this.line(entry));
    this.current = [];
    const rows = (isThere) => this.lines.filter((line, i) => isThere(shown[i])).map(({ row }) => row);
    const forward = make("tbody", {},
      group(over(5, graph.say("Forward: each operation computes its value")), heading(graph.say("value"))), ...rows(({ node }) => node));
    const backward = make("tbody", {},
      group(over(6, graph.say("Backward: each edge passes a gradient on"))), ...rows(({ node }) => !node));
    const columns = [graph.say("step"), graph.say("edge"), graph.say("upstream"), graph.say("× local"), graph.say("= contribution"), graph.say("running total")];
    const caption = shown.length === this.entries.length ? graph.say("All steps: choose a line to go there")
      : graph.say("Lines {first} to {last} of {total}: choose a line to go there", { first: first + 1, last: first + shown.length, total: this.entries.length });
    panel.replaceChildren(make("table", {},
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ...columns.map(heading))), forward, backward));
    roving(panel, this.lines.map((line) => line.button));
  }

  /** One line: its elements, what it says, and the nodes whose gradients it tells. */
  line({ t, node, step }) {
    const { graph } = this;
    const of = step ? [step.from, step.to] : node ? [] : [graph.root];
    const numbers = step ? () => [step.upstream, step.local, step.contribution, step.total].map((x) => show(x))
      : node ? () => [graph.numbers(node), show(node.data)] : () => ["1"];
    const spans = step ? [1, 1, 1, 1] : node ? [2, 1] : [1]; // the columns that each number takes
    const said = step ? `${step.from.name} → ${step.to.name}` : node ? "" : graph.partial(graph.root);
    const name = make("td", { colSpan: step ? 1 : node ? 2 : 4 }, said);
    const button = make("button", { type: "button", tabIndex: -1 }, String(t));
    button.setAttribute("aria-label", graph.say("Go to step {t}", { t }));
    const cells = spans.map((colSpan) => make("td", { className: "number", colSpan }));
    const row = make("tr", {}, make("th", { scope: "row" }, button), name, ...cells);
    row.addEventListener("click", () => this.go(t));
    row.addEventListener("mouseenter", () => this.point(t));
    row.addEventListener("mouseleave", () => this.point(null));
    button.addEventListener("focus", () => this.point(t));
    button.addEventListener("blur", () => this.point(null));
    return { t, row, button, cells, name, numbers, of, node };
  }

  /** Shows what is known at step t, and "?" for a gradient that `hidden(node)` keeps back. */
  draw(t, hidden) {
    clearTimeout(this.later);
    this.drawn = [t, hidden];
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
    const place = this.entries.findIndex((entry) => entry.t === t);
    if (place >= 0 && !this.lines.some((line) => line.t === t)) {
      this.build(Math.max(0, Math.min(place - WINDOW / 2, this.entries.length - WINDOW)));
      this.draw(...this.drawn);
    }
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
