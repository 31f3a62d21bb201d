// The drawing: which nodes are known, which edge is lit, what their numbers say.

const READABLE = 0.8; // CSS pixels to a unit of the drawing: below it, the text of a node is small
const LARGEST = 2;

class Picture {
  constructor(graph, panel, corner) {
    this.graph = graph;
    this.panel = panel;
    this.minimap = new Minimap(this, corner);
    this.fitted = true; // until the reader chooses a size
    this.scale = 1;
  }

  /** Shows a drawing: of a folded graph, some nodes are in boxes and some edges in none. */
  show(svg, scenes) {
    const { graph } = this;
    this.panel.replaceChildren(svg);
    this.svg = svg;
    this.natural = svg.viewBox.baseVal;
    const byId = new Map([...svg.querySelectorAll("[id]")].map((element) => [element.id, element]));
    const place = new Map(graph.nodes.map((node) => [node, [...scenes.placesOf(node)].find((id) => byId.has(id))]));
    this.nodes = graph.nodes.map((node) => byId.get(place.get(node)) ?? null);
    this.visible = graph.nodes.filter((node) => place.get(node) === `node${node.index}`);
    this.boxes = scenes.groups.map((group, k) => ({ k, node: graph.nodes[group.last], shape: byId.get(`group${k}`) })).filter(({ shape }) => shape);
    this.frames = scenes.groups.map((group, k) => ({ k, shape: byId.get(`open${k}`) })).filter(({ shape }) => shape);
    this.edges = new Map(graph.steps.map((step) => {
      const pair = `${place.get(step.to)}-${place.get(step.from)}`;
      return [step.edge, byId.get(`edge${step.edge}`) ?? byId.get(pair) ?? null];
    }));
    this.outlines = null; // of the nodes, measured when they are first asked for
    this.drawn = new Map(); // by node: what was last drawn, to leave alone what does not change
    this.marked = new Map(); // by class: the elements that have it
    for (const element of byId.values()) element.classList.remove("lit", "path", "from", "to", "chosen", "pointed", "fault");
    // An edge is hit some pixels beside it too.
    for (const edge of svg.querySelectorAll(".edge:not(:has(.hit))")) {
      edge.append(shape("path", { class: "hit", d: edge.querySelector("path").getAttribute("d") }));
    }
    this.badge = svg.querySelector(".badge") ?? svg.querySelector(".graph").appendChild(shape("text", { class: "badge" }));
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", graph.say("Graph of {root}: {values} values, {edges} edges", { root: graph.root.name, values: graph.nodes.length, edges: graph.steps.length }));
    if (this.fitted) this.fit(READABLE);
    else this.resize(this.scale);
    this.minimap.forget();
  }

  /**
   * Calls `chooseNode(node)`, `chooseStep(step)` and `open(k)` for what is clicked or entered, and
   * `pointAt([node])` for what is pointed at, `pointAt(null)` where that ends.
   */
  wire({ chooseNode, chooseStep, open, outer, pointAt }) {
    if (this.svg.wired) return;
    this.svg.wired = true;
    const button = (element, act) => {
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "-1");
      element.addEventListener("click", act);
      element.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        act();
      });
    };
    for (const node of this.visible) {
      const element = this.nodes[node.index];
      button(element, () => chooseNode(node));
      for (const event of ["mouseenter", "focus"]) element.addEventListener(event, () => pointAt([node]));
      for (const event of ["mouseleave", "blur"]) element.addEventListener(event, () => pointAt(null));
    }
    for (const { k, shape: box } of this.boxes) button(box, () => open(k));
    for (const { k, shape: frame } of this.frames) frame.addEventListener("click", () => outer(k));
    const first = new Map(); // by drawn edge: the first step along it
    for (const step of this.graph.steps) {
      const edge = this.edges.get(step.edge);
      if (edge && !first.has(edge)) first.set(edge, step);
    }
    for (const [edge, step] of first) edge.addEventListener("click", () => chooseStep(step));
    const stops = [...this.visible.map((node) => this.nodes[node.index]), ...this.boxes.map(({ shape: box }) => box)];
    roving(this.svg, stops, (element) => this.follow([element]));
  }

  /** Gives `name` as a class to these elements and to no other of the drawing. */
  mark(name, elements) {
    const chosen = new Set(elements);
    for (const element of this.marked.get(name) ?? []) if (!chosen.has(element)) element.classList.remove(name);
    for (const element of chosen) element.classList.add(name);
    this.marked.set(name, chosen);
  }

  markNodes(name, nodes) {
    this.mark(name, nodes.map((node) => this.nodes[node.index]).filter(Boolean));
  }

  markEdges(name, edges) {
    this.mark(name, edges.map((edge) => this.edges.get(edge)).filter(Boolean));
  }

  /** Writes a node's numbers: `grad` is the gradient as text, "?" where it is hidden. */
  draw(node, known, grad) {
    const heading = this.graph.heading(node);
    const data = show(node.data);
    const state = `${known} ${grad} ${data} ${heading}`;
    if (this.drawn.get(node) === state) return;
    this.drawn.set(node, state);
    const element = this.nodes[node.index];
    element.classList.toggle("unknown", !known);
    const [title, value, slope] = element.querySelectorAll("text");
    write(title, heading);
    write(value, known ? `data ${data}` : "");
    write(slope, grad && `grad ${grad}`);
    const said = [heading, known ? `data ${data}` : this.graph.say("not computed yet")];
    if (grad) said.push(`grad ${grad}`);
    element.setAttribute("aria-label", said.join(" "));
  }

  /** Writes what a folded part hands on: the number and the gradient of its last value. */
  drawBox({ node, shape: box }, known, grad) {
    box.classList.toggle("unknown", !known);
    const [title, size, value, slope] = box.querySelectorAll("text");
    write(value, known ? this.graph.say("out {number}", { number: show(node.data) }) : "");
    write(slope, grad && `grad ${grad}`);
    box.setAttribute("aria-label", this.graph.say("{part}, folded", { part: [title, size, value, slope].map((line) => line.textContent).join(" ") }));
  }

  /** The local derivative beside the edge that is being followed: "× (-3)"; null for none. */
  drawBadge(step) {
    const line = step && this.edges.get(step.edge)?.querySelector("path");
    write(this.badge, line ? `× ${operand(step.local)}` : "");
    if (!line) return;
    const { width, height } = this.badge.getBBox();
    const places = [0.5, 0.3, 0.7].flatMap((share) => {
      const { x, y } = line.getPointAtLength(share * line.getTotalLength());
      return [{ x, y: y - 8 }, { x, y: y + height }];
    });
    const place = places.find(({ x, y }) => this.isFree(x - width / 2, y - height, width, height)) ?? places[0];
    this.badge.setAttribute("x", place.x);
    this.badge.setAttribute("y", place.y);
  }

  /** Whether no node of the drawing is in that place. */
  isFree(x, y, width, height) {
    this.outlines ??= [...this.svg.querySelectorAll(".node")].map((node) => node.querySelector("path, polygon, ellipse").getBBox());
    return !this.outlines.some((box) => x < box.x + box.width && x + width > box.x && y < box.y + box.height && y + height > box.y);
  }

  /**
   * Edges as thick as the contribution that has passed along them, the thickest for the largest of
   * the whole pass, and coloured by its sign; `legend` says so. Zero draws nothing, and if all are
   * zero nothing is the largest.
   */
  drawFlow(t, legend) {
    const sizes = this.graph.steps.map((step) => Math.abs(step.contribution)).filter(Number.isFinite);
    const most = Math.max(0, ...sizes);
    const passed = new Map(); // by drawn edge: the largest contribution that has passed
    for (const step of this.graph.steps) {
      const edge = this.edges.get(step.edge);
      if (!edge) continue;
      const size = step.t <= t && Number.isFinite(step.contribution) ? step.contribution : 0;
      if (Math.abs(size) >= Math.abs(passed.get(edge) ?? 0)) passed.set(edge, size);
    }
    for (const [edge, size] of passed) {
      if (edge.flow === `${size} of ${most}`) continue;
      edge.flow = `${size} of ${most}`;
      edge.classList.toggle("positive", size > 0);
      edge.classList.toggle("negative", size < 0);
      edge.style.setProperty("--flow", size === 0 ? "" : (1 + (5 * Math.abs(size)) / most).toFixed(1));
    }
    legend.hidden = t <= this.graph.seed;
    if (legend.hidden) return;
    const signs = { positive: make("b", { className: "positive" }, "+"), negative: make("b", { className: "negative" }, "−") };
    legend.replaceChildren(...(most > 0
      ? this.graph.phrase("Contributions, up to {most} in size: {positive} {negative}, the larger the thicker", { most: show(most), ...signs })
      : this.graph.phrase("Contributions, all 0: {positive} {negative}, the larger the thicker", signs)));
  }

  // Size and position

  resize(to) {
    this.scale = Math.min(8, Math.max(0.05, to));
    this.svg.setAttribute("width", this.natural.width * this.scale);
    this.svg.setAttribute("height", this.natural.height * this.scale);
    this.minimap.draw();
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
    this.follow(this.moving("to", "from"));
  }

  /** Shows the step, and puts the overview where it hides nothing of it. */
  followMoving() {
    this.showStep();
    this.minimap.avoid(this.moving("to", "from", "lit"));
  }

  /** The elements that the step has marked so. */
  moving(...marks) {
    return marks.flatMap((mark) => [...(this.marked.get(mark) ?? [])]);
  }

  showRoot() {
    this.follow([this.nodes[this.graph.root.index]].filter(Boolean));
  }

  wireZoom(larger, smaller, all) {
    larger.addEventListener("click", () => this.zoom(1.25));
    smaller.addEventListener("click", () => this.zoom(0.8));
    all.addEventListener("click", () => this.showAll());
    movable(this);
    new ResizeObserver(() => this.fitted && this.fit(READABLE)).observe(this.panel);
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
