// The editor: a text area with numbers beside its lines, of which one can be marked.

export function editor(area, gutter) {
  let marked = null;

  function number() {
    const count = area.value.split("\n").length;
    const lines = Array.from({ length: count }, (_, i) => {
      const line = document.createElement("span");
      line.textContent = i + 1;
      if (i + 1 === marked) line.className = "marked";
      return line;
    });
    gutter.replaceChildren(...lines);
    gutter.scrollTop = area.scrollTop;
  }

  function insert(text) {
    // So that the browser's own undo knows of it.
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    }
  }

  area.addEventListener("input", () => {
    marked = null;
    number();
  });
  area.addEventListener("scroll", () => {
    gutter.scrollTop = area.scrollTop;
  });
  area.addEventListener("keydown", (event) => {
    // Escape, then Tab, leaves the editor: the keyboard must not be caught in it.
    if (event.key === "Escape") area.dataset.leaving = "yes";
    else if (event.key === "Tab" && !event.shiftKey && area.dataset.leaving !== "yes") {
      event.preventDefault();
      insert("    ");
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      const before = area.value.slice(0, area.selectionStart).split("\n").at(-1);
      const indent = before.match(/^ */)[0] + (before.trimEnd().endsWith(":") ? "    " : "");
      event.preventDefault();
      insert("\n" + indent);
    } else if (event.key !== "Shift") delete area.dataset.leaving;
  });

  return {
    get code() {
      return area.value;
    },
    set code(text) {
      area.value = text;
      marked = null;
      area.scrollTop = 0;
      number();
    },
    mark(line) {
      marked = line;
      number();
      if (line !== null) {
        const height = area.scrollHeight / area.value.split("\n").length;
        const top = (line - 1) * height;
        if (top < area.scrollTop || top > area.scrollTop + area.clientHeight - 2 * height) {
          area.scrollTop = top - area.clientHeight / 2;
        }
      }
    },
  };
}
