// Numbers that can be changed: typed, stepped with ↑ and ↓, dragged to the left and right.

const FIELDS = 60; // more are reached by choosing their node

/** How far one key press, or one pixel, moves a number: a hundredth of its size, as 1, 10 or 0.01. */
function stepOf(x) {
  return x === 0 || !Number.isFinite(x) ? 0.1 : 10 ** (Math.floor(Math.log10(Math.abs(x))) - 1);
}

/** x moved by `times` steps of this size, without the dust of binary fractions. */
const moved = (x, times, step) => Number(((Number.isFinite(x) ? x : 0) + times * step).toPrecision(12));

/** Calls `change(x)` while the pointer is dragged on an element, from the number that `read()` gives. */
function dragged(element, read, change) {
  let begin = null; // { x, at, step, far }
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    begin = { x: read(), at: event.clientX, step: stepOf(read()), far: false };
    element.setPointerCapture(event.pointerId); // so that it may leave the element
  });
  element.addEventListener("pointermove", (event) => {
    if (!begin) return;
    const pixels = Math.round(event.clientX - begin.at);
    if (!begin.far && Math.abs(pixels) < 4) return; // a click with an unsteady hand
    begin.far = true;
    change(moved(begin.x, pixels, begin.step));
  });
  let wasDragged = false;
  const end = () => {
    wasDragged = begin?.far ?? false;
    begin = null;
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
  // What was dragged is not clicked besides.
  element.addEventListener("click", (event) => wasDragged && event.stopImmediatePropagation(), { capture: true });
}

/** A field for one input of the graph. */
class Field {
  constructor(explorer, input) {
    this.explorer = explorer;
    this.input = input;
    const { node, place } = input;
    const name = place === null ? node.name : explorer.graph.say("in {node}", { node: node.name });
    this.box = make("input", { type: "text", inputMode: "text", autocomplete: "off", spellcheck: false, size: 9 });
    this.box.setAttribute("role", "spinbutton");
    this.box.setAttribute("aria-label", place === null ? node.name : explorer.graph.say("Plain number in {node}", { node: node.name }));
    this.handle = make("span", { className: "handle", title: explorer.graph.say("Drag to the left or right") }, name);
    this.element = make("div", { className: "field" }, this.handle, this.box);
    this.box.addEventListener("change", () => this.typed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    dragged(this.handle, () => this.read(), (x) => this.change(x));
    this.draw();
  }

  read() {
    return this.explorer.graph.read(this.input);
  }

  change(x) {
    this.explorer.change([[this.input, x]]);
  }

  typed() {
    const answer = readAnswer(this.box.value);
    if (answer) this.change(answer.value);
    this.box.setAttribute("aria-invalid", !answer);
  }

  key(event) {
    const times = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === "Enter") this.typed();
    if (!times) return;
    event.preventDefault();
    const x = this.read();
    this.change(moved(x, event.shiftKey ? 10 * times : times, stepOf(x)));
    this.draw(true);
  }

  /** Writes the number in full, but not while the reader is typing one. */
  draw(always = false) {
    const typing = this.explorer.shadowRoot.activeElement === this.box;
    const x = this.read();
    if (always || !typing || Object.is(readAnswer(this.box.value)?.value, x)) this.box.value = String(x).replace("-", "−").replace("Infinity", "∞");
    this.box.setAttribute("aria-valuenow", x);
    this.element.classList.toggle("changed", this.explorer.graph.changed.has(this.input));
  }
}

/** The panel of all numbers, and the fields of a chosen node. */
class Inputs {
  constructor(explorer) {
    this.explorer = explorer;
    const { graph } = explorer;
    this.fields = graph.inputs.slice(0, FIELDS).map((input) => new Field(explorer, input));
    this.chosen = []; // the fields of the chosen node
    this.reset = explorer.byId("reset");
    explorer.byId("inputs").append(...this.fields.map((field) => field.element));
    const more = graph.inputs.length - this.fields.length;
    if (more > 0) explorer.byId("inputs").append(text("remark", graph.say("… {number} more: choose a node in the graph to change its numbers.", { number: more })));
    this.reset.addEventListener("click", () => explorer.resetNumbers());
    if (graph.unknown) {
      explorer.byId("numbers").inert = true;
      explorer.byId("inputs").prepend(text("remark", graph.say("These numbers stay as they are: the page does not know the operation “{operation}”.", { operation: graph.rules[graph.unknown.op].formula[0] })));
    }
  }

  /** Lets leaves be dragged where they stand in the graph. */
  wireLeaves() {
    const { graph, picture } = this.explorer;
    for (const input of graph.unknown ? [] : graph.inputs.filter(({ place }) => place === null)) {
      const element = picture.nodes[input.node.index];
      if (!picture.visible.includes(input.node) || element.classList.contains("movable")) continue;
      element.classList.add("movable");
      dragged(element, () => graph.read(input), (x) => this.explorer.change([[input, x]]));
    }
  }

  /** Fields for the numbers of a node, to stand in its panel. */
  choose(node) {
    const own = this.explorer.graph.inputs.filter((input) => input.node === node);
    this.chosen = this.explorer.graph.unknown || this.explorer.predicting ? [] : own.map((input) => new Field(this.explorer, input));
    return this.chosen.map((field) => field.element);
  }

  draw() {
    for (const field of [...this.fields, ...this.chosen]) field.draw();
    const { graph, predicting } = this.explorer;
    this.reset.disabled = graph.changed.size === 0;
    this.explorer.byId("numbers").inert = predicting || graph.unknown !== null;
    this.explorer.byId("training").inert = predicting;
  }
}
