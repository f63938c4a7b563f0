import type { VafaError } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import type { ByteStream } from '../stream/stream.ts'
import { type Answer, type Command, type CommandOf, encodeCommand, type ResultOf, readAnswer } from './commands.ts'
import { createPacketDecoder, encodePacket } from './packets.ts'
import { damaged, refused, silent } from './sensor-errors.ts'

/** One command on its way at a time, its answer awaited. */
export interface Session {
  /** The sensor's answer, good or bad. Rejects where none comes; then the connection has ended too. */
  ask<Op extends Command['op']>(command: CommandOf<Op>): Promise<Answer<Op>>
  /** As `ask`; rejects where the answer is not `ok`. `what` names the work in the error. */
  demand<Op extends Command['op']>(command: CommandOf<Op>, what: string): Promise<ResultOf<Op>>
  /** Work of several commands that no other may come between. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>
  /** What ended the connection from this side. */
  readonly reason: VafaError | undefined
}

/** Emptying the library and writing flash take longest: about a second. */
const answerMs = 3_000
/** How often a command is said again that arrived damaged here or there. */
const repeats = 2

/**
 * Answers carry no number, so one that comes late could be taken for the next command's. A sensor that misses its time
 * is therefore let go, and begun afresh with an empty line. What arrives damaged is asked for again: every command
 * that is used may be said twice.
 */
export function openSession(options: {
  stream: ByteStream
  host: DeviceHost
  address: number
  /** Only when it changes. */
  onLine(line: 'clear' | 'damaged'): void
}): Session {
  const { stream, host, address, onLine } = options
  const decoder = createPacketDecoder()
  let reason: VafaError | undefined
  let hear: ((heard: Buffer | 'damaged' | VafaError) => void) | undefined
  let line: 'clear' | 'damaged' = 'clear'
  let queue: Promise<unknown> = Promise.resolve()

  stream.onData((bytes) => {
    for (const result of decoder.decode(bytes)) {
      if (result.kind === 'packet') {
        // Another module on the same line, or data that nobody asked for.
        if (result.packet.kind === 'acknowledge' && result.packet.address === address) hear?.(result.packet.payload)
      } else if (result.kind === 'damaged') hear?.('damaged')
    }
  })
  void stream.closed.then((ended) => hear?.(reason ?? ended ?? silent(host.device)))

  const fail = (why: VafaError): VafaError => {
    reason ??= why
    void stream.close()
    return reason
  }

  const tellLine = (now: typeof line) => {
    if (line === now) return
    line = now
    onLine(now)
  }

  const say = async (command: Command): Promise<Buffer | 'damaged'> => {
    decoder.reset()
    const heard = Promise.withResolvers<Buffer | 'damaged' | VafaError>()
    hear = heard.resolve
    const cancel = host.runtime.after(answerMs, () => heard.resolve(fail(silent(host.device))))
    try {
      await stream.write(encodePacket({ address, kind: 'command', payload: encodeCommand(command) }))
      const answer = await heard.promise
      if (answer === 'damaged' || Buffer.isBuffer(answer)) return answer
      throw answer
    } catch (error) {
      // What ended the connection says more than that it has ended.
      throw reason ?? error
    } finally {
      hear = undefined
      cancel()
    }
  }

  const ask = async <Op extends Command['op']>(command: CommandOf<Op>): Promise<Answer<Op>> => {
    for (let time = 0; time <= repeats; time++) {
      const heard = await say(command)
      const answer = heard === 'damaged' ? undefined : readAnswer<Op>(command, heard)
      if (answer && answer.confirmation !== 'receive-error') {
        if (time === 0) tellLine('clear')
        return answer
      }
      tellLine('damaged')
    }
    throw fail(damaged(host.device))
  }

  return {
    get reason() {
      return reason
    },
    ask,
    async demand(command, what) {
      const answer = await ask(command)
      if (answer.confirmation === 'ok') return answer.result
      throw refused(host.device, what, answer.confirmation, answer.code)
    },
    alone(work) {
      const result = queue.then(work)
      queue = result.catch(() => undefined)
      return result
    },
  }
}
