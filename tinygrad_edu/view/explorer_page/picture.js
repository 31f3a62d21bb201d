// The drawing: which nodes are known, which edge is lit, what their numbers say.

const svg = document.querySelector("#picture svg");
const panel = document.getElementById("picture");
const nodeShapes = nodes.map((node) => document.getElementById(`node${node.index}`));
const edgeShapes = new Map(steps.map((step) => [step.edge, document.getElementById(`edge${step.edge}`)]));

const badge = svg.querySelector(".graph").appendChild(
  document.createElementNS("http://www.w3.org/2000/svg", "text"));
badge.setAttribute("class", "badge");

/** Sets the text of an element, and leaves alone one that has it already. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Gives `name` as a class to these elements and to no other of the drawing. */
function mark(name, elements) {
  const chosen = new Set(elements);
  for (const element of svg.querySelectorAll(`.${name}`)) {
    if (!chosen.has(element)) element.classList.remove(name);
  }
  for (const element of chosen) element.classList.add(name);
}

const drawn = new Map(); // by node: what was last drawn, to leave alone what does not change

function drawNode(node, known, grad) {
  const state = `${known} ${grad}`;
  if (drawn.get(node) === state) return;
  drawn.set(node, state);
  const shape = nodeShapes[node.index];
  shape.classList.toggle("unknown", !known);
  const [title, data, slope] = shape.querySelectorAll("text");
  write(title, node.heading);
  write(data, known ? `data ${show(node.data)}` : "");
  write(slope, grad && `grad ${grad}`);
  const said = [node.op ? `${node.name} = ${node.formula}` : node.name];
  said.push(known ? `value ${show(node.data)}` : "not computed yet");
  if (grad) said.push(grad === "?" ? "gradient hidden" : `gradient ${grad}`);
  shape.setAttribute("aria-label", said.join(", "));
}

/** The local derivative beside the edge that is being followed: "× (-3)"; null for none. */
function drawBadge(step) {
  badge.textContent = step ? `× ${operand(step.local)}` : "";
  if (!step) return;
  const line = edgeShapes.get(step.edge).querySelector("path");
  const middle = line.getPointAtLength(line.getTotalLength() / 2);
  badge.setAttribute("x", middle.x);
  badge.setAttribute("y", middle.y - 8);
}

// Size and position

const natural = svg.viewBox.baseVal;
const READABLE = 0.8; // CSS pixels to a unit of the drawing: below it, the text of a node is small
const LARGEST = 2;
let fitted = true; // until the reader chooses a size
let scale = 1;

function resize(to) {
  scale = Math.min(8, Math.max(0.05, to));
  svg.setAttribute("width", natural.width * scale);
  svg.setAttribute("height", natural.height * scale);
}

/** The whole graph if it is readable so; otherwise as much of it as is. */
function fit(smallest) {
  const whole = Math.min(panel.clientWidth / natural.width, panel.clientHeight / natural.height);
  resize(Math.min(LARGEST, Math.max(smallest, whole)));
}

function wireZoom() {
  const by = (factor) => () => {
    fitted = false;
    resize(scale * factor);
    follow([...svg.querySelectorAll(".to, .from")]);
  };
  document.getElementById("larger").addEventListener("click", by(1.25));
  document.getElementById("smaller").addEventListener("click", by(0.8));
  document.getElementById("fit").addEventListener("click", () => {
    fitted = false;
    fit(0);
  });
  new ResizeObserver(() => fitted && fit(READABLE)).observe(panel);
  fit(READABLE);
}

/** Brings elements into sight: all of them, or the first where they are too far apart. */
function follow(elements) {
  if (!elements.length) return;
  const inside = panel.getBoundingClientRect();
  let box = around(elements);
  if (box.right - box.left > inside.width || box.bottom - box.top > inside.height) {
    box = around(elements.slice(0, 1));
  }
  const within = box.left >= inside.left && box.right <= inside.right &&
    box.top >= inside.top && box.bottom <= inside.bottom;
  if (within) return;
  panel.scrollBy(
    (box.left + box.right - inside.left - inside.right) / 2,
    (box.top + box.bottom - inside.top - inside.bottom) / 2,
  );
}

function around(elements) {
  const boxes = elements.map((element) => element.getBoundingClientRect());
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    right: Math.max(...boxes.map((box) => box.right)),
    top: Math.min(...boxes.map((box) => box.top)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  };
}
