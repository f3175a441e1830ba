import fc from 'fast-check'

/**
 * Properties draw the same inputs in every run, so that a red one is red for everybody. `PROPERTY_SEED=random` draws
 * anew, `PROPERTY_SEED=17` draws by that number, `PROPERTY_RUNS=5000` draws more: to look for what nobody thought of.
 */
const { PROPERTY_SEED = '20261123', PROPERTY_RUNS } = process.env
fc.configureGlobal({
  ...(PROPERTY_SEED === 'random' ? {} : { seed: Number(PROPERTY_SEED) }),
  ...(PROPERTY_RUNS === undefined ? {} : { numRuns: Number(PROPERTY_RUNS) }),
})

export default fc
