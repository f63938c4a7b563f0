import type { TillResponse } from '#protocol/lane.ts'
import { VafaError } from '#runtime/errors.ts'

interface Waiter {
  matches(message: TillResponse): boolean
  resolve(message: TillResponse): void
  reject(error: VafaError): void
}

const keptMessages = 1_000

export type TillInbox = ReturnType<typeof createTillInbox>

/** What a lane has said to a till and nobody has taken yet, whatever carried it. `where`: named in errors. */
export function createTillInbox(where: string) {
  const inbox: TillResponse[] = []
  const waiters = new Set<Waiter>()
  const listeners = new Set<(message: TillResponse) => void>()
  let over: { cause: Error | undefined } | undefined

  /** Registers the matcher at once, so that no answer comes too early for it. */
  const next = (matches: Waiter['matches'], timeoutMs: number, what: string): Promise<TillResponse> =>
    new Promise((resolve, reject) => {
      if (over) return reject(ended(where, over.cause))
      const timer = setTimeout(() => {
        waiters.delete(waiter)
        reject(late(where, what, timeoutMs))
      }, timeoutMs)
      const waiter: Waiter = {
        matches,
        resolve(message) {
          clearTimeout(timer)
          resolve(message)
        },
        reject(error) {
          clearTimeout(timer)
          reject(error)
        },
      }
      waiters.add(waiter)
    })

  const notice = (message: TillResponse) => {
    for (const listener of listeners) listener(message)
  }

  return {
    /** Shows a message that is taken already to whoever watches. */
    notice,
    deliver(message: TillResponse): void {
      notice(message)
      for (const waiter of waiters) {
        if (!waiter.matches(message)) continue
        waiters.delete(waiter)
        waiter.resolve(message)
        return
      }
      inbox.push(message)
      if (inbox.length > keptMessages) inbox.shift()
    },
    next,
    /** As `next`, also for one that has come already. */
    async waitFor(matches: (message: TillResponse) => boolean, { timeoutMs = 10_000 } = {}): Promise<TillResponse> {
      const at = inbox.findIndex(matches)
      const [there] = at < 0 ? [] : inbox.splice(at, 1)
      return there ?? next(matches, timeoutMs, 'the message that was waited for')
    },
    onMessage(listener: (message: TillResponse) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** The connection is over: nobody waits in vain. */
    end(cause: Error | undefined): void {
      over ??= { cause }
      for (const waiter of waiters) waiter.reject(ended(where, cause))
      waiters.clear()
    },
  }
}

const ended = (where: string, cause: Error | undefined): VafaError =>
  new VafaError({
    key: 'till.ended',
    message: `${where}: the connection ended${cause ? ` (${cause.message})` : ''}`,
    permanent: false,
    ...(cause ? { cause } : {}),
  })

const late = (where: string, what: string, ms: number): VafaError =>
  new VafaError({ key: 'till.late', message: `${where}: ${what} did not come in ${ms} ms`, permanent: false })
