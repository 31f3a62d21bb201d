// Runs a Python program in Pyodide, the browser's Python, under Node.js:
//
//     node run.mjs PYODIDE PACKAGES PROGRAM
//
// with the folder of the npm package, a zip of Python packages, and the program's file.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodideFolder, packages, program] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodideFolder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: pyodideFolder });
python.unpackArchive(new Uint8Array(readFileSync(packages)), "zip", { extractDir: "/packages" });
python.runPython('import sys; sys.path.insert(0, "/packages"); sys.argv = ["program"]');
try {
  python.runPython(readFileSync(program, "utf8"));
} catch (error) {
  console.error(error.message); // without the line of Pyodide's own source, which is long
  process.exitCode = 1;
}
