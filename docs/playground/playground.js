// The page: an editor, a Python in a worker, and what a program gave, one view at a time.
import { addressOf, codeOf } from "./address.js";
import { curve } from "./curve.js";
import { editor } from "./editor.js";
import { language, words } from "./words.js";

const LONGEST = 200_000; // characters of output that are kept
const VIEWS = ["output", "graph", "explorer", "derivation", "losses"];

const find = (id) => document.getElementById(id);
const program = editor(find("code"), find("gutter"));
let worker = null;
let state = "loading"; // then "ready", "running"
let startedAt = 0;

function begin() {
  worker = new Worker("./worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    if (data.ready) {
      become("ready", words.ready);
      keep();
    }
    if (data.printed !== undefined) print(data.printed);
    else if (data.answer) show(data.answer);
    else if (data.failed !== undefined) restart(words.failed + data.failed);
  };
  worker.onerror = (event) => say(event.message ?? String(event));
}

// For visits without a network; not before Python is here, which has the right of way.
function keep() {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("./offline.js");
}

function restart(why) {
  worker.terminate();
  become("loading", why);
  begin();
}

function say(text) {
  find("status").textContent = text;
}

function become(next, text) {
  state = next;
  find("run").disabled = state !== "ready";
  find("stop").disabled = state !== "running";
  document.body.dataset.state = state;
  say(text);
}

function print(text) {
  // A progress bar returns to the beginning of its line and writes over it.
  const all = (find("printed").textContent + text).replaceAll(/[^\n]*\r(?=[^\n])/g, "");
  find("printed").textContent =
    all.length > LONGEST ? words.cut + all.slice(-LONGEST / 2) : all;
}

function run() {
  if (state !== "ready") return;
  program.mark(null);
  find("printed").textContent = "";
  find("shown").replaceChildren();
  find("error").textContent = "";
  for (const view of VIEWS.slice(1)) fill(view, null);
  open("output");
  startedAt = performance.now();
  become("running", words.running);
  worker.postMessage({ code: program.code, language });
}

function show({ error, shown, graph, explorer, derivation, losses, large }) {
  become("ready", words.done(((performance.now() - startedAt) / 1000).toFixed(1)));
  if (shown) find("shown").replaceChildren(showing(shown));
  if (error) {
    find("error").textContent = error.text;
    program.mark(error.line);
    if (error.line) say(`${words.line(error.line)}: ${error.text.trim().split("\n").at(-1)}`);
  } else if (!shown && !find("printed").textContent) {
    find("shown").textContent = words.nothing;
  }
  if (large) fill("graph", note(words.large(large)));
  else fill("graph", graph && ("why" in graph ? note(graph.why) : picture(graph.data)));
  fill("explorer", explorer && ("why" in explorer ? note(explorer.why) : page(explorer.data)));
  fill("derivation", derivation && ("why" in derivation ? note(derivation.why) : page(derivation.data)));
  fill("losses", losses && curve(losses, words.losses_alt));
  const bare = !error && !shown && !find("printed").textContent;
  if (bare && graph) open("graph");
}

function showing({ kind, data }) {
  if (kind === "svg") return picture(data);
  if (kind === "html") return page(data);
  const text = document.createElement("pre");
  text.textContent = data;
  return text;
}

// What a program made is shown apart from this page: a picture runs nothing, and a page runs
// without a name, so that neither can read or change what is here.
function picture(svg) {
  const image = document.createElement("img");
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  image.alt = svg.match(/aria-label="([^"]*)"/)?.[1] ?? words.graph;
  return image;
}

function page(html) {
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.srcdoc = html;
  return frame;
}

function note(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  return paragraph;
}

function fill(view, content) {
  find(view).replaceChildren(...(content ? [content] : []));
  find(`to-${view}`).hidden = !content;
}

function open(view) {
  for (const name of VIEWS) {
    find(name).hidden = name !== view;
    find(`to-${name}`).setAttribute("aria-selected", name === view);
    find(`to-${name}`).tabIndex = name === view ? 0 : -1;
  }
}

function turn(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = VIEWS.map((view) => find(`to-${view}`)).filter((tab) => !tab.hidden);
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  next.click();
  next.focus();
}

async function link() {
  const address = await addressOf(program.code);
  history.replaceState(null, "", address);
  try {
    await navigator.clipboard.writeText(address);
    say(words.copied);
  } catch {
    say(address); // no clipboard here: it is in the address bar
  }
}

function name() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = `${words.title} · tinygrad_edu`;
  for (const part of document.querySelectorAll("[data-word]")) {
    part.textContent = words[part.dataset.word];
  }
  find("code").setAttribute("aria-label", words.code);
  find("examples").setAttribute("aria-label", words.examples);
}

async function main() {
  name();
  become("loading", words.loading);
  const examples = await (await fetch("./examples.json")).json();
  for (const [i, example] of examples.entries()) {
    find("examples").append(new Option(example.title[language], i));
  }
  find("examples").addEventListener("change", (event) => {
    program.code = examples[event.target.value].code[language];
  });
  program.code = (await codeOf(location.hash)) ?? examples[0].code[language];
  window.addEventListener("hashchange", async () => {
    const code = await codeOf(location.hash);
    if (code !== null) program.code = code;
  });
  find("run").addEventListener("click", run);
  find("stop").addEventListener("click", () => restart(words.stopped));
  find("link").addEventListener("click", link);
  for (const view of VIEWS) {
    find(`to-${view}`).addEventListener("click", () => open(view));
    find(`to-${view}`).addEventListener("keydown", turn);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  begin();
}

main();
