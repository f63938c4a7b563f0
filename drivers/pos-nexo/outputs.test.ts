import { describe, expect, test } from 'vitest'
import { blocksOf, displayLinesOf, linesOf } from './outputs.ts'
import { outputContent } from './requests.ts'

const text = (...OutputText: object[]) => outputContent.parse({ OutputFormat: 'Text', OutputText })

describe('what a till wants on paper', () => {
  test('is a line for each text that ends one, and for each line feed', () => {
    const { OutputText } = text({ Text: 'سلام ', EndOfLineFlag: false }, { Text: 'سارا\nخوش آمدید' }, { Text: 'a\r\n' })
    expect(linesOf(OutputText).map(({ Text }) => Text)).toEqual(['سلام سارا', 'خوش آمدید', 'a', ''])
  })
  test('stands out where it is bold or high, and is centred where it says so', () => {
    expect(blocksOf(text({ Text: 'A', CharacterStyle: 'Bold' }, { Text: 'B', Alignment: 'Centred' }, { Text: 'C' }))).toEqual([
      { kind: 'heading', text: { fa: 'A', en: 'A' } },
      { kind: 'text', text: { fa: 'B', en: 'B' }, align: 'center' },
      { kind: 'text', text: { fa: 'C', en: 'C' } },
    ])
  })
  test('may be a QR code or a barcode; what the printer cannot draw is refused in words', () => {
    const barcode = (BarcodeType: string, BarcodeValue: string) =>
      blocksOf(outputContent.parse({ OutputFormat: 'BarCode', OutputBarcode: { BarcodeType, BarcodeValue } }))
    expect(barcode('QRCODE', 'https://vafa.test/1')).toEqual([{ kind: 'qr', content: 'https://vafa.test/1' }])
    expect(barcode('EAN13', '6260100110011')).toEqual([{ kind: 'barcode', symbology: 'code128', content: '6260100110011' }])
    expect(barcode('PDF417', 'x')).toEqual({ fault: expect.stringContaining('PDF417') })
    expect(barcode('Code128', 'سلام')).toEqual({ fault: expect.stringContaining('Latin') })
    expect(blocksOf(outputContent.parse({ OutputFormat: 'XHTML' }))).toEqual({ fault: expect.stringContaining('XHTML') })
    expect(blocksOf(outputContent.parse({ OutputFormat: 'BarCode' }))).toEqual({ fault: expect.stringContaining('missing') })
  })
})

test('what a till wants on the display is its lines', () => {
  const show = (OutputContent: object) =>
    displayLinesOf({
      Device: 'CustomerDisplay',
      InfoQualify: 'Display',
      ResponseRequiredFlag: true,
      OutputContent: outputContent.parse(OutputContent),
    })
  expect(show({ OutputFormat: 'Text', OutputText: [{ Text: '1.250.000' }, { Text: 'rial' }] })).toEqual(['1.250.000', 'rial'])
  expect(show({ OutputFormat: 'MessageRef' })).toHaveProperty('fault')
})
