import { messageOf, VafaError } from '#runtime/errors.ts'

/** Between two calls to a gateway that does not listen yet. */
const pauseMs = 50

/**
 * Calls until somebody is there: a gateway is ready before its devices listen. Rejects with what the last call said when
 * `timeoutMs` are over.
 */
export async function whenThere<T>(call: () => Promise<T>, { timeoutMs = 15_000 } = {}): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** A line that a device itself opens and opens again when it is lost, as tills do. */
export interface Calling<Line> {
  /** The line that holds, or the next. */
  line(): Promise<Line>
  close(): Promise<void>
}

interface Ending {
  readonly closed: Promise<unknown>
  close(): Promise<void>
}

/** Keeps calling `connect` from now on. `onLine`: each line anew. */
export function keepCalling<Line extends Ending>(connect: () => Promise<Line>, onLine: (line: Line) => void): Calling<Line> {
  let over = false
  let holding: Line | undefined
  let reason: unknown
  const waiting = new Set<(line: Line) => void>()
  const running = (async () => {
    while (!over) {
      try {
        const line = await connect()
        if (over) return await line.close()
        onLine(line)
        holding = line
        for (const told of waiting) told(line)
        waiting.clear()
        await line.closed
        holding = undefined
      } catch (error) {
        reason = error
      }
      if (!over) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    return undefined
  })()
  return {
    line: () =>
      new Promise((resolve, reject) => {
        if (holding) return resolve(holding)
        const told = (line: Line) => {
          clearTimeout(timer)
          resolve(line)
        }
        const timer = setTimeout(() => {
          waiting.delete(told)
          reject(
            reason instanceof VafaError
              ? reason
              : new VafaError({ key: 'till.unreachable', message: messageOf(reason), permanent: false, cause: reason }),
          )
        }, 15_000)
        waiting.add(told)
      }),
    async close() {
      over = true
      await holding?.close()
      await running
    },
  }
}
