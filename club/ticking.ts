import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import type { ClubStore } from './store/store.ts'

/** How late holds lapse and lots expire, at most. */
export const tickMs = 60_000

/**
 * Lets the books do what is due, at once and then every minute. One that fails is tried again a minute later. Gives
 * what ends it; that resolves when the last one is through.
 */
export function startTicking(options: { store: Pick<ClubStore, 'tick'>; runtime: Runtime; log: Logger }) {
  const { store, runtime, log } = options
  let ended = false
  let cancel = () => {}
  const tick = async (): Promise<void> => {
    try {
      const events = await store.tick(isoNow(runtime))
      if (events > 0) log.info({ events }, 'did what was due')
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'what is due could not be done; it is tried again in a minute')
    }
    if (!ended) cancel = runtime.after(tickMs, again)
  }
  let running = tick()
  function again(): void {
    running = tick()
  }
  return async (): Promise<void> => {
    ended = true
    cancel()
    await running
  }
}
