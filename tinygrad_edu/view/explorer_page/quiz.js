// Predict mode: gradients are hidden, the learner types one in and is told right or wrong. What a
// wrong number means is said by the sentences that come with the graph, from Python's checker.

/** Reads "-0.42", "−0,42", "1e-3", "3/4": the number, and one unit of its last digit. */
function readAnswer(text) {
  const plain = text.trim().replaceAll("−", "-").replace(/^(-?\d*),(\d+)/, "$1.$2");
  const fraction = plain.match(/^([-+]?[\d.]+)\s*\/\s*([-+]?[\d.]+)$/);
  if (fraction) return { value: Number(fraction[1]) / Number(fraction[2]), unit: 0 };
  const special = plain.toLowerCase().replace("infinity", "inf").replace("∞", "inf");
  if (special in NOT_FINITE) return { value: NOT_FINITE[special], unit: 0 };
  const decimal = plain.match(/^[-+]?\d*\.?(\d*)(?:e([-+]?\d+))?$/i);
  if (!decimal || plain === "" || Number.isNaN(Number(plain))) return null;
  return { value: Number(plain), unit: 10 ** (Number(decimal[2] ?? 0) - decimal[1].length) };
}

/**
 * Whether an answer means this number: cut or rounded to the digits that were typed, and within
 * one per cent, so that 0.4 is not taken for 0.42, nor 0.00 for 0.004.
 */
function means(answer, truth) {
  if (!Number.isFinite(truth) || !Number.isFinite(answer.value)) return Object.is(answer.value, truth);
  const error = Math.abs(answer.value - truth);
  const size = Math.abs(truth);
  return error <= 1e-6 * size || error < 1e-12 ||
    (error < answer.unit * (1 + 1e-9) && error <= 0.01 * size);
}

const SLIPS_SHOWN = 3;

class Quiz {
  constructor(explorer) {
    this.explorer = explorer;
    this.graph = explorer.graph;
    this.revealed = new Set(); // the nodes whose gradient has been found, or given away
    const { graph } = this;
    this.order = []; // the nodes as the backward pass completes them
    for (const name of ["asked", "answer", "verdict", "found"]) this[name] = explorer.byId(name);
    this.asked.addEventListener("change", () => explorer.chooseNode(graph.nodes[this.asked.value]));
    // Not a form: in a notebook the page is sandboxed, and there a form may not be submitted.
    explorer.byId("check").addEventListener("click", () => this.check());
    this.answer.addEventListener("keydown", (event) => event.key === "Enter" && this.check());
    explorer.byId("give").addEventListener("click", () => this.giveAway());
  }

  begin() {
    const { graph } = this;
    const complete = new Map(graph.nodes.map((node) => [node, graph.completeFrom(node)]));
    this.order = [...graph.nodes].sort((a, b) => complete.get(a) - complete.get(b));
    this.asked.replaceChildren(...this.order.map((node) => new Option(node.name, node.index)));
    this.revealed.clear();
    this.tell("", graph.say("All values are known, and every gradient is hidden. Type one and press Enter."));
    this.next();
    this.answer.focus();
  }

  ask(node) {
    this.asked.value = node.index;
    this.answer.value = "";
    this.drawProgress();
  }

  next() {
    const next = this.order.find((node) => !this.revealed.has(node));
    if (next) this.explorer.chooseNode(next);
    this.drawProgress();
  }

  drawProgress() {
    write(this.found, this.graph.say("{number} of {total} gradients found", { number: this.revealed.size, total: this.graph.nodes.length }));
  }

  reveal(node) {
    this.revealed.add(node);
    this.explorer.render();
  }

  tell(className, ...said) {
    this.verdict.className = className;
    this.verdict.replaceChildren(...said);
  }

  /** What to tell the learner of a number: whether it is right, and sentences with their edges. */
  judge(node, typed) {
    const wrong = (said, slips = []) => ({ right: false, said, slips });
    const { graph } = this;
    const truth = node.gradient;
    const answer = readAnswer(typed);
    if (!answer) return wrong(graph.say("“{typed}” is not a number: type one such as -0.42, 3/4 or 1e-3.", { typed }));
    if (means(answer, truth)) {
      return { right: true, said: graph.say("Right: {gradient} = {number}.", { gradient: graph.partial(node), number: show(truth) }), slips: [] };
    }
    const slips = (graph.slips[node.index] ?? []).filter(([gives]) => means(answer, number(gives)));
    if (slips.length) return wrong(graph.say("Not yet, {number} is what comes out if", { number: show(answer.value) }), slips);
    if (means(answer, -truth)) return wrong(graph.say("Not yet: the size is right, the sign is not."));
    if (Math.abs(answer.value - truth) < answer.unit) {
      return wrong(graph.say("Close, but rounded too far: give three significant digits."));
    }
    return wrong(graph.say("Not yet. Add up, over all paths to the root, the product of the local derivatives along each."));
  }

  check() {
    const node = this.graph.nodes[this.asked.value];
    const { right, said, slips } = this.judge(node, this.answer.value);
    if (right) {
      this.reveal(node);
      this.next();
    }
    const end = right && this.revealed.size === this.graph.nodes.length ? ` ${this.graph.say("That was the last one.")}` : "";
    const items = slips.slice(0, SLIPS_SHOWN).map(([, says, edges]) => make("li", {}, edgesButton(this.explorer, edges, says)));
    this.tell(right ? "right" : "wrong", said + end, make("ul", {}, ...items));
    this.answer.focus();
  }

  giveAway() {
    const node = this.graph.nodes[this.asked.value];
    this.reveal(node);
    this.next();
    this.tell("", `${this.graph.partial(node)} = ${show(node.gradient)}`);
    this.answer.focus();
  }
}
