// Folding: which groups of the graph are open. Each state has a drawing of its own, laid out by
// Graphviz in Python and packed into the page; nothing is laid out here.

const WHOLE = -1; // everything unfolded, where the graph is small enough for that

class Scenes {
  constructor(picture, model) {
    this.picture = picture;
    this.packed = model.scenes ?? [];
    this.groups = model.groups;
    this.home = []; // by node: the smallest group that it is in
    this.groups.forEach(({ values }, k) => values.forEach((i) => (this.home[i] = k)));
    this.first = model.unfolded ? WHOLE : 0;
    this.drawings = new Map([[this.first, picture.panel.querySelector("svg")]]);
    this.current = this.first;
    picture.show(this.drawings.get(this.first), this);
  }

  /** Draws the graph with group k open. */
  async open(k) {
    if (!(k in this.packed) && k !== this.first) return;
    if (!this.drawings.has(k)) this.drawings.set(k, (await unpacked(this.packed[k], "image/svg+xml")).documentElement);
    this.current = k;
    this.picture.show(this.drawings.get(k), this);
  }

  /** One step up: the group around the open one. */
  get outer() {
    return this.current === WHOLE ? 0 : this.groups[this.current].parent ?? this.first;
  }

  /** The ids that a node's drawing may have: its own, and those of the groups around it. */
  *placesOf(node) {
    yield `node${node.index}`;
    for (let k = this.home[node.index]; k !== null && k !== undefined; k = this.groups[k].parent) yield `group${k}`;
  }
}

/** A document from its packed text. */
async function unpacked(packed, type) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new DOMParser().parseFromString(await new Response(stream).text(), type);
}
