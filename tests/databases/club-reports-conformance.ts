import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everybody } from '#club/insight/everybody.ts'
import { nextOffer } from '#club/insight/next-offer.ts'
import { leftOut, reports } from '#club/reports/catalogue.ts'
import { plainCell } from '#club/reports/cells.ts'
import { type ReportName, reportNames } from '#club/reports/names.ts'
import { openBooks } from '#club/store/books-store.ts'
import type { Engine } from '#club/store/engine.ts'
import type { MessageData } from '#protocol/messages.ts'
import { referenceOf } from '#protocol/reference.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { arrivalOf, card, createBox, hour, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const day = 24 * hour
/** 1 Azar 1405 in Tehran. */
const now = '2026-11-22T08:00:00.000Z'
const line = (product: string, amount: number) => ({ product, category: product, quantity: 1, amount })

/** What reports must say, whatever database they read. */
export function clubReportsConformance(name: string, open: (folder: string) => Promise<Engine>) {
  describe(`reports from ${name}`, () => {
    let folder: string
    let engine: Engine
    let box: ReturnType<typeof createBox>

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'vafa-reports-'))
      box = createBox()
    })
    afterEach(async () => {
      await engine.close()
      rmSync(folder, { recursive: true })
    })

    /** Books what the stores sent, and opens what came of it for questions. */
    async function booked(...messages: object[]): Promise<void> {
      const store = await openBooks(await open(folder), { ...storeSettings, uuid: systemRuntime.uuid })
      await store.commitBatch(messages.map((one) => arrivalOf(one)))
      await store.close()
      engine = await open(folder)
    }
    async function report(which: ReportName, more: { store?: string; from?: string; to?: string; by?: 'day' | 'month' } = {}) {
      const asked = {
        reader: engine,
        from: '2026-11-01',
        to: '2026-11-30',
        by: 'day' as const,
        top: 10,
        now,
        segments: { segments: [] },
      }
      const { columns, rows } = await reports[which].make({ ...asked, ...more })
      return rows.map((row) => Object.fromEntries(columns.map((one) => [one.key, plainCell(row[one.key], one)])))
    }
    const sale = (
      who: string | undefined,
      at: number,
      product: string,
      amount: number,
      more: Partial<MessageData<'vafa.sale.completed.v1'>> = {},
    ) => box.sale({ total: amount, lines: [line(product, amount)], ...(who ? { member: card(who) } : {}), ...more }, at)

    it('a reversal counts on its own day, and net is what is left', async () => {
      const wrong = sale(undefined, start, 'tea', 30_000)
      await booked(sale(undefined, start, 'cake', 50_000), wrong, box.reversal(wrong.data.saleid, start + day))
      const none = { sales: 0, returns: 0, reversals: 0, total: 0, discount: 0, payable: 0, reversed: 0, net: 0 }
      expect(await report('sales')).toEqual([
        { ...none, day: '2026-11-21', sales: 2, total: 80_000, payable: 80_000, net: 80_000, basket: 40_000, members_share: 0 },
        { ...none, day: '2026-11-22', reversals: 1, reversed: 30_000, net: -30_000, basket: '', members_share: '' },
      ])
      expect(await report('sales', { by: 'month' })).toMatchObject([{ month: '2026-10-23' }, { month: '2026-11-22' }])
      expect(await report('products')).toMatchObject([
        { product: 'cake', net: 50_000, quantity: 1 },
        { product: 'tea', amount: 30_000, reversed: 30_000, net: 0, quantity_reversed: 1 },
      ])
      expect(await report('sales', { store: 's2' })).toEqual([])
      expect(await report('sales', { to: '2026-11-20' })).toEqual([])
    })

    it('what is brought back counts on the day of the return, also by a receipt’s code, and a reversal then counts the rest', async () => {
      const bought = { ...sale(undefined, start, 'tea', 40_000) }
      bought.data.lines = [{ product: 'tea', category: 'tea', quantity: 4, amount: 40_000 }]
      const back = { returnid: box.nextId(), lines: [{ line: 0, quantity: 1 }], currency: 'IRR', mode: 'live' as const }
      const returned = box.fact('vafa.sale.returned.v1', { ...back, reference: referenceOf(bought.data.saleid) }, start + day)
      await booked(bought, returned, box.reversal(bought.data.saleid, start + 2 * day))
      expect(await report('sales')).toMatchObject([
        { day: '2026-11-21', sales: 1, returns: 0, net: 40_000 },
        { day: '2026-11-22', sales: 0, returns: 1, reversals: 0, reversed: 10_000, net: -10_000 },
        { day: '2026-11-23', sales: 0, returns: 0, reversals: 1, reversed: 30_000, net: -30_000 },
      ])
      expect(await report('products')).toMatchObject([{ product: 'tea', quantity: 4, quantity_reversed: 4, net: 0 }])
    })

    it('credit adds up: what was issued less what was taken back is what members have', async () => {
      const wrong = sale('sara', start + hour, 'tea', 30_000)
      await booked(
        box.enrolment('sara'),
        sale('sara', start, 'cake', 50_000),
        wrong,
        box.reversal(wrong.data.saleid, start + day),
      )
      expect(await report('credit')).toMatchObject([
        { day: '2026-11-21', issued: 8_000, taken_back: 0, outstanding: 8_000 },
        { day: '2026-11-22', issued: 0, taken_back: 3_000, outstanding: 5_000 },
      ])
      expect(await report('credit', { from: '2026-11-22' })).toMatchObject([{ taken_back: 3_000, outstanding: 5_000 }])
      expect(await report('offers')).toMatchObject([
        { rule: 'everyone-10', fired: 2, credit: 8_000, taken_back: 3_000, cost: 5_000, net: 50_000, response: 100, return: 10 },
      ])
    })

    it('visits, days between them and retention are as the books know them now', async () => {
      const gone = sale('sara', start + 3 * day, 'tea', 10_000)
      // The later visit is reported first.
      const visits = [sale('sara', start + 5 * day, 'tea', 10_000), gone, sale('sara', start, 'tea', 10_000)]
      await booked(box.enrolment('sara'), ...visits, box.reversal(gone.data.saleid, start + 4 * day))
      expect(await report('visits')).toMatchObject([
        { day: '2026-11-21', visits: 1, first_visits: 1, new_members: 1 },
        { day: '2026-11-26', visits: 1, repeat_visits: 1, new_members: 0 },
      ])
      expect(await report('intervals')).toEqual([{ days: '4-7', count: 1, share: 100 }])
      expect(await report('cohorts', { from: '2026-10-01' })).toMatchObject([
        { month: '1405-08', members: 1, month_0: 100, month_1: 100 },
      ])
    })

    it('hours, cashiers, lanes, tenders and stores each add up to the sales', async () => {
      const sales = [
        sale(undefined, start, 'tea', 10_000, { operator: 'Mina' }),
        sale(undefined, start + 2 * hour, 'tea', 30_000, { tenders: [{ kind: 'card', amount: 30_000 }] }),
      ]
      await booked(...sales)
      expect(await report('hours')).toMatchObject([
        { hour: '11', saturday: 1, sales: 1, payable: 10_000 },
        { hour: '13', saturday: 1, sales: 1, payable: 30_000 },
      ])
      expect(await report('cashiers')).toMatchObject([
        { cashier: '', payable: 30_000 },
        { cashier: 'Mina', payable: 10_000 },
      ])
      expect(await report('lanes')).toMatchObject([{ lane: 'lane-1', sales: 2, payable: 40_000 }])
      expect(await report('tenders')).toMatchObject([
        { tender: 'card', amount: 30_000 },
        { tender: 'cash', amount: 10_000 },
      ])
      expect(await report('stores')).toMatchObject([{ store: 's1', sales: 2, net: 40_000, visits: 0 }])
    })

    it('members are listed by what they spent, and offered what others like them buy', async () => {
      const others = ['dara', 'nika', 'omid'].flatMap((who) => [
        box.enrolment(who),
        sale(who, start, 'tea', 5_000),
        sale(who, start + day, 'cake', 5_000),
      ])
      await booked(box.enrolment('sara'), sale('sara', start, 'tea', 90_000), ...others, box.enrolment('ziba'))
      const [first, ...rest] = await report('members')
      expect(first).toMatchObject({ visits: 1, spend: 90_000, last: '2026-11-21' })
      expect(rest).toHaveLength(4)
      expect(await report('segments')).toContainEqual(expect.objectContaining({ segment: 'never-bought', members: 1 }))
      const sara = (await everybody(engine, { now, segments: { segments: [] } })).find(({ insight }) => insight.spend === 90_000)
      expect(await nextOffer(engine, sara?.scores.favourites ?? [])).toEqual({ category: 'cake', because: 'tea', share: 7_500 })
    })

    it('every report of a club without events is empty, and nothing is left out of it', async () => {
      await booked()
      for (const which of reportNames) expect(await report(which), which).toEqual([])
      expect(await leftOut(engine)).toEqual([])
    })
  })
}
