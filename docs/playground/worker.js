// Python, in a thread of its own: the page stays alive while a program runs, and can end it.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const started = (async () => {
  const indexURL = new URL("./pyodide/", import.meta.url).href;
  const [python, packages] = await Promise.all([
    loadPyodide({ indexURL, packages: [] }),
    fetch("./packages.zip").then((answer) => answer.arrayBuffer()),
  ]);
  python.unpackArchive(packages, "zip", { extractDir: "/packages" });
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  const playground = python.pyimport("playground");
  const send = (text) => postMessage({ printed: text });
  const out = playground.Out(send, () => performance.now() / 1000);
  playground.use(out);
  postMessage({ ready: true });
  return { playground, out };
})();

started.catch((error) => postMessage({ failed: String(error) }));

onmessage = async ({ data: { code, language } }) => {
  const { playground, out } = await started;
  try {
    const answer = JSON.parse(playground.run(code, language));
    out.flush();
    postMessage({ answer });
  } catch (error) {
    // Python itself broke down (no memory is left, for one): the page starts another.
    postMessage({ failed: String(error.message ?? error) });
  }
};
