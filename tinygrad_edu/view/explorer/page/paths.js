// The paths from a node to the root. The chain rule's other reading: the gradient is the sum,
// over all paths, of the product of the local derivatives along each.

class Paths {
  constructor(graph) {
    this.graph = graph;
    // How many lead from each node to the root (as BigInt: in 300 nodes there may be 2^100).
    this.counts = new Map(graph.nodes.map((node) => [node, 0n]));
    this.counts.set(graph.root, 1n);
    // In the order of the backward pass a node's count is final before it is passed on.
    for (const { from, to } of graph.steps) this.counts.set(to, this.counts.get(to) + this.counts.get(from));
  }

  /** The first `limit` paths from `node` to the root, each a list of steps, that out of `node` first. */
  from(node, limit) {
    const found = [];
    const waiting = [{ at: node, step: null, before: null }];
    while (waiting.length && found.length < limit) {
      const here = waiting.pop();
      const { at } = here;
      if (at === this.graph.root) {
        const along = [];
        for (let link = here; link.step; link = link.before) along.push(link.step);
        found.push(along.reverse());
        continue;
      }
      // Last in, first out: pushed from last to first, they are followed in backward order.
      for (const step of [...at.received].reverse()) {
        waiting.push({ at: step.from, step, before: here });
      }
    }
    return found;
  }

  /** The edges that lie on any path from `node` to the root. */
  edgesAbove(node) {
    const above = new Set([node]);
    const edges = [];
    // A node's consumers come after it in the forward order, so before it in the backward one.
    for (const step of [...this.graph.steps].reverse()) {
      if (above.has(step.to)) {
        edges.push(step.edge);
        above.add(step.from);
      }
    }
    return edges;
  }
}

/** Multiplied from the root down, as the backward pass does it; `read` may round the factors. */
function productAlong(along, read = (x) => x) {
  return along.reduceRight((product, step) => product * read(step.local), 1);
}

/** A path in words, `a → v3 → y`; the middle of a long one is left out, and said to be. */
function pathNames(graph, along) {
  return elided([along[0].to.name, ...along.map((step) => step.from.name)], " → ", (number) => graph.say("… {number} more nodes …", { number }));
}

/** Its product, `(-3) × 1 × 0.5`, in the order of the names. */
function pathFactors(graph, along) {
  return elided(along.map((step) => operand(step.local)), " × ", (number) => graph.say("… {number} more factors …", { number }));
}

/** The items; `leftOut(number)` stands for the middle of many. */
function elided(items, separator, leftOut) {
  const ENDS = 4;
  if (items.length <= 2 * ENDS + 1) return items.join(separator);
  return [...items.slice(0, ENDS), leftOut(items.length - 2 * ENDS), ...items.slice(-ENDS)].join(separator);
}
