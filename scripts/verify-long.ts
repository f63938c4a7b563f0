// `npm run verify:long [-- MINUTES [SEED]]`: what takes too long for every change. Prints the figures and writes them,
// with the commit they were made on, into docs/verification.json.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { soak } from '#tests/long/soak.ts'

const [minutes = '10', seed = '1'] = process.argv.slice(2)
const figures = await soak({ minutes: Number(minutes), seed: Number(seed) })
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const result = { commit, soak: figures }
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
writeFileSync(fileURLToPath(new URL('../docs/verification.json', import.meta.url)), `${JSON.stringify(result, null, 2)}\n`)
process.exit(figures.differences.length === 0 && figures.salesAcknowledged > 0 ? 0 : 1)
