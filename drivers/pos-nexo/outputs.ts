import type { ReceiptBlock } from '#protocol/receipt.ts'
import type { Fault } from './mapping.ts'
import type { DisplayOutput, OutputContent } from './requests.ts'

type OutputText = OutputContent['OutputText'][number]

/** Pieces of text up to the end of each line; a line feed within a piece ends one too. */
export function linesOf(pieces: readonly OutputText[]): OutputText[] {
  const lines: OutputText[] = []
  let open: OutputText | undefined
  for (const piece of pieces) {
    const parts = piece.Text.split(/\r?\n/)
    for (const [index, Text] of parts.entries()) {
      open = open ? { ...open, Text: open.Text + Text } : { ...piece, Text }
      if (index === parts.length - 1 && !piece.EndOfLineFlag) continue
      lines.push(open)
      open = undefined
    }
  }
  return open ? [...lines, open] : lines
}

const barcodes: Partial<Record<NonNullable<OutputContent['OutputBarcode']>['BarcodeType'], 'qr' | 'code128'>> = {
  QRCODE: 'qr',
  Code128: 'code128',
  EAN13: 'code128',
  EAN8: 'code128',
  UPCA: 'code128',
}
const mostBarcode = 40

/** What a till wants printed, as blocks of a document. Its texts stand as they are, in whatever language it wrote them. */
export function blocksOf({ OutputFormat, OutputText, OutputBarcode }: OutputContent): ReceiptBlock[] | Fault {
  if (OutputFormat === 'BarCode') {
    if (!OutputBarcode) return { fault: 'OutputContent.OutputBarcode: is missing' }
    const { BarcodeType, BarcodeValue: content } = OutputBarcode
    const as = barcodes[BarcodeType]
    if (as === 'qr') return [{ kind: 'qr', content }]
    if (as === undefined) return { fault: `OutputBarcode.BarcodeType: this printer draws no ${BarcodeType}` }
    if (content.length > mostBarcode || !/^[\x20-\x7e]+$/.test(content))
      return { fault: `OutputBarcode.BarcodeValue: at most ${mostBarcode} Latin letters and digits` }
    return [{ kind: 'barcode', symbology: 'code128', content }]
  }
  if (OutputFormat !== 'Text')
    return { fault: `OutputContent.OutputFormat: ${OutputFormat} is not printed; Text and BarCode are` }
  return linesOf(OutputText).map(({ Text, Alignment, CharacterStyle, CharacterHeight }): ReceiptBlock => {
    const text = { fa: Text, en: Text }
    if (CharacterStyle === 'Bold' || CharacterHeight === 'DoubleHeight') return { kind: 'heading', text }
    return { kind: 'text', text, ...(Alignment === 'Centred' ? { align: 'center' } : {}) }
  })
}

/** The lines that a till wants on the customer's display. */
export function displayLinesOf({ OutputContent: { OutputFormat, OutputText } }: DisplayOutput): string[] | Fault {
  if (OutputFormat !== 'Text') return { fault: `OutputContent.OutputFormat: ${OutputFormat} is not shown; Text is` }
  return linesOf(OutputText).map(({ Text }) => Text)
}
