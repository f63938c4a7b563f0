import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import type { Value } from '#protocol/values.ts'

const toman = (amount: number): Value => ({ kind: 'money', amount, currency: 'IRR', shown: 'toman' })
const rial = (amount: number): Value => ({ kind: 'money', amount, currency: 'IRR', shown: 'rial' })
const code = (text: string): Value => ({ kind: 'code', code: text })

const pair = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'pair', field, label: receiptFields[field], value })
const total = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'total', field, label: receiptFields[field], value })
const heading = (text: { fa: string; en: string }): ReceiptBlock => ({ kind: 'heading', text })
const centred = (text: { fa: string; en: string }): ReceiptBlock => ({ kind: 'text', text, align: 'center' })

const store: Value = { kind: 'text', text: { fa: 'کافه وفا، شعبهٔ ونک', en: 'Café Vafa, Vanak' } }
const operator: Value = { kind: 'text', text: { fa: 'خانم رضایی', en: 'Ms Rezaei' } }

const sale: ReceiptDocument = {
  version: 1,
  reference: 'VK7-Q2M9',
  provisional: false,
  blocks: [
    heading(receiptTexts.heading),
    pair('store', store),
    pair('instant', { kind: 'instant', instant: '2026-11-21T09:04:00.000Z' }),
    pair('member', code('••••4821')),
    pair('operator', operator),
    pair('till-receipt', code('T-100482')),
    { kind: 'rule' },
    {
      kind: 'items',
      items: [
        { name: 'اسپرسو دوبل', quantity: 2, amount: toman(1_700_000) },
        { name: 'Cheesecake', quantity: 1, amount: toman(1_250_000) },
      ],
    },
    { kind: 'rule' },
    pair('total', toman(2_950_000)),
    pair('discount', toman(147_500)),
    total('payable', toman(2_802_500)),
    { kind: 'rule' },
    pair('credit-earned', toman(280_255)),
    total('balance', toman(1_203_465)),
    pair('balance-offline', toman(240_690)),
    pair('balance-elsewhere', toman(120_000)),
    pair('visits', { kind: 'number', number: 11 }),
    pair('reference', code('VK7-Q2M9')),
    { kind: 'qr', content: 'https://club.example/r/VK7-Q2M9', caption: { fa: 'رسید شما', en: 'Your receipt' } },
    centred(receiptTexts.thanks),
  ],
}

const provisional: ReceiptDocument = {
  version: 1,
  reference: 'VK7-9XHD',
  provisional: true,
  blocks: [
    heading(receiptTexts.heading),
    pair('store', store),
    pair('instant', { kind: 'instant', instant: '2026-03-20T21:00:00.000Z' }),
    pair('till-receipt', code('T-100483')),
    { kind: 'rule' },
    pair('total', rial(12_345_678)),
    total('payable', rial(12_345_678)),
    pair('credit-expected', rial(1_234_567)),
    pair('balance-known', rial(4_000_000)),
    pair('balance-usable', rial(800_000)),
    { kind: 'rule' },
    {
      kind: 'text',
      text: {
        fa: 'خط ارتباط با مرکز قطع است؛ اعتبار این خرید پس از برقراری خودبه‌خود به حساب شما می‌آید و نیازی به مراجعه نیست.',
        en: 'The line to head office is down; the credit of this purchase is booked by itself once it is back.',
      },
    },
    pair('reference', code('VK7-9XHD')),
    { kind: 'barcode', symbology: 'code128', content: 'VK7-9XHD' },
  ],
}

const reversal: ReceiptDocument = {
  version: 1,
  reference: 'VK7-REV1',
  provisional: false,
  blocks: [
    heading(receiptTexts.reversal),
    pair('store', store),
    pair('instant', { kind: 'instant', instant: '2026-11-21T10:30:00.000Z' }),
    pair('member', code('••••4821')),
    { kind: 'rule' },
    total('total', rial(-2_950_000)),
    pair('credit-revoked', rial(280_255)),
    total('balance', rial(-76_790)),
    pair('reference', code('VK7-REV1')),
    { kind: 'qr', content: 'https://club.example/r/VK7-REV1' },
  ],
}

/** Receipts that show what a slip can carry; for tests, and to try a printer without a sale. */
export const sampleReceipts = { sale, provisional, reversal } as const satisfies Record<string, ReceiptDocument>
