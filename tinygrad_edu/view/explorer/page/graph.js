// The graph: its numbers, and what it says of them at a step.

/** A name after a ∂: one that reads as a formula, such as "a + b", in brackets. */
const whole = (node) => (node.compound ? `(${node.name})` : node.name);

const near = (x, y) => Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.abs(y) || (x === 0 && y === 0);

/** Whether the page can compute a node: it has its function, which gives what was recorded. */
function agrees(node) {
  if (!(node.op in FUNCTIONS)) return false;
  const [data, ...slopes] = FUNCTIONS[node.op](...node.arguments.map(valueOf));
  const of = slopes.filter((_, place) => !("number" in node.arguments[place]));
  return near(data, node.data) && of.every((slope, place) => near(slope, node.slopes[place]));
}

class Graph {
  constructor(model) {
    Object.assign(HEADS, model.heads);
    this.sentences = model.sentences; // by the English one; empty in English
    this.rules = model.rules;
    this.fault = model.fault ?? null; // the first node that is not finite, and why
    this.typed = model.typed ?? null; // how names are typed, and what formulas are tried at
    this.slips = model.slips ?? {}; // by node: wrong gradients, what they mean, the edges concerned
    this.nodes = model.nodes.map((node, index) => ({
      op: "",
      ...node, // name, compound, raised, parameter, direct, source
      index,
      data: number(node.data),
      slopes: (node.slopes ?? []).map(number),
      arguments: node.arguments ?? [], // of an operation: nodes, and plain numbers as { number }
      forward: 0, // the step that computes it (see schedule.js); 0 for a leaf
      received: [], // the backward steps that add to its gradient
      gradient: 0,
    }));
    for (const node of this.nodes) {
      node.arguments = node.arguments.map((x) => (Array.isArray(x) ? { number: number(x[0]) } : this.nodes[x]));
    }
    this.root = this.nodes.at(-1);
    this.operations = this.nodes.filter((node) => node.op);
    this.steps = this.backwardSteps();
    // The numbers that can be changed: leaves, and the plain numbers in operations.
    this.inputs = this.nodes.flatMap((node) => [
      ...(node.op ? [] : [{ node, place: null, recorded: node.data }]),
      ...node.arguments.flatMap((x, place) => ("number" in x ? [{ node, place, recorded: x.number }] : [])),
    ]);
    this.recorded = this.nodes.map(({ data, slopes }) => ({ data, slopes }));
    this.changed = new Set(); // the inputs that are not as they were recorded
    this.unknown = this.operations.find((node) => !agrees(node)) ?? null;
    this.version = 0; // grows with every change of numbers
    this.backward();
    this.arrange("edge", false);
  }

  /** Cuts the work into steps anew. */
  arrange(by, skipZeros) {
    this.cut = [by, skipZeros];
    arrange(this, by, skipZeros);
  }

  /** One step for each edge, in the order of the backward pass; their numbers come later. */
  backwardSteps() {
    const first = []; // by node: the number of its first edge
    let edges = 0;
    for (const node of this.nodes) {
      first.push(edges);
      edges += node.arguments.filter((x) => !("number" in x)).length;
    }
    const steps = [];
    for (const node of [...this.operations].reverse()) {
      let position = 0;
      node.arguments.forEach((to, place) => {
        if ("number" in to) return;
        const step = { from: node, to, place, position, edge: first[node.index] + position };
        step.direct = node.direct[position];
        position += 1;
        steps.push(step);
        to.received.push(step);
      });
    }
    return steps;
  }

  // Numbers

  /** The backward pass, as the engine makes it. */
  backward() {
    for (const node of this.nodes) node.gradient = node === this.root ? 1 : 0;
    for (const step of this.steps) {
      const { from, to, position } = step;
      step.upstream = from.gradient;
      step.local = from.slopes[position];
      // ∂L/∂y / b rounds once, where ∂L/∂y · (1/b) would round twice.
      step.contribution = from.op === "/" && step.place === 0 ? step.upstream / valueOf(from.arguments[1]) : step.upstream * step.local;
      to.gradient += step.contribution;
      step.total = to.gradient;
    }
  }

  /** The number of an input. */
  read({ node, place }) {
    return place === null ? node.data : node.arguments[place].number;
  }

  /** Gives inputs other numbers, in pairs [input, number], and computes what follows from them. */
  set(pairs) {
    for (const [input, x] of pairs) {
      if (input.place === null) input.node.data = x;
      else input.node.arguments[input.place].number = x;
      if (Object.is(x, input.recorded)) this.changed.delete(input);
      else this.changed.add(input);
    }
    for (const [{ node }] of pairs) node.written = null;
    this.version += 1;
    // What no change reaches keeps the engine's own numbers, to the last bit.
    const moved = new Set([...this.changed].map((input) => input.node));
    for (const node of this.operations) {
      if (moved.has(node) || node.arguments.some((x) => moved.has(x))) {
        moved.add(node);
        const [data, ...slopes] = FUNCTIONS[node.op](...node.arguments.map(valueOf));
        node.data = data;
        node.slopes = slopes.filter((_, place) => !("number" in node.arguments[place]));
      } else Object.assign(node, this.recorded[node.index]);
    }
    this.backward();
  }

  /** The first node that is not finite, and why. */
  faultNow() {
    if (this.changed.size === 0) return this.fault;
    const node = this.nodes.find(({ data }) => !Number.isFinite(data));
    if (node) return { node: node.index, says: this.say("{line}: the first number that is not finite.", { line: this.line(node) }) };
    const step = this.steps.find(({ total }) => !Number.isFinite(total));
    if (!step) return null;
    const says = this.say("{gradient}, where {upstream} meets {local}: the first gradient that is not finite.", {
      gradient: `${this.partial(step.to)} = ${show(step.total)}`,
      upstream: `${this.partial(step.from)} = ${show(step.upstream)}`,
      local: `${this.local(step)} = ${show(step.local)}`,
    });
    return { node: step.from.index, says };
  }

  /** A node, what computes it and its number: v₁ = ln(p) = ln(0) = −∞. */
  line(node) {
    if (!node.op) return `${node.name} = ${show(node.data)}`;
    return `${node.name} = ${this.formula(node)} = ${this.numbers(node)} ${this.sign(node)} ${show(node.data)}`;
  }

  /** The sign between a node's formula with numbers and its own number. */
  sign(node) {
    if (!(node.op in FUNCTIONS)) return "=";
    return relation(node.data, FUNCTIONS[node.op](...node.arguments.map((x) => asShown(valueOf(x))))[0]);
  }

  /** All numbers as they were recorded. */
  reset() {
    this.set([...this.changed].map((input) => [input, input.recorded]));
  }

  // What a step number says

  /** The contributions that `node` has received at step t. */
  receivedAt(node, t) {
    return node.received.filter((step) => step.t <= t);
  }

  /** The running total of ∂root/∂node at step t; null before the backward pass begins. */
  totalAt(node, t) {
    if (t < this.seed) return null;
    if (node === this.root) return 1;
    return this.receivedAt(node, t).reduce((total, step) => total + step.contribution, 0);
  }

  /** The step from which on ∂root/∂node is complete. */
  completeFrom(node) {
    return Math.max(this.seed, ...node.received.map((step) => step.t));
  }

  /** The edges that a step follows, and the nodes that it takes from and gives to. */
  moving(t) {
    if (t === 0) return { edges: [], from: [], to: [] };
    if (t === this.seed) return { edges: [], from: [], to: [this.root] };
    if (t > this.seed) {
      const steps = contributionsAt(this, t);
      return { edges: steps.map((s) => s.edge), from: steps.map((s) => s.from), to: steps.map((s) => s.to) };
    }
    const nodes = this.moments[t];
    const into = this.steps.filter((step) => nodes.includes(step.from));
    return { edges: into.map((step) => step.edge), from: into.map((step) => step.to), to: nodes };
  }

  // Words

  /** An English sentence in the page's language, with its parts in their places. */
  say(sentence, parts = {}) {
    return this.phrase(sentence, parts).join("");
  }

  /** The same in pieces, where a part is an element. */
  phrase(sentence, parts) {
    const said = this.sentences[sentence] ?? sentence;
    return said.split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? parts[piece] : piece));
  }

  /** ∂root/∂node, as text. */
  partial(node) {
    return `∂${whole(this.root)}/∂${whole(node)}`;
  }

  /** The local derivative of a step: ∂⁺ where the operand reaches the node on other ways too. */
  local(step) {
    return `${step.direct ? "∂⁺" : "∂"}${whole(step.from)}/∂${whole(step.to)}`;
  }

  /** What computes a node, with names: a · b + 2. */
  formula(node) {
    node.written ??= new Writer(slots(node, false)).write(this.rules[node.op].formula);
    return node.written;
  }

  /** The same with numbers: 2 · (−3) + 2. */
  numbers(node) {
    return new Writer(slots(node, true)).write(this.rules[node.op].formula);
  }

  /** The first line of a node in the drawing: its name and formula, without its end if long. */
  heading(node) {
    const text = node.op ? `${node.name} = ${this.formula(node)}` : node.name;
    return [...text].length <= LONGEST ? text : `${[...text].slice(0, LONGEST - 1).join("")}…`;
  }

  /**
   * Why a local derivative is what it is: its rule with names and with numbers (1 − y², 1 − 0.38²),
   * without what would only repeat the result, and the sign before the result. That is ≈ where the
   * numbers, as they are shown, do not give it.
   */
  why({ from, place, local }) {
    const rule = this.rules[from.op].rules[place];
    if (rule === null) return { formulas: [], sign: "=" };
    const written = [false, true].map((numeric) => new Writer(slots(from, numeric)).write(rule));
    const formulas = [...new Set(written)].filter((text) => text !== show(local) && text !== constant(local)[0]);
    const rounded = [...from.arguments.map(valueOf), from.data].map(asShown);
    return { formulas, sign: relation(local, evaluate(rule, [rounded[0], rounded[1], rounded.at(-1)])) };
  }
}

const LONGEST = 28;

const valueOf = (argument) => ("number" in argument ? argument.number : argument.data);

/** What 0, 1 and 2 of a tree stand for: a node's arguments and the node itself. */
function slots(node, numeric) {
  const slot = (x) => ("number" in x ? x : numeric ? { value: x.data } : x);
  const [a, b] = node.arguments;
  return [slot(a), b && slot(b), slot(node)];
}
