import type { Runtime } from '#runtime/runtime.ts'
import type { ByteStream } from '../stream/stream.ts'
import { askProcessId, askQueuedStatus, processIdOf } from './commands.ts'
import type { PrinterReply } from './replies.ts'

/** How a printer can say that a job is done: by its process id, by an answer queued behind the job, or not at all. */
export type ConfirmationWay = 'process-id' | 'queued' | 'none'

/** How long an idle printer may take to answer the probe. */
const probeMs = 1_500

export interface Confirmation {
  /** What to send behind the job. */
  question: Buffer
  /** Resolves when the printer has answered it. */
  answered: Promise<void>
}

export interface Confirmations {
  take(reply: PrinterReply): void
  /** Finds out, once a connection, how this printer confirms; call it while the printer can print. */
  way(): Promise<ConfirmationWay>
  /** Made before the job is sent, so that no answer is missed. */
  expect(way: Exclude<ConfirmationWay, 'none'>): Confirmation
}

/**
 * Asks for and recognises confirmations. Process ids differ for each job and connection, so a late answer confirms
 * nothing else. Answers to `GS r` are all alike: they are counted, the n-th belongs to the n-th question.
 */
export function createConfirmations({ stream, runtime }: { stream: ByteStream; runtime: Runtime }): Confirmations {
  let counter = Math.floor(runtime.random() * 95 ** 4)
  const byProcessId = new Map<string, () => void>()
  const queued: (() => void)[] = []
  let known: ConfirmationWay | undefined = stream.answers ? undefined : 'none'

  const expect: Confirmations['expect'] = (way) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (way === 'queued') {
      queued.push(resolve)
      return { question: askQueuedStatus, answered: promise }
    }
    counter += 1
    const id = processIdOf(counter)
    byProcessId.set(id, resolve)
    return { question: askProcessId(id), answered: promise }
  }

  return {
    expect,
    take(reply) {
      if (reply.kind === 'queued') queued.shift()?.()
      if (reply.kind !== 'process-id') return
      byProcessId.get(reply.id)?.()
      byProcessId.delete(reply.id)
    },
    async way() {
      if (known) return known
      const [completed, reached] = [expect('process-id'), expect('queued')]
      let wasReached = false
      void reached.answered.then(() => {
        wasReached = true
      })
      await stream.write(Buffer.concat([completed.question, reached.question]))
      const late = Promise.withResolvers<'late'>()
      const cancel = runtime.after(probeMs, () => late.resolve('late'))
      const first = await Promise.race([completed.answered, late.promise, stream.closed.then(() => 'late' as const)])
      cancel()
      known = first !== 'late' ? 'process-id' : wasReached ? 'queued' : 'none'
      if (known === 'none') queued.length = 0
      return known
    },
  }
}
