// Reading a formula that somebody typed, as Python's `reading` does: a parser of folded text with the
// names of the graph. Nothing is ever evaluated as a program. What it gives is a tree as in
// expressions.js, in which a name is an object: { name, compound, raised, node } for a value,
// { name, pair } for the ∂u/∂v of a pair of them.

const ONE_NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y;
const POWER_OF_TEN = /[eE][-+]\p{Nd}+(?![\p{L}\p{N}_.])/uy; // of 2 e-1, which may be 0.2 or 2e − 1
const UNKNOWN = /[\p{L}\p{N}_][\u0300-\u036f\u20d7']*(?:\^\{\([^}]*\}|_\{[^}]*\}|\[\d+\])*|./suy;
const LONGEST_FORMULA = 2000;

class Reader {
  /** `typed` is how names and functions are spelled, as Python gives it. */
  constructor(graph, typed) {
    this.graph = graph;
    this.folding = new Folding(graph, typed.folding);
    this.functions = typed.functions; // by folded word: the operation, the most arguments, and the least
    this.constants = typed.constants;
    this.spelled = new Map(Object.entries(typed.spelled).map(([spelling, i]) => [spelling, graph.nodes[i]]));
    this.values = new Map([...this.spelled.values()].map((node) => [node, { name: node.name, compound: node.compound, raised: node.raised, node }]));
    const known = [...this.spelled.keys()].sort((a, b) => b.length - a.length).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
    this.derivative = new RegExp(`(?:∂|d)(${known.join("|")}) ?/ ?(?:∂|d)(${known.join("|")})`, "gu");
  }

  /** The formula: its tree, and the names in it. */
  read(typed) {
    const { graph } = this;
    if (typed.length > LONGEST_FORMULA) throw new Unreadable(graph.say("a formula has at most {number} characters", { number: LONGEST_FORMULA }));
    const text = this.folding.fold(typed);
    const symbols = new Map([...this.spelled].map(([spelling, node]) => [spelling, this.values.get(node)]));
    for (const [found, u, v] of text.matchAll(this.derivative)) symbols.set(found, this.pair(this.spelled.get(u), this.spelled.get(v)));
    for (const [spelling, node] of this.spelled) {
      const delta = `δ${spelling.slice(1)}`;
      if (spelling[0] === "z" && !this.spelled.has(delta) && text.includes(delta)) symbols.set(delta, this.pair(graph.root, node));
    }
    const parser = new Parser(this, text, symbols);
    return { typed, tree: parser.all(), names: parser.used };
  }

  pair(u, v) {
    return { name: `∂${whole(u)}/∂${whole(v)}`, pair: [u, v] };
  }
}

class Parser {
  constructor(reader, text, symbols) {
    Object.assign(this, { reader, text, symbols, i: 0, depth: 0, used: new Set() });
    this.words = [...symbols.keys(), ...Object.keys(reader.functions), ...Object.keys(reader.constants)].sort((a, b) => b.length - a.length);
  }

  all() {
    const found = this.sum();
    if (this.peek()) this.complain();
    return found;
  }

  fail(message) {
    throw new Unreadable(message);
  }

  // Characters and words

  peek() {
    while (this.text[this.i] === " ") this.i += 1;
    return this.text[this.i] ?? "";
  }

  takes(character) {
    if (this.peek() !== character) return false;
    this.i += 1;
    return true;
  }

  expect(character) {
    if (this.takes(character)) return;
    if (this.peek() === ",") this.complain();
    const { graph } = this.reader;
    const rest = this.text.slice(this.i);
    this.fail(rest ? graph.say("“{character}” is missing before “{rest}”", { character, rest }) : graph.say("“{character}” is missing at the end", { character }));
  }

  match(pattern) {
    pattern.lastIndex = this.i;
    return pattern.exec(this.text)?.[0] ?? null;
  }

  /** The longest name, function or constant that begins here; empty if there is none. */
  word() {
    return this.words.find((word) => this.text.startsWith(word, this.i) && !["_", "[", "\u0302"].includes(this.text[this.i + word.length])) ?? "";
  }

  complain() {
    const { graph } = this.reader;
    const text = this.match(UNKNOWN);
    if (text === ",") this.fail(graph.say("a decimal is written with a point, and a comma is not expected there"));
    const rest = this.text.slice(this.i + text.length);
    if (/^[d∂]$/.test(text) && /^\/[d∂]/.test(rest)) this.fail(graph.say("{text} alone is no number: write σ'(z) or ∂a/∂z", { text: text + rest.slice(0, 3) }));
    if (!/^\p{L}/u.test(text)) {
      this.fail(rest ? graph.say("“{text}” is not expected there, before “{rest}”", { text, rest }) : graph.say("“{text}” is not expected there", { text }));
    }
    const names = [...new Set([...this.reader.values.values()].map(({ name }) => name))];
    const names_shown = names.slice(0, 12).join(", ") + (names.length > 12 ? ", …" : "");
    this.fail(graph.say("{text} is no name of this graph; there are {names}", { text, names: names_shown }));
  }

  allow(depth) {
    if (depth > this.reader.folding.deepest) this.reader.folding.tooDeep();
  }

  // The grammar

  sum() {
    const terms = [this.term()];
    while (this.peek() === "+" || this.peek() === "-") {
      const sign = this.text[this.i];
      this.i += 1;
      const term = this.term();
      terms.push(sign === "-" ? ["−", term] : term);
    }
    return terms.length === 1 ? terms[0] : ["+", ...terms];
  }

  term() {
    let found = this.factor();
    for (let quotients = 1; ; ) {
      if (this.takes("/")) {
        this.allow(this.depth + quotients++);
        found = ["/", found, this.factor()];
      } else if (this.takes("*") || this.beginsFactor()) {
        const more = this.factor();
        found = ["·", ...(found[0] === "·" ? found.slice(1) : [found]), more];
      } else return found;
    }
  }

  beginsFactor() {
    return /^[({.√\p{L}\p{Nd}]/u.test(this.peek() && this.text.slice(this.i));
  }

  factor() {
    let negative = false;
    while (this.peek() === "+" || this.peek() === "-") {
      negative = negative !== (this.text[this.i] === "-");
      this.i += 1;
    }
    const found = this.power();
    if (!negative) return found;
    return found[0] === "#" ? ["#", -found[1]] : ["−", found];
  }

  power() {
    this.depth += 1;
    this.allow(this.depth);
    const base = this.atom();
    const found = this.takes("^") ? ["^", base, this.exponent()] : base;
    this.depth -= 1;
    return found;
  }

  exponent() {
    if (!this.takes("{")) return this.factor();
    this.depth += 1;
    this.allow(this.depth);
    const inner = this.sum();
    this.expect("}");
    const found = this.takes("^") ? ["^", inner, this.exponent()] : inner;
    this.depth -= 1;
    return found;
  }

  atom() {
    const { graph } = this.reader;
    for (const [opening, closing] of ["()", "{}", "[]"]) {
      if (!this.takes(opening)) continue;
      const found = this.sum();
      this.expect(closing);
      return found;
    }
    if (this.takes("|")) {
      const found = this.sum();
      this.expect("|");
      return ["abs", found];
    }
    if (!this.peek()) this.fail(graph.say("something is missing at the end"));
    const digits = this.match(ONE_NUMBER);
    if (digits !== null) {
      this.i += digits.length;
      const rest = /^[.\p{Nd}].*/su.exec(this.peek() && this.text.slice(this.i))?.[0];
      if (rest) this.fail(graph.say("the number ends before “{rest}”: write * for a product", { rest }));
      const power = this.match(POWER_OF_TEN);
      if (power !== null) this.fail(graph.say("the number ends before “{power}”: close the gap, or write *", { power }));
      return ["#", Number(digits)];
    }
    const word = this.word();
    if (!word) this.complain();
    this.i += word.length;
    const symbol = this.symbols.get(word);
    if (symbol) {
      this.used.add(symbol);
      return symbol;
    }
    return word in this.reader.constants ? ["#", this.reader.constants[word]] : this.call(word);
  }

  call(word) {
    const { graph, functions } = this.reader;
    const [name, most, least] = functions[word];
    const isDerivative = this.takes("'");
    if (isDerivative && most > 1) this.fail(graph.say("{word}′ is not one function: {word} takes {number} arguments", { word, number: most }));
    if (isDerivative && this.peek() === "'") this.fail(graph.say("{word}″ is a second derivative, which no gradient has in it", { word }));
    const raised = this.takes("^") ? this.exponent() : null;
    if (raised?.[0] === "#" && raised[1] === -1) this.fail(graph.say("{word}⁻¹ may be the inverse function: write 1/{word}(…) if not", { word }));
    const given = [];
    if (this.takes("(")) {
      do given.push(this.sum());
      while (this.takes(","));
      this.expect(")");
    } else if (this.beginsFactor() || this.peek() === "|") given.push(this.power());
    else this.fail(graph.say("{word} has no argument: write {word}(…)", { word }));
    if (given.length > most || given.length < least) {
      const counts = { word, number: most, given: given.length };
      this.fail(most === 1 ? graph.say("{word} takes 1 argument, not {given}", counts) : graph.say("{word} takes {number} arguments, not {given}", counts));
    }
    const found = [name + (isDerivative ? "′" : ""), ...given];
    return raised === null ? found : ["^", found, raised];
  }
}
