// Moving and scaling the drawing by hand: drag, wheel with Ctrl, two fingers. Without Ctrl the wheel
// scrolls, as it does everywhere.

/** Makes the picture's panel movable; `picture.zoomAt(factor, x, y)` scales it around a point. */
function movable(picture) {
  const { panel } = picture;
  const touching = new Map(); // the pointers that are down, by their id
  const apart = () => {
    const [a, b] = [...touching.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  panel.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".movable")) return; // a leaf: there, dragging changes its number
    touching.set(event.pointerId, event);
  });
  panel.addEventListener("pointermove", (event) => {
    const before = touching.get(event.pointerId);
    if (!before) return;
    const distance = touching.size === 2 ? apart() : 0;
    touching.set(event.pointerId, event);
    if (distance > 0) {
      const [a, b] = [...touching.values()];
      picture.zoomAt(apart() / distance, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
    } else if (event.pointerType === "mouse") { // a finger scrolls by itself
      panel.scrollBy(before.clientX - event.clientX, before.clientY - event.clientY);
    }
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    panel.addEventListener(end, (event) => touching.delete(event.pointerId));
  }
  panel.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    picture.zoomAt(2 ** (-event.deltaY / 200), event.clientX, event.clientY);
  }, { passive: false });
}
