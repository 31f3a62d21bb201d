// A small plot of the operation of a step: its curve in one operand, the others held fixed, with the
// point where it was computed and the tangent, whose slope is the local derivative.

const [WIDE, HIGH] = [240, 150];
const SAMPLES = 120;

/** An element of a drawing. */
function shape(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The plot for a step; nothing where the point is not finite or the operation not known. */
function curveOf(graph, { from, to, place, local }) {
  const x0 = to.data;
  const y0 = from.data;
  if (!agrees(from) || ![x0, y0, local].every(Number.isFinite)) return [];
  const reach = Math.max(2, 1.5 * Math.abs(x0));
  const numbers = from.arguments.map(valueOf);
  const at = (x) => FUNCTIONS[from.op](...numbers.map((n, i) => (i === place ? x : n)))[0];
  const samples = Array.from({ length: SAMPLES + 1 }, (_, i) => x0 + reach * ((2 * i) / SAMPLES - 1)).map((x) => [x, at(x)]);
  // High enough for the curve, but a pole or an exponential does not flatten what is near the point.
  const most = 3 * Math.max(Math.abs(local) * reach, Math.abs(y0) / 2, 0.5);
  const near = samples.map(([, y]) => y).filter((y) => Math.abs(y - y0) <= most);
  const [low, high] = [Math.min(...near, y0), Math.max(...near, y0)];
  const room = 0.1 * (high - low) || 1;
  const [bottom, top] = [low - room, high + room];
  const px = (x) => (((x - x0) / reach + 1) / 2) * WIDE;
  const py = (y) => HIGH * (1 - (y - bottom) / (top - bottom));
  const line = (x1, y1, x2, y2, className) => shape("line", { x1, y1, x2, y2, class: className });
  const axes = [];
  if (Math.abs(x0) <= reach) axes.push(line(px(0), 0, px(0), HIGH, "axis"));
  if (bottom <= 0 && top >= 0) axes.push(line(0, py(0), WIDE, py(0), "axis"));
  const said = graph.say("{node} as a curve in {operand}, at {operand} = {x} with the tangent of slope {slope}", { node: from.name, operand: to.name, x: show(x0), slope: show(local) });
  return [make("figure", { className: "curve" },
    shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": said },
      ...axes,
      shape("path", { class: "graph-of", d: pathOf(samples.map(([x, y]) => [px(x), py(y)])) }),
      line(px(x0 - reach), py(y0 - local * reach), px(x0 + reach), py(y0 + local * reach), "tangent"),
      shape("circle", { cx: px(x0), cy: py(y0), r: 5 })),
    make("figcaption", {}, graph.say("slope at {operand} = {x}: ", { operand: to.name, x: show(x0) }), make("b", {}, show(local))))];
}

/** Points as a path, lifted where there is no number or the curve jumps out of sight. */
function pathOf(points) {
  let drawing = false;
  let d = "";
  const seen = (point) => point !== undefined && Number.isFinite(point[1]) && Math.abs(point[1]) < 20 * HIGH; // pixels
  points.forEach(([x, y], i) => {
    if (seen(points[i])) d += `${drawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    if (seen(points[i]) && !drawing && !seen(points[i + 1])) d += "h0"; // alone: its ends are seen
    drawing = seen(points[i]);
  });
  return d;
}
