import { describe, expect, it } from 'vitest'
import type { StoreSettings } from '#club/store/store.ts'
import type { MessageData } from '#protocol/messages.ts'
import { referenceOf } from '#protocol/reference.ts'
import { type Regular, type RegularsDown, regularsDown, shardOfMember } from '#protocol/regulars.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { card, idOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const terms = {
  ...{ credit: 50_000, share: 5_000, gifts: 20_000, uidAtMost: 10_000 },
  ...{ days: 4, regulars: 10, seenDays: 120, everySeconds: 30 },
}
const settings: StoreSettings = { ...storeSettings, offline: terms }
const boxid = idOf(999_000)
const dayMs = 24 * 3_600_000
/** As the messages of these tests arrive. */
const arrived = Date.parse('2026-12-31T00:00:00.000Z')
const iso = (ms: number): string => new Date(ms).toISOString()

/** What every store of the club's books must do with what boxes may give alone. */
export function clubOfflineConformance(name: string, open: OpenBooks) {
  describe(`a store without the club, in ${name}`, () => {
    const books = booksOnTrial(open, settings)

    const round = async (given: { at?: number; box?: string; upto?: number; applied?: RegularsDown[] } = {}) => {
      const { at = arrived, box = boxid, upto = 0, applied } = given
      const messages = await books.store.regulars({
        ...{ store: 's1', boxid: box, now: iso(at), whole: false },
        told: applied && {
          ...{ members: 1, upto },
          applied: Object.fromEntries(applied.map(({ shard, version }) => [shard, version])),
        },
      })
      return messages.map((one) => regularsDown.parse(one))
    }
    const only = (messages: RegularsDown[]): Regular => {
      const members = messages.flatMap((one) => one.members)
      expect(members).toHaveLength(1)
      return members[0] as Regular
    }
    const sara = async () => {
      const memberid = await books.enrol('sara')
      await books.takeOne(books.box.sale({ total: 1_000_000, member: card('sara') }))
      return memberid
    }
    const spend = (serial: number, more: Partial<MessageData<'vafa.sale.completed.v1'>> = {}) =>
      books.box.sale({
        total: 300_000,
        member: card('sara'),
        redemption: { redemptionid: books.box.nextId(), amount: 30_000 },
        allowance: { serial, credit: 30_000, gifts: 0 },
        ...more,
      })
    const account = async (account: string) => (await books.store.totals()).accounts[account] ?? 0
    const exposed = async () => {
      const { total, offlineDifferences } = await books.store.exposure()
      expect(await books.store.exposed()).toEqual({ total, offlineDifferences })
      return total
    }

    it('is told of its regulars, of what their rules ask, and lent a part of their credit, which nobody else can spend', async () => {
      const memberid = await sara()
      const told = await round()
      expect(told).toMatchObject([{ shard: shardOfMember(memberid), boxid, uidAtMost: 10_000 }])
      const regular = only(told)
      expect(regular).toMatchObject({
        ...{ memberid, visits: 1, purchases: 1, credit: 100_000, available: 100_000, stockCards: false },
        allowance: { serial: 1, credit: 50_000, gifts: 20_000, until: iso(arrived + 4 * dayMs) },
      })
      expect(await account('store:s1:allowances')).toBe(50_000)
      expect(await exposed()).toBe(70_000)
      expect(await books.ask(books.box.reserve('sara', 50_001))).toMatchObject({
        error: { key: 'credit.insufficient' },
        // At its own store it can be given; at another, as at head office, it is seen and no more.
        balances: [{ available: 100_000, offline: 50_000 }],
      })
      expect((await books.store.balances(memberid))[0]).toMatchObject({ available: 50_000, elsewhere: 50_000 })
      // Nothing has changed since.
      expect(await round({ applied: told })).toEqual([])
      await books.balanced()
    })

    it('books what was given from what was lent, once, and it is no exposure any more', async () => {
      await sara()
      await round()
      const sale = spend(1, {
        redemption: { redemptionid: books.box.nextId(), amount: 20_000 },
        allowance: { serial: 1, credit: 20_000, gifts: 0 },
      })
      expect(await books.takeOne(sale)).toMatchObject({ status: 'accepted', balances: [{ offline: 30_000 }] })
      await books.takeOne(sale)
      expect(await account('house:redeemed')).toBe(20_000)
      expect(await account('house:offline-differences')).toBe(0)
      expect(await exposed()).toBe(50_000)
      // The box takes off by itself what it gave: it is told of all that was lent.
      const { allowance } = only(await round({ at: arrived + 1_000 }))
      expect(allowance).toMatchObject({ serial: 1, credit: 50_000, gifts: 20_000 })
      await books.balanced()
    })

    it('can spend all the credit while the club answers: the box gives up what it was lent', async () => {
      const memberid = await sara()
      await round()
      const returned = { serial: 1, credit: 50_000 }
      expect(await books.ask(books.box.reserve('sara', 100_001, { returned }))).toMatchObject({
        error: { key: 'credit.insufficient' },
      })
      expect(await exposed()).toBe(70_000)
      expect(await books.ask(books.box.reserve('sara', 90_000, { returned }))).toMatchObject({
        hold: { amount: 90_000 },
        balances: [{ available: 10_000 }],
      })
      expect((await books.store.exposure()).boxes).toMatchObject([{ credit: 0, gifts: 20_000 }])
      expect(await account('store:s1:allowances')).toBe(0)
      expect((await books.store.balances(memberid))[0]).toMatchObject({ available: 10_000 })
      expect(await books.store.audit()).toEqual([])
    })

    it('counts discounts and gifts that a store gave alone', async () => {
      await sara()
      await round()
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 12_000, currency: 'IRR' }]
      const { redemption: _, ...data } = spend(1, { applied, allowance: { serial: 1, credit: 0, gifts: 12_000 } }).data
      await books.takeOne(
        books.box.sale({ ...data, saleid: books.box.nextId(), payable: 288_000, tenders: [{ kind: 'cash', amount: 288_000 }] }),
      )
      expect((await books.store.exposure()).boxes).toMatchObject([{ credit: 50_000, gifts: 8_000 }])
      // It was no first purchase: the store gave it, and the club would not have.
      expect(await account('house:offline-differences')).toBe(-12_000)
      await books.balanced()
    })

    it('gives back what is left only when the box goes by a version without it, and all its facts up to there are here', async () => {
      await sara()
      const first = await round()
      const later = arrived + 3 * dayMs
      const second = await round({ at: later, applied: first })
      expect(only(second).allowance).toMatchObject({ serial: 2 })
      // Both are out there: the box may still give out of the first.
      expect(await exposed()).toBe(50_000 + 25_000 + 40_000)
      await round({ at: later, applied: first, upto: 2 })
      expect(await exposed()).toBe(115_000)
      await round({ at: later, applied: second, upto: 3 })
      expect(await exposed()).toBe(115_000)
      // Number 3 was on its way: it gave out of the first, as it says.
      await books.takeOne(spend(1))
      await round({ at: later, applied: second, upto: 3 })
      expect((await books.store.exposure()).boxes).toMatchObject([{ allowances: 1, total: 45_000 }])
      expect(await account('house:offline-differences')).toBe(0)
      await books.balanced()
    })

    it('does not give back by time alone, and shows what has run out', async () => {
      await sara()
      const first = await round()
      await books.store.tick(iso(arrived + 30 * dayMs))
      await books.takeOne(books.box.enrolment('later'))
      await books.store.regulars({ store: 's2', boxid: idOf(1), told: undefined, now: iso(arrived + 30 * dayMs), whole: false })
      expect((await books.store.exposure()).boxes).toMatchObject([{ total: 70_000, over: 70_000 }])
      expect(first).toHaveLength(1)
    })

    it('lends to an installation, not to a place: another box there gives nothing out of it', async () => {
      await sara()
      await round()
      const other = idOf(999_777)
      const told = await round({ box: other })
      expect(told[0]?.boxid).toBe(other)
      expect(only(told).allowance).toMatchObject({ serial: 2, credit: 25_000 })
      await round({ box: other, applied: told, upto: 0 })
      expect((await books.store.exposure()).boxes).toHaveLength(2)
      // What a box says of another's allowance is booked as what nobody lent it.
      await books.takeOne(
        spend(2, { redemption: { redemptionid: idOf(5), amount: 30_000 }, allowance: { serial: 2, credit: 30_000, gifts: 0 } }),
      )
      expect((await books.store.exposure()).boxes.find((one) => one.boxid === other)).toMatchObject({ credit: 25_000 })
      await books.balanced()
    })

    it('gives back what a box was lent that is gone for good, by head office’s word', async () => {
      const memberid = await sara()
      await round()
      const given = { store: 's1', actor: 'reza', why: 'burnt', at: iso(arrived) }
      expect(await books.store.writeOffBox({ ...given, boxid: idOf(4) })).toBe(0)
      expect(await books.store.writeOffBox({ ...given, boxid })).toBe(1)
      expect(await exposed()).toBe(0)
      expect((await books.store.balances(memberid))[0]).toMatchObject({ available: 100_000 })
      await books.balanced()
    })

    it('undoes a sale that was paid out of an allowance: the credit is the member’s again, the allowance stays used', async () => {
      const memberid = await sara()
      await round()
      const sale = spend(1)
      await books.takeOne(sale)
      await books.takeOne(books.box.reversal(sale.data.saleid))
      expect(await account('house:redeemed')).toBe(0)
      expect(await account('store:s1:allowances')).toBe(20_000)
      expect((await books.store.balances(memberid))[0]).toMatchObject({ available: 80_000 })
      await books.balanced()
    })

    it('knows nobody who asked to be forgotten, and whose card was blocked is known by none of before', async () => {
      const memberid = await sara()
      const first = await round()
      await books.takeOne(books.box.fact('vafa.card.blocked.v1', { credential: card('sara'), reason: 'lost' }))
      const second = await round({ at: arrived + 1_000, applied: first })
      expect(only(second).cardsSince).toBe(iso(start))
      await books.takeOne(books.box.fact('vafa.member.erased.v1', { memberid }))
      const third = await round({ at: arrived + 2_000, applied: second })
      expect(third.flatMap(({ members }) => members)).toEqual([])
      await round({ at: arrived + 3_000, applied: third, upto: 4 })
      expect(await exposed()).toBe(0)
      await books.balanced()
    })

    it('tells the member at the next visit of credit that was announced otherwise, until the purchase after', async () => {
      await sara()
      await round()
      const original = books.box.sale({
        total: 200_000,
        member: card('sara'),
      }) as MessageData<'vafa.decision.advised.v1'>['original']
      const advice = books.box.fact('vafa.decision.advised.v1', {
        original,
        effects: [{ kind: 'credit', ruleid: 'everyone-10', desired: 24_000, granted: 24_000, currency: 'IRR' }],
        programmeVersion: 1,
        decidedat: iso(start),
        reference: referenceOf(original.data.saleid),
      })
      await books.take(original, advice)
      const tap = () => books.ask(books.box.request('vafa.credential.presented.v1', { credential: card('sara') }))
      const said = (await tap()).prompts.filter(({ ruleid }) => ruleid === 'offline-difference')
      expect(said.map(({ audience }) => audience)).toEqual(['operator', 'customer'])
      expect(said[0]?.text.fa).toContain('۲٬۴۰۰ تومان')
      expect(said[0]?.text.en).toContain('2,000 toman was booked')
      await books.takeOne(books.box.sale({ total: 1_000, member: card('sara') }))
      expect((await tap()).prompts.filter(({ ruleid }) => ruleid === 'offline-difference')).toEqual([])
    })
  })
}
