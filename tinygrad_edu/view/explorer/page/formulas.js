// Whether a formula is right: at the numbers of the graph and, lest that be chance, at others too. They
// are those that Python's `check_gradients` tries, and so are the rules of what counts as right.

/** The graph computed with these numbers in its leaves, and the derivatives in it. */
class Point {
  constructor(graph, leaves) {
    this.graph = graph;
    this.data = [];
    this.slopes = [];
    const given = [...leaves];
    for (const node of graph.nodes) {
      const [data, ...slopes] = node.op ? this.computed(node) : [given.shift()];
      this.data.push(data);
      this.slopes.push(slopes);
    }
    this.known = new Map(); // by node u: ∂u/∂v of every v
  }

  computed(node) {
    const numbers = node.arguments.map((x) => ("number" in x ? x.number : this.data[x.index]));
    const isNode = (_, place) => !("number" in node.arguments[place]);
    if (node.op in FUNCTIONS) {
      const [data, ...slopes] = FUNCTIONS[node.op](...numbers);
      return [data, ...slopes.filter(isNode)];
    }
    // An operation that is known at one point only is linear.
    const moved = node.arguments.filter(isNode).map((x, k) => node.slopes[k] * (this.data[x.index] - x.data));
    return [moved.reduce((a, b) => a + b, node.data), ...node.slopes];
  }

  /** ∂u/∂v for every v that u is computed from, by node. */
  derivatives(u) {
    if (!this.known.has(u)) {
      const found = new Map([[u, 1]]);
      const size = new Map([[u, 1]]); // of the terms of each sum
      for (const { from, to, place, position } of this.graph.steps) {
        if (!found.has(from)) continue;
        const [local, divisor] = [this.slopes[from.index][position], from.arguments[1]];
        const passed = from.op === "/" && place === 0 ? found.get(from) / ("number" in divisor ? divisor.number : this.data[divisor.index]) : found.get(from) * local;
        found.set(to, (found.get(to) ?? 0) + passed);
        size.set(to, (size.get(to) ?? 0) + size.get(from) * Math.abs(local));
      }
      this.known.set(u, { found, size });
    }
    return this.known.get(u);
  }

  /** A formula's number here. */
  evaluate({ tree, names }) {
    const numbers = new Map([...names].map((symbol) => [symbol, this.numberOf(symbol)]));
    return evaluate(tree, numbers);
  }

  numberOf({ node, pair }) {
    return pair ? (this.derivatives(pair[0]).found.get(pair[1]) ?? 0) : this.data[node.index];
  }

  /** Whether x is ∂root/∂node, but for its last digits. */
  fits(x, node) {
    const { found, size } = this.derivatives(this.graph.root);
    const right = found.get(node) ?? 0;
    const noise = 1e-12 * (size.get(node) ?? 0);
    return Math.abs(x - right) <= Math.max(1e-9 * Math.abs(right), Number.isFinite(noise) ? noise : 0, halfAUnit(x));
  }
}

/** With how many significant digits a number is written. */
const digitsOf = (x) => x.toExponential().split("e")[0].replace(/\D/g, "").length;

/** Half a unit in the last digit of a number, of which three count at the least. */
function halfAUnit(x) {
  if (x === 0 || !Number.isFinite(x)) return 0;
  const [, power] = x.toExponential().split("e");
  return 0.500000001 * 10 ** (Number(power) - Math.max(digitsOf(x), 3) + 1);
}

/** A number that is worked out from others has no more digits than the longest of those. */
function asWritten({ typed, names }, x) {
  const decimals = names.size ? [] : typed.match(/\d+\.\d+|\.\d+/g) ?? [];
  if (decimals.length < 2 || x === 0 || !Number.isFinite(x)) return x;
  return Number(x.toPrecision(Math.max(3, ...decimals.map((decimal) => digitsOf(Number(decimal))))));
}

class Formulas {
  constructor(graph, typed) {
    this.graph = graph;
    this.reader = new Reader(graph, typed);
    const leaves = graph.nodes.filter((node) => !node.op);
    this.here = new Point(graph, leaves.map((node) => node.data));
    this.there = typed.points.map((numbers) => new Point(graph, numbers));
    this.leaves = leaves;
  }

  /** How a formula was understood, as text. */
  written(formula) {
    return new Writer([]).write(formula.tree);
  }

  /**
   * What a formula for ∂root/∂node is worth: { value }, its number here, { right }, and, where it is
   * right here and not in general, { elsewhere, given, expected } at other numbers.
   */
  judge(formula, node) {
    const { graph } = this;
    const isItself = [...formula.names].some(({ pair }) => pair && pair[0] === graph.root && pair[1] === node);
    const gradient = graph.partial(node);
    if (isItself) throw new Unreadable(graph.say("the formula for {gradient} has {gradient} in it", { gradient }));
    const value = asWritten(formula, this.here.evaluate(formula));
    if (!Number.isFinite(value)) throw new Unreadable(graph.say("the formula for {gradient} gives {number} here", { gradient, number: show(value) }));
    if (!this.here.fits(value, node)) return { value, right: false };
    for (const there of formula.names.size ? this.there : []) {
      const given = there.evaluate(formula);
      if (Number.isFinite(given) && !there.fits(given, node)) {
        return { value, right: false, elsewhere: this.where(there, formula), given, expected: there.derivatives(graph.root).found.get(node) ?? 0 };
      }
    }
    return { value, right: true };
  }

  /** With which numbers in the leaves, those in the formula first: w = 0.41, x = 2.3. */
  where(there, formula) {
    const named = new Set([...formula.names].map(({ node }) => node));
    const said = [...this.leaves].sort((a, b) => named.has(b) - named.has(a)).map((leaf) => `${leaf.name} = ${show(there.data[leaf.index])}`);
    if (said.length > LEAVES_SHOWN) said.splice(LEAVES_SHOWN, said.length, this.graph.say("other numbers for the rest"));
    return said.join(", ");
  }
}

const LEAVES_SHOWN = 4;

/** Two numbers with as many digits, six or more, as it takes to see that they differ. */
function toldApart(x, y) {
  let digits = DIGITS;
  while (digits < 16 && Number(x.toPrecision(digits)) === Number(y.toPrecision(digits))) digits += 1;
  return [x, y].map((z) => show(z, digits));
}
