// A program in the address, behind the #, which no server is told: compressed, in base64 as
// addresses have it.

const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

export async function addressOf(code) {
  const packed = await through(
    new TextEncoder().encode(code),
    new CompressionStream("deflate-raw"),
  );
  const base64 = btoa(String.fromCharCode(...packed));
  const text = base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const here = new URL(location.href);
  here.hash = `code=${text}`;
  return here.href;
}

export async function codeOf(hash) {
  if (!hash.startsWith("#code=")) return null;
  try {
    const base64 = hash.slice(6).replaceAll("-", "+").replaceAll("_", "/");
    const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bytes = await through(packed, new DecompressionStream("deflate-raw"));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null; // an address that was cut on its way
  }
}
