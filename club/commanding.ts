import { signDocument } from '#protocol/signing.ts'
import { type CommandResult, commandResult, type Order } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import type { Broker } from '#runtime/broker.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { signingPart } from './fleet/signing-part.ts'
import type { ProgrammeKey } from './key-file.ts'
import type { ClubStore } from './store/store.ts'

/** What head office has boxes do. */
export interface CommandDesk {
  /** Resolves with what the box made of it; rejects where it did not answer in time. Either way the journal says who asked. */
  command(given: { store: string; name: string; data: Record<string, unknown>; actor: string }): Promise<CommandResult>
}

/** An order is good for so long; whoever keeps it cannot use it later. */
const goodForMs = 60_000
const patienceMs = 30_000
const longestMs = 120_000
/** Of those that take longer than a question: what the box does first, milliseconds. */
const longer: Readonly<Record<string, (data: Record<string, unknown>) => number>> = {
  doctor: () => 45_000,
  capture: ({ seconds }) => (Number(seconds) || 60) * 1_000,
}

/** Signs orders, sends them, and waits for their results. */
export function createCommandDesk(options: {
  club: string
  isStore(store: string): boolean
  key: ProgrammeKey
  broker: Pick<Broker, 'publish' | 'subscribe'>
  act: ClubStore['act']
  runtime: Runtime
}): CommandDesk {
  const { club, isStore, key, broker, act, runtime } = options
  return {
    async command({ store, name, data, actor }) {
      if (!isStore(store))
        throw new VafaError({ key: 'store.unknown', message: `the club has no store “${store}”`, hint: 'club.yaml names them' })
      const signing = signingPart(key)
      const requestid = runtime.uuid()
      const expiresat = new Date(runtime.now() + goodForMs).toISOString()
      const order: Order = { requestid, club, store, name, actor, expiresat, data }
      // Before it leaves: what was ordered is known also where the box never answers.
      const at = isoNow(runtime)
      await act([{ id: requestid, at, actor, type: 'vafa.club.store-commanded.v1', data: { store, name, expiresat } }])
      const topics = storeTopics(club, store)
      const answered = Promise.withResolvers<CommandResult>()
      const end = broker.subscribe(topics.result(name), ({ payload }) => {
        const result = resultIn(payload)
        if (result?.requestid === requestid) answered.resolve(result)
      })
      const waitMs = patienceMs + Math.min(longer[name]?.(data) ?? 0, longestMs)
      const cancel = runtime.after(waitMs, () =>
        answered.reject(
          new VafaError({
            key: 'box.silent',
            message: `${store} did not answer to “${name}” within ${waitMs / 1_000} s`,
            hint: 'is the box connected? its `state` says since when',
            permanent: false,
          }),
        ),
      )
      try {
        const signed = signDocument(JSON.stringify(order), signing, 'command')
        await broker.publish({ topic: topics.command(name), payload: JSON.stringify(signed), qos: 1 })
        return await answered.promise
      } finally {
        cancel()
        end()
      }
    },
  }
}

function resultIn(payload: Buffer): CommandResult | undefined {
  try {
    return commandResult.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}
