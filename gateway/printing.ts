import type { Printer, PrintJob } from '#drivers/contract.ts'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language } from '#protocol/text.ts'
import type { Rasteriser } from '#receipts/raster-process.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { LaneHardware } from './lane/hardware.ts'

export interface Printed {
  /** The printer's name as a device. */
  device: string
  /** The printer itself said that it is on paper. */
  confirmed: boolean
}

/** Gives what draws receipts. */
export type LoadRasteriser = () => Promise<Rasteriser>

export type Printing = ReturnType<typeof createPrinting>

/** Receipts on paper: drawn in a process of its own, which is loaded with the first one, and sent to the lane's printer. */
export function createPrinting(options: {
  runtime: Runtime
  log: Logger
  language: Language
  timeZone: string
  /** A process of its own where it is left out. */
  loadRasteriser?: LoadRasteriser | undefined
}) {
  const { runtime, log, language, timeZone } = options
  let rasteriser: Promise<Rasteriser> | undefined
  let closed = false
  const load = () => {
    rasteriser ??=
      options.loadRasteriser?.() ??
      import('#receipts/raster-process.ts').then(({ createRasteriser }) => createRasteriser({ runtime, log }))
    return rasteriser
  }

  const inLetters = async (document: ReceiptDocument, letters: NonNullable<Printer['letters']>) => {
    const { renderText } = await import('#receipts/render-text.ts')
    const { columns, persian } = letters
    return { bands: [], lines: renderText(document, { columns, language: persian ? language : 'en', timeZone }) }
  }
  /** Pictures; letters where the printer is to have no others, or where nothing can be drawn: better than no receipt. */
  const contentOf = async (
    document: ReceiptDocument,
    { width, letters }: Printer,
  ): Promise<Pick<PrintJob, 'bands' | 'lines'>> => {
    if (letters?.only) return inLetters(document, letters)
    try {
      return { bands: await (await load()).render(document, { language, width, timeZone }) }
    } catch (error) {
      if (!letters || closed) throw error
      log.error({ reason: messageOf(error) }, 'a receipt could not be drawn: it is printed as letters')
      return inLetters(document, letters)
    }
  }

  return {
    /** A receipt will be due soon. */
    warm(): void {
      load().then(
        (r) => r.warm(),
        (error: unknown) => log.error({ reason: messageOf(error) }, 'receipts cannot be drawn'),
      )
    },
    /** A receipt as pictures of `width` dots. */
    async draw(document: ReceiptDocument, width: number): Promise<Bitmap[]> {
      return (await load()).render(document, { language, width, timeZone })
    },
    /** Resolves when the printer has it; rejects with a `VafaError` where it may not be on paper. */
    async print(document: ReceiptDocument, hardware: LaneHardware): Promise<Printed> {
      const { device, printer } = await hardware.printer()
      const { outcome } = await printer.print({ id: runtime.uuid(), cut: 'partial', ...(await contentOf(document, printer)) })
      return { device, confirmed: outcome === 'confirmed' }
    },
    async close(): Promise<void> {
      closed = true
      await (await rasteriser)?.close()
    },
  }
}
