import { type FaultKind, faultKinds } from './faults.ts'
import { runWorld, type WorldOptions, type WorldVerdict } from './world.ts'

export interface Found {
  /** The smallest world that still breaks the promise, and what it says. */
  world: WorldOptions & { faults: readonly FaultKind[] }
  verdict: WorldVerdict
}

/**
 * Runs one seed after the other until `more` says no; the first that breaks a promise is made smaller (fewer acts,
 * stores, members, kinds of faults) for as long as it still breaks one. Undefined where none did.
 */
export async function hunt(options: {
  first: WorldOptions
  more(): boolean
  onSeed?(world: WorldOptions, verdict: WorldVerdict): void
}): Promise<Found | undefined> {
  const { first, more, onSeed } = options
  for (let { seed } = first; more(); seed++) {
    const world = { ...first, seed }
    const verdict = await runWorld(world)
    onSeed?.(world, verdict)
    if (verdict.broken.length > 0) return shrink({ world: { ...world, faults: first.faults ?? faultKinds }, verdict })
  }
  return undefined
}

/** Takes away what is not needed, one thing after the other, until nothing more can go. */
export async function shrink(found: Found): Promise<Found> {
  let best = found
  const attempt = async (smaller: Partial<Found['world']>): Promise<boolean> => {
    const world = { ...best.world, ...smaller }
    const verdict = await runWorld(world)
    if (verdict.broken.length === 0) return false
    best = { world, verdict }
    return true
  }
  for (let again = true; again; ) {
    again = false
    for (const kind of best.world.faults)
      if (await attempt({ faults: best.world.faults.filter((one) => one !== kind) })) again = true
    if (best.world.stores > 1 && (await attempt({ stores: best.world.stores - 1 }))) again = true
    for (const name of ['acts', 'members'] as const)
      for (const part of [0.5, 0.8, 0.95]) {
        const fewer = Math.floor(best.world[name] * part)
        if (fewer >= 1 && fewer < best.world[name] && (await attempt({ [name]: fewer }))) {
          again = true
          break
        }
      }
  }
  return best
}
