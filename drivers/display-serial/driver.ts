import { z } from 'zod'
import type { Connection, Driver } from '../contract.ts'
import { persianPages } from '../printed-text/code-pages.ts'
import { connection } from '../stream/connection.ts'
import { openStream } from '../stream/stream.ts'
import { displayColumns, displayDialects, displayRows, encodeDisplayLines, encodeDisplayReset } from './codec.ts'

export const displaySerialOptions = z.strictObject({
  connection,
  dialect: z.enum(displayDialects).default('escpos').meta({ description: 'the command set; most pole displays can be switched' }),
  letters: z
    .strictObject({
      codePage: z.enum(persianPages),
      select: z.int().min(0).max(255).meta({ description: 'the number of the page in `ESC t`, from the display’s manual' }),
    })
    .optional()
    .meta({ description: 'a model with Persian letters; without it digits and Latin letters are shown' }),
})
export type DisplaySerialOptions = z.infer<typeof displaySerialOptions>

/**
 * A customer display of two lines of 20 characters. Such displays never answer: only a write that fails or is not
 * taken shows that one is gone, and on a serial cable without flow control not even that.
 */
export const displaySerialDriver: Driver<DisplaySerialOptions> = {
  kind: 'display-serial',
  options: displaySerialOptions,
  async connect({ connection, dialect, letters }, host): Promise<Connection> {
    const stream = await openStream(connection, host)
    // Whatever it says is dropped; reading is what shows the end of a TCP connection or of a USB adapter.
    stream.onData(() => undefined)
    try {
      await stream.write(encodeDisplayReset(dialect, letters))
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
        persian: letters !== undefined,
        show: (lines) => stream.write(encodeDisplayLines(dialect, lines, letters)),
      },
    }
  },
}
