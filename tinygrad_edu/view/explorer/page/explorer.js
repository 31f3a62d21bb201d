// The explorer: which step it is at, and the controls that change it. Each is an element of its
// own, <tinygrad-explorer>, so that several can be in one document.

const SPEEDS = { slow: 3000, normal: 1500, fast: 400 };

class Explorer extends HTMLElement {
  connectedCallback() {
    // The second of a document is met before its contents have been read.
    if (this.querySelector("script")) this.begin();
    else document.addEventListener("DOMContentLoaded", () => this.begin(), { once: true });
  }

  begin() {
    if (this.graph) return; // moved in the document
    const model = JSON.parse(this.querySelector("script").textContent);
    this.graph = new Graph(model);
    this.paths = new Paths(this.graph);
    this.picture = new Picture(this.graph, this.byId("picture"), this.byId("minimap"));
    this.scenes = new Scenes(this.picture, model);
    this.now = 0; // the step
    this.selected = null; // the node whose paths are shown
    this.predicting = false;
    this.timer = null; // while playing
    this.quiz = new Quiz(this);
    this.makeTable();
    this.picture.wireZoom(this.byId("larger"), this.byId("smaller"), this.byId("fit"));
    this.inputs = new Inputs(this);
    this.wirePicture();
    this.program = new Program(this);
    this.derivation = new Derivation(this, model.derivation);
    this.training = new Training(this, model.recording ?? null);
    this.wireControls();
    this.wireKeys();
    this.drawFault();
    this.go(0);
    this.printWhole();
    // In a notebook's frame there is no address of its own.
    if (this.hasAttribute("address") && location.protocol !== "about:") this.address = new Address(this);
  }

  byId(id) {
    return this.shadowRoot.getElementById(id);
  }

  // What is shown

  isHidden(node) {
    return this.predicting && !this.quiz.revealed.has(node);
  }

  gradientText(node) {
    if (this.predicting) return this.isHidden(node) ? "?" : show(node.gradient);
    const total = this.graph.totalAt(node, this.now);
    return total === null ? "" : show(total);
  }

  render() {
    const { graph, picture, predicting, now } = this;
    const known = predicting ? graph.seed - 1 : now;
    for (const node of picture.visible) picture.draw(node, node.forward <= known, this.gradientText(node));
    for (const box of picture.boxes) picture.drawBox(box, box.node.forward <= known, this.gradientText(box.node));
    const { edges, from, to } = graph.moving(predicting ? 0 : now);
    this.byId("all").classList.toggle("backward", now >= graph.seed);
    picture.markEdges("lit", edges);
    picture.markNodes("from", from);
    picture.markNodes("to", to);
    const steps = !predicting && now > graph.seed ? contributionsAt(graph, now) : [];
    picture.drawBadge(steps.length === 1 ? steps[0] : null);
    picture.drawFlow(predicting ? 0 : now, this.byId("flow"));
    picture.followMoving();
    this.table.draw(predicting ? graph.last : now, (node) => this.isHidden(node));
    if (!predicting) this.table.follow(now);
    this.byId("now").hidden = predicting;
    this.byId("now").replaceChildren(...cardAt(graph, now));
    this.drawPaths();
    this.drawControls();
    this.working = now > graph.seed ? from : to; // the nodes whose operation is being done
    this.pointAt(null);
    if (!predicting) this.address?.write();
    // What a single step gives to is to be seen.
    if (to.length === 1 && !picture.visible.includes(to[0])) this.open(this.scenes.home[to[0].index]);
  }

  /** Draws the graph with another group open. */
  async open(k) {
    await this.scenes.open(k);
    this.wirePicture();
    this.select(this.selected);
    this.drawFault();
    this.render();
  }

  wirePicture() {
    const { picture, scenes } = this;
    picture.wire({
      chooseNode: (node) => this.chooseNode(node),
      chooseStep: (step) => this.goByHand(step.t),
      open: (k) => this.open(k),
      outer: (k) => this.open(scenes.groups[k].parent ?? scenes.first),
      pointAt: (nodes) => this.pointAt(nodes),
    });
    this.inputs.wireLeaves();
    this.byId("fold").hidden = scenes.packed.length === 0;
    this.byId("fold").disabled = scenes.current === 0;
    this.byId("unfold").hidden = scenes.packed.length === 0 || scenes.first !== WHOLE;
    this.byId("unfold").disabled = scenes.current === WHOLE;
  }

  drawPaths() {
    const panel = this.byId("paths");
    panel.hidden = this.selected === null;
    if (this.selected) panel.replaceChildren(...pathsOf(this, this.selected, this.isHidden(this.selected)));
  }

  drawControls() {
    const { graph, predicting, now } = this;
    this.byId("first").disabled = this.byId("back").disabled = predicting || now === 0;
    this.byId("step").disabled = this.byId("last").disabled = predicting || now === graph.last;
    this.byId("play").disabled = this.byId("timeline").disabled = predicting;
    this.byId("timeline").value = now;
    this.byId("timeline").setAttribute("aria-valuetext", graph.say("step {t} of {last}", { t: now, last: graph.last }));
    write(this.byId("count"), graph.say("{t} of {last}", { t: now, last: graph.last }));
    this.byId("predict").setAttribute("aria-pressed", predicting);
  }

  /** Frames the first node that is not finite, and says in the checker's words what made it so. */
  drawFault() {
    const { nodes } = this.graph;
    const fault = this.graph.faultNow();
    this.byId("fault").hidden = fault === null;
    this.picture.markNodes("fault", fault ? [nodes[fault.node]] : []);
    if (fault) write(this.byId("fault"), fault.says);
  }

  /**
   * Marks nodes wherever they are: in the graph, the program and the derivation. Where nothing is
   * pointed at, that is the chosen node, or what the step is about.
   */
  pointAt(nodes) {
    this.picture.markNodes("pointed", nodes ?? []);
    const about = nodes ?? (this.selected ? [this.selected] : this.working);
    this.program.draw(about);
    this.derivation.draw(about);
  }

  /** Lights edges besides those of the step: a line of the table, a path, under hand or eye. */
  light(edges) {
    this.picture.markEdges("path", edges);
  }

  /** What is lit while nothing is pointed at: the paths of the chosen node, the first each in its colour. */
  lightSelected() {
    const { selected, paths, picture } = this;
    this.light(selected ? paths.edgesAbove(selected) : []);
    const found = selected && selected !== this.graph.root ? paths.from(selected, PATH_COLOURS) : [];
    for (let i = 0; i < PATH_COLOURS; i++) {
      picture.markEdges(`path-${i}`, found.length > 1 ? (found[i] ?? []).map((step) => step.edge) : []);
    }
  }

  point(t) {
    if (t === null) this.lightSelected();
    else this.light(this.graph.moving(t).edges);
  }

  makeTable() {
    this.table = new Table(this.graph, this.byId("ledger"), (t) => this.goByHand(t), (t) => this.point(t));
    this.byId("timeline").max = this.graph.last;
  }

  /** Cuts the work into steps anew, and stays at what is being shown. */
  arrange() {
    const { graph, now } = this;
    const [place] = now === graph.seed ? [] : graph.moments[now];
    const atSeed = now === graph.seed;
    graph.arrange(this.byId("by").value, this.byId("skip").checked);
    this.makeTable();
    this.goByHand(atSeed ? graph.seed : place?.forward ?? place?.t ?? 0);
  }

  // Numbers

  /** Gives inputs other numbers, in pairs [input, number]; all that is shown follows. */
  setNumbers(pairs) {
    if (this.predicting || this.graph.unknown) return;
    this.graph.set(pairs);
    this.drawNumbers();
  }

  /** The same by the reader's hand: a training begins anew from there. */
  change(pairs) {
    this.setNumbers(pairs);
    this.training.restart();
  }

  resetNumbers() {
    this.graph.reset();
    this.drawNumbers();
    this.training.restart();
  }

  drawNumbers() {
    this.inputs.draw();
    if (this.byId("skip").checked) this.arrange(); // which contributions are zero has changed
    this.drawFault();
    this.render();
  }

  // Steps

  go(t) {
    if (this.predicting) return;
    this.now = Math.min(this.graph.last, Math.max(0, t));
    this.render();
    write(this.byId("say"), spoken(this.graph, this.now));
  }

  /** A step that the reader makes: playing stops. */
  goByHand(t) {
    this.pause();
    this.go(t);
  }

  play() {
    if (this.predicting) return;
    if (this.now === this.graph.last) this.go(0);
    this.wait();
    this.drawPlay();
  }

  wait() {
    this.timer = setTimeout(() => {
      this.go(this.now + 1);
      if (this.now === this.graph.last) this.pause();
      else this.wait();
    }, SPEEDS[this.byId("speed").value]);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.drawPlay();
  }

  playOrPause() {
    if (this.timer === null) this.play();
    else this.pause();
  }

  drawPlay() {
    const paused = this.timer === null;
    this.byId("play").querySelector("path").setAttribute("d", paused ? "M4 2v12l10-6z" : "M4 2v12M11 2v12");
    write(this.byId("play").querySelector(".name"), paused ? this.graph.say("Play") : this.graph.say("Pause"));
  }

  // Choosing a node

  select(node) {
    this.selected = node;
    this.byId("own").replaceChildren(...(node ? this.inputs.choose(node) : []));
    this.picture.markNodes("chosen", node ? [node] : []);
    this.byId("jump").value = node ? node.index : "";
    this.drawPaths();
    this.lightSelected();
    this.pointAt(null);
    this.address?.write();
  }

  chooseNode(node) {
    this.select(node);
    if (this.predicting) this.quiz.ask(node);
  }

  closePaths() {
    const shape = this.selected && this.picture.nodes[this.selected.index];
    this.select(null);
    shape?.focus();
  }

  /** The graph and the step alone, for a slide. */
  setBare(on) {
    this.byId("all").classList.toggle("bare", on);
    this.address?.write();
  }

  setPredicting(on) {
    this.pause();
    if (on) this.resetNumbers(); // what wrong gradients mean is known for the recorded numbers
    this.predicting = on;
    this.select(null);
    this.inputs.draw();
    this.byId("quiz").hidden = !on;
    this.quiz.revealed.clear();
    this.render();
    write(this.byId("say"), on ? this.graph.say("Predict: every gradient is hidden.") : spoken(this.graph, this.now));
    if (on) this.quiz.begin();
  }

  /** On paper stand all steps, unless somebody is predicting them. */
  printWhole() {
    let before = 0;
    window.addEventListener("beforeprint", () => {
      before = this.now;
      this.goByHand(this.graph.last);
    });
    window.addEventListener("afterprint", () => this.go(before));
  }

  // Wiring

  wireControls() {
    const { graph } = this;
    const on = (id, event, act) => this.byId(id).addEventListener(event, act);
    on("save", "change", () => {
      const paper = getComputedStyle(this.byId("all")).backgroundColor;
      savePicture(this.picture.svg, paper, `step-${this.now}.${this.byId("save").value.toLowerCase()}`);
      this.byId("save").value = "";
    });
    on("fold", "click", () => this.open(this.scenes.outer));
    on("unfold", "click", () => this.open(WHOLE));
    on("by", "change", () => this.arrange());
    on("skip", "change", () => this.arrange());
    on("first", "click", () => this.goByHand(0));
    on("back", "click", () => this.goByHand(this.now - 1));
    on("play", "click", () => this.playOrPause());
    on("step", "click", () => this.goByHand(this.now + 1));
    on("last", "click", () => this.goByHand(graph.last));
    on("timeline", "input", (event) => this.goByHand(Number(event.target.value)));
    on("predict", "click", () => this.setPredicting(!this.predicting));
    const jump = this.byId("jump");
    jump.append(new Option("…", ""), ...graph.nodes.map((node) => new Option(node.name, node.index)));
    jump.addEventListener("change", () => {
      const node = graph.nodes[jump.value];
      if (!node) return;
      this.goByHand(graph.completeFrom(node));
      this.chooseNode(node);
    });
  }

  wireKeys() {
    const keys = {
      ArrowRight: () => this.goByHand(this.now + 1),
      ArrowLeft: () => this.goByHand(this.now - 1),
      Home: () => this.goByHand(0),
      End: () => this.goByHand(this.graph.last),
      " ": () => this.playOrPause(),
      Escape: () => this.closePaths(),
      "+": () => this.picture.zoom(1.25),
      "-": () => this.picture.zoom(0.8),
      0: () => this.picture.showAll(),
      s: () => this.picture.showStep(),
      r: () => this.picture.showRoot(),
      b: () => this.setBare(!this.byId("all").classList.contains("bare")),
      f: () => this.open(this.scenes.outer),
    };
    // The only explorer of a document hears every key, one of several those that are meant for it.
    const alone = document.querySelectorAll("tinygrad-explorer").length === 1;
    (alone ? document : this).addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
      // A control that has the focus keeps the keys that it uses itself.
      const { tagName } = event.composedPath()[0];
      if (event.key !== "Escape" && (tagName === "SELECT" || tagName === "INPUT")) return;
      if (event.key === " " && (tagName === "BUTTON" || tagName === "SUMMARY")) return;
      if (!(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
  }
}

if (!customElements.get("tinygrad-explorer")) customElements.define("tinygrad-explorer", Explorer);
