// Runs graphviz.wasm on the WebAssembly of the page: of its bytes it makes a function that draws.
// The module expects the system calls of WASI. It is given no files, no environment and no time,
// so that the same source is the same picture; what it prints is dropped.
(bytes) => {
  const SUCCESS = 0;
  const NO_SUCH_FILE = 8; // EBADF, of WASI
  const dataView = () => new DataView(wasm.memory.buffer);
  const refuse = () => NO_SUCH_FILE;

  const system = {
    environ_get: () => SUCCESS,
    environ_sizes_get(count, size) {
      dataView().setUint32(count, 0, true);
      dataView().setUint32(size, 0, true);
      return SUCCESS;
    },
    clock_time_get(clock, precision, time) {
      dataView().setBigUint64(time, 0n, true);
      return SUCCESS;
    },
    random_get(start, length) {
      new Uint8Array(wasm.memory.buffer, start, length).fill(0);
      return SUCCESS;
    },
    fd_write(file, parts, count, written) {
      let length = 0;
      for (let i = 0; i < count; i++) length += dataView().getUint32(parts + 8 * i + 4, true);
      dataView().setUint32(written, length, true);
      return SUCCESS;
    },
    proc_exit(status) {
      throw new Error(`Graphviz stopped with status ${status}`);
    },
  };
  const module = new WebAssembly.Module(bytes);
  for (const { name } of WebAssembly.Module.imports(module)) system[name] ??= refuse;
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: system });
  const wasm = instance.exports;

  const at = (start, length) => new Uint8Array(wasm.memory.buffer, start, length);
  const copied = (text) => {
    const encoded = new TextEncoder().encode(text + "\0");
    const start = wasm.malloc(encoded.length);
    at(start, encoded.length).set(encoded);
    return start;
  };
  const textAt = (start) => {
    const rest = new Uint8Array(wasm.memory.buffer, start);
    return new TextDecoder().decode(rest.slice(0, rest.indexOf(0)));
  };

  return (source, engine) => {
    const given = [copied(source), copied("svg"), copied(engine), wasm.malloc(4)];
    try {
      const picture = wasm.graphviz_render(...given);
      if (picture === 0) throw new Error(textAt(wasm.graphviz_last_error()));
      const svg = at(picture, dataView().getUint32(given[3], true)).slice();
      wasm.graphviz_free(picture);
      return svg;
    } finally {
      given.forEach(wasm.graphviz_free);
    }
  };
};
