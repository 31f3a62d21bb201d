// The state of the page in its address, #step=8&a=1.2, so that a moment can be sent to somebody.

const SETTLED = 300; // milliseconds after which a change is written: a drag is not kept whole

/** What an input is called in the address: its leaf's name, or that of the node with its place. */
const keyOf = ({ node, place }) => (place === null ? node.name : `${node.name}@${place + 1}`);

class Address {
  constructor(explorer) {
    this.explorer = explorer;
    this.read();
    window.addEventListener("hashchange", () => this.read());
  }

  /** Goes to the state that the address names; what it does not know it leaves alone. */
  read() {
    const said = new URLSearchParams(location.hash.slice(1));
    if ([...said].length === 0) return;
    const { explorer } = this;
    const { graph } = explorer;
    explorer.byId("by").value = ["node", "layer"].includes(said.get("by")) ? said.get("by") : "edge";
    explorer.byId("skip").checked = said.has("skip");
    explorer.arrange();
    const numbers = graph.inputs.filter((input) => said.has(keyOf(input)));
    explorer.resetNumbers();
    explorer.change(numbers.map((input) => [input, Number(said.get(keyOf(input)))]));
    explorer.select(graph.nodes.find(({ name }) => name === said.get("node")) ?? null);
    explorer.byId("all").classList.toggle("bare", said.has("bare"));
    if (said.has("open")) explorer.open(Number(said.get("open")));
    explorer.goByHand(Math.round(Number(said.get("step"))) || 0);
  }

  /** Writes the state, some time after the last change. */
  write() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { graph, now, selected } = this.explorer;
      const said = new URLSearchParams({ step: now });
      const [by, skip] = graph.cut;
      if (by !== "edge") said.set("by", by);
      if (skip) said.set("skip", "1");
      const { current, first } = this.explorer.scenes;
      if (current !== first) said.set("open", current);
      if (this.explorer.byId("all").classList.contains("bare")) said.set("bare", "1");
      if (selected) said.set("node", selected.name);
      for (const input of graph.changed) said.set(keyOf(input), graph.read(input));
      history.replaceState(null, "", `#${said}`);
    }, SETTLED);
  }
}
