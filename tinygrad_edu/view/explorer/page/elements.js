// Elements: made, written and moved between.

/** An element: make("td", { className: "n" }, "text or elements", …). Text stays text. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const text = (className, ...children) => make("p", { className }, ...children);

/** Sets the text of an element, and leaves alone one that has it already. */
function write(element, said) {
  if (element.textContent !== said) element.textContent = said;
}

/** Scrolls a panel, and nothing around it, until an element in it is in sight. */
function scrollInto(panel, element) {
  const [inside, box] = [panel, element].map((e) => e.getBoundingClientRect());
  if (box.top < inside.top) panel.scrollTop -= inside.top - box.top;
  else if (box.bottom > inside.bottom) panel.scrollTop += box.bottom - inside.bottom;
}

/**
 * Makes many elements one stop of the Tab key: ↑ and ↓ move between them. Three hundred stops
 * would put everything after them out of the keyboard's reach.
 */
function roving(container, elements, shown = () => {}) {
  const choose = (element) => {
    for (const other of elements) if (other.tabIndex === 0) other.tabIndex = -1;
    element.tabIndex = 0;
  };
  if (elements.length) choose(elements[0]);
  container.addEventListener("focusin", (event) => {
    const element = elements.find((e) => e === event.target);
    if (element) choose(element);
  });
  container.addEventListener("keydown", (event) => {
    const at = elements.indexOf(event.target);
    const to = at + { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !(to in elements)) return;
    event.preventDefault();
    elements[to].focus();
    shown(elements[to]);
  });
}
