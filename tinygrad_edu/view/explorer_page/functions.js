// The operations on numbers, as the engine computes them: FUNCTIONS[name](…arguments) is the value
// and, for each argument that may be a node, the local derivative.

const exp = Math.exp;
const sigmoid = (x) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)));
const softplus = (x) => (x > 0 ? x + Math.log1p(exp(-x)) : Math.log1p(exp(x)));
const sign = (x) => (x > 0 ? 1 : x < 0 ? -1 : x * x); // nan of nan
const step = (x) => (x > 0 ? 1 : x <= 0 ? 0 : x);
const share = (a, b) => (a > b ? 1 : a < b ? 0 : a === b ? 0.5 : NaN); // ∂max(a, b)/∂a

/** x ** n as C's pow: in JavaScript 1 ** NaN and (-1) ** Infinity are NaN. */
function power(x, n) {
  if (n === 2) return x * x;
  return x === 1 || (x === -1 && Math.abs(n) === Infinity) ? 1 : x ** n;
}

/** factor · y, where y is x ** n, which may be too small or large to hold its digits. */
function timesPower(factor, x, n, y) {
  if (y === 0 && Math.abs(factor) === Infinity) return 0; // x ** n shrinks faster than it grows
  const held = Math.abs(y) >= 2.2250738585072014e-308 && Math.abs(y) < Infinity;
  if (held || x === 0 || Math.abs(x) === Infinity || Math.abs(n) === Infinity || Number.isNaN(y)) return factor * y;
  const root = power(Math.abs(x), n / 2);
  return factor * root * (y < 0 || Object.is(y, -0) ? -root : root);
}

function powerByBase(x, n) {
  if (n === 0) return 0;
  const slope = timesPower(n, x, n - 1, power(x, n - 1));
  const lost = n - (n - 1 + 1); // what rounding took from n - 1
  return lost * lost > 0 && x > 0 && x < Infinity ? slope * (1 + lost * Math.log(x)) : slope;
}

const powerByExponent = (x, n, y) => (x === 0 && n >= 0 ? 0 : timesPower(Math.log(x), x, n, y));

function silu(x) {
  const t = Math.min(Math.abs(x), 1500); // where all is at its limit, and no 0 · ∞
  const root = exp(-t / 2);
  const s = 1 / (1 + root * root);
  if (x < 0) return [-t * root * s * root, (1 - t * s) * root * s * root];
  return [x * s, s * (1 + t * root * s * root)];
}

// The normal distribution, by Mills' ratio as a sum of positive terms: see the engine's own.
const H = 0.6875;
const PEAK = 0.3989422804014327; // 1/√(2π)
const MILLS = Array.from({ length: 13 }, (_, i) => ((12.5 - i) * H) ** 2).map((vv) => [vv, (H * exp(-vv / 2)) / Math.PI]);
const POLE = (2 * Math.PI) / H;

/** Φ(-t) / e^(-t²/2), for t ≥ 0. */
function scaledTail(t) {
  const total = t * MILLS.reduce((sum, [vv, weight]) => sum + weight / (t * t + vv), 0);
  return t < POLE ? total + exp((t * t) / 2) / (1 + exp(POLE * t)) : total;
}

/** factor · e^(-x²/2). */
function timesBell(factor, x) {
  if (Math.abs(x) > 40) return 0 * factor;
  const split = x * 134217729; // so that the square of the head is exact
  const head = split - (split - x);
  const q = (head * head) / 2;
  const rest = factor + factor * Math.expm1(((head - x) * (head + x)) / 2);
  return q < 512 ? rest * exp(-q) : rest * exp(512 - q) * exp(-512);
}

function normal(x) {
  if (Math.abs(x) > 40) return x < 0 ? 0 : 1;
  return x < 0 ? timesBell(scaledTail(-x), x) : 1 - timesBell(scaledTail(x), x);
}

function gelu(x) {
  if (Math.abs(x) > 40) return x > 0 ? [x, 1] : [-0, -0];
  if (!(x < 0)) return [x * normal(x), normal(x) + x * timesBell(PEAK, x)];
  const tail = scaledTail(-x);
  return [timesBell(x * tail, x), timesBell(tail + x * PEAK, x)];
}

function logaddexp(a, b) {
  if (a === b) return [a + Math.log(2), 0.5, 0.5];
  const d = a - b;
  const back = d - a;
  const rest = Math.abs(d) < Infinity ? a - (d - back) - (b + back) : 0; // what rounding took from d
  const e = exp(-Math.abs(d)) * (d > 0 ? 1 - rest : 1 + rest);
  const [more, less] = [1 / (1 + e), e / (1 + e)];
  return d > 0 ? [a + Math.log1p(e), more, less] : [b + Math.log1p(e), less, more];
}

/** The error function: its series near 0, where 1 - 2 Φ(-√2 x) would cancel. */
function erf(x) {
  if (Math.abs(x) > 2) return x > 0 ? 1 - 2 * normal(-x * Math.SQRT2) : 2 * normal(x * Math.SQRT2) - 1;
  let [sum, term] = [x, x];
  for (let n = 1; n < 60; n++) sum += (term *= (2 * x * x) / (2 * n + 1));
  return ((2 * exp(-x * x)) / Math.sqrt(Math.PI)) * sum;
}

/** x/r, y/r, x/r² and y/r², where r = √(x² + y²). */
function direction(x, y) {
  const most = Math.max(Math.abs(x), Math.abs(y));
  const scale = most < 1e-150 ? 2 ** 600 : most > 1e150 ? 2 ** -600 : 1; // by which r keeps its digits
  const r = Math.hypot(scale * x, scale * y);
  if (r === 0) return [0, 0, 0, 0];
  const [cos, sin] = [(scale * x) / r, (scale * y) / r];
  return [cos, sin, (cos / r) * scale, (sin / r) * scale];
}

const upToOne = (x) => (Math.abs(x) <= 1 ? x : NaN);
const arc = (x) => 1 / Math.sqrt((1 - upToOne(x)) * (1 + upToOne(x)));

function remainder(a, b) {
  if (b === 0) return [NaN, 1, -a / b];
  const rest = a % b; // with the sign of a
  const other = rest !== 0 && rest < 0 !== b < 0;
  return [other ? rest + b : rest, 1, (other ? 1 : 0) - Math.round((a - rest) / b)];
}

const FUNCTIONS = {
  "+": (a, b) => [a + b, 1, 1],
  "-": (a, b) => [a - b, 1, -1],
  "*": (a, b) => [a * b, b, a],
  "/": (a, b) => [a / b, 1 / b, -(a / b / b)],
  "**": (a, b) => [power(a, b), powerByBase(a, b), powerByExponent(a, b, power(a, b))],
  neg: (a) => [-a, -1],
  exp: (x) => [exp(x), exp(x)],
  log: (x) => [Math.log(x), 1 / x],
  log1p: (x) => [Math.log1p(x), 1 / (1 + x)],
  expm1: (x) => [Math.expm1(x), exp(x)],
  sqrt: (x) => [Math.sqrt(x), 0.5 / Math.sqrt(x)],
  log2: (x) => [Math.log2(x), Math.LOG2E / x],
  log10: (x) => [Math.log10(x), Math.LOG10E / x],
  sin: (x) => [Math.sin(x), Math.cos(x)],
  cos: (x) => [Math.cos(x), -Math.sin(x)],
  tan: (x) => [Math.tan(x), 1 + Math.tan(x) * Math.tan(x)],
  asin: (x) => [Math.asin(x), arc(x)],
  acos: (x) => [Math.acos(x), -arc(x)],
  atan: (x) => [Math.atan(x), 1 / Math.hypot(1, x) / Math.hypot(1, x)],
  atan2: (a, b) => [Math.atan2(a, b), direction(a, b)[3], -direction(a, b)[2]],
  sinh: (x) => [Math.sinh(x), Math.cosh(x)],
  cosh: (x) => [Math.cosh(x), Math.sinh(x)],
  asinh: (x) => [Math.asinh(x), 1 / Math.hypot(1, x)],
  acosh: (x) => [Math.acosh(x), 1 / (Math.sqrt(x - 1) * Math.sqrt(x + 1))],
  atanh: (x) => [Math.atanh(x), 1 / ((1 - x) * (1 + x))],
  erf: (x) => [erf(x), (2 / Math.sqrt(Math.PI)) * exp(-x * x)],
  hypot: (a, b) => [Math.hypot(a, b), ...direction(a, b).slice(0, 2)],
  remainder,
  tanh: (x) => {
    const e = exp(-2 * Math.abs(x));
    return [Math.tanh(x), (4 * e) / ((1 + e) * (1 + e))];
  },
  sigmoid: (x) => {
    const e = exp(-Math.abs(x));
    return [sigmoid(x), e / ((1 + e) * (1 + e))];
  },
  softplus: (x) => [softplus(x), sigmoid(x)],
  relu: (x) => [x < 0 ? 0 : x, step(x)],
  leaky_relu: (x, k) => (x <= 0 ? [k * x, k] : [x, step(x)]),
  elu: (x, k) => (x <= 0 ? [k * Math.expm1(x), k * exp(x)] : [x, step(x)]),
  gelu,
  normal_cdf: (x) => [normal(x), timesBell(PEAK, x)],
  silu,
  abs: (x) => [Math.abs(x), sign(x)],
  sign: (x) => [sign(x), 0],
  step: (x) => [step(x), 0],
  maximum: (a, b) => [a >= b || Number.isNaN(a) ? a : b, share(a, b), share(b, a)],
  minimum: (a, b) => [a <= b || Number.isNaN(a) ? a : b, share(b, a), share(a, b)],
  xlogy: (a, b) => [a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b), a === 0 && b <= 0 ? 0 : Math.log(b), a / b],
  logaddexp,
};
