// The curve of a training's losses, as a picture of a few lines.
const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 64;
const BOTTOM = 28;

function element(name, attributes, text) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const short = (x) => Number(x.toPrecision(3)).toString();

export function curve(losses, label) {
  const seen = losses.filter(Number.isFinite);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const x = (i) => LEFT + ((WIDTH - LEFT - 8) * i) / Math.max(1, losses.length - 1);
  const y = (loss) => 8 + ((HEIGHT - BOTTOM - 8) * (high - loss)) / (high - low || 1);
  const points = losses.flatMap((loss, i) =>
    Number.isFinite(loss) ? [`${x(i).toFixed(1)},${y(loss).toFixed(1)}`] : [],
  );
  const picture = element("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": label(losses.length, short(losses[0]), short(losses.at(-1))),
  });
  const end = HEIGHT - BOTTOM;
  picture.append(
    element("path", { class: "axes", d: `M${LEFT} 8V${end}H${WIDTH - 8}` }),
    element("polyline", { class: "curve", points: points.join(" ") }),
    element("text", { x: LEFT - 6, y: 16, "text-anchor": "end" }, short(high)),
    element("text", { x: LEFT - 6, y: end, "text-anchor": "end" }, short(low)),
    element("text", { x: LEFT, y: HEIGHT - 6 }, 1),
    element("text", { x: WIDTH - 8, y: HEIGHT - 6, "text-anchor": "end" }, losses.length),
  );
  return picture;
}
