/**
 * One stage of a Stockham transform: m butterflies of a radix over s interleaved signals, source to destination.
 * `tw` steps through the tables cos, sin of 2 pi i / n.
 */
type Pass = (
  sr: Float64Array,
  si: Float64Array,
  dr: Float64Array,
  di: Float64Array,
  m: number,
  s: number,
  tw: number,
  cos: Float64Array,
  sin: Float64Array,
) => void;

export const pass2: Pass = (sr, si, dr, di, m, s, tw, cos, sin) => {
  for (let p = 0; p < m; p++) {
    const c = cos[p * tw] as number;
    const d = -(sin[p * tw] as number);
    const from = s * p;
    const to = s * 2 * p;
    for (let q = 0; q < s; q++) {
      const ar = sr[from + q] as number;
      const ai = si[from + q] as number;
      const br = sr[from + s * m + q] as number;
      const bi = si[from + s * m + q] as number;
      dr[to + q] = ar + br;
      di[to + q] = ai + bi;
      const xr = ar - br;
      const xi = ai - bi;
      dr[to + s + q] = xr * c - xi * d;
      di[to + s + q] = xr * d + xi * c;
    }
  }
};

export const pass3: Pass = (sr, si, dr, di, m, s, tw, cos, sin) => {
  const h = -0.5;
  const g = -Math.sqrt(3) / 2;
  for (let p = 0; p < m; p++) {
    const c1 = cos[p * tw] as number;
    const d1 = -(sin[p * tw] as number);
    const c2 = cos[2 * p * tw] as number;
    const d2 = -(sin[2 * p * tw] as number);
    const from = s * p;
    const to = s * 3 * p;
    for (let q = 0; q < s; q++) {
      const ar = sr[from + q] as number;
      const ai = si[from + q] as number;
      const br = sr[from + s * m + q] as number;
      const bi = si[from + s * m + q] as number;
      const cr = sr[from + 2 * s * m + q] as number;
      const ci = si[from + 2 * s * m + q] as number;
      const ur = br + cr;
      const ui = bi + ci;
      const vr = (br - cr) * g;
      const vi = (bi - ci) * g;
      dr[to + q] = ar + ur;
      di[to + q] = ai + ui;
      const wr = ar + h * ur;
      const wi = ai + h * ui;
      const y1r = wr - vi;
      const y1i = wi + vr;
      const y2r = wr + vi;
      const y2i = wi - vr;
      dr[to + s + q] = y1r * c1 - y1i * d1;
      di[to + s + q] = y1r * d1 + y1i * c1;
      dr[to + 2 * s + q] = y2r * c2 - y2i * d2;
      di[to + 2 * s + q] = y2r * d2 + y2i * c2;
    }
  }
};

export const pass4: Pass = (sr, si, dr, di, m, s, tw, cos, sin) => {
  const far = s * m;
  for (let p = 0; p < m; p++) {
    const c1 = cos[p * tw] as number;
    const d1 = -(sin[p * tw] as number);
    const c2 = c1 * c1 - d1 * d1;
    const d2 = 2 * c1 * d1;
    const c3 = c1 * c2 - d1 * d2;
    const d3 = c1 * d2 + d1 * c2;
    const from = s * p;
    const to = s * 4 * p;
    for (let q = 0; q < s; q++) {
      const i = from + q;
      const ar = sr[i] as number;
      const ai = si[i] as number;
      const br = sr[i + far] as number;
      const bi = si[i + far] as number;
      const cr = sr[i + 2 * far] as number;
      const ci = si[i + 2 * far] as number;
      const er = sr[i + 3 * far] as number;
      const ei = si[i + 3 * far] as number;
      const pr = ar + cr;
      const pi = ai + ci;
      const mr = ar - cr;
      const mi = ai - ci;
      const qr = br + er;
      const qi = bi + ei;
      const nr = bi - ei;
      const ni = er - br;
      const o = to + q;
      dr[o] = pr + qr;
      di[o] = pi + qi;
      const y1r = mr + nr;
      const y1i = mi + ni;
      dr[o + s] = y1r * c1 - y1i * d1;
      di[o + s] = y1r * d1 + y1i * c1;
      const y2r = pr - qr;
      const y2i = pi - qi;
      dr[o + 2 * s] = y2r * c2 - y2i * d2;
      di[o + 2 * s] = y2r * d2 + y2i * c2;
      const y3r = mr - nr;
      const y3i = mi - ni;
      dr[o + 3 * s] = y3r * c3 - y3i * d3;
      di[o + 3 * s] = y3r * d3 + y3i * c3;
    }
  }
};

/** Any odd radix, inputs k and radix - k taken together: for the odd sizes of frames that people bring. */
export function passAny(radix: number, ...[sr, si, dr, di, m, s, tw, cos, sin]: Parameters<Pass>): void {
  const n = cos.length;
  const root = n / radix;
  const half = (radix - 1) / 2;
  const sums = new Float64Array(4 * (half + 1));
  for (let p = 0; p < m; p++) {
    for (let q = 0; q < s; q++) {
      const first = s * p + q;
      const zr = sr[first] as number;
      const zi = si[first] as number;
      let totalR = zr;
      let totalI = zi;
      for (let k = 1; k <= half; k++) {
        const a = first + s * m * k;
        const b = first + s * m * (radix - k);
        const pr = (sr[a] as number) + (sr[b] as number);
        const pi = (si[a] as number) + (si[b] as number);
        sums[4 * k] = pr;
        sums[4 * k + 1] = pi;
        sums[4 * k + 2] = (si[a] as number) - (si[b] as number);
        sums[4 * k + 3] = (sr[b] as number) - (sr[a] as number);
        totalR += pr;
        totalI += pi;
      }
      const to = s * radix * p + q;
      dr[to] = totalR;
      di[to] = totalI;
      for (let out = 1; out <= half; out++) {
        let er = zr;
        let ei = zi;
        let or = 0;
        let oi = 0;
        for (let k = 1; k <= half; k++) {
          const angle = ((out * k) % radix) * root;
          const c = cos[angle] as number;
          const d = sin[angle] as number;
          er += c * (sums[4 * k] as number);
          ei += c * (sums[4 * k + 1] as number);
          or += d * (sums[4 * k + 2] as number);
          oi += d * (sums[4 * k + 3] as number);
        }
        const there = (out * p * tw) % n;
        const back = ((radix - out) * p * tw) % n;
        turn(dr, di, to + s * out, er + or, ei + oi, cos[there] as number, -(sin[there] as number));
        turn(dr, di, to + s * (radix - out), er - or, ei - oi, cos[back] as number, -(sin[back] as number));
      }
    }
  }
}

function turn(
  dr: Float64Array,
  di: Float64Array,
  at: number,
  xr: number,
  xi: number,
  c: number,
  d: number,
): void {
  dr[at] = xr * c - xi * d;
  di[at] = xr * d + xi * c;
}
