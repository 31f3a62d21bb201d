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

// Near the zero of its derivative, 1 + eˣ + x would cancel: see the engine's own silu.
const SILU_ROOT = [-1.2784645427610737, -1.0946994183093437e-16, 0.2784645427610738];

function silu(x) {
  if (Math.abs(x) > 800) return x > 0 ? [x, 1] : [-0, -0];
  const s = sigmoid(x);
  if (!(x < 0)) return [x * s, s * (1 + x * sigmoid(-x))];
  const shift = x > -700 ? 0 : 512;
  const e = exp(x + shift);
  const d = x - SILU_ROOT[0] - SILU_ROOT[1];
  const slope = (e * (d + SILU_ROOT[2] * Math.expm1(d))) / ((1 + e) * (1 + e));
  return [((x * e) / (1 + e)) * exp(-shift), slope * exp(-shift)];
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

const GELU_ROOT = [-0.7517915246935645, 1.4956759177009883e-17];
const GELU_TAYLOR = (() => {
  const [root] = GELU_ROOT;
  const phi = [PEAK * exp((-root * root) / 2)];
  phi.push(-root * phi[0]);
  for (let n = 1; n < 30; n++) phi.push(-root * phi[n] - n * phi[n - 1]);
  const coefficients = [];
  for (let k = 1, factorial = 1; k < phi.length; factorial *= ++k) {
    coefficients.push((root * phi[k] + (k + 1) * phi[k - 1]) / factorial);
  }
  return coefficients;
})();

function gelu(x) {
  if (Math.abs(x) > 40) return x > 0 ? [x, 1] : [-0, -0];
  if (!(x < 0)) return [x * normal(x), normal(x) + x * timesBell(PEAK, x)];
  const tail = scaledTail(-x);
  const y = timesBell(x * tail, x);
  if (!(x > -1.4 && x < -0.3)) return [y, timesBell(tail + x * PEAK, x)];
  const d = x - GELU_ROOT[0] - GELU_ROOT[1];
  return [y, GELU_TAYLOR.reduceRight((slope, c) => (slope + c) * d, 0)];
}

function logaddexp(a, b) {
  if (a === b) return [a + Math.log(2), 0.5, 0.5];
  const y = (a > b ? a : b) + Math.log1p(exp(-Math.abs(a - b)));
  return [y, sigmoid(a - b), sigmoid(b - a)];
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
  sin: (x) => [Math.sin(x), Math.cos(x)],
  cos: (x) => [Math.cos(x), -Math.sin(x)],
  tan: (x) => [Math.tan(x), 1 + Math.tan(x) * Math.tan(x)],
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
  xlogy: (a, b) => [a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b), Math.log(b), a / b],
  logaddexp,
};
