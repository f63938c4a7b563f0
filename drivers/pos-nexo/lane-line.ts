import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { Runtime } from '#runtime/runtime.ts'

/** A request to the lane without its id. */
export type LaneCall = TillRequest extends infer Request ? (Request extends TillRequest ? Omit<Request, 'id'> : never) : never

export interface LaneLine {
  /**
   * Asks the lane and gathers its answers, up to the first of `until` or `error`; those that came, where that one does
   * not come within `ms` milliseconds. Never rejects.
   */
  ask(call: LaneCall, until: TillResponse['op'], ms?: number): Promise<TillResponse[]>
  /** What the lane says to its tills; answers to others' requests are passed over. */
  hear(response: TillResponse): void
  /** Sees what the lane says by itself: a card was tapped. Returns how to stop. */
  onWord(listener: (response: TillResponse) => void): () => void
}

/** Longer than any lane's budget for the club (30 s): a lane that says nothing for so long is not there. */
export const laneMs = 35_000

/** The driver's end of the conversation with one lane. `prefix` tells its requests from those of other tills there. */
export function createLaneLine(options: { runtime: Runtime; prefix: string; send(request: TillRequest): void }): LaneLine {
  const { runtime, prefix, send } = options
  const waiting = new Map<string, (response: TillResponse) => void>()
  const listeners = new Set<(response: TillResponse) => void>()
  let calls = 0
  return {
    ask: (call, until, ms = laneMs) =>
      new Promise((resolve) => {
        calls += 1
        const id = `${prefix}-${calls}`
        const answers: TillResponse[] = []
        const end = () => {
          cancel()
          waiting.delete(id)
          resolve(answers)
        }
        const cancel = runtime.after(ms, end)
        waiting.set(id, (response) => {
          answers.push(response)
          if (response.op === until || response.op === 'error') end()
        })
        send({ ...call, id } as TillRequest)
      }),
    hear(response) {
      if (response.re !== undefined) return waiting.get(response.re)?.(response)
      for (const listener of listeners) listener(response)
    },
    onWord(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The answer with this `op`, where it came. */
export const answerOf = <Op extends TillResponse['op']>(answers: readonly TillResponse[], op: Op) =>
  answers.find((answer): answer is Extract<TillResponse, { op: Op }> => answer.op === op)
