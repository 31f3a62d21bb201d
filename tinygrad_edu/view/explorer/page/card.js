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
  if (leaves.length > LISTED) given.push(graph.say("… {number} more", { number: leaves.length - LISTED }));
  return [
    make("h2", {}, graph.say("The numbers that are given")),
    text("formula", given.join(", ")),
    text("remark", graph.say("Step forward to compute the value, then backward to see its gradient made.")),
  ];
}

function forwardCard(graph, t) {
  const nodes = graph.moments[t];
  const title = graph.say("Forward {t} of {last}", { t, last: graph.seed - 1 });
  if (nodes.length > 1) {
    const heading = make("h2", {}, graph.say("{title}: {number} operations", { title, number: nodes.length }));
    return [heading, ...listed(graph, nodes, (node) => text("entry", graph.line(node)))];
  }
  const [node] = nodes;
  const into = graph.steps.filter((step) => step.from === node);
  return [
    ...(into.length === 1 ? curveOf(graph, into[0]) : []),
    make("h2", {}, title),
    text("formula", `${node.name} = ${graph.formula(node)} = ${graph.numbers(node)} ${graph.sign(node)} `, make("b", {}, show(node.data))),
    ...sourceLine(node),
  ];
}

const LISTED = 8;

/** The first of many items, and how many more there are. */
function listed(graph, items, write) {
  const more = items.length - LISTED;
  return [...items.slice(0, LISTED).map(write), ...(more > 0 ? [text("remark", graph.say("… {number} more, in the table of steps", { number: more }))] : [])];
}

function seedCard(graph) {
  const { root } = graph;
  return [
    make("h2", {}, graph.say("Backward begins at {root}", { root: root.name })),
    text("formula", `${graph.partial(root)} = `, make("b", {}, "1")),
    text("remark", graph.say("The derivative of {root} by itself is 1: its gradient starts there. All others start at 0.", { root: root.name })),
  ];
}

function backwardCard(graph, t) {
  const steps = contributionsAt(graph, t);
  const title = graph.say("Backward {t} of {last}", { t: t - graph.seed, last: graph.last - graph.seed });
  if (steps.length > 1) {
    const heading = graph.say("{title}: {number} contributions", { title, number: steps.length });
    return [make("h2", {}, heading), ...listed(graph, steps, (step) => contributionLine(graph, step))];
  }
  const [step] = steps;
  const { from, to } = step;
  const received = graph.receivedAt(to, t);
  const earlier = received.at(-2)?.total ?? 0;
  const of = to.received.length;
  const complete = received.length === of;
  const counted = { number: received.length, total: of };
  const uses = of === 1 ? graph.say("the only contribution: complete")
    : complete ? graph.say("contribution {number} of {total}: complete", counted) : graph.say("contribution {number} of {total}", counted);
  const term = (sign, name, symbol, value) => make("div", { className: "term" },
    make("span", { className: "sign" }, sign), make("span", { className: "name" }, name),
    make("span", { className: "symbol" }, symbol), make("b", {}, show(value)));
  return [
    make("h2", {}, graph.say("{title}: from {node} to {operand}", { title, node: `${from.name} = ${graph.formula(from)}`, operand: to.name + placeOf(graph, step) })),
    make("div", { className: "product" },
      term("", graph.say("upstream gradient"), graph.partial(from), step.upstream),
      term("×", step.direct ? graph.say("direct derivative, other operands fixed") : graph.say("local derivative"), graph.local(step), step.local),
      term(signOf(step), graph.say("contribution"), graph.say("to {gradient}", { gradient: graph.partial(to) }), step.contribution)),
    ...curveOf(graph, step),
    whyLine(graph, step),
    make("p", { className: "total" },
      make("span", { className: "name" }, graph.say("running total of {gradient}: ", { gradient: graph.partial(to) })),
      `${show(earlier)} + ${operand(step.contribution)} ${relation(step.total, asShown(earlier) + asShown(step.contribution))} `, make("b", { id: "total" }, show(step.total)),
      make("span", { className: complete ? "uses complete" : "uses" }, uses)),
    ...sourceLine(from),
  ];
}

/** One of many contributions: to ∂L/∂a: 0.5 × (−3) = −1.5. */
function contributionLine(graph, step) {
  return text("entry", make("span", { className: "name" }, `${step.from.name} → ${step.to.name}${placeOf(graph, step)}: `),
    `${show(step.upstream)} × ${operand(step.local)} ${signOf(step)} `, make("b", {}, show(step.contribution)));
}

/** The sign before a contribution. */
const signOf = ({ upstream, local, contribution }) => relation(contribution, asShown(upstream) * asShown(local));

/** Which of two uses an operand is, as `, the 2nd factor`; nothing where it is used once. */
function placeOf(graph, { from, to, place }) {
  if (from.arguments.filter((x) => x === to).length < 2) return "";
  if (from.op === "+") return place ? graph.say(", the 2nd term") : graph.say(", the 1st term");
  if (from.op === "*") return place ? graph.say(", the 2nd factor") : graph.say(", the 1st factor");
  return place ? graph.say(", the 2nd argument") : graph.say(", the 1st argument");
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
  if (t === 0) return graph.say("Start: only the leaves have values.");
  if (t < seed) {
    const [node, ...others] = moments[t];
    const operations = others.length ? graph.say("{number} operations", { number: others.length + 1 })
      : `${node.name} = ${graph.formula(node)} = ${show(node.data)}`;
    return graph.say("Forward step {t} of {last}: {operations}.", { t, last: seed - 1, operations });
  }
  if (t === seed) return graph.say("Backward begins: the gradient of {root} is 1.", { root: root.name });
  const [step, ...others] = contributionsAt(graph, t);
  const which = { t: t - seed, last: last - seed };
  if (others.length) return graph.say("Backward step {t} of {last}: {number} contributions.", { ...which, number: others.length + 1 });
  const left = step.to.received.length - graph.receivedAt(step.to, t).length;
  const way = { ...which, node: step.from.name, operand: step.to.name + placeOf(graph, step) };
  const numbers = { upstream: show(step.upstream), local: show(step.local), contribution: show(step.contribution) };
  const total = { operand: step.to.name, total: show(step.total), left };
  return [
    graph.say("Backward step {t} of {last}, from {node} to {operand}: upstream {upstream} times local {local} is {contribution}.", { ...way, ...numbers }),
    left ? graph.say("Running total of {operand}: {total}, {left} more to come.", total) : graph.say("Running total of {operand}: {total}, complete.", total),
  ].join(" ");
}
