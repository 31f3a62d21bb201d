// The drawing as it is shown, as a file: SVG, or PNG at twice its size.

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight", "text-anchor", "paint-order"];

/** The drawing as an SVG of its own: what the page's style says is written into each element. */
function svgOf(svg, paper) {
  const copy = svg.cloneNode(true);
  const { x, y, width, height } = svg.viewBox.baseVal;
  copy.querySelectorAll("style, .hit").forEach((element) => element.remove());
  const [shown, copies] = [svg, copy].map((root) => root.querySelectorAll(":is(g, path, polygon, ellipse, text):not(.hit)"));
  shown.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of LOOKS) copies[i].style.setProperty(name, style.getPropertyValue(name));
    for (const name of ["class", "tabindex", "role", "id"]) copies[i].removeAttribute(name);
  });
  copy.prepend(shape("rect", { x, y, width, height, fill: paper }));
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  return new XMLSerializer().serializeToString(copy);
}

function download(url, name) {
  make("a", { href: url, download: name }).click();
}

/** Saves the drawing under a name that ends in .svg or .png. */
function savePicture(svg, paper, name) {
  const url = `data:image/svg+xml,${encodeURIComponent(svgOf(svg, paper))}`;
  if (name.endsWith(".svg")) {
    download(url, name);
    return;
  }
  const { width, height } = svg.viewBox.baseVal;
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    download(canvas.toDataURL("image/png"), name);
  };
  image.src = url;
}
