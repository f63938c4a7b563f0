import { z } from 'zod'
import type { Connection, Driver } from '../contract.ts'
import { connection } from '../stream/connection.ts'
import { openStream } from '../stream/stream.ts'
import { displayColumns, displayDialects, displayRows, encodeDisplayLines, encodeDisplayReset } from './codec.ts'

export const displaySerialOptions = z.strictObject({
  connection,
  dialect: z.enum(displayDialects).default('escpos').meta({ description: 'the command set; most pole displays can be switched' }),
})
export type DisplaySerialOptions = z.infer<typeof displaySerialOptions>

/**
 * A customer display of two lines of 20 characters. Such displays never answer: only a write that fails or is not
 * taken shows that one is gone, and on a serial cable without flow control not even that.
 */
export const displaySerialDriver: Driver<DisplaySerialOptions> = {
  kind: 'display-serial',
  options: displaySerialOptions,
  async connect({ connection, dialect }, host): Promise<Connection> {
    const stream = await openStream(connection, host)
    // Whatever it says is dropped; reading is what shows the end of a TCP connection or of a USB adapter.
    stream.onData(() => undefined)
    try {
      await stream.write(encodeDisplayReset(dialect))
    } catch (error) {
      await stream.close()
      throw error
    }
    return {
      closed: stream.closed,
      close: stream.close,
      display: {
        columns: displayColumns,
        rows: displayRows,
        show: (lines) => stream.write(encodeDisplayLines(dialect, lines)),
      },
    }
  },
}
