import { describe, expect, it } from 'vitest'
import { parseProgramme } from '#programme/schema.ts'
import type { SaleCompleted } from '#protocol/messages.ts'
import type { Regular } from '#protocol/regulars.ts'
import { reply as replySchema } from '#protocol/reply.ts'
import { presentedAlone, quotedAlone, soldAlone } from './alone.ts'

const at = '2026-11-22T09:00:00.000Z'
const sara: Regular = {
  ...{ memberid: '01900000-0000-7000-8000-00000000aaa1', number: '10000016', version: 3, at },
  ...{ visits: 10, purchases: 4, credit: 90_000, available: 90_000, units: {}, counters: {}, stockCards: true, tier: 'gold' },
  lastVisitAt: '2026-11-01T09:00:00.000Z',
}
const parsed = parseProgramme({
  id: 'club',
  version: 7,
  currency: 'IRR',
  tiers: {
    window: { days: 90 },
    downgrade: 'never',
    list: [
      { id: 'blue', name: { fa: 'آبی', en: 'Blue' } },
      { id: 'gold', name: { fa: 'طلایی', en: 'Gold' }, visits: 5 },
    ],
  },
  rules: [
    { id: 'earn', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
    {
      id: 'eleventh',
      order: 2,
      when: { visit: { from: 11, to: 11 } },
      effects: [
        { kind: 'discount', basisPoints: 500 },
        { kind: 'prompt', audience: 'operator', text: { fa: 'یازدهمین بار', en: 'The eleventh time' } },
      ],
    },
    {
      id: 'once',
      order: 3,
      when: {},
      limits: [{ per: 'member', every: 'ever', times: 1 }],
      effects: [{ kind: 'discount', basisPoints: 1_000 }],
    },
  ],
})
if (!parsed.ok) throw new Error(parsed.reason)
const { programme } = parsed
const alone = {
  ...{ programme, products: new Map(), place: { store: 's1', lane: 'lane-1' }, moneyShown: 'toman' as const, at },
  usable: (gifts: number) => 30_000 - gifts,
}
const quote = (regular: Regular, atMost: number) => quotedAlone(regular, alone, { total: 100_000, lines: [], atMost })
const discounts = ({ effects }: ReturnType<typeof quote>) =>
  effects.flatMap((one) => (one.kind === 'discount' ? [[one.ruleid, one.granted]] : []))

describe('a box that answers by itself', () => {
  it('says who it is, the tier and what to say, and that it is the last that was known', () => {
    const answer = presentedAlone(sara, alone)
    expect(answer).toMatchObject({ decidedBy: 'box', member: { memberid: sara.memberid, tier: 'gold', visits: 10 } })
    expect(answer.prompts.map(({ text }) => text.en)).toEqual(['The eleventh time', expect.stringContaining('Offline')])
    expect(JSON.stringify(answer.display)).toContain('طلایی')
    expect(answer.balances).toEqual([{ unit: 'credit', currency: 'IRR', available: 90_000, pending: 0, offline: 30_000 }])
    expect(answer.display?.rows.map(({ field }) => field)).toEqual(['balance-known', 'balance-usable', 'tier'])
    expect(replySchema.safeParse(answer).success).toBe(true)
  })

  it('quotes what the rules give as far as the allowance goes; what does not fit whole is not given', () => {
    expect(discounts(quote(sara, 20_000))).toEqual([
      ['eleventh', 5_000],
      ['once', 10_000],
    ])
    expect(quote(sara, 20_000).quote).toMatchObject({ total: 100_000, discount: 15_000, payable: 85_000 })
    expect(quote(sara, 20_000).balances).toMatchObject([{ available: 90_000, offline: 15_000 }])
    expect(discounts(quote(sara, 14_999))).toEqual([['eleventh', 5_000]])
    expect(quote(sara, 4_999).quote).toMatchObject({ discount: 0, payable: 100_000 })
  })

  it('remembers what it gave: what is once for ever is not given again, and the next visit is the next one', () => {
    const applied = [
      { kind: 'discount' as const, ruleid: 'eleventh', amount: 5_000, currency: 'IRR' },
      { kind: 'discount' as const, ruleid: 'once', amount: 10_000, currency: 'IRR' },
    ]
    const sale = {
      ...{ saleid: sara.memberid, businessdate: '2026-11-22', currency: 'IRR', total: 100_000, lines: [], mode: 'live' },
      ...{ applied, payable: 80_000, tenders: [], redemption: { redemptionid: sara.memberid, amount: 5_000 } },
    } as unknown as SaleCompleted
    const { decision, after } = soldAlone(sara, alone, sale)
    expect(decision.effects.filter(({ kind }) => kind === 'credit')).toMatchObject([{ ruleid: 'earn', granted: 8_000 }])
    expect(after).toMatchObject({ visits: 11, purchases: 5, credit: 85_000, available: 85_000, lastVisitAt: at })
    const later = { ...alone, at: '2026-11-23T09:00:00.000Z' }
    expect(discounts(quotedAlone(after, later, { total: 100_000, lines: [], atMost: 20_000 }))).toEqual([])
  })
})
