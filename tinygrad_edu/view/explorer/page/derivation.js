// The derivation, written by Python: its lines and the symbols in them, each with its node. Pointing
// at one marks the node, and pointing at a node marks its symbols.

class Derivation {
  constructor(explorer, packed) {
    this.explorer = explorer;
    this.panel = explorer.byId("derivation");
    this.formulas = explorer.byId("formulas");
    this.lines = [];
    this.about = new Map(); // by line: its nodes
    this.parts = new Map(explorer.graph.nodes.map((node) => [node, []])); // by node: its lines and symbols
    this.marked = [];
    const on = (event, act) => this.formulas.addEventListener(event, ({ target, key }) => act(this.nodesAt(target), key));
    on("mouseover", (found) => explorer.pointAt(found));
    on("focusin", (found) => explorer.pointAt(found));
    on("mouseleave", () => explorer.pointAt(null));
    on("focusout", () => explorer.pointAt(null));
    on("click", (found) => found && explorer.chooseNode(found.at(-1)));
    on("keydown", (found, key) => key === "Enter" && found && explorer.chooseNode(found.at(-1)));
    this.fill(packed);
  }

  async fill(packed) {
    const { nodes } = this.explorer.graph;
    this.formulas.append(...(await unpacked(packed, "text/html")).body.childNodes);
    this.lines = [...this.formulas.querySelectorAll(".step")];
    for (const line of this.lines) {
      this.about.set(line, line.dataset.of.split(" ").map((i) => nodes[i]));
      for (const node of this.about.get(line)) this.parts.get(node).push(line);
    }
    for (const symbol of this.formulas.querySelectorAll("[data-n]")) this.parts.get(nodes[symbol.dataset.n]).push(symbol);
    roving(this.formulas, this.lines);
    this.explorer.pointAt(null);
  }

  /** The node of the symbol that an element is in, else those of its line; null between lines. */
  nodesAt(element) {
    const symbol = element.closest("[data-n]");
    if (symbol) return [this.explorer.graph.nodes[symbol.dataset.n]];
    return this.about.get(element.closest(".step")) ?? null;
  }

  /** Marks the lines and the symbols of these nodes, and brings the first line into sight. */
  draw(nodes) {
    const { graph, predicting } = this.explorer;
    this.panel.hidden = predicting || !this.formulas.firstElementChild;
    this.explorer.byId("moved").hidden = ![...graph.changed].some(({ place }) => place !== null);
    for (const part of this.marked) part.removeAttribute("aria-current");
    this.marked = nodes.flatMap((node) => this.parts.get(node));
    for (const part of this.marked) part.setAttribute("aria-current", "true");
    const line = this.lines.find((each) => this.marked.includes(each));
    if (line && this.panel.open && !this.formulas.matches(":hover, :focus-within")) scrollInto(this.formulas, line);
  }
}
