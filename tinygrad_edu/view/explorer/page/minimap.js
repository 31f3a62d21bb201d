// An overview in a corner of the graph's panel, where the graph is larger than that: the whole of it,
// small, with a frame around what is in sight. The frame is dragged; the keys do the same without it.

const MAP = { wide: 150, high: 100, least: 26 }; // pixels
const BESIDE = 8; // pixels between it and the panel's edge

class Minimap {
  constructor(picture, element) {
    this.picture = picture;
    this.element = element;
    this.frame = shape("rect", { class: "frame" });
    this.map = null; // the graph in small, made when it is first needed
    this.avoided = [];
    const { panel } = picture;
    let waiting = false;
    panel.addEventListener("scroll", () => {
      if (!waiting) requestAnimationFrame(() => ((waiting = false), this.draw()));
      waiting = true;
    }, { passive: true });
    new ResizeObserver(() => {
      this.draw();
      this.avoid(this.avoided);
    }).observe(panel);
    this.wire();
  }

  /** Forgets the drawing that it shows: there is another. */
  forget() {
    this.map = null;
    this.avoided = [];
    this.draw();
  }

  /** Where the frame is, or nothing where all of the graph is in sight. */
  draw() {
    const { panel, svg, natural } = this.picture;
    const all = svg.getBoundingClientRect();
    const { clientWidth, clientHeight } = panel;
    const wasHidden = this.element.hidden;
    this.element.hidden = all.width <= clientWidth + 1 && all.height <= clientHeight + 1;
    if (this.element.hidden || !clientWidth) return;
    if (!this.map) this.make();
    const view = panel.getBoundingClientRect();
    const unit = natural.width / all.width;
    const place = {
      x: Math.max(0, view.left + panel.clientLeft - all.left) * unit,
      y: Math.max(0, view.top + panel.clientTop - all.top) * unit,
      width: Math.min(natural.width, clientWidth * unit),
      height: Math.min(natural.height, clientHeight * unit),
    };
    for (const [name, value] of Object.entries(place)) this.frame.setAttribute(name, value);
    if (wasHidden) this.avoid(this.avoided);
  }

  /** The graph as outlines, without a word. */
  make() {
    const { svg, natural } = this.picture;
    const scale = Math.min(MAP.wide / natural.width, MAP.high / natural.height);
    const [width, height] = [natural.width, natural.height].map((size) => Math.max(MAP.least, size * scale));
    const group = svg.querySelector(".graph");
    const outlines = [...group.querySelectorAll(":is(path, polygon, ellipse):not(.hit)")].filter((element) => element.parentElement !== group).map((element) => {
      const outline = element.cloneNode(false);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray"]) outline.removeAttribute(name);
      outline.setAttribute("class", element.closest(".node") ? "part" : "line");
      return outline;
    });
    this.map = shape("svg", { viewBox: `0 0 ${natural.width} ${natural.height}`, width, height, preserveAspectRatio: "none" },
      shape("g", { transform: group.getAttribute("transform") ?? "" }, ...outlines), this.frame);
    this.element.replaceChildren(this.map);
    Object.assign(this.element.style, { width: `${width}px`, height: `${height}px` });
  }

  /** Puts it into the first corner in which it hides none of these elements, if there is one. */
  avoid(elements) {
    this.avoided = elements;
    if (this.element.hidden) return;
    const { panel } = this.picture;
    const view = panel.getBoundingClientRect();
    const boxes = elements.map((element) => element.getBoundingClientRect());
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const right = panel.clientWidth - width - BESIDE;
    const bottom = panel.clientHeight - height - BESIDE;
    const hides = ([left, top]) => boxes.some((box) =>
      box.right - view.left > left && box.left - view.left < left + width &&
      box.bottom - view.top > top && box.top - view.top < top + height);
    const corners = [[right, bottom], [BESIDE, bottom], [right, BESIDE], [BESIDE, BESIDE]];
    const [left, top] = corners.find((corner) => !hides(corner)) ?? corners[0];
    Object.assign(this.element.style, { left: `${left}px`, top: `${top}px` });
  }

  /** Dragging moves what is in sight; beside the frame, that comes to where the pointer is. */
  wire() {
    const { element, picture } = this;
    let grip = null; // from the middle of the frame to the pointer
    const middle = () => {
      const box = this.frame.getBoundingClientRect();
      return { x: box.left + box.width / 2, y: box.top + box.height / 2, box };
    };
    element.addEventListener("pointerdown", (event) => {
      const { x, y, box } = middle();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      grip = inside ? [event.clientX - x, event.clientY - y] : [0, 0];
      element.setPointerCapture(event.pointerId);
      move(event);
    });
    const move = (event) => {
      if (!grip) return;
      const { panel, svg } = picture;
      const map = this.map.getBoundingClientRect();
      const along = (event.clientX - grip[0] - map.left) / map.width;
      const down = (event.clientY - grip[1] - map.top) / map.height;
      panel.scrollTo(along * svg.clientWidth - panel.clientWidth / 2, down * svg.clientHeight - panel.clientHeight / 2);
    };
    element.addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (grip = null));
  }
}
