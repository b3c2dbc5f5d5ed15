/** The standard normal distribution in double precision. */

const invSqrt2Pi = 0.3989422804014327;

export function normalPdf(z: number): number {
  return invSqrt2Pi * Math.exp(-0.5 * z * z);
}

/**
 * Hart's rational approximation (algorithm 5666 of "Computer Approximations", 1968) of P(Z > x)/e^(−x²/2), 0 ≤ x < 5√2;
 * written out because the search evaluates it millions of times.
 */
function hart(x: number): number {
  const top =
    (((((3.52624965998911e-2 * x + 0.700383064443688) * x + 6.37396220353165) * x + 33.912866078383) * x +
      112.079291497871) *
      x +
      221.213596169931) *
      x +
    220.206867912376;
  const bottom =
    ((((((8.83883476483184e-2 * x + 1.75566716318264) * x + 16.064177579207) * x + 86.7807322029461) * x +
      296.564248779674) *
      x +
      637.333633378831) *
      x +
      793.826512519948) *
      x +
    440.413735824752;
  return top / bottom;
}

/** P(Z ≤ z), accurate to about 1e-14 relative to the tail it falls into. */
export function normalCdf(z: number): number {
  const x = Math.abs(z);
  if (x > 37) return z > 0 ? 1 : 0;
  const e = Math.exp(-0.5 * x * x);
  let tail: number;
  if (x < 7.07106781186547) {
    tail = e * hart(x);
  } else {
    // Laplace's continued fraction, from the inside out.
    let fraction = x;
    for (let k = 20; k >= 1; k--) fraction = x + k / fraction;
    tail = (e * invSqrt2Pi) / fraction;
  }
  return z > 0 ? 1 - tail : tail;
}

/** z Φ(z) + φ(z): how much a standard normal variable falls short of z on average. */
export function normalShortfall(z: number): number {
  const x = Math.abs(z);
  const e = Math.exp(-0.5 * x * x);
  if (x >= 7.07106781186547) {
    // Laplace's fraction again, arranged so that nothing cancels: ψ(−x) = φ(x) g/(x + g), g = 1/(x + 2/(x + 3/…)).
    let g = 0;
    for (let k = 12; k >= 1; k--) g = k / (x + g);
    const beyond = (invSqrt2Pi * e * g) / (x + g);
    return z > 0 ? z + beyond : beyond;
  }
  const tail = e * hart(x);
  return z * (z > 0 ? 1 - tail : tail) + invSqrt2Pi * e;
}

/** The z with P(Z ≤ z) = p, for p in (0, 1): Halley steps from a logistic guess. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  let z = Math.max(-8.2, 0.5513288954217921 * Math.log(p / (1 - p)));
  for (let i = 0; i < 60; i++) {
    const density = normalPdf(z);
    if (density === 0) break;
    const error = (normalCdf(z) - p) / density;
    const step = error / (1 + 0.5 * z * error);
    z -= step;
    if (Math.abs(step) < 1e-14 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}
