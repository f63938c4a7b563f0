import { describe, expect, it } from 'vitest'
import { programmeSchema } from '#programme/schema.ts'
import type { Effect } from '#protocol/effects.ts'
import { fieldsOf, type ReceiptDocument, receiptDocument } from '#protocol/receipt.ts'
import { reversalReceipt, saleReceipt } from './receipt-of.ts'

const shop = { club: 'demo', store: 's1', name: { fa: 'کافه وفا', en: 'Café Vafa' }, moneyShown: 'toman' as const }
const sale = {
  at: '2026-11-21T09:04:00.000Z',
  currency: 'IRR',
  total: 1_000_000,
  discount: 50_000,
  payable: 950_000,
  reference: '7K3M9-QXZ2A',
  operator: 'Mina',
  tillreceipt: 'T-7',
}
const member = {
  memberid: '01930000-0000-7000-8000-000000000001',
  number: '10000016',
  visits: 1,
  purchases: 1,
  units: {},
  credit: 95_000,
  lots: [{ unit: 'credit', issuedBy: 's1', left: 95_000 }],
}
const programme = programmeSchema.parse({
  id: 'demo',
  version: 1,
  currency: 'IRR',
  rules: [
    {
      id: 'coffees',
      order: 1,
      when: {},
      effects: [{ kind: 'stamps', name: 'coffee', of: { category: ['coffee'] }, freeEvery: 10 }],
    },
  ],
})
const at = sale.at
const effects: Effect[] = [{ kind: 'credit', ruleid: 'everyone-10', desired: 95_000, granted: 95_000, currency: 'IRR' }]
const prompts = [
  { audience: 'customer' as const, text: { fa: 'خوش آمدید!', en: 'Welcome!' }, ruleid: 'first-purchase' },
  { audience: 'operator' as const, text: { fa: 'بگویید', en: 'Say' }, ruleid: 'regular-15' },
]
const outline = (document: ReceiptDocument) =>
  document.blocks.map((block) => {
    if (block.kind === 'pair' || block.kind === 'total')
      return `${block.kind} ${block.label.fa} ${block.value.kind === 'money' ? block.value.amount : JSON.stringify(block.value)}`
    if (block.kind === 'heading' || block.kind === 'text') return `${block.kind} ${block.text.fa}`
    return block.kind === 'qr' ? `qr ${block.content}` : block.kind
  })

describe('the slip of a sale', () => {
  const document = saleReceipt({ shop, sale, at, member, effects, prompts, programme })

  it('reads from the heading «رسید باشگاه» to the line of thanks', () => {
    expect(outline(document)).toEqual([
      'heading رسید باشگاه',
      'pair فروشگاه {"kind":"text","text":{"fa":"کافه وفا","en":"Café Vafa"}}',
      'pair زمان {"kind":"instant","instant":"2026-11-21T09:04:00.000Z"}',
      'pair عضو {"kind":"code","code":"••••0016"}',
      'pair صندوق‌دار {"kind":"text","text":{"fa":"Mina","en":"Mina"}}',
      'pair رسید صندوق {"kind":"code","code":"T-7"}',
      'rule',
      'pair مبلغ خرید 1000000',
      'pair تخفیف باشگاه 50000',
      'total پرداخت شد 950000',
      'rule',
      'pair اعتبار این خرید 95000',
      'total مانده اعتبار 95000',
      'pair تعداد مراجعه {"kind":"number","number":1}',
      'text خوش آمدید!',
      'rule',
      'pair کد پیگیری {"kind":"code","code":"7K3M9-QXZ2A"}',
      'qr vafa:demo:7K3M9-QXZ2A',
      'text از خرید شما سپاسگزاریم',
    ])
    expect(receiptDocument.parse(document)).toEqual(document)
  })

  it('shows no more than four digits of the number, and nothing that is meant for the cashier', () => {
    expect(JSON.stringify(document)).not.toContain(member.number)
    expect(JSON.stringify(document)).not.toContain(member.memberid)
    expect(JSON.stringify(document)).not.toContain('Say')
  })

  it('shows no credit where there is no member, and no discount where none was given', () => {
    const slip = { shop, sale: { ...sale, discount: 0 }, at, member: undefined, effects: [], prompts: [], programme }
    const fields = fieldsOf(saleReceipt(slip))
    for (const field of ['member', 'discount', 'credit-earned', 'balance', 'visits']) expect(fields.has(field)).toBe(false)
    expect(fields.has('payable')).toBe(true)
  })

  it('shows points with what was earned, and stamps of a card out of those that make it full', () => {
    const units = { 'points:club': 120, 'stamps:coffee': 7 }
    const lots = [...member.lots, { unit: 'points:club', issuedBy: 's1', left: 120 }]
    const memberWith = { ...member, units, lots }
    const earned: Effect[] = [{ kind: 'points', ruleid: 'a', name: 'club', desired: 95, granted: 95 }]
    const lines = outline(saleReceipt({ shop, sale, at, member: memberWith, effects: earned, prompts: [], programme }))
    expect(lines.filter((line) => line.includes('('))).toEqual([
      'pair امتیاز این خرید (club) {"kind":"number","number":95}',
      'pair مانده امتیاز (club) {"kind":"number","number":120}',
      'pair مهر (coffee) {"kind":"code","code":"7/10"}',
    ])
  })
})

it('says what of the credit can also be spent while the club is away, and what only other stores can give', () => {
  const lent = { s1: 20_000, s2: 30_000, s3: 1_000 }
  const slip = { shop, sale, at, member: { ...member, lent }, effects, prompts: [], programme }
  expect(outline(saleReceipt(slip)).filter((line) => /اعتبار|آفلاین|شعبه‌های/.test(line))).toEqual([
    'pair اعتبار این خرید 95000',
    'total مانده اعتبار 115000',
    'pair از آن هنگام آفلاین 20000',
    'pair نزد شعبه‌های دیگر 31000',
  ])
})

it('the slip of a reversal turns the amounts negative and says what was taken back', () => {
  const revoked: Effect[] = [{ kind: 'credit-revoked', ruleid: 'everyone-10', amount: 95_000, currency: 'IRR' }]
  const document = reversalReceipt({ shop, sale, at, member: { ...member, credit: 0, lots: [] }, effects: revoked })
  expect(outline(document).filter((line) => /\d$/.test(line))).toEqual([
    'pair مبلغ خرید -1000000',
    'pair تخفیف باشگاه -50000',
    'total پرداخت شد -950000',
    'pair اعتبار پس گرفته 95000',
    'total مانده اعتبار 0',
  ])
  expect(receiptDocument.parse(document)).toEqual(document)
})
