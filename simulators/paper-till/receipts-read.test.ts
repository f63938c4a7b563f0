import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Reading, readReceipt } from '#drivers/till-print/read-receipt.ts'
import { createReceiptStream, type Passed } from '#drivers/till-print/receipt-stream.ts'
import { type ReceiptRules, receiptRules } from '#drivers/till-print/rules.ts'
import { parseConfig } from '#runtime/config.ts'
import { cutBytes, type ReceiptStyle, receiptBytes, receiptStyles, rulesOf } from './receipts.ts'

const rulesFor = (style: ReceiptStyle, more = '') => parseConfig(rulesOf[style] + more, receiptRules, 'rules.yaml')
const latin = (more: string) => parseConfig(`number: 'No (\\d+)'\ntotal: 'TOTAL (\\S+)'\n${more}`, receiptRules, 'rules.yaml')

function passed(bytes: Uint8Array, rules: ReceiptRules): Passed[] {
  const stream = createReceiptStream(rules)
  return [...stream.push(bytes), ...stream.end()]
}
const readings = (bytes: Uint8Array, rules: ReceiptRules): Reading[] =>
  passed(bytes, rules).flatMap((one) => (one.kind === 'end' ? [readReceipt(one.printed, rules)] : []))

const sale = {
  number: '80712',
  operator: 'مریم',
  items: [
    { name: 'قهوه ترک', quantity: 2, amount: 900_000 },
    { name: 'کیک هویج', quantity: 1, amount: 350_000 },
  ],
}
const article = (name: string, quantity: number, amount: number) => ({ product: name, name, quantity, amount })

describe('a receipt is read', () => {
  test.each(['windows', 'dos', 'utf-8'] as const)('as %s programs write it', (style) => {
    const bytes = Buffer.concat([receiptBytes(sale, style), cutBytes.plain])
    expect(readings(bytes, rulesFor(style))).toEqual([
      {
        kind: 'sale',
        sale: {
          number: '80712',
          total: 1_250_000,
          operator: 'مریم',
          lines: [article('قهوه ترک', 2, 900_000), article('کیک هویج', 1, 350_000)],
          copy: false,
        },
      },
    ])
  })

  test('as another library writes it, with the code page that it selects', () => {
    const encoder = new ReceiptPrinterEncoder({ language: 'esc-pos', columns: 42, printerModel: 'epson-tm-t88v' })
    const bytes = encoder
      .initialize()
      .codepage('windows1256')
      .align('center')
      .line('فروشگاه سپيد')
      .align('left')
      .line('شماره فاکتور: 80712')
      .line('قهوه 2 900,000')
      .bold(true)
      .line('مبلغ قابل پرداخت: 900,000')
      .bold(false)
      .newline(4)
      .cut('partial')
      .encode()
    expect(readings(bytes, rulesFor('windows'))).toMatchObject([
      { kind: 'sale', sale: { number: '80712', total: 900_000, lines: [article('قهوه', 2, 900_000)] } },
    ])
  })

  test('with the total alone where the lines do not add up to it', () => {
    const discounted = { ...sale, total: 1_100_000 }
    const [reading] = readings(Buffer.concat([receiptBytes(discounted, 'windows'), cutBytes.plain]), rulesFor('windows'))
    expect(reading).toMatchObject({ kind: 'sale', sale: { total: 1_100_000, lines: [], linesSum: 1_250_000 } })
  })

  test('in toman, where that is what is printed', () => {
    const bytes = Buffer.concat([receiptBytes(sale, 'windows'), cutBytes.plain])
    expect(readings(bytes, rulesFor('windows', 'unit: toman\n'))).toMatchObject([{ sale: { total: 12_500_000 } }])
  })

  test('with a label above its value', () => {
    expect(readings(Buffer.from('No 7\nTOTAL\n12,000\n\x1bi'), latin(''))).toMatchObject([
      { sale: { number: '7', total: 12_000 } },
    ])
  })

  test('several on one connection, each by itself', () => {
    const bytes = Buffer.concat(['1', '2', '3'].flatMap((number) => [receiptBytes({ ...sale, number }, 'dos'), cutBytes.feeding]))
    expect(readings(bytes, rulesFor('dos'))).toMatchObject(['1', '2', '3'].map((number) => ({ sale: { number } })))
  })

  test('a copy is known as one by its words', () => {
    const bytes = Buffer.concat([receiptBytes(sale, 'dos', ['*** رونوشت ***']), cutBytes.plain])
    expect(readings(bytes, rulesFor('dos'))).toMatchObject([{ sale: { copy: true } }])
  })

  test('an order for the kitchen, a returned sale and an empty paper are no sales', () => {
    const kitchen = Buffer.concat([receiptBytes(sale, 'windows', ['آشپزخانه']), cutBytes.plain])
    const returned = Buffer.concat([receiptBytes(sale, 'windows', ['برگشت از فروش']), cutBytes.plain])
    expect(readings(Buffer.concat([kitchen, returned, cutBytes.plain]), rulesFor('windows'))).toEqual([
      { kind: 'ignored', because: 'words' },
      { kind: 'ignored', because: 'words' },
      { kind: 'ignored', because: 'nothing printed' },
    ])
  })

  test('pictures instead of text are told as what they are', () => {
    const bytes = Buffer.concat([receiptBytes(sale, 'pictures'), cutBytes.plain])
    expect(readings(bytes, rulesFor('pictures'))).toEqual([{ kind: 'pictures' }])
  })

  test('one without its number or total is told as incomplete', () => {
    expect(readings(Buffer.from('No 7\n\x1bi'), latin(''))).toEqual([{ kind: 'incomplete', missing: 'total' }])
    expect(readings(Buffer.from('TOTAL 5\n\x1bi'), latin(''))).toEqual([{ kind: 'incomplete', missing: 'number' }])
    expect(readings(Buffer.from('TOTAL -5\nNo 7\n\x1bi'), latin(''))).toEqual([{ kind: 'incomplete', missing: 'total' }])
  })
})

describe('a receipt ends', () => {
  test('half of one is none', () => {
    const stream = createReceiptStream(rulesFor('windows'))
    const bytes = receiptBytes(sale, 'windows')
    expect(stream.push(bytes).some(({ kind }) => kind === 'end')).toBe(false)
    expect(stream.half).toBe(true)
    expect(stream.end()).toEqual([])
  })

  test('with the connection, for a till whose paper is torn off', () => {
    expect(readings(receiptBytes(sale, 'windows'), rulesFor('windows', 'end: close\n'))).toMatchObject([
      { sale: { number: '80712' } },
    ])
  })

  test('with its last line, for a till that neither cuts nor hangs up', () => {
    const two = Buffer.concat([receiptBytes(sale, 'windows'), receiptBytes({ ...sale, number: '80713' }, 'windows')])
    const rules = rulesFor('windows', "end: { line: 'از خرید شما متشکریم' }\n")
    expect(readings(two, rules)).toMatchObject([{ sale: { number: '80712' } }, { sale: { number: '80713' } }])
  })
})

describe('what goes to the printer', () => {
  test('is what the till sent, byte for byte, in each style', () => {
    for (const style of receiptStyles) {
      const bytes = Buffer.concat([receiptBytes(sale, style), cutBytes.old, receiptBytes(sale, style)])
      expect(Buffer.concat(passed(bytes, rulesFor(style)).map((one) => one.bytes))).toEqual(bytes)
    }
  })

  test('10,000 arbitrary streams and mutated receipts pass unchanged and are read without an exception', () => {
    const rules = rulesFor('dos')
    const receipt = Buffer.concat([receiptBytes(sale, 'dos'), cutBytes.plain])
    const mutated = fc
      .array(fc.tuple(fc.nat(receipt.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(receipt)
        for (const [at, byte] of changes) bytes[at] = byte
        return bytes
      })
    const run = (bytes: Uint8Array) => {
      const out = passed(bytes, rules)
      if (!Buffer.concat(out.map((one) => one.bytes)).equals(bytes)) throw new Error('bytes were changed')
      for (const one of out) if (one.kind === 'end') readReceipt(one.printed, rules)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), run), { numRuns: 8_000 })
    fc.assert(fc.property(mutated, run), { numRuns: 2_000 })
  })

  test('1,000 random splits give the same receipts', () => {
    const rules = rulesFor('utf-8')
    const bytes = Buffer.concat([receiptBytes(sale, 'utf-8'), cutBytes.plain])
    const whole = readings(bytes, rules)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (at) => {
        const stream = createReceiptStream(rules)
        const ends = [0, ...at.sort((a, b) => a - b), bytes.length]
        const out = ends.slice(1).flatMap((end, index) => stream.push(bytes.subarray(ends[index], end)))
        expect(out.flatMap((one) => (one.kind === 'end' ? [readReceipt(one.printed, rules)] : []))).toEqual(whole)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('rules', () => {
  test.each([
    ["number: 'x'", 'needs a part in ( )'],
    ["number: '(a+)+b'", 'repetition within a repetition'],
    ["number: '('", 'Invalid regular expression'],
    ["line: '(.+) (\\d+)'", '(?<name>…)'],
    ['restart: daily', 'the printed day belongs to the number'],
  ])('%s is refused with the way out', (line, words) => {
    const text = `number: '(1)'\ntotal: '(2)'\n`.replace(/^number.*\n/, line.startsWith('number') ? '' : '$&') + line
    expect(() => parseConfig(text, receiptRules, 'rules.yaml')).toThrow(words)
  })

  test('may be written in Arabic letters and with Persian digits, as the receipt looks', () => {
    const rules = parseConfig("number: 'شماره ۱ (\\d+)'\ntotal: 'كل (\\d+)'\n", receiptRules, 'rules.yaml')
    expect(readings(Buffer.from('شماره 1 ۵۵\nکل ۹۰۰\n\x1bi'), rules)).toMatchObject([{ sale: { number: '55', total: 900 } }])
  })
})
