import { decodeQR } from 'qr/decode.js'
import { describe, expect, test } from 'vitest'
import { encodeJob } from '#drivers/printer-escpos/encode.ts'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import { languages } from '#protocol/text.ts'
import { drawReceipt } from '#receipts/raster.ts'
import { sampleReceipts } from '#receipts/samples.ts'
import { createDecoder } from './decode.ts'
import { createPaper, type PrintedJob } from './paper.ts'
import { paperSays, readPaper } from './read-paper.ts'

const labels = Object.entries(receiptFields).map(([field, label]) => ({ field, label }))

function printed(bytes: Uint8Array, width: number): PrintedJob {
  const paper = createPaper({ width, columns: 48 })
  const [job, ...others] = createDecoder()
    .push(bytes)
    .flatMap((command) => paper.take(command) ?? [])
  if (!job || others.length > 0) throw new Error('the bytes of one receipt must give one job')
  return job
}

/** The one QR code on the paper. */
function readQr(bands: readonly Bitmap[], width: number): string {
  const dots = bands.flatMap(({ data }) => [...data])
  const grey = dots.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte & (0x80 >> bit) ? 0 : 255)))
  const data = Uint8Array.from(grey.flatMap((level) => [level, level, level]))
  return decodeQR({ width, height: grey.length / width, data })
}

const qrOf = (document: ReceiptDocument): string[] =>
  document.blocks.flatMap((block) => (block.kind === 'qr' ? [block.content] : []))

describe('the printer’s bytes of a receipt, read back from the dots', () => {
  for (const [name, document] of Object.entries(sampleReceipts)) {
    for (const language of languages) {
      test.each([576, 384])(`${name}, ${language}, %i dots`, async (width) => {
        const sent = drawReceipt(document, { language, width, timeZone: 'Asia/Tehran' })
        const { bands, cut } = printed(encodeJob({ bands: sent, cut: 'partial' }, { width }), width)
        const says = Object.entries(receiptTexts).filter(([, sentence]) => paperSays(bands, sentence, { language, width }))
        const fields = [...readPaper(bands, { language, width, labels })].map(([field, { text, amount, number }]) =>
          [
            `${field}: ${text}`,
            ...(amount === undefined ? [] : [`${amount} IRR`]),
            ...(number === undefined ? [] : [number]),
          ].join(' = '),
        )
        const golden = [...says.map(([text]) => `says ${text}`), ...fields, `cut: ${cut}`]
        await expect(`${golden.join('\n')}\n`).toMatchFileSnapshot(`../../receipts/golden/${name}.${language}.${width}-dots.txt`)
        for (const content of qrOf(document)) expect(readQr(bands, width)).toBe(content)
      })
    }
  }
})
