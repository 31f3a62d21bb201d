// The paths from a node to the root. The chain rule's other reading: the gradient is the sum,
// over all paths, of the product of the local derivatives along each.

/** How many paths lead from each node to the root (as BigInt: in 300 nodes there may be 2^100). */
const pathCounts = (() => {
  const counts = new Map(nodes.map((node) => [node, 0n]));
  counts.set(root, 1n);
  // In the order of the backward pass a node's count is final before it is passed on.
  for (const step of steps) counts.set(step.to, counts.get(step.to) + counts.get(step.from));
  return counts;
})();

/**
 * The first `limit` paths from `node` to the root, each a list of steps with the step out of
 * `node` first, and the product of their local derivatives.
 */
function pathsFrom(node, limit) {
  const found = [];
  const waiting = [{ at: node, along: [] }];
  while (waiting.length && found.length < limit) {
    const { at, along } = waiting.pop();
    if (at === root) {
      found.push({ along, product: productAlong(along) });
      continue;
    }
    // Last in, first out: pushed from last to first, they are followed in backward order.
    for (const step of [...at.received].reverse()) {
      waiting.push({ at: step.from, along: [...along, step] });
    }
  }
  return found;
}

/** Multiplied from the root down, as the backward pass does it. */
function productAlong(along) {
  return along.reduceRight((product, step) => product * step.local, 1);
}

/** The edges that lie on any path from `node` to the root. */
function edgesAbove(node) {
  const above = new Set([node]);
  const edges = [];
  // A node's consumers come after it in the forward order, so before it in the backward one.
  for (const step of [...steps].reverse()) {
    if (above.has(step.to)) {
      edges.push(step.edge);
      above.add(step.from);
    }
  }
  return edges;
}

/** A path in words, `a → v3 → y`; the middle of a long one is left out, and said to be. */
function pathNames(along) {
  return elided([along[0].to.name, ...along.map((step) => step.from.name)], " → ", "nodes");
}

/** Its product, `(-3) × 1 × 0.5`, in the order of the names. */
function pathFactors(along) {
  return elided(along.map((step) => operand(step.local)), " × ", "factors");
}

function elided(items, separator, what) {
  const ENDS = 4;
  if (items.length <= 2 * ENDS + 1) return items.join(separator);
  const middle = `… ${items.length - 2 * ENDS} more ${what} …`;
  return [...items.slice(0, ENDS), middle, ...items.slice(-ENDS)].join(separator);
}
