import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsOf } from '#protocol/receipt.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { arrivalOf, card, createBox, hour, idOf, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

/** What every store of the club’s books must do with events, whatever keeps them. */
export function clubStoreConformance(name: string, open: OpenBooks) {
  describe(`the club's books in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const { take, takeOne, member } = books
    const available = async (memberid: string) => (await books.store.balances(memberid))[0]?.available

    it('credits a member with 10 % of a sale and says so on the receipt', async () => {
      const sara = await member('sara')
      const sale = books.box.sale({ total: 1_234_567, member: card('sara'), tillreceipt: 'T-7', operator: 'Mina' })
      const reply = await takeOne(sale)
      expect(reply).toMatchObject({ inReplyTo: sale.id, status: 'accepted', revision: 1, decidedBy: 'club', programmeVersion: 1 })
      expect(reply.balances).toEqual([{ unit: 'credit', currency: 'IRR', available: 123_456, pending: 0 }])
      expect(await available(sara.memberid)).toBe(123_456)
      const fields = fieldsOf(reply.receipt ?? { version: 1, reference: '', provisional: false, blocks: [] })
      expect(fields.get('credit-earned')).toEqual({ kind: 'money', amount: 123_456, currency: 'IRR', shown: 'toman' })
      expect(fields.get('balance')).toMatchObject({ amount: 123_456 })
      expect(fields.get('payable')).toMatchObject({ amount: 1_234_567 })
      expect(fields.get('member')).toEqual({ kind: 'code', code: `••••${sara.number.slice(-4)}` })
      expect(fields.get('visits')).toEqual({ kind: 'number', number: 1 })
      await books.balanced()
    })

    it('gives one id one effect for ever: a repeat gets the same bytes', async () => {
      const sara = await member('sara')
      const sale = books.box.sale({ total: 1_000_000, member: card('sara') })
      const first = await books.store.commitBatch([arrivalOf(sale), arrivalOf(sale)])
      await books.reopen()
      const again = await books.store.commitBatch([arrivalOf({ ...sale, traceparent: '00-other' })])
      expect(new Set([...first.answers, ...again.answers].map((one) => one.body)).size).toBe(1)
      expect(await available(sara.memberid)).toBe(100_000)
      expect(await books.store.transfers({ memberid: sara.memberid })).toHaveLength(1)
    })

    it('quarantines the same id with other contents and leaves the first alone', async () => {
      const sara = await member('sara')
      const sale = books.box.sale({ total: 1_000_000, member: card('sara') })
      const honest = await takeOne(sale)
      const forged = { ...books.box.sale({ total: 9_000_000, member: card('sara') }), id: sale.id }
      expect(await takeOne(forged)).toMatchObject({ status: 'quarantined', error: { key: 'event.conflict' } })
      expect(await takeOne(forged)).toMatchObject({ status: 'quarantined' })
      expect(await takeOne(sale)).toEqual(honest)
      expect(await available(sara.memberid)).toBe(100_000)
      expect(await books.store.quarantine()).toHaveLength(1)
    })

    it('books one sale once, whichever event brings it', async () => {
      await member('sara')
      const sale = books.box.sale({ total: 1_000_000, member: card('sara') })
      const second = books.box.sale({ total: 1_000_000, member: card('sara'), saleid: sale.data.saleid })
      const replies = await take(sale, second)
      expect(replies.map((one) => one.status)).toEqual(['accepted', 'quarantined'])
      expect((await books.store.totals()).sales).toBe(1)
    })

    it("books a terminal's repeat once by its original id, also from a swapped box", async () => {
      const sara = await member('sara')
      const sale = { ...books.box.sale({ total: 500_000, member: card('sara') }), originalid: 's1-t1-7-123' }
      const first = await takeOne(sale)
      const swapped = createBox({ boxid: idOf(888_000), firstId: 5_000 })
      const repeated = { ...swapped.sale({ total: 500_000, member: card('sara') }), originalid: 's1-t1-7-123' }
      expect(await takeOne(repeated)).toEqual({ ...first, inReplyTo: repeated.id })
      expect(await takeOne(repeated)).toEqual({ ...first, inReplyTo: repeated.id })
      const other = { ...swapped.sale({ total: 700_000, member: card('sara') }), originalid: 's1-t1-7-123' }
      expect(await takeOne(other)).toMatchObject({ status: 'quarantined', error: { key: 'event.conflict' } })
      expect(await available(sara.memberid)).toBe(50_000)
    })

    it('takes two reversals with one original id for the same only where they undo the same sale', async () => {
      const sara = await member('sara')
      const sales = [500_000, 700_000].map((total) => books.box.sale({ total, member: card('sara') }))
      await take(...sales)
      const [first, second] = sales.map((sale, n) => ({
        ...books.box.reversal(sale.data.saleid, start + (n + 1) * hour),
        originalid: 's1-t1-7-9',
      }))
      if (!first || !second) throw new Error('two reversals')
      const replies = await take(first, second)
      expect(replies.map((one) => one.status)).toEqual(['accepted', 'quarantined'])
      expect(replies[0]?.display?.rows.map((row) => row.field)).toEqual(['credit-revoked', 'balance'])
      expect(await available(sara.memberid)).toBe(70_000)
      await books.balanced()
    })

    it('takes the events of one batch in order: the second sees the first', async () => {
      const enrolment = books.box.enrolment('sara')
      const sales = Array.from({ length: 11 }, (_, n) =>
        books.box.sale({ total: 100_000, member: card('sara') }, start + n * 24 * hour),
      )
      const replies = await take(enrolment, ...sales)
      expect(replies.map((one) => one.member?.visits)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
      expect(replies.map((one) => one.balances?.[0]?.available)).toEqual([
        0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000, 115_000,
      ])
      expect(replies.at(-1)?.prompts).toMatchObject([{ audience: 'operator', ruleid: 'regular-15' }])
      await books.balanced()
    })

    it('sets an event aside that it cannot cope with, and books the rest of the batch', async () => {
      await member('sara')
      const huge = () => books.box.sale({ total: Number.MAX_SAFE_INTEGER, member: card('sara') })
      const replies = await take(...Array.from({ length: 11 }, huge), books.box.sale({ total: 100_000 }))
      expect(replies.map((one) => one.status)).toEqual([...Array(10).fill('accepted'), 'quarantined', 'accepted'])
      expect((await books.store.quarantine())[0]).toMatchObject({
        key: 'event.unsupported',
        reason: expect.stringContaining('exact integers'),
      })
      expect((await books.store.totals()).sales).toBe(11)
      expect(await books.store.audit()).toEqual([])
    })

    it('undoes a sale by compensation and says what is left', async () => {
      const sara = await member('sara')
      const kept = books.box.sale({ total: 1_000_000, member: card('sara') })
      const undone = books.box.sale({ total: 400_000, member: card('sara') }, start + 5 * hour)
      const [, , reversed] = await take(kept, undone, books.box.reversal(undone.data.saleid, start + 6 * hour))
      expect(reversed).toMatchObject({
        status: 'accepted',
        effects: [{ kind: 'credit-revoked', ruleid: 'everyone-10', amount: 40_000 }],
        balances: [{ available: 100_000 }],
        member: { visits: 1 },
        receipt: {
          blocks: expect.arrayContaining([{ kind: 'heading', text: { fa: 'رسید برگشت خرید', en: 'Reversal receipt' } }]),
        },
      })
      const transfers = await books.store.transfers({ saleid: undone.data.saleid })
      expect(transfers.map((one) => [one.debit, one.credit, one.amount])).toEqual([
        ['house:issued', `member:${sara.memberid}:credit`, 40_000],
        [`member:${sara.memberid}:credit`, 'house:issued', 40_000],
      ])
      const again = await takeOne(books.box.reversal(undone.data.saleid))
      expect(again).toMatchObject({ status: 'accepted', effects: [], balances: [{ available: 100_000 }] })
      await books.balanced()
    })

    it('keeps a reversal that comes before its sale, and undoes the sale when it arrives', async () => {
      const sara = await member('sara')
      const sale = books.box.sale({ total: 1_000_000, member: card('sara') })
      const reversal = books.box.reversal(sale.data.saleid)
      expect(await takeOne(reversal)).toMatchObject({ status: 'pending-original', revision: 1 })
      const replies = await take(sale)
      expect(replies.map((one) => [one.inReplyTo, one.revision, one.status])).toEqual([
        [sale.id, 1, 'accepted'],
        [reversal.id, 2, 'accepted'],
      ])
      expect(replies[0]?.effects.map((one) => one.kind)).toEqual(['credit', 'credit-revoked'])
      expect(await available(sara.memberid)).toBe(0)
      expect(await takeOne(reversal)).toMatchObject({ revision: 2, status: 'accepted', effects: [{ amount: 100_000 }] })
      await books.balanced()
    })

    it("lets no store touch another's sale", async () => {
      await member('sara')
      const sale = books.box.sale({ total: 1_000_000, member: card('sara') })
      await take(sale)
      const other = createBox({ store: 's2', firstId: 7_000 })
      const outcome = await books.store.commitBatch([arrivalOf(other.reversal(sale.data.saleid), 's2')])
      expect(repliesOf(outcome)[0]).toMatchObject({ status: 'quarantined', error: { key: 'sale.unknown' } })
      const forged = await books.store.commitBatch([arrivalOf(sale, 's2')])
      expect(repliesOf(forged)[0]).toMatchObject({ status: 'quarantined', error: { key: 'request.invalid' } })
      expect(forged.answers[0]?.body).not.toContain('receipt')
      expect(await takeOne(sale)).toMatchObject({ status: 'accepted' })
    })

    it('accepts a sale with a card that nobody has, credits nobody, and says what to do', async () => {
      const reply = await takeOne(books.box.sale({ total: 1_000_000, member: card('nobody') }))
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'credential.unknown' }, effects: [] })
      expect(reply.member).toBeUndefined()
      expect(await takeOne(books.box.sale({ total: 1_000_000 }))).not.toHaveProperty('error')
    })

    it('never lets training touch the books', async () => {
      const sara = await member('sara')
      const sale = books.box.sale({ total: 1_000_000, member: card('sara'), mode: 'training' })
      const reply = await takeOne(sale)
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'sale.training' }, effects: [] })
      expect(await takeOne(sale)).toEqual(reply)
      expect(await takeOne({ ...sale, data: { ...sale.data, mode: 'live' } })).toMatchObject({ error: { key: 'event.conflict' } })
      expect(await available(sara.memberid)).toBe(0)
      expect(await books.store.totals()).toMatchObject({ sales: 0, training: 1, transfers: 0 })
    })

    it('counts sales within two hours as one visit, also when one of them is undone', async () => {
      await member('sara')
      const [first, second, third] = [0, 1, 5].map((hours) =>
        books.box.sale({ total: 100_000, member: card('sara') }, start + hours * hour),
      )
      const replies = await take(first ?? {}, second ?? {}, third ?? {})
      expect(replies.map((one) => one.member?.visits)).toEqual([1, 1, 2])
      expect((await takeOne(books.box.reversal(first?.data.saleid ?? ''))).member?.visits).toBe(2)
      expect((await takeOne(books.box.reversal(second?.data.saleid ?? ''))).member?.visits).toBe(1)
      expect((await takeOne(books.box.reversal(third?.data.saleid ?? ''))).member?.visits).toBe(0)
      expect((await books.store.members())[0]).toMatchObject({ visits: 0, purchases: 0 })
    })

    it('counts the visits of a backlog as they were, when it comes after newer sales', async () => {
      await member('sara')
      const at = (hours: number) => books.box.sale({ total: 100_000, member: card('sara') }, start + hours * hour)
      const replies = await take(at(100), at(10), at(11), at(50), at(9), at(101))
      expect(replies.map((one) => one.member?.visits)).toEqual([1, 2, 2, 3, 3, 3])
    })

    it('journals what it does not act on, and quarantines what it does not know yet', async () => {
      await member('sara')
      const printed = {
        saleid: books.box.nextId(),
        reference: 'ABCDE-12345',
        via: 'own' as const,
        provisional: false,
        confirmed: true,
      }
      const [one, two, three] = await take(
        books.box.fact('vafa.receipt.printed.v1', printed),
        books.box.fact('vafa.visit.recorded.v1', { member: card('sara') }),
        { ...books.box.fact('vafa.visit.recorded.v1', { member: card('sara') }), type: 'vafa.of-a-newer-books.box.v1' },
      )
      expect([one?.status, two?.status]).toEqual(['accepted', 'accepted'])
      expect(three).toMatchObject({ status: 'quarantined', error: { key: 'event.unsupported' } })
      expect(await books.store.quarantine()).toMatchObject([{ key: 'event.unsupported', store: 's1' }])
    })

    it('loses nothing that it cannot read: with an id it is answered, without one it is kept', async () => {
      const sale = books.box.sale({ total: 1_000_000 })
      const broken = { ...sale, data: { ...sale.data, payable: 5 } }
      expect(await takeOne(broken)).toMatchObject({
        inReplyTo: sale.id,
        status: 'quarantined',
        error: { key: 'request.invalid' },
      })
      expect(await takeOne({ ...sale, id: idOf(77), type: 'vafa.new.thing.v9' })).toMatchObject({
        error: { key: 'event.unsupported' },
      })
      const garbage = { store: 's1', receivedat: '2026-12-31T00:00:00.000Z', payload: Uint8Array.of(0xff, 0x00, 0x7b) }
      const outcome = await books.store.commitBatch([garbage, garbage, arrivalOf({ hello: 1 })])
      expect(outcome.answers).toEqual([])
      expect(outcome.notices.map((one) => one.key)).toEqual(Array(3).fill('request.invalid'))
      expect((await books.store.totals()).quarantined).toBe(4)
    })

    it('balances whatever comes, however often and in whatever order', async () => {
      const happening = fc.record({
        who: fc.constantFrom('sara', 'reza', undefined),
        total: fc.integer({ min: 0, max: 5_000_000 }),
        hours: fc.nat(200),
        undone: fc.boolean(),
        repeats: fc.nat(2),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(happening, { minLength: 1, maxLength: 12 }),
          fc.infiniteStream(fc.nat()),
          async (list, picks) => {
            const fresh = mkdtempSync(join(tmpdir(), 'vafa-club-'))
            const tried = await open(fresh, storeSettings)
            const from = createBox({ firstId: 100_000 * ++round })
            await tried.commitBatch([arrivalOf(from.enrolment('sara')), arrivalOf(from.enrolment('reza'))])
            const pool: object[] = []
            let expected = 0
            for (const { who, total, hours, undone, repeats } of list) {
              const sale = from.sale({ total, ...(who === undefined ? {} : { member: card(who) }) }, start + hours * hour)
              const events = undone ? [sale, from.reversal(sale.data.saleid)] : [sale]
              for (const event of events) pool.push(...Array(repeats + 1).fill(event))
              if (who !== undefined && !undone) expected += 1
            }
            // In any order and in any batches.
            while (pool.length > 0) {
              const size = 1 + ((picks.next().value as number) % 4)
              const batch = Array.from(
                { length: Math.min(size, pool.length) },
                () => pool.splice((picks.next().value as number) % pool.length, 1)[0] as object,
              )
              await tried.commitBatch(batch.map((one) => arrivalOf(one)))
            }
            expect(await tried.audit()).toEqual([])
            const { accounts, quarantined } = await tried.totals()
            const members = await tried.members()
            const all = [...Object.values(accounts), ...members.map((one) => one.credit)]
            expect(all.reduce((sum, one) => sum + one, 0)).toBe(0)
            expect(members.reduce((sum, one) => sum + one.purchases, 0)).toBe(expected)
            expect(quarantined).toBe(0)
            const standing = (await tried.sales({ limit: 1_000 })).filter((one) => !one.reversed && one.memberid !== undefined)
            expect(standing).toHaveLength(expected)
            await tried.close()
            rmSync(fresh, { recursive: true })
          },
        ),
        { numRuns: 25 },
      )
    })
  })
}
