// The player: which step we are at, and the controls that change it.

const byId = (id) => document.getElementById(id);
const edgesInto = (node) => steps.filter((step) => step.from === node);

let now = 0; // the step
let selected = null; // the node whose paths are shown
let predicting = false;
let timer = null; // while playing

/** The edges that a step follows, and the nodes that it takes from and gives to. */
function moving(t) {
  if (t > SEED) {
    const { edge, from, to } = steps[t - SEED - 1];
    return { edges: [edge], from: [from], to: [to] };
  }
  if (t === SEED) return { edges: [], from: [], to: [root] };
  if (t === 0) return { edges: [], from: [], to: [] };
  const node = operations[t - 1];
  const into = edgesInto(node);
  return { edges: into.map((step) => step.edge), from: into.map((step) => step.to), to: [node] };
}

function gradientText(node) {
  if (predicting) return revealed.has(node) ? show(gradient(node)) : "?";
  const total = totalAt(node, now);
  return total === null ? "" : show(total);
}

function render() {
  const known = predicting ? SEED - 1 : now;
  for (const node of nodes) drawNode(node, node.forward <= known, gradientText(node));
  const { edges, from, to } = predicting ? moving(0) : moving(now);
  const shapes = (list) => list.map((node) => nodeShapes[node.index]);
  document.body.classList.toggle("backward", now >= SEED);
  mark("lit", edges.map((edge) => edgeShapes.get(edge)));
  mark("from", shapes(from));
  mark("to", shapes(to));
  drawBadge(predicting ? null : steps[now - SEED - 1] ?? null);
  follow([...shapes(to), ...shapes(from)]);
  drawLedger(predicting ? LAST : now, (node) => predicting && !revealed.has(node));
  if (!predicting) followRow(now);
  drawNow(now, predicting);
  drawPaths(selected, predicting && !revealed.has(selected));
  drawControls();
}

function drawControls() {
  byId("first").disabled = byId("back").disabled = predicting || now === 0;
  byId("step").disabled = byId("last").disabled = predicting || now === LAST;
  byId("play").disabled = byId("timeline").disabled = predicting;
  byId("timeline").value = now;
  byId("timeline").setAttribute("aria-valuetext", `step ${now} of ${LAST}`);
  write(byId("count"), `${now} of ${LAST}`);
  byId("predict").setAttribute("aria-pressed", predicting);
}

/** Lights edges besides those of the step: a line of the table, a path, under hand or eye. */
function light(edges) {
  mark("path", edges.map((edge) => edgeShapes.get(edge)));
}

/** What is lit while nothing is pointed at. */
function lightSelected() {
  light(selected ? edgesAbove(selected) : []);
}

function go(t) {
  if (predicting) return;
  now = Math.min(LAST, Math.max(0, t));
  render();
  write(byId("say"), spoken(now));
}

// Play

function play() {
  if (predicting) return;
  if (now === LAST) go(0);
  timer = setTimeout(tick, Number(byId("speed").value));
  drawPlay();
}

function tick() {
  go(now + 1);
  if (now === LAST) pause();
  else timer = setTimeout(tick, Number(byId("speed").value));
}

function pause() {
  clearTimeout(timer);
  timer = null;
  drawPlay();
}

function drawPlay() {
  const paused = timer === null;
  byId("play").querySelector("path").setAttribute("d", paused ? "M4 2v12l10-6z" : "M4 2v12M11 2v12");
  write(byId("play").querySelector(".name"), paused ? "Play" : "Pause");
}

const playOrPause = () => (timer === null ? play() : pause());

/** A step that the reader makes: playing stops. */
function goByHand(t) {
  pause();
  go(t);
}

// Choosing a node

function select(node) {
  selected = node;
  mark("chosen", node ? [nodeShapes[node.index]] : []);
  byId("jump").value = node ? node.index : "";
  drawPaths(selected, predicting && !revealed.has(selected));
  lightSelected();
}

function chooseNode(node) {
  select(node);
  if (predicting) ask(node);
}

function closePaths() {
  const shape = selected && nodeShapes[selected.index];
  select(null);
  shape?.focus();
}

// Predict mode

function setPredicting(on) {
  pause();
  predicting = on;
  revealed.clear();
  select(null);
  byId("quiz").hidden = !on;
  render();
  write(byId("say"), on ? "Predict: every gradient is hidden." : spoken(now));
  if (on) {
    verdict("", "All values are known, and every gradient is hidden. Type one and press Enter.");
    nextQuestion();
    byId("answer").focus();
  }
}

// Wiring

function wireNodes() {
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", `Graph of ${root.name}: ${nodes.length} values, ${steps.length} edges`);
  for (const node of nodes) {
    const shape = nodeShapes[node.index];
    shape.setAttribute("role", "button");
    shape.setAttribute("tabindex", "-1");
    shape.addEventListener("click", () => chooseNode(node));
    shape.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      chooseNode(node);
    });
  }
  for (const step of steps) {
    edgeShapes.get(step.edge).addEventListener("click", () => goByHand(step.t));
  }
  roving(svg, nodeShapes, (shape) => follow([shape]));
}

function wireControls() {
  byId("timeline").max = LAST;
  byId("first").addEventListener("click", () => goByHand(0));
  byId("back").addEventListener("click", () => goByHand(now - 1));
  byId("play").addEventListener("click", playOrPause);
  byId("step").addEventListener("click", () => goByHand(now + 1));
  byId("last").addEventListener("click", () => goByHand(LAST));
  byId("timeline").addEventListener("input", (event) => goByHand(Number(event.target.value)));
  byId("predict").addEventListener("click", () => setPredicting(!predicting));
  byId("jump").append(new Option("…", ""), ...nodes.map((node) => new Option(node.name, node.index)));
  byId("jump").addEventListener("change", (event) => {
    const node = nodes[event.target.value];
    if (!node) return;
    goByHand(completeFrom(node));
    chooseNode(node);
  });
}

const KEYS = {
  ArrowRight: () => goByHand(now + 1),
  ArrowLeft: () => goByHand(now - 1),
  Home: () => goByHand(0),
  End: () => goByHand(LAST),
  " ": playOrPause,
  Escape: closePaths,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  // A control that has the focus keeps the keys that it uses itself.
  const { tagName, type } = event.target;
  if (event.key !== "Escape" && (tagName === "SELECT" || (tagName === "INPUT"))) return;
  if (event.key === " " && (tagName === "BUTTON" || tagName === "SUMMARY")) return;
  if (!(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});

wireNodes();
wireControls();
wireZoom();
wireQuiz();
buildLedger(goByHand, (t) => (t === null ? lightSelected() : light(moving(t).edges)));
go(0);
