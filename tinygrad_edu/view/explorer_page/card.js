// The card under the graph: what the current step does, in large type.

/** An element: make("td", { className: "n" }, "text or elements", …). Text stays text. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const text = (className, ...children) => make("p", { className }, ...children);

function drawNow(t, predicting) {
  const card = document.getElementById("now");
  card.hidden = predicting;
  card.replaceChildren(...(t > SEED ? backwardCard(t) : t === SEED ? seedCard() : t > 0 ? forwardCard(t) : startCard()));
}

function startCard() {
  const LISTED = 8;
  const leaves = nodes.filter((node) => !node.op);
  const given = leaves.slice(0, LISTED).map((node) => `${node.name} = ${show(node.data)}`);
  if (leaves.length > LISTED) given.push(`… ${leaves.length - LISTED} more`);
  return [
    make("h2", {}, "The numbers that are given"),
    text("formula", given.join(", ")),
    text("remark", "Step forward to compute the value, then backward to see its gradient made."),
  ];
}

function forwardCard(t) {
  const node = operations[t - 1];
  return [
    make("h2", {}, `Forward ${t} of ${operations.length}`),
    text("formula", `${node.name} = ${node.formula} = ${node.numbers} = `, make("b", {}, show(node.data))),
    ...sourceLine(node),
  ];
}

function seedCard() {
  return [
    make("h2", {}, `Backward begins at ${root.name}`),
    text("formula", `${partial(root)} = `, make("b", {}, "1")),
    text("remark", `The derivative of ${root.name} by itself is 1: its gradient starts there. All others start at 0.`),
  ];
}

function backwardCard(t) {
  const step = steps[t - SEED - 1];
  const { from, to } = step;
  const received = receivedAt(to, t);
  const before = received.length > 1 ? received[received.length - 2].total : 0;
  const of = to.received.length;
  const complete = received.length === of;
  const uses = of === 1 ? "the only contribution: complete"
    : `contribution ${received.length} of ${of}${complete ? ": complete" : ""}`;
  const term = (sign, name, symbol, value) => make("div", { className: "term" },
    make("span", { className: "sign" }, sign), make("span", { className: "name" }, name),
    make("span", { className: "symbol" }, symbol), make("b", {}, show(value)));
  return [
    make("h2", {}, `Backward ${t - SEED} of ${steps.length}: from ${from.name} = ${from.formula} to ${to.name}`),
    make("div", { className: "product" },
      term("", "upstream gradient", partial(from), step.upstream),
      term("×", step.direct ? "direct derivative, other operands fixed" : "local derivative", local(step), step.local),
      term("=", "contribution", `to ${partial(to)}`, step.contribution)),
    make("p", { className: "total" },
      make("span", { className: "name" }, `running total of ${partial(to)}: `),
      `${show(before)} + ${operand(step.contribution)} = `, make("b", { id: "total" }, show(step.total)),
      make("span", { className: complete ? "uses complete" : "uses" }, uses)),
    ...sourceLine(from),
  ];
}

/** The line of the program that made `node`, the part that did underlined; nothing if unknown. */
function sourceLine(node) {
  if (!node.source) return [];
  const { place, text: line, start, end } = node.source;
  return [text("source", make("span", { className: "name" }, `${place}: `),
    make("code", {}, line.slice(0, start), make("mark", {}, line.slice(start, end)), line.slice(end)))];
}

/** Step t as one sentence, for a screen reader. */
function spoken(t) {
  if (t === 0) return "Start: only the leaves have values.";
  if (t < SEED) {
    const node = operations[t - 1];
    return `Forward step ${t} of ${operations.length}: ${node.name} = ${node.formula} = ${show(node.data)}.`;
  }
  if (t === SEED) return `Backward begins: the gradient of ${root.name} is 1.`;
  const step = steps[t - SEED - 1];
  const left = step.to.received.length - receivedAt(step.to, t).length;
  return `Backward step ${t - SEED} of ${steps.length}, from ${step.from.name} to ${step.to.name}: ` +
    `upstream ${show(step.upstream)} times local ${show(step.local)} is ${show(step.contribution)}. ` +
    `Running total of ${step.to.name}: ${show(step.total)}, ${left ? `${left} more to come` : "complete"}.`;
}

// The panel of a chosen node: its paths to the root

const PATHS_SHOWN = 8;

/** `secret` keeps the products back: they would give a hidden gradient away. */
function drawPaths(node, secret) {
  const panel = document.getElementById("paths");
  panel.hidden = node === null;
  if (node === null) return;
  const count = pathCounts.get(node);
  const found = node === root ? [] : pathsFrom(node, PATHS_SHOWN);
  const more = count - BigInt(found.length);
  const close = make("button", { type: "button", className: "close", onclick: closePaths }, "Close");
  const to = (t, name) => make("button", { type: "button", onclick: () => goByHand(t) }, name);
  panel.replaceChildren(
    make("h2", {}, node === root ? `${node.name} is the root` : `${node.name}: ${count.toLocaleString("en")} ${count === 1n ? "path" : "paths"} to ${root.name}`),
    close,
    ...(node.op ? [text("remark", `${node.name} = ${node.formula}`)] : []),
    ...sourceLine(node),
    make("ol", {}, ...found.map((path) => pathItem(path, secret))),
    ...(node !== root && more > 0n ? [text("remark more", `… ${more.toLocaleString("en")} more ${more === 1n ? "path" : "paths"}`)] : []),
    text("sum", `${node === root ? "" : count === 1n ? "so " : "sum over all paths: "}${partial(node)} = ${secret ? "?" : show(gradient(node))}`),
    make("p", { className: "buttons" },
      ...(node.op && !predicting ? [to(node.forward, "Its forward step")] : []),
      ...(predicting ? [] : [to(completeFrom(node), "Where its gradient is complete")])),
  );
}

function pathItem(path, secret) {
  const edges = path.along.map((step) => step.edge);
  const button = make("button", {
    type: "button",
    className: "path",
    onfocus: () => light(edges),
    onblur: lightSelected,
    onmouseenter: () => light(edges),
    onmouseleave: lightSelected,
  }, pathNames(path.along));
  if (secret) return make("li", {}, button);
  const product = path.along.length > 1 ? `${pathFactors(path.along)} = ${show(path.product)}` : show(path.product);
  return make("li", {}, button, make("span", { className: "factors" }, product));
}
