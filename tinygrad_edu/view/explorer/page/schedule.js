// How the work is cut into steps: an edge, a node or a layer at a time, with or without the
// contributions that are zero. A step is a number t, and everything shown is a function of t, so
// stepping back, jumping and dragging the slider are the same as stepping forward.
//
//   t = 0                  the leaves hold their numbers
//   t = 1 … seed - 1       forward: the operations moments[t]
//   t = seed               ∂root/∂root = 1
//   t = seed + 1 … last    backward: the contributions moments[t], each along an edge

/** Gives graph.moments, graph.seed and graph.last, node.forward and step.t. */
function arrange(graph, by, skipZeros) {
  const { nodes, operations, steps } = graph;
  for (const node of nodes) node.height = Math.max(0, ...node.arguments.map((x) => ("number" in x ? 0 : x.height + 1)));
  graph.root.depth = 0;
  for (const node of nodes) if (node !== graph.root) node.depth = 0;
  for (const { from, to } of steps) to.depth = Math.max(to.depth, from.depth + 1);
  const layers = by === "layer";
  const forward = grouped(operations, layers ? (node) => node.height : (node) => node);
  const backward = grouped(steps, layers ? (step) => step.from.depth : by === "node" ? (step) => step.from : (step) => step);
  if (layers) {
    forward.sort(([a], [b]) => a.height - b.height);
    backward.sort(([a], [b]) => a.from.depth - b.from.depth);
  }
  const kept = skipZeros ? merged(backward) : backward;
  graph.moments = [[], ...forward, [], ...kept];
  graph.seed = forward.length + 1;
  graph.last = graph.seed + kept.length;
  forward.forEach((group, i) => group.forEach((node) => (node.forward = i + 1)));
  kept.forEach((group, i) => group.forEach((step) => (step.t = graph.seed + 1 + i)));
}

/** The items in lists of those with the same key, in the order in which the keys are met. */
function grouped(items, key) {
  const groups = new Map();
  for (const item of items) {
    if (!groups.has(key(item))) groups.set(key(item), []);
    groups.get(key(item)).push(item);
  }
  return [...groups.values()];
}

const isZero = (step) => step.contribution === 0;

/** The groups, those that only pass zeros on made part of the one before, or of the next. */
function merged(groups) {
  const kept = [];
  let waiting = [];
  for (const group of groups) {
    if (group.every(isZero)) (kept.at(-1) ?? waiting).push(...group);
    else {
      kept.push([...waiting, ...group]);
      waiting = [];
    }
  }
  return waiting.length ? [waiting] : kept;
}

/** What a backward step is about: its contributions, without the zeros that it takes along. */
function contributionsAt(graph, t) {
  const group = graph.moments[t];
  const telling = group.filter((step) => !isZero(step));
  return telling.length ? telling : group;
}
