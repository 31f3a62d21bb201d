// The operations on numbers: FUNCTIONS[name](…arguments) is the value and, for each argument that may
// be a node, the local derivative. The arithmetic ones stand here, with what Python's functions of
// numbers call; those functions follow, written in JavaScript by `view/explorer/javascript.py`.

const math = {
  ...Object.fromEntries(Object.getOwnPropertyNames(Math).map((name) => [name, Math[name]])),
  fabs: Math.abs,
  copysign: (x, sign) => (sign < 0 || Object.is(sign, -0) ? -Math.abs(x) : Math.abs(x)),
  isinf: (x) => Math.abs(x) === Infinity,
  erf,
  pi: Math.PI,
  e: Math.E,
  inf: Infinity,
  nan: NaN,
};

/** The error function: its series near 0, and beyond it the continued fraction of 1 - erf(x). */
function erf(x) {
  const t = Math.abs(x);
  const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (t > 2) {
    let fraction = t;
    for (let n = 100; n > 0; n--) fraction = t + n / 2 / fraction;
    return math.copysign(1 - bell / fraction, x);
  }
  let [sum, term] = [x, x];
  for (let n = 1; n < 60; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return 2 * bell * sum;
}

/** a % b and a // b as Python has them, the remainder with the sign of b. */
const unlike = (rest, b) => rest !== 0 && rest < 0 !== b < 0;
const modulo = (a, b) => (unlike(a % b, b) ? (a % b) + b : a % b || math.copysign(a % b, b));
const quotient = (a, b) => Math.round((a - (a % b)) / b) - (unlike(a % b, b) ? 1 : 0);

const ieee = {
  exp: Math.exp,
  log: Math.log,
  divide: (x, y) => x / y,
  overflowing: (f, x) => f(x),
  // As C's pow: in JavaScript 1 ** NaN and (-1) ** Infinity are NaN.
  power: (x, n) => (n === 2 ? x * x : x === 1 || (x === -1 && Math.abs(n) === Infinity) ? 1 : x ** n),
};

const FUNCTIONS = {
  "+": (a, b) => [a + b, 1, 1],
  "-": (a, b) => [a - b, 1, -1],
  "*": (a, b) => [a * b, b, a],
  "/": (a, b) => [a / b, 1 / b, -(a / b / b)],
  "**": (a, b) => [ieee.power(a, b), accurate_power_dx(a, b), accurate_power_dn(a, b, ieee.power(a, b))],
  neg: (a) => [-a, -1],
};
