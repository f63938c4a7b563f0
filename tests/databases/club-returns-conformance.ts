import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import type { BasketLine, MessageData } from '#protocol/messages.ts'
import { fieldsOf } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { arrivalOf, card, createBox, hour, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const coffee = { category: ['coffee'] }
const programme = programmeSchema.parse({
  id: 'returns',
  version: 3,
  currency: 'IRR',
  tiers: {
    window: { days: 365 },
    downgrade: 'drop-to-earned',
    list: [
      { id: 'bronze', name: { fa: 'برنزی', en: 'Bronze' } },
      { id: 'silver', name: { fa: 'نقره‌ای', en: 'Silver' }, spend: 2_000_000 },
    ],
  },
  rules: [
    { id: 'ten', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
    {
      id: 'hello',
      order: 4,
      when: { amount: { from: 2_000_000 } },
      limits: [{ per: 'member', every: 'ever', times: 1 }],
      effects: [
        { kind: 'message', channel: 'sms', text: { fa: 'سلام', en: 'Hello' } },
        { kind: 'coupon', name: 'thanks', amount: 50_000, days: 90 },
      ],
    },
    { id: 'points', order: 2, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
    { id: 'coffees', order: 3, when: {}, effects: [{ kind: 'stamps', name: 'coffee', of: coffee, freeEvery: 4 }] },
  ],
})
const settings: StoreSettings = { ...storeSettings, programmes: { current: programme } }

const basket: BasketLine[] = [
  { product: 'bread', quantity: 3, amount: 100_000 },
  { product: 'latte', category: 'coffee', quantity: 2, amount: 300_001 },
  { product: 'tea', quantity: 0.3, amount: 600_002 },
]
const total = 1_000_003
type Returned = Partial<MessageData<'vafa.sale.returned.v1'>>

/** What every store of the club's books must do with goods that are brought back. */
export function clubReturnsConformance(name: string, open: OpenBooks) {
  describe(`returns in ${name}`, () => {
    const books = booksOnTrial(open, settings)
    const sold = (more: Partial<MessageData<'vafa.sale.completed.v1'>> = {}) =>
      books.box.sale({ total, lines: basket, member: card('sara'), ...more })
    const back = (given: Returned, at = start + hour) =>
      books.box.fact(
        'vafa.sale.returned.v1',
        { returnid: books.box.nextId(), lines: [], currency: 'IRR', mode: 'live', ...given },
        at,
      )
    const available = ({ balances }: Reply, unit = 'credit') => balances?.find((one) => one.unit === unit)?.available
    const said = ({ status, error }: Reply) => [status, error?.key]

    it('takes back what the returned lines earned, and says so on a receipt with what is refunded and what is left', async () => {
      await books.enrol('sara')
      const sale = sold({ applied: [{ kind: 'discount', ruleid: 'r', amount: 100_000, currency: 'IRR' }] })
      expect(available(await books.takeOne(sale))).toBe(90_000)
      const reply = await books.takeOne(back({ saleid: sale.data.saleid, lines: [{ line: 0, quantity: 3 }] }))
      expect(reply).toMatchObject({ status: 'accepted', member: { visits: 1 } })
      expect(available(reply)).toBe(81_000)
      expect(available(reply, 'points')).toBe(81)
      const fields = fieldsOf(reply.receipt ?? { version: 1, reference: '', provisional: false, blocks: [] })
      expect(fields.get('returned')).toMatchObject({ amount: 100_000 })
      expect(fields.get('instant')).toEqual({ kind: 'instant', instant: new Date(start + hour).toISOString() })
      expect(fields.get('refunded')).toMatchObject({ amount: 90_001 })
      expect(fields.get('rest-of-sale')).toMatchObject({ amount: 900_003 })
      expect(fields.get('credit-revoked')).toMatchObject({ amount: 9_000 })
      const copy = await books.ask(books.box.request('vafa.sale.looked-up.v1', { reference: reply.receipt?.reference ?? '' }))
      const copied = fieldsOf(copy.receipt ?? { version: 1, reference: '', provisional: false, blocks: [] })
      expect([copied.get('total'), copied.get('rest-of-sale')]).toMatchObject([{ amount: total }, { amount: 900_003 }])
      expect(reply.receipt?.blocks[0]).toMatchObject({ text: { fa: 'رسید مرجوعی' } })
      await books.balanced()
    })

    it('takes back by amount, by the receipt’s code and by the till’s number', async () => {
      await books.enrol('sara')
      const sale = sold({ tillreceipt: 'T-7' })
      const { receipt } = await books.takeOne(sale)
      expect(available(await books.takeOne(back({ reference: receipt?.reference ?? '', amount: 500_000 })))).toBe(50_000)
      expect(available(await books.takeOne(back({ reference: 'T-7', amount: 500_003 })))).toBe(0)
      await books.balanced()
    })

    it('never takes back more than was sold, whole or in parts', async () => {
      await books.enrol('sara')
      const sale = sold()
      const { saleid } = sale.data
      await books.takeOne(sale)
      const wrong = await books.take(
        back({ saleid, lines: [{ line: 0, quantity: 4 }] }),
        back({ saleid, amount: total + 1 }),
        back({ saleid, lines: [{ line: 3, quantity: 1 }] }),
        back({ saleid }),
        back({ amount: 5 }),
        back({ saleid, amount: 5, currency: 'EUR' }),
      )
      expect(wrong.map(said)).toEqual([
        ['quarantined', 'return.excessive'],
        ['quarantined', 'return.excessive'],
        ['quarantined', 'request.invalid'],
        ['quarantined', 'request.invalid'],
        ['quarantined', 'request.invalid'],
        ['quarantined', 'request.invalid'],
      ])
      // Three times 0.1 kg are 0.3 kg; a fourth is too much.
      const tenth = () => books.takeOne(back({ saleid, lines: [{ line: 2, quantity: 0.1 }] }))
      expect([await tenth(), await tenth(), await tenth()].map((one) => one.status)).toEqual(['accepted', 'accepted', 'accepted'])
      expect(said(await tenth())).toEqual(['quarantined', 'return.excessive'])
      expect(said(await books.takeOne(back({ saleid, amount: 400_002 })))).toEqual(['quarantined', 'return.excessive'])
      await books.balanced()
    })

    it('has one effect for a return that comes twice, under whatever event', async () => {
      await books.enrol('sara')
      const sale = sold()
      await books.takeOne(sale)
      const once = back({ saleid: sale.data.saleid, amount: 500_000 })
      const first = await books.takeOne(once)
      expect(await books.takeOne(once)).toEqual(first)
      const again = back({ ...once.data })
      expect(await books.takeOne(again)).toMatchObject({ status: 'accepted', effects: [] })
      expect(await books.store.transfers({ saleid: sale.data.saleid })).toHaveLength(6)
    })

    it('gives credit that was spent back to its lots, its share of a return at a time, and used stamps with the whole only', async () => {
      const memberid = await books.enrol('sara')
      await books.take(sold({ lines: [{ product: 'latte', category: 'coffee', quantity: 3, amount: total }] }))
      const redemption = { redemptionid: books.box.nextId(), amount: 60_001 }
      const applied = [{ kind: 'discount' as const, ruleid: 'coffees', amount: 150_000, currency: 'IRR' }]
      const payable = total - 150_000 - redemption.amount
      const sale = sold({ redemption, applied, payable, tenders: [{ kind: 'cash', amount: payable }] })
      expect((await books.takeOne(sale)).effects).toContainEqual(expect.objectContaining({ kind: 'stamps-used', amount: 4 }))
      const standing = async () => (await books.store.balances(memberid)).map((one) => one.available)
      const before = await standing()
      const half = await books.takeOne(back({ saleid: sale.data.saleid, amount: 500_001 }))
      expect(half.effects).toContainEqual(expect.objectContaining({ kind: 'credit-restored', amount: 30_000 }))
      expect(half.effects.some((one) => one.kind === 'stamps-restored')).toBe(false)
      expect(before).not.toEqual(await standing())
      const rest = await books.takeOne(back({ saleid: sale.data.saleid, amount: 500_002 }))
      expect(rest.effects).toContainEqual(expect.objectContaining({ kind: 'credit-restored', amount: 30_001 }))
      expect(rest.effects).toContainEqual(expect.objectContaining({ kind: 'stamps-restored', amount: 4 }))
      expect(await standing()).toEqual([100_000, 100, 3])
      await books.balanced()
    })

    it('undoes with a reversal only what had not been returned; after it nothing is left to return', async () => {
      await books.enrol('sara')
      const sale = sold()
      const { saleid } = sale.data
      await books.takeOne(sale)
      await books.takeOne(back({ saleid, lines: [{ line: 2, quantity: 0.3 }] }))
      const reversal = await books.takeOne(books.box.reversal(saleid))
      expect(available(reversal)).toBe(0)
      expect(reversal).toMatchObject({ member: { visits: 0 } })
      const fields = fieldsOf(reversal.receipt ?? { version: 1, reference: '', provisional: false, blocks: [] })
      expect(fields.get('total')).toMatchObject({ amount: -400_001 })
      expect(said(await books.takeOne(back({ saleid, amount: 1 })))).toEqual(['accepted', 'sale.undone'])
      await books.balanced()
    })

    it('takes tiers down with what was spent for them, and messages and uses of limits back with the whole', async () => {
      await books.enrol('sara')
      const on = (day: number) => start + day * 24 * hour
      const buy = (total: number, day: number) => books.box.sale({ total, lines: [], member: card('sara') }, on(day))
      const tierAfter = async (message: object) => (await books.takeOne(message)).member?.tier
      const messages = async () => (await books.store.dueMessages(new Date(on(99)).toISOString())).length
      const sale = buy(3_000_000, 0)
      const { saleid } = sale.data
      expect(await tierAfter(sale)).toBe('silver')
      expect(await tierAfter(back({ saleid, amount: 1_000_000 }, on(2)))).toBe('silver')
      expect(await tierAfter(back({ saleid, amount: 1 }, on(4)))).toBe('bronze')
      expect(await messages()).toBe(1)
      await books.takeOne(back({ saleid, amount: 1_999_999 }, on(6)))
      expect(await messages()).toBe(0)
      // Its one use of the limit is free again.
      const again = buy(3_000_000, 8)
      expect(await tierAfter(again)).toBe('silver')
      expect(await messages()).toBe(1)
      // A reversal after a part was returned takes away what was left, and no more.
      await books.takeOne(back({ saleid: again.data.saleid, amount: 500_000 }, on(10)))
      expect(await tierAfter(books.box.reversal(again.data.saleid, on(12)))).toBe('bronze')
      expect(await tierAfter(buy(2_000_000, 14))).toBe('silver')
      await books.balanced()
    })

    it('keeps a return that comes before its sale; both replies say what is left when it arrives', async () => {
      await books.enrol('sara')
      const sale = sold()
      const { saleid } = sale.data
      const early = back({ saleid, lines: [{ line: 0, quantity: 1 }] })
      const tooMuch = back({ saleid, amount: total })
      expect((await books.take(early, tooMuch)).map(said)).toEqual([
        ['pending-original', 'sale.unknown'],
        ['pending-original', 'sale.unknown'],
      ])
      await books.reopen()
      const replies = await books.take(sale)
      expect(replies.map((one) => [one.inReplyTo, one.revision, ...said(one)])).toEqual([
        [sale.id, 1, 'accepted', undefined],
        [early.id, 2, 'accepted', undefined],
        [tooMuch.id, 2, 'accepted', 'return.excessive'],
      ])
      expect(replies.map((one) => available(one))).toEqual([96_666, 96_666, 96_666])
      await books.balanced()
    })

    it('sets aside what is another store’s sale, and by a code what has no sale yet, until a person releases it', async () => {
      await books.enrol('sara')
      const sale = sold()
      await books.takeOne(sale)
      const elsewhere = createBox({ store: 's2', firstId: 700 })
      const data = {
        returnid: elsewhere.nextId(),
        saleid: sale.data.saleid,
        lines: [],
        amount: 5,
        currency: 'IRR',
        mode: 'live' as const,
      }
      const foreign = elsewhere.fact('vafa.sale.returned.v1', data)
      const [reply] = repliesOf(await books.store.commitBatch([arrivalOf(foreign, 's2')]))
      expect(reply && said(reply)).toEqual(['quarantined', 'sale.unknown'])
      const early = back({ reference: 'T-9', amount: 500_000 })
      expect(said(await books.takeOne(early))).toEqual(['quarantined', 'sale.unknown'])
      await books.takeOne(sold({ tillreceipt: 'T-9' }))
      const by = { who: 'mina', at: new Date(start).toISOString() }
      expect(await books.store.release({ id: early.id }, by)).toMatchObject({ status: 'accepted' })
      expect((await books.store.members())[0]?.credit).toBe(150_000)
    })

    it('takes a returned part’s share of what a claim earns back at once', async () => {
      await books.enrol('sara')
      const sale = books.box.sale({ total, lines: basket })
      const { receipt } = await books.takeOne(sale)
      const reply = await books.takeOne(back({ saleid: sale.data.saleid, amount: 500_000 }))
      expect(reply.effects).toEqual([])
      const claim = books.box.fact('vafa.receipt.claimed.v1', { reference: receipt?.reference ?? '', member: card('sara') })
      expect(available(await books.takeOne(claim))).toBe(50_000)
      const rest = await books.takeOne(back({ saleid: sale.data.saleid, amount: 500_003 }))
      expect([available(rest), available(rest, 'points')]).toEqual([0, 0])
      await books.balanced()
    })

    it('comes by any parts, in any order and over restarts, to exactly what a reversal leaves', async () => {
      const memberid = await books.enrol('sara')
      const part = fc.record({
        line: fc.nat(2),
        share: fc.integer({ min: 1, max: 4 }),
        amount: fc.option(fc.integer({ min: 1, max: 400_000 }), { nil: undefined }),
        reopen: fc.boolean(),
      })
      const end = fc.constantFrom('rest', 'reversal', 'reversal first')
      await fc.assert(
        fc.asyncProperty(fc.array(part, { maxLength: 6 }), end, fc.nat(3), async (parts, how, early) => {
          const before = await books.store.balances(memberid)
          const { accounts } = await books.store.totals()
          const sale = sold({ applied: [{ kind: 'discount', ruleid: 'r', amount: 77_777, currency: 'IRR' }] })
          const { saleid } = sale.data
          const returns = parts.map(({ line, share, amount }) =>
            back(
              amount === undefined
                ? { saleid, lines: [{ line, quantity: Math.round(((basket[line]?.quantity ?? 0) / share) * 1e6) / 1e6 }] }
                : { saleid, amount },
            ),
          )
          await books.take(...returns.slice(0, early), sale)
          for (const [index, one] of returns.slice(early).entries()) {
            await books.take(one)
            if (parts[index]?.reopen) await books.reopen()
          }
          const returned = (await books.store.sales({ limit: 1 }))[0]?.returned ?? 0
          expect(returned).toBeLessThanOrEqual(total)
          const rest = back({ saleid, amount: total - returned })
          if (how === 'rest' && returned < total) await books.take(rest)
          if (how !== 'rest') await books.take(books.box.reversal(saleid))
          if (how === 'reversal first') await books.take(rest)
          expect(await books.store.balances(memberid)).toEqual(withUnits(before))
          expect((await books.store.totals()).accounts).toMatchObject(accounts)
          await books.balanced()
        }),
        { numRuns: 25 },
      )
    })
  })
}

/** What a member of whom nothing was known yet has once there were points and stamps: none. */
function withUnits<T extends { unit: string }>(balances: readonly T[]): unknown[] {
  const [credit] = balances
  const units =
    balances.length > 1
      ? balances.slice(1)
      : [
          { unit: 'points', name: 'club' },
          { unit: 'stamps', name: 'coffee' },
        ]
  return [credit, ...units.map((one) => ({ available: 0, pending: 0, ...one }))]
}
