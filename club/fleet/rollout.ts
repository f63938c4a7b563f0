import type { StoreState } from '#protocol/state.ts'
import type { UpdateManifest } from '#protocol/update.ts'

/** How far an update is over the stores. */
export interface Rollout {
  /** Index into the manifest's stages. */
  stage: number
  /** Why no further store gets it; absent while it goes on. */
  halted?: string | undefined
  /** Stores whose trouble somebody has seen and let pass. */
  passed: readonly string[]
}

export type StoreProgress = 'waits' | 'has its turn' | 'done' | 'away' | 'in trouble'

export interface StoreLine {
  store: string
  stage: string
  progress: StoreProgress
  version?: string
  reason?: string
}

/** The stores of each stage: one without stores is of all the others. */
export function stagesOf(manifest: UpdateManifest, stores: readonly string[]): { name: string; stores: readonly string[] }[] {
  const known = new Set(stores)
  const named = new Set(manifest.stages.flatMap((stage) => stage.stores))
  return manifest.stages.map(({ name, stores: own }) => ({
    name,
    stores: own.length > 0 ? own.filter((store) => known.has(store)) : stores.filter((store) => !named.has(store)),
  }))
}

interface Seen {
  manifest: UpdateManifest
  stores: readonly string[]
  stateOf(store: string): StoreState | undefined
}

export function progressOf(rollout: Rollout, { manifest, stores, stateOf }: Seen): StoreLine[] {
  return stagesOf(manifest, stores).flatMap((stage, index) =>
    stage.stores.map((store): StoreLine => {
      const state = stateOf(store)
      const { update, version } = state ?? {}
      const own = update?.id === manifest.id ? update : undefined
      const line = { store, stage: stage.name, ...(version === undefined ? {} : { version }) }
      // Whoever has it and says so; one that was installed by hand has proved itself to somebody.
      if (version === manifest.version && (own === undefined || own.status === 'done')) return { ...line, progress: 'done' }
      if (index > rollout.stage) return { ...line, progress: 'waits' }
      if (own?.status === 'refused' || own?.status === 'failed' || own?.status === 'rolled-back')
        return { ...line, progress: 'in trouble', reason: `${own.status}: ${own.reason ?? ''}` }
      return { ...line, progress: state?.status === 'online' ? 'has its turn' : 'away' }
    }),
  )
}

/**
 * What follows from what the stores say: the next stage where every store of this one has it (those that are away get it
 * when they come, but one at least must have it), a halt where one is in trouble.
 */
export function advance(rollout: Rollout, seen: Seen): Rollout {
  if (rollout.halted !== undefined) return rollout
  let next = rollout
  const last = seen.manifest.stages.length - 1
  for (;;) {
    const lines = progressOf(next, seen)
    const trouble = lines.find(({ store, progress }) => progress === 'in trouble' && !next.passed.includes(store))
    if (trouble) return { ...next, halted: `${trouble.store}: ${trouble.reason}` }
    const name = seen.manifest.stages[next.stage]?.name
    const own = lines.filter(({ stage }) => stage === name)
    const through = own.every(({ progress, store }) => progress === 'done' || progress === 'away' || next.passed.includes(store))
    const proved = own.length === 0 || own.some(({ progress, store }) => progress === 'done' || next.passed.includes(store))
    if (!through || !proved || next.stage === last) return next
    next = { ...next, stage: next.stage + 1 }
  }
}

/** Stores that are to have it now: whose turn has come; after a halt only those that have begun. */
export function offeredTo(rollout: Rollout, seen: Seen): string[] {
  return progressOf(rollout, seen)
    .filter(({ store, progress }) => {
      if (progress === 'waits') return false
      if (rollout.halted === undefined) return true
      const update = seen.stateOf(store)?.update
      return update?.id === seen.manifest.id
    })
    .map(({ store }) => store)
}
