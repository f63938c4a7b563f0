// `npm run soak -- MINUTES [SEED] [partition]`: a store that sells while all that can fail does; with `partition` only lines fail.
// Prints the figures and writes them, with the commit they were made on, into docs/verification.json. As root.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { partitionFaults, soak } from '#tests/long/soak.ts'

const [minutes = '10', seed = '1', only] = process.argv.slice(2)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const figures = await soak({
  ...{ minutes: Number(minutes), seed: Number(seed) },
  ...(only === 'partition' ? { only: partitionFaults } : {}),
})
const file = new URL('../docs/verification.json', import.meta.url)
const known = JSON.parse(readFileSync(file, 'utf8')) as object
const part = { [only === 'partition' ? 'partition' : 'soak']: { commit, ...figures } }
process.stdout.write(`${JSON.stringify(part, null, 2)}\n`)
writeFileSync(file, `${JSON.stringify({ ...known, ...part }, null, 2)}\n`)
process.exit(figures.differences.length === 0 && figures.salesAcknowledged > 0 ? 0 : 1)
