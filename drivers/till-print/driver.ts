import { z } from 'zod'
import { readConfig } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { tearLines } from '../printer-escpos/paper-ends.ts'
import { connection, serialAt } from '../stream/connection.ts'
import { refuseOpenNetwork } from '../stream/listen.ts'
import { createBookings } from './booking.ts'
import { clubPart, encodeClubLines, encodePicture } from './club-lines.ts'
import { openPrinters } from './printers.ts'
import { type Reading, readReceipt } from './read-receipt.ts'
import { createReceiptStream } from './receipt-stream.ts'
import { createRelay, type ReceiptEnd } from './relay.ts'
import { type ReceiptRules, receiptRules } from './rules.ts'
import { openTills, type TillSession } from './tills.ts'

/** A cut waits no longer than this, whatever the club does. */
const longestHoldMs = 1_500

export const tillPrintOptions = z.strictObject({
  till: z.union(
    [
      z.strictObject({
        tcp: z.strictObject({
          host: z.string().min(1).default('127.0.0.1').meta({ description: 'the address to listen on' }),
          port: z.int().min(0).max(65_535).default(9_100).meta({ description: '0 takes any free port' }),
          insecure: z.boolean().default(false).meta({ description: 'must be true for an address that other machines reach' }),
        }),
      }),
      serialAt(9_600),
    ],
    { error: 'must be `tcp: { host, port }` to listen on, or `serial: { path, baudRate }`' },
  ),
  printer: connection.meta({ description: 'the real printer' }),
  rulesFile: z.string().min(1).meta({ description: 'how receipts are read; try it with `vafa sim capture`' }),
  width: z
    .union([z.literal(576), z.literal(384)])
    .default(576)
    .meta({ description: 'in dots: 576 for 80 mm paper, 384 for 58 mm' }),
  holdMs: z
    .int()
    .min(0)
    .max(longestHoldMs)
    .default(longestHoldMs)
    .meta({ description: "how long a cut may wait for the club's lines; 0 adds none" }),
  tapSeconds: z
    .int()
    .min(0)
    .max(600)
    .default(20)
    .meta({ description: 'a card that is shown so long after a receipt without a member still gets it' }),
  feedLines: z
    .int()
    .min(0)
    .max(30)
    .default(tearLines)
    .meta({ description: 'from the last dot to the cutter, for a cut that does not feed by itself' }),
})
export type TillPrintOptions = z.infer<typeof tillPrintOptions>

/**
 * Stands between a till and its receipt printer. What the till prints goes on to the printer unchanged; what stands on a
 * receipt is read by rules and booked as a sale that is paid already; its cut waits for the club's lines.
 */
export const tillPrintDriver: Driver<TillPrintOptions> = {
  kind: 'till-print',
  options: tillPrintOptions,
  async connect(options, host): Promise<Connection> {
    if ('tcp' in options.till) refuseOpenNetwork(options.till.tcp, 'till-print port')
    const rules = readConfig(host.beside(options.rulesFile), receiptRules)
    const printers = await openPrinters(options.printer, host)
    const bookings = createBookings({ host, tapMs: options.tapSeconds * 1_000 })
    const closed = Promise.withResolvers<VafaError | undefined>()
    let reason: VafaError | undefined
    let ending: Promise<void> | undefined
    const end = (why?: VafaError) => {
      reason ??= why
      ending ??= (async () => {
        host.signal.removeEventListener('abort', abort)
        bookings.close()
        await Promise.all([tills?.close(), printers.close()])
        closed.resolve(reason)
      })()
      return ending
    }
    const abort = () => void end()

    const beforeCut = createBeforeCut({ options, rules, host, book: bookings.book })
    const serve = async (session: TillSession): Promise<void> => {
      try {
        const lease = await printers.lease((bytes) => session.write(bytes))
        void lease.closed.then(() => session.hangUp())
        const relay = createRelay({
          receipts: createReceiptStream(rules),
          printer: lease,
          till: session,
          beforeCut,
          onFailure: () => session.hangUp(),
        })
        await session.read((bytes) => {
          host.warm()
          relay.take(bytes)
        })
        const { half } = await relay.finish()
        if (half) unread(host, 'the till hung up in the middle of a receipt: nothing was booked')
        await lease.release()
        session.end()
      } catch (error) {
        session.hangUp()
        // Without its printer the till must find nobody here, as it would without us.
        void end(error instanceof VafaError ? error : undefined)
      }
    }

    let tills: Awaited<ReturnType<typeof openTills>> | undefined
    try {
      tills = await openTills(options.till, { host, onSession: (session) => void serve(session) })
    } catch (error) {
      await end()
      throw error
    }
    void printers.lost.then((why) => end(why))
    void tills.lost.then((why) => end(why))
    host.signal.addEventListener('abort', abort)
    if (host.signal.aborted) abort()
    return {
      closed: closed.promise,
      close: () => end(),
      ...(tills.address ? { address: tills.address } : {}),
      till: { send: bookings.hear },
    }
  },
}

/** What goes before a receipt's cut: its sale is booked, and the club's lines come back in time or not at all. */
function createBeforeCut(context: {
  options: TillPrintOptions
  rules: ReceiptRules
  host: DeviceHost
  book: ReturnType<typeof createBookings>['book']
}): (end: ReceiptEnd) => Promise<Uint8Array> {
  const { options, rules, host, book } = context
  const nothing = new Uint8Array()
  const { holdMs, width, feedLines } = options

  const lines = async (end: ReceiptEnd, reading: Extract<Reading, { kind: 'sale' }>): Promise<Uint8Array> => {
    const booked = await book(reading.sale, holdMs)
    if (booked.as === 'refused') unread(host, `not booked: ${booked.reason}`)
    if (booked.as !== 'sale' || !booked.receipt || end.setting.pageMode) return nothing
    const bands = await host.draw(clubPart(booked.receipt), width)
    return encodeClubLines(await encodePicture(bands, width), { setting: end.setting, feeds: end.feeds, feedLines })
  }

  return async (end) => {
    const reading = readReceipt(end.printed, rules)
    if (reading.kind === 'ignored') return nothing
    if (reading.kind !== 'sale') {
      unread(host, whyUnread(reading))
      host.health('degraded', whyUnread(reading))
      return nothing
    }
    host.health('ready')
    const late = Promise.withResolvers<Uint8Array>()
    const cancel = host.runtime.after(holdMs, () => late.resolve(nothing))
    const inTime = lines(end, reading).catch((error: unknown) => {
      host.log.warn({ device: host.device, reason: messageOf(error) }, 'the club’s lines were not printed')
      return nothing
    })
    const result = await Promise.race([inTime, late.promise])
    cancel()
    return result
  }
}

/** Nobody is to find out by a missing sale that a receipt could not be read. */
function unread(host: DeviceHost, reason: string): void {
  host.event({ kind: 'till-invalid', at: host.runtime.now(), reason })
}

function whyUnread(reading: Exclude<Reading, { kind: 'sale' | 'ignored' }>): string {
  if (reading.kind === 'pictures')
    return 'cannot read: the till prints pictures, not text; choose a text driver on the till (“Generic / Text Only”), or connect its software'
  return `cannot read: no ${reading.missing} found on the last receipt; try the rules with \`vafa sim capture\``
}
