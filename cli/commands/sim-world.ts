import { VafaError } from '#runtime/errors.ts'
import { type FaultKind, faultKinds } from '#simulators/world/faults.ts'
import { hunt } from '#simulators/world/hunt.ts'
import { runWorld, type WorldOptions, type WorldVerdict } from '#simulators/world/world.ts'

export interface WorldCommand {
  seed: number
  stores: number
  members: number
  acts: number
  faults?: string[]
  /** The share of faults that do not come alone. */
  together?: number
  /** Minutes. */
  hunt?: number
  json?: true
}

/** Replays one world, or looks for one that breaks a promise; ends with 1 where one was broken. */
export async function world(options: WorldCommand): Promise<void> {
  const { seed, stores, members, acts, together, json } = options
  const faults = options.faults?.map(faultNamed)
  const first: WorldOptions = { seed, stores, members, acts, ...(faults ? { faults } : {}), ...(together ? { together } : {}) }
  if (options.hunt === undefined) return tell(first, await runWorld(first), json)
  const end = performance.now() + options.hunt * 60_000
  let seeds = 0
  const found = await hunt({
    first,
    more: () => performance.now() < end,
    onSeed: () => {
      seeds += 1
    },
  })
  process.stdout.write(`${seeds} worlds from seed ${seed} on: ${found ? 'one broke a promise' : 'every promise was kept'}\n`)
  if (found) tell(found.world, found.verdict, json)
}

function tell(world: WorldOptions, verdict: WorldVerdict, json: true | undefined): void {
  if (verdict.broken.length > 0) process.exitCode = 1
  if (json) return void process.stdout.write(`${JSON.stringify({ world, ...verdict })}\n`)
  const { hours, sales, reversals, returns, members, papers, messages, dropped, doubled, faults } = verdict.figures
  const of = Object.entries(faults).map(([kind, times]) => `${kind} ${times}`)
  process.stdout.write(
    `${[
      commandOf(world),
      `trace ${verdict.trace}: ${hours} hours, ${sales} sales, ${reversals} undone, ${returns} returns, ${members} members, ${papers} receipts`,
      `${messages} messages came, ${dropped} were lost, ${doubled} came twice; faults: ${of.join(', ') || 'none'}`,
      ...(verdict.broken.length === 0 ? ['every promise was kept'] : verdict.broken.map((one) => `BROKEN: ${one}`)),
    ].join('\n')}\n`,
  )
}

/** What runs this very world again. */
const commandOf = ({ seed, stores, members, acts, faults, together }: WorldOptions): string =>
  `vafa sim world --seed ${seed} --stores ${stores} --members ${members} --acts ${acts}${faults ? ` --faults ${faults.join(',')}` : ''}${together ? ` --together ${together}` : ''}`

function faultNamed(name: string): FaultKind {
  const found = faultKinds.find((kind) => kind === name)
  if (found) return found
  throw new VafaError({
    key: 'fault.unknown',
    message: `there is no fault “${name}”`,
    hint: `there are ${faultKinds.join(', ')}`,
  })
}
