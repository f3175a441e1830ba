import { gammaln } from 'simple-statistics'
import { lnIncompleteBeta } from './incomplete-beta.ts'

/**
 * ln P(X ≥ x) for a negative binomial with this mean and dispersion φ (variance = mean + φ·mean²): the predictive
 * distribution of a Poisson count whose rate is Gamma (Gelman et al., Bayesian Data Analysis, §2.6).
 */
export function lnCountTail(x: number, mean: number, dispersion: number): number {
  if (x <= 0) return 0
  const size = 1 / Math.max(dispersion, 1e-6)
  return lnIncompleteBeta(mean / (mean + size), x, size)
}

/** The smallest count whose tail probability is at most exp(lnP). */
export function countQuantile(lnP: number, mean: number, dispersion: number): number {
  let high = Math.max(1, Math.ceil(mean))
  while (lnCountTail(high, mean, dispersion) > lnP && high < 1e12) high *= 2
  let low = 0
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (lnCountTail(middle, mean, dispersion) > lnP) low = middle
    else high = middle
  }
  return high
}

/** The range that holds the middle 90 % of such counts. */
export const countRange = (mean: number, dispersion: number) => ({
  low: Math.max(0, countQuantile(Math.log(0.95), mean, dispersion) - 1),
  high: countQuantile(Math.log(0.05), mean, dispersion) - 1,
})

const lnChoose = (n: number, k: number) => gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
const lnBeta = (a: number, b: number) => gammaln(a) + gammaln(b) - gammaln(a + b)

/** ln P(X ≥ k) of n trials, for a beta-binomial with parameters a and b (both > 0). */
export function lnShareTail(k: number, n: number, a: number, b: number): number {
  if (k <= 0) return 0
  let sum = 0
  for (let i = k; i <= n; i++) sum += Math.exp(lnChoose(n, i) + lnBeta(i + a, n - i + b) - lnBeta(a, b))
  return Math.log(Math.min(1, Math.max(sum, 1e-300)))
}

/** ln P(G ≥ x) where G is the sum of k independent unit exponentials (Erlang). */
export function lnErlangTail(x: number, k: number): number {
  if (x <= 0) return 0
  let sum = 0
  for (let i = 0; i < k; i++) sum += Math.exp(i * Math.log(x) - gammaln(i + 1) - x)
  return Math.log(Math.min(1, Math.max(sum, 1e-300)))
}

/** ln P(Z ≥ z) of a standard normal (Abramowitz & Stegun 26.2.17 near the middle, 26.2.12 far out). */
export function lnNormalTail(z: number): number {
  if (z < 0) return Math.log1p(-Math.exp(lnNormalTail(-z)))
  const density = -0.5 * z * z - 0.5 * Math.log(2 * Math.PI)
  if (z > 6) return density - Math.log(z) + Math.log1p(-1 / (z * z))
  const t = 1 / (1 + 0.2316419 * z)
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return density + Math.log(sum)
}

/**
 * Days of people go further than any model of them: nats of a model then have a stretched tail (Weibull, with an
 * exponent below 1). A power of them has the exponential one that is fitted.
 */
export const evenTail = (nats: number, exponent: number): number => Math.max(0, nats) ** exponent
