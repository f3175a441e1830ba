import { gammaln } from 'simple-statistics'

const TINY = 1e-300
const EPSILON = 1e-12

/**
 * Natural logarithm of the regularised incomplete beta function I_x(a, b), accurate far into the tail.
 * Lentz's evaluation of the continued fraction of Abramowitz & Stegun 26.5.8.
 */
export function lnIncompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return -Infinity
  if (x >= 1) return 0
  // The fraction converges fast below this place; above it the other tail does.
  if (x <= (a + 1) / (a + b + 2)) return direct(x, a, b)
  return Math.log1p(-Math.min(1, Math.exp(direct(1 - x, b, a))))
}

function direct(x: number, a: number, b: number): number {
  const front = gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a)
  return front + Math.log(fraction(x, a, b))
}

function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = keep(1 - ((a + b) * x) / (a + 1))
  d = 1 / d
  let value = d
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / keep(1 + even * d)
    c = keep(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / keep(1 + odd * d)
    c = keep(1 + odd / c)
    const step = d * c
    value *= step
    if (Math.abs(step - 1) < EPSILON) break
  }
  return value
}

const keep = (value: number) => (Math.abs(value) < TINY ? TINY : value)
