// `npm run verify:long [-- MINUTES [SEED]]`: what takes too long for every change. Prints the figures and writes them,
// with the commit they were made on, into docs/verification.json. First the mutants of the ledger's laws
// (docs/mutants.json); with 0 minutes they are all.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { soak } from '#tests/long/soak.ts'
import { tryMutants } from '#tests/mutants/all.ts'

const [minutes = '10', seed = '1'] = process.argv.slice(2)
const write = (file: string, value: object) =>
  writeFileSync(fileURLToPath(new URL(`../docs/${file}`, import.meta.url)), `${JSON.stringify(value, null, 2)}\n`)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()

const mutants = await tryMutants(({ mutant, noticed }) =>
  process.stdout.write(`${noticed ? 'noticed' : 'NOT NOTICED'}: ${mutant}\n`),
)
write('mutants.json', { commit, mutants })
const missed = mutants.filter((one) => !one.noticed).length
if (Number(minutes) === 0) process.exit(missed === 0 ? 0 : 1)

const figures = await soak({ minutes: Number(minutes), seed: Number(seed) })
const result = { commit, soak: figures }
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
write('verification.json', result)
process.exit(missed === 0 && figures.differences.length === 0 && figures.salesAcknowledged > 0 ? 0 : 1)
