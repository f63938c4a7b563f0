import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import type { ClubStore } from '../store/store.ts'
import type { ClubMeter } from '../watching.ts'
import { type Alarm, createVelocity } from './velocity.ts'

const lookEveryMs = 2_000
const atOnce = 2_000

/**
 * Follows the journal behind the sales, which never wait for it, and has what is too fast booked as an alarm. It keeps no
 * place on disk: at its start it reads the last of the journal again, and an alarm that was booked before is the same act.
 */
export function watchVelocity(options: {
  rules: Parameters<typeof createVelocity>[0]['rules']
  stores: Parameters<typeof createVelocity>[0]['stores']
  books: Pick<ClubStore, 'happenedAfter' | 'placeBefore' | 'act'>
  meter: ClubMeter
  runtime: Runtime
  log: Logger
}): { close(): Promise<void> } {
  const { rules, stores, books, meter, runtime, log } = options
  let velocity = createVelocity({ rules, stores })
  const { spanMs } = velocity
  if (spanMs === 0) return { close: async () => {} }
  let place: { read: number; raiseFrom: number } | undefined
  /** Up to where everything was told, by this process. */
  let told = Number.POSITIVE_INFINITY
  let ended = false
  let cancel = () => {}

  /** What lies further back only fills the windows: all of it was told before. */
  const begin = async () => {
    const [far, near] = [await books.placeBefore({ backMs: 3 * spanMs }), await books.placeBefore({ backMs: spanMs })]
    const begun = { read: Math.min(far, told), raiseFrom: Math.min(near, told) }
    // First of all what was told before: its act may stand far behind what raised it.
    for (let { read } = begun, more = true; more; ) {
      const { happenings, upto } = await books.happenedAfter({ after: read, most: atOnce })
      for (const { type, body } of happenings)
        if (type === 'vafa.club.alarm-raised.v1') velocity.told((body as { data: Alarm['data'] }).data)
      more = upto - read >= atOnce
      read = upto
    }
    return begun
  }
  const look = async (): Promise<void> => {
    try {
      place ??= await begin()
      for (let more = true; more && !ended; ) {
        const { happenings, upto } = await books.happenedAfter({ after: place.read, most: atOnce })
        for (const happening of happenings)
          for (const alarm of velocity.take(happening)) {
            if (happening.seq <= place.raiseFrom) continue
            velocity.told(alarm.data)
            const { rule, store } = alarm.data
            await books.act([{ ...alarm, at: isoNow(runtime), actor: 'club', type: 'vafa.club.alarm-raised.v1' }])
            meter.count('vafa_club_alarms_total', { rule })
            log.warn({ rule, store, alarm: alarm.id }, alarm.data.text.en)
          }
        more = upto - place.read >= atOnce
        place.read = upto
        told = Math.max(upto, place.raiseFrom)
      }
    } catch (error) {
      // Begun anew: what was taken into the windows and not told would count as told else.
      velocity = createVelocity({ rules, stores })
      place = undefined
      log.warn({ reason: messageOf(error) }, 'what is too fast could not be looked for; it is tried again')
    }
    if (!ended) cancel = runtime.after(lookEveryMs, again)
  }
  let running = look()
  function again(): void {
    running = look()
  }
  return {
    async close() {
      ended = true
      cancel()
      await running
    },
  }
}
