// Predict mode: gradients are hidden, the learner types one in, as a number or as a formula, and is
// told right or wrong. What a wrong number means is said by the sentences that come with the graph,
// from Python's checker.

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
    this.formulas = null; // how they are read and judged, from the first that is typed
    for (const name of ["asked", "answer", "understood", "verdict", "found"]) this[name] = explorer.byId(name);
    this.asked.addEventListener("change", () => explorer.chooseNode(graph.nodes[this.asked.value]));
    // Not a form: in a notebook the page is sandboxed, and there a form may not be submitted.
    explorer.byId("check").addEventListener("click", () => this.check());
    this.answer.addEventListener("keydown", (event) => event.key === "Enter" && this.check());
    this.answer.addEventListener("input", () => write(this.understood, this.howUnderstood(this.answer.value)));
    explorer.byId("give").addEventListener("click", () => this.giveAway());
  }

  begin() {
    const { graph } = this;
    const complete = new Map(graph.nodes.map((node) => [node, graph.completeFrom(node)]));
    this.order = [...graph.nodes].sort((a, b) => complete.get(a) - complete.get(b));
    this.asked.replaceChildren(...this.order.map((node) => new Option(node.name, node.index)));
    this.revealed.clear();
    this.tell("", graph.say("All values are known, and every gradient is hidden. Type one, as a number or a formula, and press Enter."));
    this.next();
    this.answer.focus();
  }

  ask(node) {
    this.asked.value = node.index;
    this.answer.value = "";
    write(this.understood, "");
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
    if (!answer && (graph.typed === null || typed.trim() === "")) return wrong(graph.say("“{typed}” is not a number: type one such as -0.42, 3/4 or 1e-3.", { typed }));
    if (!answer) return this.judgeFormula(node, typed);
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

  /** The same of a formula. */
  judgeFormula(node, typed) {
    const { graph } = this;
    const gradient = graph.partial(node);
    const wrong = (said, slips = []) => ({ right: false, said, slips });
    try {
      const formula = this.read(typed);
      const written = this.formulas.written(formula);
      const { value, right, elsewhere, given, expected } = this.formulas.judge(formula, node);
      if (right) return { right, said: graph.say("Right: {gradient} = {number}.", { gradient, number: `${written} = ${show(node.gradient)}` }), slips: [] };
      if (elsewhere) {
        const [mine, theirs] = toldApart(given, expected);
        return wrong(graph.say("{gradient} is right with these numbers alone: with {where} it should be {right}, and your {formula} gives {given}.", { gradient, where: elsewhere, right: theirs, formula: written, given: mine }));
      }
      const slips = (graph.slips[node.index] ?? []).filter(([gives]) => Math.abs(number(gives) - value) <= 1e-9 * Math.abs(value));
      const said = { formula: written, number: show(value) };
      if (slips.length) return wrong(graph.say("Not yet: {formula} gives {number} here, which is what comes out if", said), slips);
      return wrong(graph.say("Not yet: {formula} gives {number} here, and that is not {gradient}.", { ...said, gradient }));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return wrong(graph.say("“{typed}” cannot be judged: {reason}.", { typed, reason: error.message }));
    }
  }

  read(typed) {
    this.formulas ??= new Formulas(this.graph, this.graph.typed);
    return this.formulas.reader.read(typed);
  }

  /** While a formula is being typed: what it would be read as, or what is not clear yet. */
  howUnderstood(typed) {
    if (this.graph.typed === null || typed.trim() === "" || readAnswer(typed)) return "";
    try {
      const formula = this.read(typed);
      return this.graph.say("read as {formula}", { formula: this.formulas.written(formula) });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return error.message;
    }
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
