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
  const to = (t, name) => make("button", { type: "button", onclick: () => explorer.goByHand(t) }, name);
  return [
    make("h2", {}, node === root ? `${node.name} is the root` : `${node.name}: ${count.toLocaleString("en")} ${count === 1n ? "path" : "paths"} to ${root.name}`),
    make("button", { type: "button", className: "close", onclick: () => explorer.closePaths() }, "Close"),
    ...(node.op ? [text("remark", `${node.name} = ${graph.formula(node)}`)] : []),
    ...sourceLine(node),
    make("ol", {}, ...found.map((along, i) => make("li", { className: found.length > 1 && i < PATH_COLOURS ? `path-${i}` : "" }, ...pathItem(explorer, along, secret)))),
    ...(node !== root && more > 0n ? [text("remark more", `… ${more.toLocaleString("en")} more ${more === 1n ? "path" : "paths"}`)] : []),
    text("sum", `${node === root ? "" : count === 1n ? "so " : "sum over all paths: "}${graph.partial(node)} = ${secret ? "?" : sumOf(found, more) + show(node.gradient)}`),
    make("p", { className: "buttons" },
      ...(node.op && !explorer.predicting ? [to(node.forward, "Its forward step")] : []),
      ...(explorer.predicting ? [] : [to(graph.completeFrom(node), "Where its gradient is complete")])),
  ];
}

/** The sum that a few paths make, with its sign: 0.5 + (−1.5) = . */
function sumOf(found, more) {
  if (found.length < 2 || more > 0n) return "";
  const [first, ...others] = found.map(productAlong);
  return `${[show(first), ...others.map(operand)].join(" + ")} = `;
}

function pathItem(explorer, along, secret) {
  const button = edgesButton(explorer, along.map((step) => step.edge), pathNames(along));
  if (secret) return [button];
  const product = show(productAlong(along));
  return [button, make("span", { className: "factors" }, along.length > 1 ? `${pathFactors(along)} = ${product}` : product)];
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
