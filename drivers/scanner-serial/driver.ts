import { z } from 'zod'
import type { Connection, Driver } from '../contract.ts'
import { createScanDecoder } from '../scan/framing.ts'
import { framingOptions, meaningOptions } from '../scan/options.ts'
import { reportScans } from '../scan/scan-reports.ts'
import { connection } from '../stream/connection.ts'
import { openStream } from '../stream/stream.ts'

export const scannerSerialOptions = z.strictObject({ connection, ...framingOptions, ...meaningOptions })
export type ScannerSerialOptions = z.infer<typeof scannerSerialOptions>

/** A barcode scanner that sends text: on a serial port, on USB in serial (CDC) mode, or behind a device server. */
export const scannerSerialDriver: Driver<ScannerSerialOptions> = {
  kind: 'scanner-serial',
  options: scannerSerialOptions,
  async connect(options, host): Promise<Connection> {
    const stream = await openStream(options.connection, host)
    const decoder = createScanDecoder(options)
    const reports = reportScans(host, {
      rules: options,
      advice: 'check the baud rate, and that the scanner ends each code with a carriage return',
    })
    stream.onData((bytes) => reports.take(decoder.decode(bytes, host.runtime.monotonic())))
    return { closed: stream.closed, close: stream.close }
  },
}
