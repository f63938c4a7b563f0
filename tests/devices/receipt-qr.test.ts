import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeJob } from '#drivers/printer-escpos/encode.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { languages } from '#protocol/text.ts'
import { drawReceipt } from '#receipts/raster.ts'
import { sampleReceipts } from '#receipts/samples.ts'
import { paperPng } from '#simulators/printer/paper-png.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'

const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vafa-qr-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What zbarimg sees on the paper that a printer of this width puts out, one code a line: `QR-Code:…`. */
async function scanned(
  document: ReceiptDocument,
  { language, width }: { language: 'fa' | 'en'; width: number },
): Promise<string[]> {
  const printer = await startVirtualPrinter({ width })
  const bands = drawReceipt(document, { language, width, timeZone: 'Asia/Tehran' })
  const socket = connect({ host: printer.host, port: printer.port })
  socket.end(encodeJob({ bands, cut: 'full' }, { width }))
  const job = await printer.nextJob()
  await printer.close()
  const path = join(folder, `${document.reference}-${language}-${width}.png`)
  await writeFile(path, paperPng(job, { width }))
  const { stdout } = await run('zbarimg', ['--quiet', path])
  return stdout.trim().split('\n')
}

for (const width of [576, 384]) {
  for (const language of languages) {
    test(`a phone reads the QR code of a printed receipt (${language}, ${width} dots)`, async () => {
      expect(await scanned(sampleReceipts.sale, { language, width })).toEqual(['QR-Code:https://club.example/r/VK7-Q2M9'])
    })
  }

  test(`a scanner reads the barcode of a printed receipt (${width} dots)`, async () => {
    expect(await scanned(sampleReceipts.provisional, { language: 'fa', width })).toEqual(['CODE-128:VK7-9XHD'])
  })

  test(`a phone reads the longest QR code that a receipt may carry (${width} dots)`, async () => {
    const content = `https://club.example/r/${'0123456789'.repeat(47)}`
    const document: ReceiptDocument = { version: 1, reference: 'long', provisional: false, blocks: [{ kind: 'qr', content }] }
    expect(await scanned(document, { language: 'fa', width })).toEqual([`QR-Code:${content}`])
  })
}

test('a barcode of digits only is packed two a bar group and read as well', async () => {
  const document: ReceiptDocument = {
    version: 1,
    reference: 'digits',
    provisional: false,
    blocks: [{ kind: 'barcode', symbology: 'code128', content: '6280001234567890' }],
  }
  expect(await scanned(document, { language: 'en', width: 384 })).toEqual(['CODE-128:6280001234567890'])
})
