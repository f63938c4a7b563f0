import { describe, expect, it } from 'vitest'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { arrivalOf, card, hour, idOf, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const operator = { who: 'mina', at: new Date(start + 24 * hour).toISOString() }

/** What every store of the club's books must do with events that were set aside and that a person decides about. */
export function clubQuarantineConformance(name: string, open: OpenBooks) {
  describe(`quarantine in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const heartbeat = () => books.box.request('vafa.box.heartbeat.v1', { sentat: new Date(start).toISOString() })
    /** What the box hears with its next heartbeat, beside the heartbeat's own reply. */
    const heard = async () =>
      repliesOf(await books.store.answer([arrivalOf(heartbeat(), 's1', new Date(start).toISOString())])).slice(1)
    /** A sale in a currency that is not the club's. */
    const foreign = (more: object = {}) => {
      const sale = books.box.sale({ total: 1_000_000, member: card('sara') })
      return { ...sale, data: { ...sale.data, currency: 'EUR', ...more } }
    }
    const corrected = (sale: ReturnType<typeof foreign>) => JSON.stringify({ ...sale, data: { ...sale.data, currency: 'IRR' } })

    it('lists what waits, with the reason, and shows it as it came', async () => {
      const sale = foreign()
      await books.take(sale)
      const [entry] = await books.store.quarantine()
      expect(entry).toMatchObject({ store: 's1', eventid: sale.id, type: sale.type, key: 'request.invalid' })
      expect(entry?.reason).toContain('EUR')
      expect(await books.store.quarantined({ id: sale.id })).toEqual({ ...entry, text: JSON.stringify(sale) })
      await expect(books.store.quarantined({ id: idOf(9) })).rejects.toMatchObject({ key: 'quarantine.unknown' })
    })

    it('books a corrected event under its id, at its own instant, and tells the box with its next heartbeat, once', async () => {
      await books.enrol('sara')
      const sale = foreign()
      expect(await books.takeOne(sale)).toMatchObject({ status: 'quarantined', revision: 1 })
      const released = await books.store.release({ id: sale.id }, { ...operator, correction: corrected(sale), why: 'wrong key' })
      expect(released).toEqual({ id: sale.id, status: 'accepted' })
      expect(await books.store.quarantine()).toEqual([])
      expect(await books.store.totals()).toMatchObject({ sales: 1, quarantined: 0 })
      expect(await books.store.sales({})).toMatchObject([{ at: new Date(start).toISOString(), total: 1_000_000 }])
      expect(await heard()).toMatchObject([
        { inReplyTo: sale.id, status: 'accepted', revision: 2, balances: [{ available: 100_000 }] },
      ])
      expect(await heard()).toEqual([])
      // What the box has is what came: it is answered as booked.
      expect(await books.takeOne(sale)).toMatchObject({ status: 'accepted', revision: 2 })
      await expect(books.store.release({ id: sale.id }, operator)).rejects.toMatchObject({ key: 'quarantine.unknown' })
      await books.balanced()
    })

    it('keeps the reply for the box over a restart', async () => {
      const sale = foreign()
      await books.take(sale)
      await books.store.release({ id: sale.id }, { ...operator, correction: corrected(sale) })
      await books.reopen()
      expect(await heard()).toMatchObject([{ inReplyTo: sale.id, revision: 2 }])
    })

    it('books an event as it is once what it lacked is there, and what waited for it follows', async () => {
      const sale = books.box.sale({ total: 1_000 })
      const again = { ...books.box.sale({ total: 2_000 }), id: sale.id }
      const reversal = books.box.reversal(again.data.saleid)
      // The id was used for another sale; with an id of its own it can be booked.
      const replies = await books.take(sale, again, reversal)
      expect(replies.map(({ status }) => status)).toEqual(['accepted', 'quarantined', 'pending-original'])
      await expect(books.store.release({ id: sale.id }, operator)).rejects.toMatchObject({
        key: 'quarantine.unbookable',
        message: expect.stringContaining('was used before with other contents'),
      })
      const own = { ...again, id: books.box.nextId() }
      await books.store.release({ id: sale.id }, { ...operator, correction: JSON.stringify(own) })
      expect((await heard()).map(({ inReplyTo, revision, status }) => [inReplyTo, revision, status])).toEqual([
        [own.id, 2, 'accepted'],
        [reversal.id, 2, 'accepted'],
      ])
      expect(await books.store.sales({})).toMatchObject([{ total: 2_000, reversed: true }, { total: 1_000 }])
      await books.balanced()
    })

    it('changes nothing where the event still cannot be booked', async () => {
      const sale = foreign()
      await books.take(sale)
      const before = await books.store.totals()
      for (const [correction, reason] of [
        [undefined, 'not in EUR'],
        ['{', 'not JSON'],
        [JSON.stringify({ ...sale, data: {} }), 'data.saleid'],
        [corrected({ ...sale, id: idOf(77) }), `must stay ${sale.id}`],
        [corrected({ ...sale, source: '/stores/s2/devices/till' }), "the connection is s1's"],
        [JSON.stringify(heartbeat()), 'a request is not booked'],
      ] as const)
        await expect(
          books.store.release({ id: sale.id }, { ...operator, ...(correction === undefined ? {} : { correction }) }),
        ).rejects.toMatchObject({ key: 'quarantine.unbookable', message: expect.stringContaining(reason) })
      expect(await books.store.totals()).toEqual(before)
      expect(await books.store.quarantine()).toHaveLength(1)
      expect(await heard()).toEqual([])
    })

    it('drops what is never to be booked: it waits no more, and the box hears what it heard', async () => {
      const sale = foreign()
      const first = await books.takeOne(sale)
      await books.store.dropQuarantined({ id: sale.id }, { ...operator, why: 'a test till' })
      expect(await books.store.quarantine()).toEqual([])
      expect(await books.takeOne(sale)).toEqual(first)
      expect(await books.store.totals()).toMatchObject({ sales: 0, quarantined: 0 })
      await expect(books.store.release({ id: sale.id }, operator)).rejects.toMatchObject({ key: 'quarantine.unknown' })
    })

    it('asks which one is meant where one id came with several contents', async () => {
      const one = foreign()
      const two = { ...one, data: { ...one.data, total: 5, payable: 5, tenders: [{ kind: 'cash', amount: 5 }] } }
      await books.take(one, two)
      await expect(books.store.quarantined({ id: one.id })).rejects.toMatchObject({ key: 'quarantine.ambiguous' })
      const [, second] = await books.store.quarantine()
      const shown = await books.store.quarantined({ id: one.id, hash: second?.hash.slice(0, 8) ?? '' })
      expect(shown.hash).toBe(second?.hash)
    })

    it('fills in the number that a fact without readable fields left open', async () => {
      const sale = books.box.sale({ total: 1_000 })
      const broken = { ...sale, data: { ...sale.data, lines: 'none' } }
      await books.take(broken, books.box.sale({ total: 2_000 }))
      expect(await books.store.sequences()).toMatchObject([{ missing: [[1, 1]] }])
      await books.store.release({ id: sale.id }, { ...operator, correction: JSON.stringify(sale) })
      expect(await books.store.sequences()).toMatchObject([{ received: [[1, 2]], missing: [] }])
    })
  })
}
