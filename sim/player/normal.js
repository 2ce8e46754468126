// The quantiles of the standard normal distribution, as `sim.normal` has them: M. J. Wichura's algorithm AS 241
// (Applied Statistics 37, 1988, 477-484). Quotients of polynomials, constant first.

/** A quotient of 0.180625 - (u - 0.5)^2, where |u - 0.5| <= 0.425. */
const CENTRE = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};
/** A quotient of r - 1.6, where r = sqrt(-log(min(u, 1 - u))) <= 5. */
const TAIL = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};
/** A quotient of r - 5, beyond. */
const FAR_TAIL = {
  above: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  below: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

function polynomial(coefficients, x) {
  let value = coefficients[7];
  for (let k = 6; k >= 0; k--) value = value * x + coefficients[k];
  return value;
}

const quotient = ({ above, below }, x) => polynomial(above, x) / polynomial(below, x);

/** The value that a standard normal variable falls below with probability `u` on [0, 1). */
export function normalQuantile(u) {
  const fromMiddle = u - 0.5;
  if (Math.abs(fromMiddle) <= 0.425) return fromMiddle * quotient(CENTRE, 0.180625 - fromMiddle * fromMiddle);
  if (u === 0) return -Infinity;
  const r = Math.sqrt(-Math.log(Math.min(u, 1 - u)));
  const out = r > 5 ? quotient(FAR_TAIL, r - 5) : quotient(TAIL, r - 1.6);
  return fromMiddle < 0 ? -out : out;
}
