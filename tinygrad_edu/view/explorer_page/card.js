// The card under the graph: what the current step does, in large type.

/** The card's contents at step t. */
function cardAt(graph, t) {
  if (t > graph.seed) return backwardCard(graph, t);
  if (t === graph.seed) return seedCard(graph);
  return t > 0 ? forwardCard(graph, t) : startCard(graph);
}

function startCard(graph) {
  const leaves = graph.nodes.filter((node) => !node.op);
  const given = leaves.slice(0, LISTED).map((node) => `${node.name} = ${show(node.data)}`);
  if (leaves.length > LISTED) given.push(`… ${leaves.length - LISTED} more`);
  return [
    make("h2", {}, "The numbers that are given"),
    text("formula", given.join(", ")),
    text("remark", "Step forward to compute the value, then backward to see its gradient made."),
  ];
}

function forwardCard(graph, t) {
  const nodes = graph.moments[t];
  const heading = make("h2", {}, `Forward ${t} of ${graph.seed - 1}`);
  if (nodes.length > 1) {
    heading.append(`: ${nodes.length} operations`);
    return [heading, ...listed(nodes, (node) => text("entry", graph.line(node)))];
  }
  const [node] = nodes;
  const into = graph.steps.filter((step) => step.from === node);
  return [
    ...(into.length === 1 ? curveOf(graph, into[0]) : []),
    heading,
    text("formula", `${node.name} = ${graph.formula(node)} = ${graph.numbers(node)} = `, make("b", {}, show(node.data))),
    ...sourceLine(node),
  ];
}

const LISTED = 8;

/** The first of many items, and how many more there are. */
function listed(items, write) {
  const more = items.length - LISTED;
  return [...items.slice(0, LISTED).map(write), ...(more > 0 ? [text("remark", `… ${more} more, in the table of steps`)] : [])];
}

function seedCard(graph) {
  const { root } = graph;
  return [
    make("h2", {}, `Backward begins at ${root.name}`),
    text("formula", `${graph.partial(root)} = `, make("b", {}, "1")),
    text("remark", `The derivative of ${root.name} by itself is 1: its gradient starts there. All others start at 0.`),
  ];
}

function backwardCard(graph, t) {
  const steps = contributionsAt(graph, t);
  const title = `Backward ${t - graph.seed} of ${graph.last - graph.seed}`;
  if (steps.length > 1) {
    return [make("h2", {}, `${title}: ${steps.length} contributions`), ...listed(steps, (step) => contributionLine(graph, step))];
  }
  const [step] = steps;
  const { from, to } = step;
  const received = graph.receivedAt(to, t);
  const before = received.at(-2)?.total ?? 0;
  const of = to.received.length;
  const complete = received.length === of;
  const uses = of === 1 ? "the only contribution: complete"
    : `contribution ${received.length} of ${of}${complete ? ": complete" : ""}`;
  const term = (sign, name, symbol, value) => make("div", { className: "term" },
    make("span", { className: "sign" }, sign), make("span", { className: "name" }, name),
    make("span", { className: "symbol" }, symbol), make("b", {}, show(value)));
  return [
    make("h2", {}, `${title}: from ${from.name} = ${graph.formula(from)} to ${to.name}${placeOf(step)}`),
    make("div", { className: "product" },
      term("", "upstream gradient", graph.partial(from), step.upstream),
      term("×", step.direct ? "direct derivative, other operands fixed" : "local derivative", graph.local(step), step.local),
      term("=", "contribution", `to ${graph.partial(to)}`, step.contribution)),
    ...curveOf(graph, step),
    whyLine(graph, step),
    make("p", { className: "total" },
      make("span", { className: "name" }, `running total of ${graph.partial(to)}: `),
      `${show(before)} + ${operand(step.contribution)} = `, make("b", { id: "total" }, show(step.total)),
      make("span", { className: complete ? "uses complete" : "uses" }, uses)),
    ...sourceLine(from),
  ];
}

/** One of many contributions: to ∂L/∂a: 0.5 × (−3) = −1.5. */
function contributionLine(graph, step) {
  return text("entry", make("span", { className: "name" }, `${step.from.name} → ${step.to.name}${placeOf(step)}: `),
    `${show(step.upstream)} × ${operand(step.local)} = `, make("b", {}, show(step.contribution)));
}

/** Which of two uses an operand is, as `, the 2nd factor`; nothing where it is used once. */
function placeOf({ from, to, place }) {
  if (from.arguments.filter((x) => x === to).length < 2) return "";
  return `, ${["the 1st", "the 2nd"][place]} ${{ "+": "term", "*": "factor" }[from.op] ?? "argument"}`;
}

/** Why the local derivative is what it is: its rule, the rule with numbers, the number. */
function whyLine(graph, step) {
  const { formulas, sign } = graph.why(step);
  const said = [`${graph.local(step)}`, ...formulas].join(" = ");
  return text("why", `${said} ${sign} `, make("b", {}, show(step.local)));
}

/** The line of the program that made `node`, the part that did underlined; nothing if unknown. */
function sourceLine(node) {
  if (!node.source) return [];
  const { place, text: line, start, end } = node.source;
  return [text("source", make("span", { className: "name" }, `${place}: `),
    make("code", {}, line.slice(0, start), make("mark", {}, line.slice(start, end)), line.slice(end)))];
}

/** Step t as one sentence, for a screen reader. */
function spoken(graph, t) {
  const { seed, root, last, moments } = graph;
  if (t === 0) return "Start: only the leaves have values.";
  if (t < seed) {
    const said = moments[t].length > 1 ? `${moments[t].length} operations` : `${moments[t][0].name} = ${graph.formula(moments[t][0])} = ${show(moments[t][0].data)}`;
    return `Forward step ${t} of ${seed - 1}: ${said}.`;
  }
  if (t === seed) return `Backward begins: the gradient of ${root.name} is 1.`;
  const [step, ...others] = contributionsAt(graph, t);
  const which = `Backward step ${t - seed} of ${last - seed}`;
  if (others.length) return `${which}: ${others.length + 1} contributions.`;
  const left = step.to.received.length - graph.receivedAt(step.to, t).length;
  return `${which}, from ${step.from.name} to ${step.to.name}${placeOf(step)}: ` +
    `upstream ${show(step.upstream)} times local ${show(step.local)} is ${show(step.contribution)}. ` +
    `Running total of ${step.to.name}: ${show(step.total)}, ${left ? `${left} more to come` : "complete"}.`;
}
