// The lines of the reader's program and the nodes that each has made: pointing at one marks the others.

class Program {
  constructor(explorer) {
    this.explorer = explorer;
    const made = new Map(); // by place: a line's text and its nodes
    for (const node of explorer.graph.nodes.filter(({ source }) => source)) {
      const { place, text: said } = node.source;
      if (!made.has(place)) made.set(place, { place, said, nodes: [] });
      made.get(place).nodes.push(node);
    }
    const number = ({ place }) => Number(place.match(/\d+$/)?.[0] ?? 0);
    this.lines = [...made.values()].sort((a, b) => number(a) - number(b));
    for (const line of this.lines) {
      const mark = () => explorer.pointAt(line.nodes);
      const end = () => explorer.pointAt(null);
      line.button = make("button", { type: "button", className: "line", onfocus: mark, onblur: end, onmouseenter: mark, onmouseleave: end },
        make("span", { className: "name" }, line.place), " ", make("code", {}, line.said));
      line.button.addEventListener("click", () => explorer.chooseNode(line.nodes.at(-1)));
    }
    explorer.byId("program").hidden = this.lines.length === 0;
    explorer.byId("lines").append(...this.lines.map(({ button }) => button));
    roving(explorer.byId("lines"), this.lines.map(({ button }) => button));
  }

  /** Marks the lines that have made these nodes. */
  draw(nodes) {
    for (const line of this.lines) line.button.setAttribute("aria-current", line.nodes.some((node) => nodes.includes(node)));
  }
}
