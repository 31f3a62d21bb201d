// The drawing: which nodes are known, which edge is lit, what their numbers say.

const READABLE = 0.8; // CSS pixels to a unit of the drawing: below it, the text of a node is small
const LARGEST = 2;

class Picture {
  constructor(graph, panel) {
    this.graph = graph;
    this.panel = panel;
    this.svg = panel.querySelector("svg");
    this.natural = this.svg.viewBox.baseVal;
    this.nodes = graph.nodes.map((node) => this.svg.querySelector(`#node${node.index}`));
    this.edges = new Map(graph.steps.map(({ edge }) => [edge, this.svg.querySelector(`#edge${edge}`)]));
    this.texts = this.nodes.map((shape) => shape.querySelectorAll("text"));
    this.drawn = new Map(); // by node: what was last drawn, to leave alone what does not change
    this.marked = new Map(); // by class: the elements that have it
    this.badge = this.svg.querySelector(".graph").appendChild(
      document.createElementNS("http://www.w3.org/2000/svg", "text"));
    this.badge.setAttribute("class", "badge");
    this.svg.setAttribute("role", "group");
    this.svg.setAttribute("aria-label", `Graph of ${graph.root.name}: ${graph.nodes.length} values, ${graph.steps.length} edges`);
    this.fitted = true; // until the reader chooses a size
    this.scale = 1;
  }

  /** Calls `chooseNode(node)` and `chooseStep(step)` for what is clicked or entered. */
  wire(chooseNode, chooseStep) {
    for (const node of this.graph.nodes) {
      const shape = this.nodes[node.index];
      shape.setAttribute("role", "button");
      shape.setAttribute("tabindex", "-1");
      shape.addEventListener("click", () => chooseNode(node));
      shape.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        chooseNode(node);
      });
    }
    for (const step of this.graph.steps) {
      this.edges.get(step.edge).addEventListener("click", () => chooseStep(step));
    }
    roving(this.svg, this.nodes, (shape) => this.follow([shape]));
  }

  /** Gives `name` as a class to these elements and to no other of the drawing. */
  mark(name, elements) {
    const chosen = new Set(elements);
    for (const element of this.marked.get(name) ?? []) if (!chosen.has(element)) element.classList.remove(name);
    for (const element of chosen) element.classList.add(name);
    this.marked.set(name, chosen);
  }

  markNodes(name, nodes) {
    this.mark(name, nodes.map((node) => this.nodes[node.index]));
  }

  markEdges(name, edges) {
    this.mark(name, edges.map((edge) => this.edges.get(edge)));
  }

  /** Writes a node's numbers: `grad` is the gradient as text, "?" where it is hidden. */
  draw(node, known, grad) {
    const heading = this.graph.heading(node);
    const data = show(node.data);
    const state = `${known} ${grad} ${data} ${heading}`;
    if (this.drawn.get(node) === state) return;
    this.drawn.set(node, state);
    const shape = this.nodes[node.index];
    shape.classList.toggle("unknown", !known);
    const [title, value, slope] = this.texts[node.index];
    write(title, heading);
    write(value, known ? `data ${data}` : "");
    write(slope, grad && `grad ${grad}`);
    const said = [node.op ? `${node.name} = ${this.graph.formula(node)}` : node.name];
    said.push(known ? `value ${data}` : "not computed yet");
    if (grad) said.push(grad === "?" ? "gradient hidden" : `gradient ${grad}`);
    shape.setAttribute("aria-label", said.join(", "));
  }

  /** The local derivative beside the edge that is being followed: "× (-3)"; null for none. */
  drawBadge(step) {
    write(this.badge, step ? `× ${operand(step.local)}` : "");
    if (!step) return;
    const line = this.edges.get(step.edge).querySelector("path");
    const middle = line.getPointAtLength(line.getTotalLength() / 2);
    this.badge.setAttribute("x", middle.x);
    this.badge.setAttribute("y", middle.y - 8);
  }

  /**
   * Edges as thick as the contribution that has passed along them, the thickest for the largest of
   * the whole pass, and coloured by its sign; `legend` says so. Zero draws nothing, and if all are
   * zero nothing is the largest.
   */
  drawFlow(t, legend) {
    const sizes = this.graph.steps.map((step) => Math.abs(step.contribution)).filter(Number.isFinite);
    const most = Math.max(0, ...sizes);
    for (const step of this.graph.steps) {
      const edge = this.edges.get(step.edge);
      const size = Math.abs(step.contribution);
      const shown = step.t <= t && most > 0 && size > 0 && Number.isFinite(size);
      const look = shown ? `${(1 + (5 * size) / most).toFixed(1)} ${step.contribution < 0}` : "";
      if (edge.flow === look) continue;
      edge.flow = look;
      edge.classList.toggle("positive", shown && step.contribution > 0);
      edge.classList.toggle("negative", shown && step.contribution < 0);
      edge.style.setProperty("--flow", shown ? look.split(" ")[0] : "");
    }
    legend.hidden = t <= this.graph.seed;
    const scale = most > 0 ? `up to ${show(most)} in size` : "all 0";
    if (!legend.hidden) legend.replaceChildren("Contributions, ", scale, ": ", make("b", { className: "positive" }, "+"), " ", make("b", { className: "negative" }, "−"), ", the larger the thicker");
  }

  // Size and position

  resize(to) {
    this.scale = Math.min(8, Math.max(0.05, to));
    this.svg.setAttribute("width", this.natural.width * this.scale);
    this.svg.setAttribute("height", this.natural.height * this.scale);
  }

  /** The whole graph if it is readable so; otherwise as much of it as is. */
  fit(smallest) {
    const { clientWidth, clientHeight } = this.panel;
    const all = Math.min(clientWidth / this.natural.width, clientHeight / this.natural.height);
    this.resize(Math.min(LARGEST, Math.max(smallest, all)));
  }

  /** Another size; the point of the drawing that is at (x, y) on the screen stays there. */
  zoomAt(factor, x, y) {
    const before = this.svg.getBoundingClientRect();
    const [along, down] = [(x - before.left) / before.width, (y - before.top) / before.height];
    this.fitted = false;
    this.resize(this.scale * factor);
    const after = this.svg.getBoundingClientRect();
    this.panel.scrollBy(after.left + along * after.width - x, after.top + down * after.height - y);
  }

  /** Another size, and the step in sight. */
  zoom(factor) {
    this.fitted = false;
    this.resize(this.scale * factor);
    this.showStep();
  }

  /** All of it, however small. */
  showAll() {
    this.fitted = false;
    this.fit(0);
  }

  showStep() {
    this.follow([...(this.marked.get("to") ?? []), ...(this.marked.get("from") ?? [])]);
  }

  showRoot() {
    this.follow([this.nodes[this.graph.root.index]]);
  }

  wireZoom(larger, smaller, all) {
    larger.addEventListener("click", () => this.zoom(1.25));
    smaller.addEventListener("click", () => this.zoom(0.8));
    all.addEventListener("click", () => this.showAll());
    movable(this);
    new ResizeObserver(() => this.fitted && this.fit(READABLE)).observe(this.panel);
    this.fit(READABLE);
  }

  /** Brings elements into sight: all of them, or the first where they are too far apart. */
  follow(elements) {
    if (!elements.length) return;
    const inside = this.panel.getBoundingClientRect();
    let box = around(elements);
    if (box.right - box.left > inside.width || box.bottom - box.top > inside.height) {
      box = around(elements.slice(0, 1));
    }
    const within = box.left >= inside.left && box.right <= inside.right &&
      box.top >= inside.top && box.bottom <= inside.bottom;
    if (within) return;
    this.panel.scrollBy(
      (box.left + box.right - inside.left - inside.right) / 2,
      (box.top + box.bottom - inside.top - inside.bottom) / 2,
    );
  }
}

function around(elements) {
  const boxes = elements.map((element) => element.getBoundingClientRect());
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    right: Math.max(...boxes.map((box) => box.right)),
    top: Math.min(...boxes.map((box) => box.top)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  };
}
