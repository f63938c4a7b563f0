import type { Cancel } from '#runtime/runtime.ts'
import type { DeviceHost } from '../contract.ts'
import type { ByteStream } from '../stream/stream.ts'
import { askRealTimeStatus, enableAutomaticStatus } from './commands.ts'
import type { PrinterReply } from './replies.ts'
import {
  fromAutomatic,
  fromRealTime,
  type PrinterState,
  type RealTimeRound,
  sameState,
  statusOf,
  whatIsLow,
  whatStops,
} from './status.ts'

/** How long a printer may take to answer a real-time question; one that can answer does so in milliseconds. */
const answerMs = 1_500
/** So many unanswered rounds, from a printer that has answered before, mean that it is gone. */
const missesAllowed = 2

export interface StatusWatch {
  /** Feeds it what the printer said. */
  take(reply: PrinterReply): void
  /** Why nothing can be printed now; asks the printer again before it says so. Undefined where it can or never answers. */
  stoppedBy(): Promise<string | undefined>
  stop(): void
}

/**
 * Knows the printer's state: by automatic status where the printer has it, and by asking every `pollMs`, which also
 * shows that it is still there (a tty says nothing when the cable is pulled). Reports changes to the host.
 */
export function watchStatus(context: {
  stream: ByteStream
  host: DeviceHost
  pollMs: number
  /** While a job is in hand its own time-out counts: a printer may answer late when it prints. */
  isPrinting: () => boolean
  onSilent: () => void
}): StatusWatch {
  const { stream, host, pollMs, isPrinting, onSilent } = context
  let state: PrinterState | undefined
  let hasAnswered = false
  let misses = 0
  let stopped = false
  let nextPoll: Cancel = () => undefined
  let round: { bytes: number[]; done: () => void; answer: Promise<void> } | undefined

  const update = (next: PrinterState) => {
    if (stopped || (state && sameState(state, next))) return
    const before = state
    state = next
    host.event({ kind: 'printer-status', at: host.runtime.now(), status: statusOf(next) })
    const trouble = whatStops(next) ?? whatIsLow(next)
    if (trouble !== undefined) host.health('degraded', trouble)
    else if (before !== undefined) host.health('ready')
  }

  /** One round of the four questions, shared by all who ask meanwhile. Resolves answered or not, at the latest after `answerMs`. */
  const ask = async (): Promise<void> => {
    if (!round) {
      const { promise, resolve } = Promise.withResolvers<void>()
      round = { bytes: [], done: resolve, answer: askOnce(promise, resolve) }
    }
    return round.answer
  }
  const askOnce = async (answered: Promise<void>, done: () => void): Promise<void> => {
    try {
      await stream.write(askRealTimeStatus)
      const cancel = host.runtime.after(answerMs, done)
      await answered
      cancel()
    } catch {
      // The stream's `closed` tells why; there is no status to learn any more.
      return
    } finally {
      misses = round && round.bytes.length > 0 ? 0 : misses + 1
      round = undefined
    }
  }

  const poll = async (): Promise<void> => {
    await ask()
    if (stopped) return
    if (isPrinting()) misses = 0
    if (hasAnswered && misses >= missesAllowed) return onSilent()
    nextPoll = host.runtime.after(pollMs, () => void poll())
  }

  const first = stream.answers
    ? stream.write(enableAutomaticStatus).then(poll, () => undefined) // as above: `closed` tells why
    : Promise.resolve()

  return {
    take(reply) {
      hasAnswered = true
      if (reply.kind === 'automatic') update(fromAutomatic(reply.bytes))
      if (reply.kind !== 'real-time' || !round) return
      round.bytes.push(reply.byte)
      const [a, b, c, d] = round.bytes
      if (a === undefined || b === undefined || c === undefined || d === undefined) return
      update(fromRealTime([a, b, c, d] satisfies RealTimeRound))
      round.done()
    },
    async stoppedBy() {
      await first
      if (state && whatStops(state) !== undefined) await ask()
      return state && whatStops(state)
    },
    stop() {
      stopped = true
      nextPoll()
      round?.done()
    },
  }
}
