import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { hour, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const date = '2026-11-21'

/** What every store of the club's books must do with the totals of a till's day. */
export function clubDaysConformance(name: string, open: OpenBooks) {
  describe(`business days in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const close = (till: { sales: number; total: number; discount?: number; reversed?: number }, at = start + 10 * hour) =>
      books.box.fact(
        'vafa.day.closed.v1',
        { businessdate: date, currency: 'IRR', discount: 0, reversed: 0, mode: 'live', ...till },
        at,
      )
    const sold = (total: number, discount = 0) => {
      const applied = discount === 0 ? [] : [{ kind: 'discount' as const, ruleid: 'r', amount: discount, currency: 'IRR' }]
      return books.box.sale({ total, applied })
    }
    const texts = (reply: object) => JSON.stringify(reply)

    it('says that a till’s day agrees with the club’s, on a slip in both languages', async () => {
      const undone = sold(3_000)
      await books.take(sold(1_000), sold(2_000, 500), undone, books.box.reversal(undone.data.saleid))
      const reply = await books.takeOne(close({ sales: 3, total: 6_000, discount: 500, reversed: 1 }))
      expect(reply).toMatchObject({ status: 'accepted', display: { title: { en: 'Agrees with the club’s books' } } })
      expect(texts(reply.receipt ?? {})).toContain('با دفتر باشگاه می‌خواند')
      const totals = { sales: 3, total: 6_000, discount: 500, reversed: 1 }
      expect(await books.store.dayCloses({ from: date, to: date })).toEqual([
        {
          ...{ store: 's1', lane: 'lane-1', businessdate: date, club: totals, till: totals, difference: {} },
          closedAt: new Date(start + 10 * hour).toISOString(),
        },
      ])
    })

    it('names each total that differs and by how much', async () => {
      await books.take(sold(1_000), sold(2_000))
      const { receipt, display } = await books.takeOne(close({ sales: 3, total: 3_500 }))
      expect(display?.title.en).toBe('Differs from the club’s books')
      const pairs = receipt?.blocks.flatMap((one) => (one.kind === 'pair' ? [[one.field, one.value]] : []))
      expect(pairs).toContainEqual(['day-sales', { kind: 'number', number: 3 }])
      expect(pairs).toContainEqual(['day-sales-in-club', { kind: 'number', number: 2 }])
      expect(pairs).toContainEqual(['day-total-difference', { kind: 'money', amount: 500, currency: 'IRR', shown: 'toman' }])
      expect(pairs?.some(([field]) => field === 'day-discount-difference')).toBe(false)
      expect(await books.store.dayCloses({ from: date, to: date })).toMatchObject([{ difference: { sales: 1, total: 500 } }])
    })

    it('revises its answer when a sale comes after the close, and when that is undone', async () => {
      const late = sold(2_000)
      await books.take(sold(1_000))
      const closed = close({ sales: 2, total: 3_000, reversed: 1 })
      expect(await books.takeOne(closed)).toMatchObject({
        revision: 1,
        display: { title: { en: 'Differs from the club’s books' } },
      })
      expect(await books.take(late)).toMatchObject([
        { inReplyTo: late.id },
        { inReplyTo: closed.id, revision: 2, display: { title: { en: 'Differs from the club’s books' } } },
      ])
      expect(await books.take(books.box.reversal(late.data.saleid))).toMatchObject([
        { revision: 1 },
        { inReplyTo: closed.id, revision: 3, display: { title: { en: 'Agrees with the club’s books' } } },
      ])
      expect(await books.takeOne(closed)).toMatchObject({ revision: 3 })
    })

    it('goes by the newer of two closes, and keeps lanes and days apart', async () => {
      const other = { ...sold(7_000), subject: 'lane-2' }
      const tomorrow = books.box.sale({ total: 9_000, businessdate: '2026-11-22' })
      await books.take(sold(1_000), other, tomorrow, close({ sales: 5, total: 5 }), close({ sales: 1, total: 1_000 }))
      const days = await books.store.dayCloses({ from: date, to: date })
      expect(days).toMatchObject([
        { lane: 'lane-1', difference: {}, till: { sales: 1 } },
        { lane: 'lane-2', club: { sales: 1, total: 7_000 } },
      ])
      expect(days[1]).not.toHaveProperty('till')
      expect(await books.store.dayCloses({ from: date, to: '2026-11-22' })).toHaveLength(3)
      expect(await books.store.dayCloses({ from: '2026-11-23', to: '2026-12-01' })).toEqual([])
    })

    it('sets a day in another currency aside', async () => {
      const closed = close({ sales: 0, total: 0 })
      const reply = await books.takeOne({ ...closed, data: { ...closed.data, currency: 'EUR' } })
      expect(reply).toMatchObject({ status: 'quarantined', error: { key: 'request.invalid' } })
    })

    it('adds up for any history of sales and reversals, in any order, over restarts', async () => {
      const step = fc.record({
        total: fc.nat(1_000_000),
        undo: fc.constantFrom('never', 'before', 'after', 'twice'),
        reopen: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          const [before] = await books.store.dayCloses({ from: date, to: date })
          for (const { total, undo, reopen } of steps) {
            const sale = sold(total)
            const reversal = () => books.box.reversal(sale.data.saleid)
            await books.take(
              ...(undo === 'before' ? [reversal()] : []),
              sale,
              ...(undo === 'after' || undo === 'twice' ? [reversal()] : []),
              ...(undo === 'twice' ? [reversal(), sale] : []),
            )
            if (reopen) await books.reopen()
          }
          const [after] = await books.store.dayCloses({ from: date, to: date })
          expect((after?.club.sales ?? 0) - (before?.club.sales ?? 0)).toBe(steps.length)
          const added = steps.reduce((sum, one) => sum + one.total, 0)
          expect((after?.club.total ?? 0) - (before?.club.total ?? 0)).toBe(added)
          const undone = steps.filter((one) => one.undo !== 'never').length
          expect((after?.club.reversed ?? 0) - (before?.club.reversed ?? 0)).toBe(undone)
        }),
        { numRuns: 12 },
      )
    })
  })
}
