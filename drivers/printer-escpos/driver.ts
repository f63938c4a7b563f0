import { z } from 'zod'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver, PrintJob, PrintOutcome } from '../contract.ts'
import { connection } from '../stream/connection.ts'
import { openStream } from '../stream/stream.ts'
import { drawerPulse } from './commands.ts'
import { createConfirmations } from './confirmation.ts'
import { letters, lettersFor } from './letters.ts'
import { createReplyDecoder } from './replies.ts'
import { watchStatus } from './status-watch.ts'

export const printerEscposOptions = z.strictObject({
  connection,
  width: z
    .union([z.literal(576), z.literal(384)])
    .default(576)
    .meta({ description: 'in dots: 576 for 80 mm paper, 384 for 58 mm' }),
  letters: letters.optional().meta({
    description: 'prints letters instead of pictures: for a slow line, or a printer that has no graphics',
  }),
  drawer: z
    .strictObject({
      pin: z.union([z.literal(2), z.literal(5)]).default(2),
      pulseMs: z.int().min(20).max(510).default(120).meta({ description: 'how long the coil is on' }),
    })
    .optional()
    .meta({ description: 'a cash drawer hangs on this printer: it opens when a sale was paid in cash' }),
  confirm: z
    .enum(['auto', 'never'])
    .default('auto')
    .meta({ description: '`never` where a printer prints the question for its confirmation as letters' }),
  confirmSeconds: z.number().min(0.1).max(600).default(30).meta({ description: 'how long a job may take to be confirmed' }),
  pollSeconds: z.number().min(0.1).max(600).default(10).meta({ description: 'how often the printer is asked for its state' }),
})
export type PrinterEscposOptions = z.infer<typeof printerEscposOptions>

/** A receipt printer that understands ESC/POS: on the network (port 9100), a serial port or /dev/usb/lp0. */
export const printerEscposDriver: Driver<PrinterEscposOptions> = {
  kind: 'printer-escpos',
  options: printerEscposOptions,
  async connect(options, host): Promise<Connection> {
    // escpos takes 9 MB: only a store with a printer loads it.
    const { encodeJob } = await import('./encode.ts')
    const lettersOf = lettersFor(options)
    const { drawer } = options
    const stream = await openStream(options.connection, host)
    const decoder = createReplyDecoder()
    const confirmations = createConfirmations({ stream, runtime: host.runtime })
    let reason: VafaError | undefined
    let jobs = 0
    const closeBecause = (why: VafaError) => {
      reason ??= why
      void stream.close()
    }
    const status = watchStatus({
      stream,
      host,
      pollMs: options.pollSeconds * 1_000,
      isPrinting: () => jobs > 0,
      onSilent: () => closeBecause(silent(host)),
    })
    stream.onData((bytes) => {
      for (const reply of decoder.decode(bytes)) {
        status.take(reply)
        confirmations.take(reply)
      }
    })
    let ended = false
    let giveUpJob: () => void = () => undefined
    void stream.closed.then(() => {
      ended = true
      status.stop()
      giveUpJob()
    })

    const printOne = async (job: PrintJob): Promise<PrintOutcome> => {
      const bytes = encodeJob(job, { width: options.width, letters: lettersOf })
      if (ended) throw notPrinted(host, 'the connection has ended')
      const stop = await status.stoppedBy()
      if (stop !== undefined) throw notPrinted(host, stop)
      const way = options.confirm === 'never' ? 'none' : await confirmations.way()
      const confirmation = way === 'none' ? undefined : confirmations.expect(way)
      try {
        await stream.write(confirmation ? Buffer.concat([bytes, confirmation.question]) : bytes)
      } catch (error) {
        throw unconfirmed(host, messageOf(error))
      }
      if (!confirmation) return { outcome: 'sent' }

      const settled = Promise.withResolvers<'confirmed' | 'late' | 'gone'>()
      void confirmation.answered.then(() => settled.resolve('confirmed'))
      giveUpJob = () => settled.resolve('gone')
      if (ended) giveUpJob()
      const cancel = host.runtime.after(options.confirmSeconds * 1_000, () => settled.resolve('late'))
      const outcome = await settled.promise
      cancel()
      if (outcome === 'confirmed') return { outcome }
      if (outcome === 'gone') throw unconfirmed(host, 'the connection ended while it was printed')
      const why = await status.stoppedBy()
      // It says that it is well and yet does not confirm: start afresh, so that a late answer confirms nothing else.
      if (why === undefined) closeBecause(silent(host))
      throw unconfirmed(host, why ?? `the printer did not confirm it in ${options.confirmSeconds} s`)
    }

    let queue: Promise<unknown> = Promise.resolve()
    return {
      closed: stream.closed.then((ended) => reason ?? ended),
      close: stream.close,
      printer: {
        width: options.width,
        letters: { columns: lettersOf.columns, persian: lettersOf.persian, only: options.letters !== undefined },
        ...(drawer ? { openDrawer: () => stream.write(drawerPulse(drawer)) } : {}),
        print(job) {
          jobs += 1
          const result = queue
            .then(() => printOne(job))
            .finally(() => {
              jobs -= 1
            })
          queue = result.catch(() => undefined)
          return result
        },
      },
    }
  },
}

const notPrinted = (host: DeviceHost, why: string): VafaError =>
  new VafaError({
    key: 'print.stopped',
    message: `printer ${host.device}: nothing was printed: ${why}`,
    hint: 'then print it again',
    permanent: false,
  })

const unconfirmed = (host: DeviceHost, why: string): VafaError =>
  new VafaError({
    key: 'print.unconfirmed',
    message: `printer ${host.device}: the job may be on paper, wholly or in part: ${why}`,
    hint: 'look at the paper; whatever is printed again must be marked as a copy',
    permanent: false,
  })

const silent = (host: DeviceHost): VafaError =>
  new VafaError({
    key: 'device.silent',
    message: `printer ${host.device}: it no longer answers`,
    hint: 'check its power and its cable, then switch it off and on',
    permanent: false,
  })
