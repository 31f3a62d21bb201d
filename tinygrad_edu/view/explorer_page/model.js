"use strict";
// The data of the page, written by Python, and what the step number alone says about it.
//
// A step is a number t. Everything shown is a function of t, so stepping back, jumping and
// dragging the slider are the same thing as stepping forward: nothing has to be undone.
//
//   t = 0                  the leaves hold their numbers
//   t = 1 … SEED - 1       forward: one operation a step
//   t = SEED               ∂root/∂root = 1
//   t = SEED + 1 … LAST    backward: one contribution a step

const model = JSON.parse(document.getElementById("model").textContent);

// JSON has no nan and no inf: they come as the strings that Python prints.
const NOT_FINITE = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const number = (x) => (typeof x === "string" ? NOT_FINITE[x] : x);

const nodes = model.nodes.map((node, index) => ({
  ...node, // name, op, formula, numbers, source
  index,
  data: number(node.data),
  forward: 0, // the step that computes it; 0 for a leaf
  received: [], // the backward steps that add to its gradient
}));
const root = nodes[nodes.length - 1];

const operations = nodes.filter((node) => node.op);
operations.forEach((node, i) => {
  node.forward = i + 1;
});
const SEED = operations.length + 1;

// One step for each edge, in the order of the backward pass.
const steps = model.steps.map((step, i) => ({
  edge: step.edge,
  from: nodes[step.from],
  to: nodes[step.to],
  upstream: number(step.upstream),
  direct: step.direct,
  local: number(step.local),
  contribution: number(step.contribution),
  total: number(step.total),
  t: SEED + 1 + i,
}));
const LAST = SEED + steps.length;
steps.forEach((step) => step.to.received.push(step));

/** The contributions that `node` has received at step t. */
function receivedAt(node, t) {
  const later = node.received.findIndex((step) => step.t > t);
  return later < 0 ? node.received : node.received.slice(0, later);
}

/** The running total of ∂root/∂node at step t; null before the backward pass begins. */
function totalAt(node, t) {
  if (t < SEED) return null;
  if (node === root) return 1;
  const received = receivedAt(node, t);
  return received.length ? received[received.length - 1].total : 0;
}

/** The step from which on ∂root/∂node is complete. */
function completeFrom(node) {
  return node === root ? SEED : node.received[node.received.length - 1].t;
}

const gradient = (node) => totalAt(node, LAST);

const DIGITS = 6; // significant ones

/** A number as the formulas write it: 0.41997, −2, 1e-7, −∞. */
function show(x) {
  if (Number.isNaN(x)) return "nan";
  if (x === 0) return "0";
  return (x < 0 ? "−" : "") + magnitude(Math.abs(x));
}

function magnitude(x) {
  if (x === Infinity) return "∞";
  const withoutZeros = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const [digits, power] = x.toExponential(DIGITS - 1).split("e");
  const exponent = Number(power);
  return exponent >= -4 && exponent < DIGITS
    ? withoutZeros(x.toFixed(DIGITS - 1 - exponent))
    : `${withoutZeros(digits)}e${exponent}`;
}

/** A number inside a formula, a negative one in brackets. */
const operand = (x) => (x < 0 ? `(${show(x)})` : show(x));

/** A name after a ∂: one that reads as a formula, such as "a + b", in brackets. */
const whole = (node) => (/[\s+\-*/=]/.test(node.name) ? `(${node.name})` : node.name);

/** ∂root/∂node, as text. */
const partial = (node) => `∂${whole(root)}/∂${whole(node)}`;

/** The local derivative of a step: ∂⁺ where the operand reaches the node on other ways too. */
const local = (step) => `${step.direct ? "∂⁺" : "∂"}${whole(step.from)}/∂${whole(step.to)}`;
