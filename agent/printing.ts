import type { Printer } from '#drivers/contract.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language } from '#protocol/text.ts'
import type { Rasteriser } from '#receipts/raster-process.ts'
import { renderText } from '#receipts/render-text.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'

export interface Paper {
  /** Resolves when the printer has it; rejects with a `VafaError` where it may not be on paper. */
  print(receipt: ReceiptDocument, printer: Printer, language: Language): Promise<void>
  close(): Promise<void>
}

/** Receipts on the terminal's own printer: pictures, or letters where nothing can be drawn. */
export function createPaper({ runtime, log, timeZone }: { runtime: Runtime; log: Logger; timeZone: string }): Paper {
  let rasteriser: Promise<Rasteriser> | undefined
  const drawn = async (receipt: ReceiptDocument, { width }: Printer, language: Language) => {
    rasteriser ??= import('#receipts/raster-process.ts').then(({ createRasteriser }) => createRasteriser({ runtime, log }))
    return (await rasteriser).render(receipt, { language, width, timeZone })
  }
  return {
    async print(receipt, printer, language) {
      const { letters } = printer
      const job = { id: runtime.uuid(), cut: 'partial' } as const
      const lines = () =>
        letters ? renderText(receipt, { columns: letters.columns, language: letters.persian ? language : 'en', timeZone }) : []
      if (letters?.only) {
        await printer.print({ ...job, bands: [], lines: lines() })
        return
      }
      try {
        await printer.print({ ...job, bands: await drawn(receipt, printer, language) })
      } catch (error) {
        if (!letters || !/^receipt\./.test((error as { key?: string }).key ?? '')) throw error
        log.error({ reason: messageOf(error) }, 'a receipt could not be drawn: it is printed as letters')
        await printer.print({ ...job, bands: [], lines: lines() })
      }
    },
    async close() {
      await (await rasteriser)?.close()
    },
  }
}
