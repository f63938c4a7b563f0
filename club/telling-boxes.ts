import { regularsPartName } from '#protocol/regulars.ts'
import type { StoreState } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import type { Broker } from '#runtime/broker.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type Cancel, isoNow, type Runtime } from '#runtime/runtime.ts'
import type { BoxStates } from './fleet/box-states.ts'
import type { OfflineTerms } from './offline-terms.ts'
import type { ClubStore } from './store/store.ts'

/** A box says its state every ten seconds; one that has not for so long is away. */
const awayMs = 40_000

/**
 * Tells boxes of their regulars (`down/regulars-…`), store by store, while they say that they are there: a box that is
 * away is told nothing and lent nothing. Nobody waits for it; what fails is tried again.
 */
export function startTellingBoxes(options: {
  club: string
  terms: OfflineTerms
  broker: Pick<Broker, 'publish'>
  states: Pick<BoxStates, 'onState'>
  books: Pick<ClubStore, 'regulars'>
  runtime: Runtime
  log: Logger
}) {
  const { club, terms, broker, states, books, runtime, log } = options
  let closed = false
  let work: Promise<void> = Promise.resolve()

  const tell = async (store: string, { boxid, regulars: told }: StoreState, whole: boolean): Promise<void> => {
    const messages = await books.regulars({ store, boxid, told, now: isoNow(runtime), whole })
    const topics = storeTopics(club, store)
    for (const one of messages)
      await broker.publish({
        topic: topics.down(regularsPartName(one.shard)),
        payload: JSON.stringify(one),
        qos: 1,
        retain: true,
      })
  }

  const deskOf = (store: string) => {
    let state: StoreState | undefined
    let heardAt = Number.NEGATIVE_INFINITY
    let due = true
    /** The club has just started, or could not tell: what its broker retains, and what the box has, is not known. */
    let whole = true
    let busy = false
    let cancel: Cancel = () => {}
    const round = () => {
      if (closed || busy || !due) return
      const last = state
      if (last?.status !== 'online' || runtime.monotonic() - heardAt > awayMs) return
      due = false
      busy = true
      // One store after another: between two of them sales are booked.
      work = work
        .then(() => (closed ? undefined : tell(store, last, whole)))
        .then(
          () => {
            whole = false
          },
          (error: unknown) => {
            whole = true
            log.warn({ store, reason: messageOf(error) }, 'a box was not told of its regulars; it will be')
          },
        )
        .finally(() => {
          busy = false
          if (closed) return
          cancel = runtime.after(terms.everySeconds * 1_000, () => {
            due = true
            round()
          })
        })
    }
    return {
      heard(said: StoreState): void {
        heardAt = runtime.monotonic()
        state = said
        round()
      },
      close: () => cancel(),
    }
  }
  const desks = new Map<string, ReturnType<typeof deskOf>>()
  const end = states.onState((store, state) => {
    const desk = desks.get(store) ?? deskOf(store)
    desks.set(store, desk)
    desk.heard(state)
  })
  return async (): Promise<void> => {
    closed = true
    end()
    for (const desk of desks.values()) desk.close()
    await work
  }
}
