import { z } from 'zod'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { connection } from '../stream/connection.ts'
import { openStream } from '../stream/stream.ts'
import { createScanDecoder } from './codec.ts'

export const scannerSerialOptions = z.strictObject({
  connection,
  prefix: z.string().max(20).default('').meta({ description: 'what the scanner sends before each code' }),
  suffix: z
    .string()
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'what ends a code; where it is left out, a carriage return or a line feed' }),
  maxLength: z.int().min(1).max(2_000).default(500).meta({ description: 'in bytes; longer codes are dropped' }),
  as: z
    .enum(['barcode', 'qr', 'member-number'])
    .default('barcode')
    .meta({ description: 'the kind of credential that a code is' }),
})
export type ScannerSerialOptions = z.infer<typeof scannerSerialOptions>

/** A barcode scanner that sends text: on a serial port, on USB in serial (CDC) mode, or behind a device server. */
export const scannerSerialDriver: Driver<ScannerSerialOptions> = {
  kind: 'scanner-serial',
  options: scannerSerialOptions,
  async connect(options, host): Promise<Connection> {
    const stream = await openStream(options.connection, host)
    const decoder = createScanDecoder({
      prefix: options.prefix,
      suffix: options.suffix,
      maxLength: options.maxLength,
    })
    const quality = reportQuality(host)
    stream.onData((bytes) => {
      for (const result of decoder.decode(bytes, host.runtime.monotonic())) {
        if (result.kind === 'garbage') quality.bad()
        else {
          quality.good()
          host.event({ kind: 'credential', at: host.runtime.now(), credential: { kind: options.as, value: result.text } })
        }
      }
    })
    return { closed: stream.closed, close: stream.close }
  },
}

/** Says `degraded` at the first unreadable scan and then at each tenfold, `ready` at the next good one. */
function reportQuality(host: DeviceHost): { good(): void; bad(): void } {
  let unreadable = 0
  let reportAt = 1
  return {
    good() {
      if (unreadable > 0) host.health('ready')
      unreadable = 0
      reportAt = 1
    },
    bad() {
      unreadable += 1
      if (unreadable < reportAt) return
      reportAt *= 10
      host.health(
        'degraded',
        `${unreadable === 1 ? 'a scan was' : `${unreadable} scans were`} unreadable: check the baud rate, and that the scanner ends each code with a carriage return`,
      )
    },
  }
}
