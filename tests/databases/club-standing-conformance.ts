import { describe, expect, it } from 'vitest'
import type { StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import type { Effect } from '#protocol/effects.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { card, hour, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const text = { fa: 'متن', en: 'Text' }
const programme = programmeSchema.parse({
  id: 'standing',
  version: 3,
  currency: 'IRR',
  tiers: {
    window: { days: 365 },
    downgrade: 'drop-to-earned',
    list: [
      { id: 'bronze', name: { fa: 'برنزی', en: 'Bronze' } },
      { id: 'silver', name: { fa: 'نقره‌ای', en: 'Silver' }, spend: 1_000_000 },
      { id: 'gold', name: { fa: 'طلایی', en: 'Gold' }, spend: 5_000_000 },
    ],
  },
  rules: [
    { id: 'silver-5', order: 1, when: { tier: ['silver', 'gold'] }, effects: [{ kind: 'credit', basisPoints: 500 }] },
    {
      id: 'big-basket',
      order: 2,
      when: { amount: { from: 3_000_000 } },
      effects: [
        { kind: 'coupon', name: 'thanks', amount: 50_000, days: 90 },
        { kind: 'alert', text },
      ],
    },
    { id: 'thanks', order: 3, when: { coupon: ['thanks'] }, effects: [{ kind: 'use-coupon', name: 'thanks' }] },
    { id: 'tap', order: 4, on: 'visit', when: {}, effects: [{ kind: 'points', name: 'club', amount: 1 }] },
    {
      id: 'asked',
      order: 5,
      on: 'survey-answered',
      when: {},
      limits: [{ per: 'member', every: 'ever', times: 1 }],
      effects: [{ kind: 'credit', amount: 7_000 }],
    },
    {
      id: 'tea',
      order: 7,
      when: { amount: { from: 900_000, to: 900_000 } },
      effects: [{ kind: 'free-product', product: 'tea', quantity: 1 }],
    },
    { id: 'often', order: 6, when: { streak: { days: 30, visits: 3 } }, effects: [{ kind: 'credit', amount: 1_000 }] },
  ],
})
const settings: StoreSettings = { ...storeSettings, programmes: { current: programme } }
const day = 24 * hour

/** What every store of the club's books must do with tiers, coupons, taps, answers and words to head office. */
export function clubStandingConformance(name: string, open: OpenBooks) {
  describe(`a member's standing in ${name}`, () => {
    const trial = booksOnTrial(open, settings)
    const buy = (total: number, at = start, more = {}) =>
      trial.takeOne(trial.box.sale({ total, member: card('sara'), ...more }, at))
    const given = (effects: readonly Effect[], ruleid: string) => effects.filter((one) => one.ruleid === ruleid)

    it('moves a member up with what is spent, and rules about the tier hold from the next purchase on', async () => {
      await trial.enrol('sara')
      expect(await buy(999_999)).toMatchObject({ member: { tier: 'bronze' } })
      const up = await buy(1, start + 3 * hour)
      expect(up).toMatchObject({ member: { tier: 'silver' } })
      expect(given(up.effects, 'silver-5')).toEqual([])
      const next = await buy(100_000, start + 6 * hour)
      expect(given(next.effects, 'silver-5')).toMatchObject([{ granted: 5_000 }])
      await trial.balanced()
    })

    it('takes with a purchase what it did for the tier', async () => {
      await trial.enrol('sara')
      const saleid = trial.box.nextId()
      expect(await buy(1_500_000, start, { saleid })).toMatchObject({ member: { tier: 'silver' } })
      await trial.takeOne(trial.box.reversal(saleid, start + hour))
      await trial.reopen()
      // Nothing spent any more: the day's grace is over with the next day.
      expect(await buy(1_000, start + 2 * day)).toMatchObject({ member: { tier: 'bronze' } })
    })

    it('gives a coupon that a later purchase uses, once, and takes both back with their purchases', async () => {
      await trial.enrol('sara')
      const first = trial.box.nextId()
      expect(given((await buy(3_000_000, start, { saleid: first })).effects, 'big-basket')).toMatchObject([
        { kind: 'coupon', name: 'thanks' },
      ])
      const basket = {
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 400_000,
        lines: [],
        mode: 'live' as const,
      }
      const quote = async (at: number) =>
        (await trial.ask(trial.box.request('vafa.sale.quoted.v1', { ...basket, saleid: trial.box.nextId() }, at), at)).quote
      expect(await quote(start + day)).toMatchObject({ discount: 50_000 })

      const second = trial.box.nextId()
      const applied = [{ kind: 'discount' as const, ruleid: 'thanks', amount: 50_000, currency: 'IRR' }]
      const used = await buy(400_000, start + day, { saleid: second, applied })
      expect(given(used.effects, 'thanks').map((one) => one.kind)).toEqual(['discount', 'coupon-used'])
      expect(await quote(start + 2 * day)).toMatchObject({ discount: 0 })
      await trial.takeOne(trial.box.reversal(second, start + 2 * day))
      expect(await quote(start + 3 * day)).toMatchObject({ discount: 50_000 })
      await trial.takeOne(trial.box.reversal(first, start + 3 * day))
      expect(await quote(start + 4 * day)).toMatchObject({ discount: 0 })
      await trial.balanced()
    })

    it('prints the tier and the coupon on the slip of the purchase that brought them', async () => {
      await trial.enrol('sara')
      const { receipt } = await buy(3_000_000)
      const fields = receipt?.blocks.flatMap((one) => (one.kind === 'pair' ? [[one.field, one.value]] : []))
      expect(fields).toContainEqual(['tier', { kind: 'text', text: { fa: 'نقره‌ای', en: 'Silver' } }])
      expect(fields).toContainEqual(['coupon', { kind: 'money', amount: 50_000, currency: 'IRR', shown: 'toman' }])
    })

    it('looks at the tier again when it is safe no longer, though nobody comes', async () => {
      await trial.enrol('sara')
      await buy(1_500_000)
      await trial.store.tick(new Date(start + 300 * day).toISOString())
      expect(await trial.store.members()).toMatchObject([{ tier: 'silver' }])
      await trial.store.tick(new Date(start + 370 * day).toISOString())
      expect(await trial.store.members()).toMatchObject([{ tier: 'bronze' }])
      await trial.reopen()
      expect(await trial.store.members()).toMatchObject([{ tier: 'bronze' }])
    })

    it('says at the till what may be had free and is not in the basket yet', async () => {
      await trial.enrol('sara')
      const basket = {
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 900_000,
        lines: [],
        mode: 'live' as const,
      }
      const { offers } = await trial.ask(trial.box.request('vafa.sale.quoted.v1', { ...basket, saleid: trial.box.nextId() }))
      expect(offers).toEqual([{ ruleid: 'tea', product: 'tea', quantity: 1 }])
    })

    it('tells head office what a rule found, and says nothing of it at the till', async () => {
      const memberid = await trial.enrol('sara')
      const reply = await buy(3_000_000)
      expect(reply.prompts).toEqual([])
      expect(await trial.store.alerts({})).toMatchObject([{ ruleid: 'big-basket', text, memberid, store: 's1' }])
    })

    it('counts a tap as a visit, and the purchase after it as the same one', async () => {
      await trial.enrol('sara')
      const tap = await trial.takeOne(trial.box.fact('vafa.visit.recorded.v1', { member: card('sara') }, start))
      expect(tap).toMatchObject({ member: { visits: 1 }, effects: [{ kind: 'points', granted: 1 }] })
      expect(await buy(1_000, start + hour)).toMatchObject({ member: { visits: 1 } })
      expect(await buy(1_000, start + day)).toMatchObject({ member: { visits: 2 } })
      await trial.balanced()
    })

    it('sees how often a member has come lately', async () => {
      await trial.enrol('sara')
      const amounts = []
      for (const at of [start, start + day, start + 2 * day, start + 60 * day])
        amounts.push(given((await buy(1_000, at)).effects, 'often').length)
      expect(amounts).toEqual([0, 0, 1, 0])
    })

    it('thanks for the first answer to the first survey, and for no other', async () => {
      await trial.enrol('sara')
      const answer = (surveyid: string) =>
        trial.takeOne(trial.box.fact('vafa.survey.answered.v1', { member: card('sara'), surveyid, option: 2 }))
      expect((await answer('service')).effects).toMatchObject([{ kind: 'credit', granted: 7_000 }])
      expect((await answer('service')).effects).toEqual([])
      expect((await answer('taste')).effects).toEqual([])
      await trial.balanced()
    })
  })
}
