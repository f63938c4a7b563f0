// `npm run verify:long [-- MINUTES [SEED]]`: what takes too long for every change. Prints the figures and writes them,
// with the commit they were made on, into docs/verification.json. First the mutants of the ledger's laws
// (docs/mutants.json); with 0 minutes they are all. Then the Debian packages, in a clean root (docs/packages.json);
// with `package` in the place of the minutes they are all. Then updates under a running systemd; `updates` is that alone. Then
// whole clubs in virtual time (docs/worlds.json); `world` (and a seed) is that alone, `world-small`, `world-full` and
// `world-mutants` a part of it. Last a fleet of 10,000 boxes on one club;
// `fleet` is that alone. Between them head office's page with 500 stores for ten minutes; `screens` is that alone.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { benchBacklog } from '#cli/bench/backlog.ts'
import { benchFleet } from '#cli/bench/fleet/fleet.ts'
import { benchHeadOffice } from '#cli/bench/screens/head-office.ts'
import { fleetOptions } from '#cli/commands/bench-fleet.ts'
import { tryPackage } from '#tests/long/package.ts'
import { partitionFaults, soak } from '#tests/long/soak.ts'
import { tryUpdatesUnderSystemd } from '#tests/long/updates-under-systemd.ts'
import { tryWorldMutants, tryWorlds, worldSizes } from '#tests/long/worlds.ts'
import { tryMutants } from '#tests/mutants/all.ts'

const [minutes = '10', seed = '1'] = process.argv.slice(2)
const write = (file: string, value: object) =>
  writeFileSync(fileURLToPath(new URL(`../docs/${file}`, import.meta.url)), `${JSON.stringify(value, null, 2)}\n`)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()

/** Whether the packages hold what docs/operations.md says of them. */
async function packagesHold(): Promise<boolean> {
  const packages = await tryPackage()
  process.stdout.write(`${JSON.stringify(packages, null, 2)}\n`)
  write('packages.json', { commit, packages })
  const { sales, waitingAtUpgrade, left } = packages.installed
  return packages.reproducible && sales.booked === sales.acknowledged && waitingAtUpgrade > 0 && left.length === 0
}
/** Adds a part to docs/verification.json, with the commit that it was made on. */
function note(part: object): void {
  const file = new URL('../docs/verification.json', import.meta.url)
  write('verification.json', { ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...part })
}

/** Whether ten thousand boxes are back within a minute after the club was killed, and all that they sold was booked. */
async function fleetHolds(): Promise<boolean> {
  const fleet = await benchFleet(fleetOptions(10_000))
  process.stdout.write(`${JSON.stringify(fleet, null, 2)}\n`)
  note({ fleet: { commit, ...fleet } })
  return fleet.lines.every(
    ({ storm, facts }) => storm.came === fleet.boxes && storm.online.max < 60_000 && facts.accepted === facts.sent,
  )
}
/** Whether ten minutes of lines that fail in each way leave nothing open. */
async function partitionHolds(): Promise<boolean> {
  const partition = await soak({ minutes: 10, seed: Number(seed), only: partitionFaults })
  process.stdout.write(`${JSON.stringify(partition, null, 2)}\n`)
  note({ partition: { commit, ...partition } })
  return partition.differences.length === 0 && partition.salesAcknowledged > 0
}

/** Whether a box that was away for 30 days with 200,000 facts brings all of them, and sells meanwhile. */
async function backlogHolds(): Promise<boolean> {
  const backlog = await benchBacklog({ facts: 200_000 })
  process.stdout.write(`${JSON.stringify(backlog, null, 2)}\n`)
  note({ backlog: { commit, ...backlog } })
  return backlog.booked === 100_000 && backlog.quarantined === 0
}
if (minutes === 'partition') process.exit((await partitionHolds()) ? 0 : 1)
if (minutes === 'backlog') process.exit((await backlogHolds()) ? 0 : 1)
if (minutes === 'fleet') process.exit((await fleetHolds()) ? 0 : 1)
/** Whether a box under a running systemd takes what works, and goes back from what does not. */
async function updatesHold(): Promise<boolean> {
  const updates = await tryUpdatesUnderSystemd()
  process.stdout.write(`${JSON.stringify(updates, null, 2)}\n`)
  note({ updates: { commit, ...updates } })
  return updates.sales.booked === updates.sales.acknowledged && updates.restarts > 0 && updates.bootIdIsTheMachines
}
if (minutes === 'updates') process.exit((await updatesHold()) ? 0 : 1)
/** Whether head office's page is as large after ten minutes of 2,000 updates a second as after one. */
async function screensHold(): Promise<boolean> {
  const screens = await benchHeadOffice({ stores: 500, saidPerSecond: 2_000, seconds: 600 })
  process.stdout.write(`${JSON.stringify(screens, null, 2)}\n`)
  note({ screens: { commit, ...screens } })
  return screens.heap.late < 1.1 * screens.heap.early
}
if (minutes === 'screens') process.exit((await screensHold()) ? 0 : 1)
if (minutes === 'package') process.exit((await packagesHold()) ? 0 : 1)

const worldParts = ['small', 'full', 'mutants'] as const
type WorldPart = (typeof worldParts)[number]
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Writes a part of docs/worlds.json, with the commit that it was made on. */
function noteWorlds(part: Partial<Record<WorldPart, object>>): void {
  const file = new URL('../docs/worlds.json', import.meta.url)
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {}
  write('worlds.json', { ...before, ...part })
}
/** Whether every promise was kept in worlds of one size, or every mutant was noticed. */
async function worldPartHolds(part: WorldPart, first: number): Promise<boolean> {
  if (part === 'mutants') {
    const noticed = await tryWorldMutants(say)
    noteWorlds({ mutants: { commit, noticed } })
    return noticed.every((one) => one.noticed)
  }
  const figures = await tryWorlds({ size: worldSizes[part], seed: first, worlds: part === 'full' ? 3 : 200 }, say)
  noteWorlds({ [part]: { commit, ...figures } })
  return figures.broken.length === 0
}
async function worldsHold(first: number): Promise<boolean> {
  const held = []
  for (const part of worldParts) held.push(await worldPartHolds(part, first))
  return held.every(Boolean)
}
if (minutes === 'world') process.exit((await worldsHold(Number(seed))) ? 0 : 1)
const worldPart = worldParts.find((part) => minutes === `world-${part}`)
if (worldPart) process.exit((await worldPartHolds(worldPart, Number(seed))) ? 0 : 1)

const mutants = await tryMutants(({ mutant, noticed }) =>
  process.stdout.write(`${noticed ? 'noticed' : 'NOT NOTICED'}: ${mutant}\n`),
)
write('mutants.json', { commit, mutants })
const missed = mutants.filter((one) => !one.noticed).length
if (Number(minutes) === 0) process.exit(missed === 0 ? 0 : 1)

const packaged = await packagesHold()
const updated = await updatesHold()
const shown = await screensHold()
const whole = await worldsHold(Number(seed))
const figures = await soak({ minutes: Number(minutes), seed: Number(seed) })
const result = { commit, soak: figures }
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
note(result)
const lines = await partitionHolds()
const away = await backlogHolds()
const held = await fleetHolds()
const sold = figures.differences.length === 0 && figures.salesAcknowledged > 0
process.exit(missed === 0 && packaged && updated && shown && whole && lines && away && held && sold ? 0 : 1)
