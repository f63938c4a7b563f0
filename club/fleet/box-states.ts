import { compiledStoreState, type StoreState } from '#protocol/state.ts'
import { everyStore, parseStoreTopic } from '#protocol/topics.ts'
import type { ClubBroker } from '../broker/club-broker.ts'

/** What boxes said of themselves last; nothing of those that have not spoken since the club started. */
export interface BoxStates {
  of(store: string): StoreState | undefined
  /** Called with each state that comes, last wills too. Returns how to end it. */
  onState(listener: (store: string, state: StoreState) => void): () => void
}

/** Reads states once for all who want them: of ten thousand boxes each speaks every ten seconds. */
export function watchBoxStates(options: { club: string; broker: Pick<ClubBroker, 'subscribe'> }): BoxStates {
  const last = new Map<string, StoreState>()
  const listeners = new Set<(store: string, state: StoreState) => void>()
  options.broker.subscribe(everyStore(options.club).state, ({ topic, payload }) => {
    const { store } = parseStoreTopic(topic) ?? {}
    const state = stateIn(payload)
    if (store === undefined || !state) return
    last.set(store, state)
    for (const listener of listeners) listener(store, state)
  })
  return {
    of: (store) => last.get(store),
    onState(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Of a box of whatever version. */
function stateIn(payload: Buffer): StoreState | undefined {
  try {
    return compiledStoreState.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}
