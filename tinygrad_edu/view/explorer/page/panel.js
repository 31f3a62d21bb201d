// The panel of a chosen node: its paths to the root, and their sum.

const PATHS_SHOWN = 8;
const PATH_COLOURS = 4; // the paths that have a colour of their own, if there are several

/** The panel's contents; `secret` keeps the products back, which would give a hidden gradient away. */
function pathsOf(explorer, node, secret) {
  const { graph, paths } = explorer;
  const { root } = graph;
  const count = paths.counts.get(node);
  const found = node === root ? [] : paths.from(node, PATHS_SHOWN);
  const more = count - BigInt(found.length);
  const sum = `${graph.partial(node)} = ${secret ? "?" : sumOf(found, more, node.gradient) + show(node.gradient)}`;
  const to = (t, name) => make("button", { type: "button", onclick: () => explorer.goByHand(t) }, name);
  return [
    make("h2", {}, node === root ? graph.say("{node} is the root", { node: node.name })
      : count === 1n ? graph.say("{node}: 1 path to {root}", { node: node.name, root: root.name })
      : graph.say("{node}: {number} paths to {root}", { node: node.name, number: count.toLocaleString("en"), root: root.name })),
    make("button", { type: "button", className: "close", onclick: () => explorer.closePaths() }, graph.say("Close")),
    ...(node.op ? [text("remark", `${node.name} = ${graph.formula(node)}`)] : []),
    ...sourceLine(node),
    make("ol", {}, ...found.map((along, i) => make("li", { className: found.length > 1 && i < PATH_COLOURS ? `path-${i}` : "" }, ...pathItem(explorer, along, secret)))),
    ...(node !== root && more > 0n ? [text("remark more", more === 1n ? graph.say("… 1 more path") : graph.say("… {number} more paths", { number: more.toLocaleString("en") }))] : []),
    text("sum", node === root ? sum : count === 1n ? graph.say("so {sum}", { sum }) : graph.say("sum over all paths: {sum}", { sum })),
    make("p", { className: "buttons" },
      ...(node.op && !explorer.predicting ? [to(node.forward, graph.say("Its forward step"))] : []),
      ...(explorer.predicting ? [] : [to(graph.completeFrom(node), graph.say("Where its gradient is complete"))])),
  ];
}

/** The sum that a few paths make, with its sign: 0.5 + (−1.5) = . */
function sumOf(found, more, total) {
  if (found.length < 2 || more > 0n) return "";
  const products = found.map((along) => productAlong(along));
  const [first, ...others] = products;
  const given = products.map(asShown).reduce((a, b) => a + b);
  return `${[show(first), ...others.map(operand)].join(" + ")} ${relation(total, given)} `;
}

function pathItem(explorer, along, secret) {
  const button = edgesButton(explorer, along.map((step) => step.edge), pathNames(explorer.graph, along));
  if (secret) return [button];
  const product = productAlong(along);
  const sign = relation(product, productAlong(along, asShown));
  return [button, make("span", { className: "factors" }, along.length > 1 ? `${pathFactors(explorer.graph, along)} ${sign} ${show(product)}` : show(product))];
}

/** A button that lights edges while it is pointed at or has the focus. */
function edgesButton(explorer, edges, name) {
  return make("button", {
    type: "button",
    className: "path",
    onfocus: () => explorer.light(edges),
    onblur: () => explorer.lightSelected(),
    onmouseenter: () => explorer.light(edges),
    onmouseleave: () => explorer.lightSelected(),
  }, name);
}
