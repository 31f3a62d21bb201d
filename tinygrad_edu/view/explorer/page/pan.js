// Moving and scaling the drawing by hand: drag, wheel with Ctrl, two fingers. Without Ctrl the wheel
// scrolls, as it does everywhere, and so does one finger.

/** Makes the picture's panel movable; `picture.zoomAt(factor, x, y)` scales it around a point. */
function movable(picture) {
  const { panel } = picture;
  dragOf(panel);
  pinchOf(picture);
  panel.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    picture.zoomAt(2 ** (-event.deltaY / 200), event.clientX, event.clientY);
  }, { passive: false });
}

/** By mouse; a leaf is left out, since there dragging changes its number. */
function dragOf(panel) {
  let before = null;
  panel.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && !event.target.closest(".movable")) before = event;
  });
  panel.addEventListener("pointermove", (event) => {
    if (!before) return;
    panel.scrollBy(before.clientX - event.clientX, before.clientY - event.clientY);
    before = event;
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) panel.addEventListener(end, () => (before = null));
}

/** By two fingers: what is between them stays between them, and goes as far apart as they do. */
function pinchOf(picture) {
  const { panel } = picture;
  let before = null; // where their middle was, and how far apart they were
  const fingers = ({ touches: [a, b] }) => ({
    x: (a.clientX + b.clientX) / 2,
    y: (a.clientY + b.clientY) / 2,
    apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  });
  panel.addEventListener("touchstart", (event) => {
    before = event.touches.length === 2 ? fingers(event) : null;
    // A finger that is on a leaf no longer drags its number.
    if (before) for (const { target } of event.touches) target.closest(".movable")?.dispatchEvent(new PointerEvent("pointercancel"));
  }, { passive: true });
  panel.addEventListener("touchmove", (event) => {
    if (!before || event.touches.length !== 2) return;
    if (event.cancelable) event.preventDefault(); // two fingers scroll nothing
    const now = fingers(event);
    panel.scrollBy(before.x - now.x, before.y - now.y);
    picture.zoomAt(now.apart / before.apart, now.x, now.y);
    before = now;
  }, { passive: false });
  for (const end of ["touchend", "touchcancel"]) panel.addEventListener(end, () => (before = null));
}
