import { compiledStoreState } from '#protocol/state.ts'

/** Which boxes are connected, by what their retained states and wills say. */
export function watchPresence(options: { onBack(store: string): void }) {
  const known = new Map<string, 'online' | 'offline'>()
  return {
    seen(store: string, payload: Buffer): void {
      const status = statusIn(payload)
      if (status === undefined) return
      const before = known.get(store)
      known.set(store, status)
      if (status === 'online' && before === 'offline') options.onBack(store)
    },
    connected: (): number => [...known.values()].filter((status) => status === 'online').length,
    gone: (store: string): void => void known.delete(store),
    /** The broker is away: who is connected to it is not known. */
    forget: (): void => known.clear(),
  }
}

function statusIn(payload: Buffer): 'online' | 'offline' | undefined {
  try {
    return compiledStoreState.safeParse(JSON.parse(payload.toString('utf8'))).data?.status
  } catch {
    return undefined
  }
}
