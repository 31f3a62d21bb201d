// One spelling for what is typed in many, x₁, x_1, x1 and x_{1} being x_{1}: as Python's `folding`
// has it, whose tables come with the page (a test compares the two).

/** A formula cannot be read; the message says what of it, and where. */
class Unreadable extends Error {}

const NUMBERED = /(?<number>(?<!\p{L})(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\p{L}\p{N}_])|_\{[\p{L}\p{N}_]+|_\p{Nd}+|_[\p{L}\p{N}]+)|(?<letter>\p{L}[\u0300-\u036f\u20d7]*'*)(?<index>\d+)/gu;

// A command, a name with its subscript, or one character.
const TOKEN = / *(\\[A-Za-z]+|\p{L}[\u0300-\u036f\u20d7]*'*(?:_(?:\{[^{}]*\}|[\p{L}\p{N}_]))?|[^ ])/uy;

class Folding {
  constructor(graph, tables) {
    Object.assign(this, tables); // sub, super, signs, greek, accents, silent, wide, commands, wrappers, deepest
    // Of what is typed, \constructor is to be in none of them.
    for (const name of ["accents", "commands", "greek"]) this[name] = Object.assign(Object.create(null), tables[name]);
    this.graph = graph;
    this.silence = new RegExp(tables.silent, "g");
    this.others = new RegExp(tables.wide, "gu");
  }

  fold(typed) {
    let text = typed.normalize("NFC").replace(this.others, (c) => c.normalize("NFKC"));
    text = text.replace(this.silence, " ").replaceAll("\\{", "(").replaceAll("\\}", ")").replaceAll("**", "^");
    text = [...text].map((c) => this.signs[c] ?? c).join("");
    text = this.commandsIn(this.scripts(text), 0).replace(/\s+/g, " ").trim();
    text = text.replace(/ ?([-+*/^_(){}|,']) ?/g, "$1");
    text = text.replace(/\^(?:\{('+)\}|('+))/g, "$1$2"); // σ^\prime
    text = text.replace(NUMBERED, (...match) => {
      const { number: whole, letter, index } = match.at(-1);
      return whole ?? `${letter}_{${index}}`;
    });
    text = text.replace(/\^(\(\d+\)|\d+)/g, "^{$1}");
    return text.replace(/_(\p{Nd}+|[\p{L}\p{N}]+)/gu, "_{$1}").replaceAll("} ", "}");
  }

  /** Runs of Unicode sub- and superscripts in braces; ₁,₂ is one run. */
  scripts(text) {
    for (const [mark, table] of [["_", this.sub], ["^", this.super]]) {
      const inside = Object.keys(table).map((c) => `\\u{${c.codePointAt(0).toString(16)}}`).join("");
      const run = new RegExp(`[${inside}]+(?:,[${inside}]+)*`, "gu");
      text = text.replace(run, (found) => `${mark}{${[...found].map((c) => table[c] ?? c).join("").replaceAll("−", "-")}}`);
    }
    return text;
  }

  /** LaTeX's commands, from the left: \frac{a}{b}, \hat{y}, \alpha, \cdot. */
  commandsIn(text, depth) {
    if (depth > this.deepest) this.tooDeep();
    let written = "";
    let i = 0;
    const group = () => {
      const [inner, end] = this.group(text, i);
      i = end;
      return this.commandsIn(inner, depth + 1);
    };
    while (i < text.length) {
      const command = /^\\([A-Za-z]+)\s*/.exec(text.slice(i));
      if (!command) {
        if (text[i] === "\\") throw new Unreadable(this.graph.say("a backslash begins a command, and “{text}” is none", { text: text.slice(i, i + 2) }));
        written += text[i];
        i += 1;
        continue;
      }
      const [whole, name] = command;
      i += whole.length;
      if (["frac", "dfrac", "tfrac"].includes(name)) {
        const [above, below] = [group().trim(), group().trim()];
        const [top, bottom] = [above, below].map((part) => /^(?:∂|d)(.+)$/s.exec(part));
        written += top && bottom ? `∂${top[1].trim()}/∂${bottom[1].trim()} ` : `((${above})/(${below}))`;
      } else if (name === "sqrt") written += `√(${group()})`;
      else if (name in this.accents) {
        const inner = group().trim();
        written += (inner.slice(0, 1) + this.accents[name]).normalize("NFC") + inner.slice(1);
      } else if (this.wrappers.includes(name)) written += ` ${group()} `;
      else written += this.commands[name] ?? this.greek[name] ?? ` ${name} `;
    }
    return written;
  }

  /** What stands in the braces that open at i, or the one digit or name there; where it ends. */
  group(text, i) {
    TOKEN.lastIndex = i;
    const found = TOKEN.exec(text);
    if (!found) throw new Unreadable(this.graph.say("something is missing at the end"));
    const [whole, token] = found;
    if (token !== "{") return [token, i + whole.length];
    const start = i + whole.length - 1;
    let depth = 0;
    for (let j = start; j < text.length; j++) {
      depth += (text[j] === "{") - (text[j] === "}");
      if (depth === 0) return [text.slice(start + 1, j), j + 1];
    }
    throw new Unreadable(this.graph.say("the brace is not closed: “{text}”", { text: text.slice(start, start + 20) }));
  }

  tooDeep() {
    throw new Unreadable(this.graph.say("the brackets are nested more than {number} deep", { number: this.deepest }));
  }
}
