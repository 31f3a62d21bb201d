// Training in the page: gradient descent on the graph as it stands, its parameters being what moves.
// Epoch k is the list of the parameters' numbers after k updates; to go to one is to set them.

const MOST_EPOCHS = 5000;

class Training {
  constructor(explorer, recording) {
    this.explorer = explorer;
    this.graph = explorer.graph;
    this.recording = recording; // of a run of `fit`: only looked at
    for (const name of ["epoch", "losses", "run", "update", "rate", "epochs"]) this[name] = explorer.byId(name);
    const moving = this.graph.inputs.filter(({ node, place }) => place === null && node.parameter);
    const byNode = new Map(moving.map((input) => [input.node.index, input]));
    this.parameters = recording ? recording.nodes.map((i) => byNode.get(i)) : moving;
    this.panel = explorer.byId("training");
    this.panel.hidden = this.parameters.length === 0 || this.graph.unknown !== null;
    if (this.panel.hidden) return;
    this.update.addEventListener("click", () => this.step());
    this.run.addEventListener("click", () => (this.running ? this.stop() : this.start()));
    this.epoch.addEventListener("input", () => this.go(Number(this.epoch.value)));
    explorer.byId("rates").hidden = this.update.hidden = this.run.hidden = recording !== null;
    this.restart();
  }

  /** Begins anew from the numbers that the graph has now. */
  restart() {
    if (this.panel.hidden) return;
    this.stop();
    const { recording } = this;
    this.weights = recording ? recording.weights.map((list) => list.map(number)) : [this.parameters.map((input) => this.graph.read(input))];
    this.values = recording ? recording.losses.map(number) : [this.graph.root.data];
    this.numbers = recording?.epochs ?? null;
    this.at = this.weights.length - 1;
    this.draw();
  }

  /** One update: w ← w − lr · ∂L/∂w, for all at once. */
  step() {
    const rate = readAnswer(this.rate.value)?.value;
    this.rate.setAttribute("aria-invalid", !(rate >= 0));
    if (!(rate >= 0)) return this.stop();
    // From an epoch in the middle another run begins.
    this.weights.length = this.values.length = this.at + 1;
    const next = this.parameters.map((input) => this.graph.read(input) - rate * input.node.gradient);
    this.weights.push(next);
    this.show(this.at + 1);
    this.values.push(this.graph.root.data);
    this.draw();
    if (!next.every(Number.isFinite) || !Number.isFinite(this.graph.root.data) || this.at >= MOST_EPOCHS) this.stop();
    return undefined;
  }

  /** Shows epoch k of those that have been run. */
  go(k) {
    this.stop();
    this.show(k);
    this.draw();
  }

  show(k) {
    this.at = k;
    this.explorer.setNumbers(this.parameters.map((input, i) => [input, this.weights[k][i]]));
  }

  start() {
    this.running = true;
    write(this.run, this.graph.say("Stop"));
    const next = () => {
      if (!this.running) return;
      this.step();
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  stop() {
    this.running = false;
    write(this.run, this.graph.say("Run"));
  }

  draw() {
    const last = this.weights.length - 1;
    const count = (k) => this.numbers?.[k] ?? k;
    this.epoch.max = last;
    this.epoch.value = this.at;
    const at = { epoch: count(this.at), last: count(last) };
    const epoch = this.graph.say("epoch {epoch} of {last}", at);
    this.epoch.setAttribute("aria-valuetext", epoch);
    const loss = this.values[this.at];
    write(this.epochs, loss === undefined ? epoch : this.graph.say("epoch {epoch} of {last}, loss {loss}", { ...at, loss: show(loss) }));
    this.losses.replaceChildren(...lossCurve(this.graph, this.values, this.at, last));
  }
}

/** The losses as a curve, a gap where one is not finite, with a line at the epoch that is shown. */
function lossCurve(graph, values, at, last) {
  const [wide, high] = [520, 70];
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [];
  const [low, top] = [Math.min(0, ...finite), Math.max(...finite)];
  const px = (k) => 4 + ((wide - 8) * k) / Math.max(1, last);
  const py = (y) => high - 4 - ((high - 8) * (y - low)) / (top - low || 1);
  const gaps = values.flatMap((y, k) => (Number.isFinite(y) ? [] : [shape("line", { class: "gap", x1: px(k), x2: px(k), y1: 0, y2: high })]));
  const points = values.map((y, k) => [px(k), py(y)]);
  const dot = Number.isFinite(values[at]) ? [shape("circle", { cx: px(at), cy: py(values[at]), r: 4 })] : [];
  const said = graph.say("Loss over {last} epochs, from {first} to {end}; the highest is {top}", { last, first: show(values[0]), end: show(values.at(-1)), top: show(top) });
  return [shape("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": said },
    ...gaps, shape("path", { class: "graph-of", d: pathOf(points) }),
    shape("line", { class: "axis", x1: px(at), x2: px(at), y1: 0, y2: high }), ...dot),
  text("remark", graph.say("highest loss {top}, bottom {low}", { top: show(top), low: show(low) }))];
}
