import type { StoreState } from '#protocol/state.ts'
import { everyStore, parseStoreTopic, storeTopics } from '#protocol/topics.ts'
import type { Broker } from '#runtime/broker.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { holesOf, type Ranges } from './booking/sequence-ranges.ts'
import type { BoxStates } from './fleet/box-states.ts'
import type { ClubStore } from './store/store.ts'

/** A box is asked at most this often, and for so many ranges at once. */
const askAgainMs = 60_000
const rangesMax = 100

/** Numbers up to a box's last that the club never received. */
export const missingOf = (received: Ranges, last: number): Ranges =>
  last === 0 ? [] : holesOf([...received, [last + 1, last + 1] as const])

const countIn = (ranges: Ranges): number => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)

/**
 * Finds out from what each box says of itself whether the club lacks facts that it has answered once: after its books came
 * from a backup. Of those a box waits for no answer any more, so it is asked to send them again (`commands/resend`).
 */
export function watchForHoles(options: {
  club: string
  broker: Pick<Broker, 'publish' | 'subscribe'>
  states: Pick<BoxStates, 'onState'>
  books: Pick<ClubStore, 'received'>
  runtime: Runtime
  log: Logger
}): { close(): void } {
  const { club, broker, states, books, runtime, log } = options
  const askedAt = new Map<string, number>()
  const mayAsk = (store: string) => runtime.monotonic() - (askedAt.get(store) ?? Number.NEGATIVE_INFINITY) >= askAgainMs
  const look = async (store: string, { boxid, sequence, backlog }: StoreState) => {
    askedAt.set(store, runtime.monotonic())
    const missing = missingOf(await books.received(store, boxid), sequence)
    const lost = countIn(missing) - backlog.count
    if (lost <= 0) return
    log.warn({ store, boxid, facts: lost }, 'the books lack facts that they once had; the box is asked to send them again')
    await broker.publish({
      topic: storeTopics(club, store).command('resend'),
      qos: 1,
      payload: JSON.stringify({
        requestid: runtime.uuid(),
        actor: 'club',
        expiresat: new Date(runtime.now() + askAgainMs).toISOString(),
        data: { boxid, ranges: missing.slice(0, rangesMax) },
      }),
    })
  }
  const ends = [
    states.onState((store, state) => {
      if (state.status !== 'online' || !mayAsk(store)) return
      look(store, state).catch((error: unknown) => log.warn({ store, reason: messageOf(error) }, 'holes were not looked for'))
    }),
    broker.subscribe(everyStore(club).result('resend'), ({ topic, payload }) =>
      log.info(
        { store: parseStoreTopic(topic)?.store, result: payload.toString('utf8').slice(0, 500) },
        'the box answered to resend',
      ),
    ),
  ]
  return {
    close() {
      for (const end of ends) end()
    },
  }
}
