import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import type { Effect } from '#protocol/effects.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { arrivalOf, card, hour, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const coffee = { category: ['coffee'] }
const programme = programmeSchema.parse({
  id: 'rewards',
  version: 7,
  currency: 'IRR',
  rules: [
    { id: 'points', order: 1, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
    { id: 'coffees', order: 2, when: {}, effects: [{ kind: 'stamps', name: 'coffee', of: coffee, freeEvery: 4 }] },
    {
      id: 'gift',
      order: 3,
      when: { store: ['s1'] },
      limits: [
        { per: 'member', every: 'day', times: 2 },
        { per: 'programme', every: 'ever', amount: 50_000 },
      ],
      effects: [
        { kind: 'credit', amount: 20_000 },
        { kind: 'message', channel: 'sms', text: { fa: '{name} سلام', en: 'Hello {name}' } },
      ],
    },
  ],
})
const settings: StoreSettings = { ...storeSettings, programmes: { current: programme } }
const lines = (quantity: number): BasketLine[] => [{ product: 'latte', category: 'coffee', quantity, amount: quantity * 10_000 }]
const creditOf = (effects: readonly Effect[]) =>
  effects.reduce((sum, one) => (one.kind === 'credit' ? sum + one.granted : sum), 0)

/** What every store of the club's books must do with points, stamps, limits and messages. */
export function clubRewardsConformance(name: string, open: OpenBooks) {
  describe(`rewards in ${name}`, () => {
    const trial = booksOnTrial(open, settings)
    const { take, takeOne, enrol, balanced } = trial
    const coffees = (who: string, quantity: number, at = start) =>
      trial.box.sale({ total: quantity * 10_000, lines: lines(quantity), member: card(who) }, at)
    const unitsOf = async (memberid: string) =>
      (await trial.store.balances(memberid))
        .filter(({ unit }) => unit !== 'credit')
        .map((one) => [one.unit, one.name, one.available])

    it('keeps points and stamps apart from credit, and shows all of them', async () => {
      const memberid = await enrol('sara')
      const reply = await takeOne(coffees('sara', 3))
      expect(reply.balances).toEqual([
        { unit: 'credit', currency: 'IRR', available: 20_000, pending: 0 },
        { unit: 'points', name: 'club', available: 3, pending: 0 },
        { unit: 'stamps', name: 'coffee', available: 3, pending: 0 },
      ])
      expect((await trial.store.transfers({ memberid })).map(({ kind, unit, amount }) => [kind, unit, amount])).toEqual([
        ['credit-granted', 'IRR', 20_000],
        ['points-granted', 'points:club', 3],
        ['stamps-granted', 'stamps:coffee', 3],
      ])
      await balanced()
    })

    it('takes back with a sale what it earned, and gives back the stamps that it used', async () => {
      const memberid = await enrol('sara')
      await takeOne(coffees('sara', 3))
      const applied = [{ kind: 'discount' as const, ruleid: 'coffees', amount: 10_000, currency: 'IRR' }]
      const free = trial.box.sale({ total: 20_000, lines: lines(2), member: card('sara'), applied })
      expect((await takeOne(free)).effects).toContainEqual({ kind: 'stamps-used', ruleid: 'coffees', name: 'coffee', amount: 4 })
      expect(await unitsOf(memberid)).toEqual([
        ['points', 'club', 4],
        ['stamps', 'coffee', 1],
      ])
      await balanced()
      const undone = await takeOne(trial.box.reversal(free.data.saleid))
      expect(undone.balances).toContainEqual({ unit: 'stamps', name: 'coffee', available: 3, pending: 0 })
      expect(undone.effects.map((one) => one.kind)).toEqual([
        'credit-revoked',
        'points-revoked',
        'stamps-revoked',
        'stamps-restored',
      ])
      expect((await takeOne(trial.box.reversal(free.data.saleid))).effects).toEqual([])
      expect(await unitsOf(memberid)).toEqual([
        ['points', 'club', 3],
        ['stamps', 'coffee', 3],
      ])
      await balanced()
    })

    it('lets a full card wait where the till did not give what was free', async () => {
      const memberid = await enrol('sara')
      await take(coffees('sara', 3), coffees('sara', 2))
      expect(await unitsOf(memberid)).toContainEqual(['stamps', 'coffee', 5])
      const quote = trial.box.request('vafa.sale.quoted.v1', { ...coffees('sara', 1).data })
      const [answer] = repliesOf(await trial.store.answer([arrivalOf(quote, 's1', new Date(start).toISOString())]))
      expect(answer?.quote).toMatchObject({ discount: 10_000, payable: 0 })
    })

    it('stops a rule at its limits: for a member by the day, for all by the budget, also within one batch', async () => {
      await enrol('sara')
      await enrol('dara')
      const given = await take(coffees('sara', 1), coffees('sara', 1), coffees('sara', 1), coffees('dara', 1), coffees('dara', 1))
      expect(given.map(({ effects }) => creditOf(effects))).toEqual([20_000, 20_000, 0, 10_000, 0])
      expect(given[2]?.ruleFailures).toContainEqual({
        ruleid: 'gift',
        condition: 'limit',
        expected: 'fewer than 2 times per member, day',
        found: '2',
      })
      await balanced()
    })

    it('counts nothing of a sale that was undone, and sends nothing of it', async () => {
      await enrol('sara')
      const first = coffees('sara', 1)
      const second = coffees('sara', 1)
      await take(first, second)
      await takeOne(trial.box.reversal(first.data.saleid))
      await takeOne(trial.box.reversal(first.data.saleid))
      expect((await trial.store.dueMessages(new Date(start + hour).toISOString())).map((one) => one.saleid)).toEqual([
        second.data.saleid,
      ])
      const again = await take(coffees('sara', 1), coffees('sara', 1))
      expect(again.map(({ effects }) => creditOf(effects))).toEqual([20_000, 0])
    })

    it('keeps its messages and limits over a restart, and schedules each once whatever is repeated', async () => {
      const memberid = await enrol('sara')
      const sale = coffees('sara', 1)
      await take(sale, sale)
      await trial.reopen()
      await take(sale)
      expect(await trial.store.dueMessages(new Date(start).toISOString())).toEqual([
        {
          purpose: 'club',
          messageid: `${sale.id}/0`,
          memberid,
          saleid: sale.data.saleid,
          ruleid: 'gift',
          channel: 'sms',
          text: { fa: '{name} سلام', en: 'Hello {name}' },
          due: new Date(start).toISOString(),
        },
      ])
      expect(await unitsOf(memberid)).toContainEqual(['stamps', 'coffee', 1])
      expect(creditOf((await takeOne(coffees('sara', 1))).effects)).toBe(20_000)
      expect(creditOf((await takeOne(coffees('sara', 1))).effects)).toBe(0)
    })

    it('balances after any history of sales and reversals', async () => {
      const step = fc.record({
        who: fc.constantFrom('sara', 'dara'),
        quantity: fc.integer({ min: 1, max: 6 }),
        undo: fc.boolean(),
      })
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          run += 1
          const named = (who: string) => `${who} ${run}`
          const ids = [await enrol(named('sara')), await enrol(named('dara'))]
          for (const { who, quantity, undo } of steps) {
            const sale = coffees(named(who), quantity)
            // In either order: a reversal may come before its sale.
            await take(...(undo ? [trial.box.reversal(sale.data.saleid), sale] : [sale]))
          }
          await balanced()
          const standing = (who: string) => steps.filter((one) => one.who === who && !one.undo)
          const expected = ['sara', 'dara'].map((who) => standing(who).reduce((sum, one) => sum + one.quantity, 0))
          const stampsOf = async (memberid: string) =>
            (await trial.store.balances(memberid)).find(({ unit }) => unit === 'stamps')?.available ?? 0
          expect(await Promise.all(ids.map(stampsOf))).toEqual(expected)
        }),
        { numRuns: 15 },
      )
    })
  })
}
