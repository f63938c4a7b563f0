import type { CodePage } from '#drivers/printed-text/code-pages.ts'
import { encodeText } from '#drivers/printed-text/encode-text.ts'

/** What a till rings up, in rials. */
export interface RungUp {
  number: string
  items: readonly { name: string; quantity: number; amount: number }[]
  total?: number
  operator?: string
}

/** How a till writes its receipts: as till programs in Iranian shops do. */
export const receiptStyles = ['windows', 'dos', 'utf-8', 'latin', 'pictures'] as const
export type ReceiptStyle = (typeof receiptStyles)[number]

const persian = (text: string | number) => String(text).replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? digit)
const thousands = (amount: number) => amount.toLocaleString('en-US')

const init = [0x1b, 0x40]
const centre = [0x1b, 0x61, 1]
const left = [0x1b, 0x61, 0]
const bold = (on: boolean) => [0x1b, 0x45, on ? 1 : 0]
const select = (page: number) => [0x1b, 0x74, page]

const sumOf = ({ items, total }: RungUp) => total ?? items.reduce((sum, { amount }) => sum + amount, 0)

/** A receipt's bytes without its end: `cutOf` makes that. `extra`: lines below it («رونوشت»). */
export function receiptBytes(sale: RungUp, style: ReceiptStyle, extra: readonly string[] = []): Buffer {
  switch (style) {
    case 'windows':
      return persianReceipt(sale, { page: 'cp1256', select: 50, digits: String, extra })
    case 'dos':
      return persianReceipt(sale, { page: 'iran-system', select: 0, digits: persian, extra })
    case 'utf-8':
      return persianReceipt(sale, { page: 'utf-8', select: 0, digits: persian, extra })
    case 'latin':
      return latinReceipt(sale, extra)
    case 'pictures':
      return picture()
  }
}

interface Writing {
  page: CodePage
  select: number
  digits(text: string): string
  extra: readonly string[]
}

function persianReceipt(sale: RungUp, { page, select: selected, digits, extra }: Writing): Buffer {
  const line = (text: string) => [...encodeText(digits(text), page), 0x0a]
  return Buffer.from([
    ...init,
    ...(selected === 0 ? [] : select(selected)),
    ...centre,
    ...bold(true),
    ...line('فروشگاه سپید'),
    ...bold(false),
    ...line('شعبه ونک - تلفن 021-88001122'),
    ...left,
    ...line(`شماره فاکتور: ${sale.number}`),
    ...line(`تاریخ: 1405/08/30  ساعت: 12:34`),
    ...(sale.operator === undefined ? [] : line(`صندوقدار: ${sale.operator}`)),
    ...line('-'.repeat(42)),
    ...sale.items.flatMap(({ name, quantity, amount }) => line(`${name}  ${quantity}  ${thousands(amount)}`)),
    ...line('-'.repeat(42)),
    ...bold(true),
    ...line(`مبلغ قابل پرداخت: ${thousands(sumOf(sale))} ریال`),
    ...bold(false),
    ...extra.flatMap(line),
    ...centre,
    ...line('از خرید شما متشکریم'),
    ...left,
    0x1b,
    0x64,
    5,
  ])
}

function latinReceipt(sale: RungUp, extra: readonly string[]): Buffer {
  const line = (text: string) => [...Buffer.from(text, 'latin1'), 0x0d, 0x0a]
  return Buffer.from([
    ...init,
    ...line('CAFE SEPID'),
    ...line(`Receipt No: ${sale.number}`),
    ...sale.items.flatMap(({ name, quantity, amount }) => line(`${quantity} x ${name.padEnd(24)}${thousands(amount)}`)),
    ...line(`TOTAL ${thousands(sumOf(sale))}`),
    ...extra.flatMap(line),
    ...Array.from({ length: 4 }, () => 0x0a),
  ])
}

/** What a Windows driver makes of any receipt: dots, in which bytes look like commands by chance. */
function picture(): Buffer {
  const rows = 400
  const dots = Buffer.from(Array.from({ length: 72 * rows }, (_, at) => [0x1d, 0x56, 0x00, 0x1b, 0x69, 0x0f][at % 6] ?? 0))
  return Buffer.concat([Buffer.from([...init, 0x1d, 0x76, 0x30, 0, 72, 0, rows & 0xff, rows >> 8]), dots])
}

/** How a till ends a receipt: `feeding` brings the paper to the cutter by itself. */
export const cutBytes = {
  plain: Buffer.from([0x1d, 0x56, 0x01]),
  feeding: Buffer.from([0x1d, 0x56, 66, 0]),
  old: Buffer.from([0x1b, 0x69]),
}

/** Rules for these receipts, as a technician would write them. */
export const rulesOf: Record<ReceiptStyle, string> = {
  windows: persianRules(''),
  dos: persianRules('codePage: iran-system\n'),
  'utf-8': persianRules(''),
  pictures: persianRules(''),
  latin: `number: 'Receipt No: *(\\d+)'
total: '^TOTAL +([\\d,]+)'
line: '^(?<quantity>\\d+) x (?<name>.+?) +(?<amount>[\\d,]+)$'
copy: ['^COPY']
ignore: ['KITCHEN', 'REFUND']
`,
}

function persianRules(head: string): string {
  return `${head}number: 'شماره فاکتور: *(\\d+)'
total: 'مبلغ قابل پرداخت: *([\\d,]+)'
line: '^(?<name>.+?) (?<quantity>\\d+) (?<amount>[\\d,]+)$'
operator: 'صندوقدار: *(.+)'
copy: ['رونوشت', 'چاپ مجدد']
ignore: ['آشپزخانه', 'گزارش', 'برگشت از فروش']
`
}
