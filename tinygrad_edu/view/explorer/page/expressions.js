// Numbers and expressions as text, written as Python's notation writes them (a test compares the
// two over every operation). An expression comes as a tree: 0 and 1 are the arguments of an
// operation and 2 its result, ["#", x] is a number, ["+", a, b], ["·", …], ["/", a, b], ["^", a, b]
// and ["−", a] are arithmetic, ["tanh", a] is a function and ["tanh′", a] its derivative. In a formula
// that somebody typed, a name is an object (see reading.js).

const NOT_FINITE = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** A number of the JSON, which has no nan and no inf: they come as the strings that Python prints. */
const number = (x) => (typeof x === "string" ? NOT_FINITE[x] : x);

const DIGITS = 6; // significant ones; those before the decimal point are never rounded away

/** A number as the formulas write it: 0.41997, −2, 1e-7, −∞. */
function show(x, digits = DIGITS) {
  if (Number.isNaN(x)) return "nan";
  return (x < 0 ? "−" : "") + magnitude(Math.abs(x), digits);
}

/** The number that a reader sees there. */
const asShown = (x) => (Number.isFinite(x) ? Number(show(x).replaceAll("−", "-")) : x);

/** The sign before a result: ≈ where the numbers before it, as they are seen, give another one. */
const relation = (x, given) => (show(given) === show(x) ? "=" : "≈");

function magnitude(x, least) {
  if (x === Infinity) return "∞";
  if (x === 0) return "0";
  const digits = x >= 1 && x < 1e15 ? Math.max(least, String(Math.trunc(x)).length) : least;
  const [mantissa, power] = rounded(x, digits);
  const trimmed = mantissa.replace(/0+$/, "") || "0";
  if (power < -4 || power >= digits) {
    return `${trimmed[0]}${trimmed.length > 1 ? "." : ""}${trimmed.slice(1)}e${power}`;
  }
  if (power < 0) return `0.${"0".repeat(-power - 1)}${trimmed}`;
  const whole = mantissa.slice(0, power + 1);
  const rest = mantissa.slice(power + 1).replace(/0+$/, "");
  return rest ? `${whole}.${rest}` : whole;
}

/** The significant digits of x, an exact half to the even one as Python has it, and the power of ten. */
function rounded(x, digits) {
  let [mantissa, power] = x.toExponential(digits - 1).split("e");
  const [exact, exactPower] = x.toExponential(60).split("e");
  const kept = exact.replace(".", "").slice(0, digits);
  if (/^50*$/.test(exact.replace(".", "").slice(digits)) && Number(kept.at(-1)) % 2 === 0) {
    [mantissa, power] = [kept, exactPower];
  }
  return [mantissa.replace(".", ""), Number(power)];
}

/** A number as a later term or factor of a formula: a negative one in brackets. */
const operand = (x) => (x < 0 ? `(${show(x)})` : show(x));

// How tightly an expression holds together; one that holds less tightly than its place demands is
// put in brackets.
const [LOWEST, SUM, SIGN, PRODUCT, POWER, ATOM] = [0, 1, 2, 3, 4, 5];

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

const HEADS = {}; // how each function is written, from Python's table of operations

const CONSTANTS = new Map([
  [Math.PI, "π"], [Math.E, "e"], [Math.sqrt(2 * Math.PI), "√(2π)"], [0.5, "½"],
]);

/** √(3) or 1/√(3), where a number above 0 is that, of a number that is no square; else null. */
function simpleRoot(size) {
  const square = size * size;
  if (!(1e-4 < square && square < 1e4)) return null;
  const n = Math.round(Math.max(square, 1 / square));
  const root = Math.sqrt(n);
  const least = Math.max(size, 1 / size);
  if (Number.isInteger(root) || Math.abs(least - root) > 1e-15 * Math.max(least, root)) return null;
  return `${size < 1 ? "1/" : ""}√(${n})`;
}

/** A plain number of a formula, [text, tightness]: a half is ½, a third 1/3. */
function constant(x) {
  const size = Math.abs(x);
  const minus = x < 0 ? "−" : "";
  const tightness = x < 0 ? SIGN : ATOM;
  if (CONSTANTS.has(size)) return [minus + CONSTANTS.get(size), tightness];
  const root = simpleRoot(size);
  if (root) return [minus + root, x < 0 ? SIGN : size < 1 ? PRODUCT : ATOM];
  const inFull = size >= 1e-4 && size < 1e16 ? String(x) : x.toExponential().replace("+", "");
  if (inFull.length >= 8 && Number.isFinite(x)) {
    for (let below = 1; below < 100; below++) {
      const above = Math.round(size * below);
      if (!above || above / below !== size) continue;
      if (below === 1) break;
      return [`${minus}${above}/${below}`, x < 0 ? SIGN : PRODUCT];
    }
  }
  return [show(x), tightness];
}

/**
 * Writes trees. `slots` are what 0, 1 and 2 stand for: { number } for a plain number of the
 * formula, { value } for the number of a node, { name, compound, raised } for a node by its name.
 */
class Writer {
  constructor(slots) {
    this.slots = slots;
  }

  write(tree, demanded = LOWEST) {
    const [text, tightness] = this.written(tree);
    return tightness < demanded ? `(${text})` : text;
  }

  /** The plain number that a tree is, or null. */
  plain(tree) {
    if (tree[0] === "#") return number(tree[1]);
    return this.slot(tree)?.number ?? null;
  }

  /** What a place or a name stands for; null for what is put together. */
  slot(tree) {
    if (Array.isArray(tree)) return null;
    return typeof tree === "number" ? this.slots[tree] : tree;
  }

  written(tree) {
    const plain = this.plain(tree);
    if (plain !== null) return constant(plain);
    if (!Array.isArray(tree)) {
      const { name, value, compound } = this.slot(tree);
      if (name === undefined) return [show(value), value < 0 ? SIGN : ATOM];
      return [name, compound ? LOWEST : ATOM];
    }
    const [head, ...parts] = tree;
    switch (head) {
      case "+": return this.sum(parts);
      case "·": return this.product(parts);
      case "−": return [`−${this.write(parts[0], PRODUCT)}`, SIGN];
      case "/": return this.quotient(...parts);
      case "^": return this.power(...parts);
      case "abs": return [`|${this.write(parts[0])}|`, ATOM];
      default: return [`${HEADS[head] ?? `${HEADS[head.slice(0, -1)]}′`}(${parts.map((part) => this.write(part)).join(", ")})`, ATOM];
    }
  }

  sum([first, ...others]) {
    const numbers = [first, ...others].map((term) => this.plain(term));
    // A difference of plain numbers, such as the exponent 3 − 1 of a derivative, is worked out.
    if (!numbers.includes(null)) return constant(numbers.reduce((a, b) => a + b));
    let text = this.write(first, SIGN);
    for (const term of others) {
      const written = this.write(term, SIGN);
      if (term[0] === "−" && this.plain(term[1]) < 0) text += ` + ${constant(-this.plain(term[1]))[0]}`;
      else if (term[0] === "−") text += ` − ${this.write(term[1], PRODUCT)}`;
      else if (written.startsWith("−") && (Array.isArray(term) || this.plain(term) !== null)) text += ` − ${written.slice(1)}`;
      else text += ` + ${this.write(term, PRODUCT)}`;
    }
    return [text, SUM];
  }

  product([first, ...others]) {
    const head = this.write(first, SIGN);
    const rest = others.map((factor) => this.write(factor, PRODUCT));
    return [[head, ...rest].join(" · "), head.startsWith("−") ? SIGN : PRODUCT];
  }

  quotient(above, below) {
    const numerator = this.write(above, SIGN);
    const denominator = this.write(below, POWER);
    const spaced = (numerator + denominator).includes(" ");
    return [numerator + (spaced ? " / " : "/") + denominator, numerator.startsWith("−") ? SIGN : PRODUCT];
  }

  power(base, exponent) {
    let below = this.write(base, ATOM);
    if (this.slot(base)?.raised) below = `(${below})`;
    const plain = exponent[0] === "+" ? exponent.slice(1).map((term) => this.plain(term)).reduce((a, b) => (a === null || b === null ? null : a + b)) : this.plain(exponent);
    if (Number.isInteger(plain)) {
      return [below + [...plain.toLocaleString("en", { useGrouping: false })].map((c) => RAISED[c]).join(""), POWER];
    }
    return [`${below}^${this.write(exponent, ATOM)}`, POWER];
  }
}

/** The number that a tree gives where 0, 1 and 2, or its names in a Map, are these numbers. */
function evaluate(tree, numbers) {
  if (!Array.isArray(tree)) return typeof tree === "number" ? numbers[tree] : numbers.get(tree);
  const [head, ...parts] = tree;
  if (head === "#") return number(parts[0]);
  const found = parts.map((part) => evaluate(part, numbers));
  switch (head) {
    case "+": return found.reduce((a, b) => a + b);
    case "·": return found.reduce((a, b) => a * b);
    case "−": return -found[0];
    case "/": return found[0] / found[1];
    case "^": return ieee.power(found[0], found[1]);
    default: return head.endsWith("′") ? FUNCTIONS[head.slice(0, -1)](...found)[1] : FUNCTIONS[head](...found)[0];
  }
}
