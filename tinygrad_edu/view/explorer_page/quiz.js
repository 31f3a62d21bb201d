// Predict mode: gradients are hidden, the learner types one in and is told right or wrong.

const revealed = new Set(); // the nodes whose gradient has been found, or given away

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

const MOST_WAYS = 12; // 2^12 subsets of them are looked at, in a few milliseconds

/**
 * The ways from a node to the root that a learner may forget: its paths or, where they are too
 * many, its edges, each for all the paths that begin with it.
 */
function waysFrom(node) {
  if (pathCounts.get(node) <= BigInt(MOST_WAYS)) return pathsFrom(node, MOST_WAYS);
  const edges = node.received.map((step) => ({ along: [step], product: step.contribution }));
  return edges.length <= MOST_WAYS ? edges : [];
}

/** The fewest ways that a wrong answer leaves out, if it is the sum over all others; else null. */
function missingWays(node, answer) {
  const ways = waysFrom(node);
  let best = null;
  for (let subset = 1; subset < 2 ** ways.length - 1; subset++) {
    const missing = ways.filter((_, i) => !(subset & (1 << i)));
    if (best && missing.length >= best.length) continue;
    const chosen = ways.filter((_, i) => subset & (1 << i));
    if (means(answer, chosen.reduce((sum, way) => sum + way.product, 0))) best = missing;
  }
  return best;
}

/** What to tell the learner: { right, text, paths }. */
function judge(node, typed) {
  const wrong = (text, paths = []) => ({ right: false, text, paths });
  const truth = gradient(node);
  const answer = readAnswer(typed);
  if (!answer) return wrong(`“${typed}” is not a number: type one such as -0.42, 3/4 or 1e-3.`);
  if (means(answer, truth)) {
    return { right: true, text: `Right: ${partial(node)} = ${show(truth)}.`, paths: [] };
  }
  const missing = missingWays(node, answer);
  if (missing) {
    const what = missing[0].along[missing[0].along.length - 1].from !== root
      ? "all the paths that begin so are missing"
      : missing.length === 1 ? "a path is missing" : `${missing.length} paths are missing`;
    const some = "is the contribution of some of the paths only";
    return wrong(`Not yet: ${show(answer.value)} ${some}; ${what}:`, missing);
  }
  if (means(answer, -truth)) return wrong("Not yet: the size is right, the sign is not.");
  if (Math.abs(answer.value - truth) < answer.unit) {
    return wrong("Close, but rounded too far: give three significant digits.");
  }
  return wrong(
    "Not yet. Add up, over all paths to the root, the product of the local derivatives along each.");
}

// The form

/** The nodes in the order in which the backward pass completes their gradients. */
const inBackwardOrder = [...nodes].sort((a, b) => completeFrom(a) - completeFrom(b));

function ask(node) {
  byId("asked").value = node.index;
  byId("answer").value = "";
  drawProgress();
}

function nextQuestion() {
  const next = inBackwardOrder.find((node) => !revealed.has(node));
  if (next) chooseNode(next);
  drawProgress();
}

function drawProgress() {
  write(byId("found"), `${revealed.size} of ${nodes.length} gradients found`);
}

function reveal(node) {
  revealed.add(node);
  render();
}

function verdict(className, text, paths = []) {
  const result = byId("verdict");
  result.className = className;
  result.replaceChildren(text, make("ul", {}, ...paths.map((path) => pathItem(path, true))));
}

function check() {
  const node = nodes[byId("asked").value];
  const { right, text, paths } = judge(node, byId("answer").value);
  if (right) {
    reveal(node);
    nextQuestion();
  }
  const end = right && revealed.size === nodes.length ? " That was the last one." : "";
  verdict(right ? "right" : "wrong", text + end, paths);
  byId("answer").focus();
}

function giveAway() {
  const node = nodes[byId("asked").value];
  reveal(node);
  nextQuestion();
  verdict("", `${partial(node)} = ${show(gradient(node))}`);
  byId("answer").focus();
}

function wireQuiz() {
  byId("asked").append(...inBackwardOrder.map((node) => new Option(node.name, node.index)));
  byId("asked").addEventListener("change", (event) => chooseNode(nodes[event.target.value]));
  // Not a form: in a notebook the page is sandboxed, and there a form may not be submitted.
  byId("check").addEventListener("click", check);
  byId("answer").addEventListener("keydown", (event) => event.key === "Enter" && check());
  byId("give").addEventListener("click", giveAway);
}
