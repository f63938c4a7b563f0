import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { arrivalOf, card, createBox, hour, repliesOf } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const day = 24 * hour
/** Thirty minutes after the beginning of 1 Azar 1405 in Tehran. */
const begin = Date.parse('2026-11-21T21:00:00.000Z')
const midnight = (days: number): number => begin - hour / 2 + days * day
const iso = (ms: number): string => new Date(ms).toISOString()

const programme = programmeSchema.parse({
  id: 'expiry',
  version: 3,
  currency: 'IRR',
  redemption: { minimum: 20_000, step: 10_000 },
  expiry: {
    credit: { after: { days: 30 }, remind: [{ days: 7 }, { days: 1 }] },
    points: { club: { after: { days: 10 }, activeAfter: { days: 2 } } },
  },
  rules: [
    { id: 'ten', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
    { id: 'points', order: 2, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
    {
      id: 'announce',
      on: 'credit-expiring',
      order: 3,
      when: {},
      effects: [
        { kind: 'message', channel: 'sms', text: { fa: '{expiring} ریال تا {days} روز', en: '{expiring} rials, {days} days' } },
      ],
    },
  ],
})

/** What every store of the club's books must do with what is lost when it is not used in time. */
export function clubExpiryConformance(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`expiry in ${name}`, () => {
    let folder: string
    let store: ClubStore
    let box: ReturnType<typeof createBox>
    let sara: string
    const settings = { ...storeSettings, programmes: { current: programme } }

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
      store = await open(folder, settings)
      box = createBox()
      const given = [{ purpose: 'club' as const, channel: 'sms' as const, given: true }]
      sara = (await takeAt(begin, box.enrolment('sara', { consents: given })))?.member?.memberid ?? ''
    })
    afterEach(async () => {
      expect(await store.audit()).toEqual([])
      await store.close()
      rmSync(folder, { recursive: true })
    })

    const takeAt = async (at: number, message: object): Promise<Reply | undefined> => {
      const [first] = repliesOf(await store.commitBatch([arrivalOf(message, 's1', iso(at))]))
      return first && replySchema.parse(first)
    }
    const buy = async (total: number, at = begin) => {
      const sale = box.sale({ total, member: card('sara') }, at)
      return { ...sale, reply: await takeAt(at, sale) }
    }
    const balances = async (at: number) =>
      (await store.balances(sara, iso(at))).map(({ unit, available, pending }) => [unit, available, pending])
    const accounts = async () => (await store.totals()).accounts

    it('loses at the end of its last day what was not used, once, also after a restart', async () => {
      await buy(1_000_000)
      expect(await store.tick(iso(midnight(31) - 1))).toBe(2)
      expect(await balances(midnight(31) - 1)).toContainEqual(['credit', 100_000, 0])
      await store.close()
      store = await open(folder, settings)
      expect(await store.tick(iso(midnight(40)))).toBe(1)
      expect(await store.tick(iso(midnight(40)))).toBe(0)
      expect(await balances(midnight(40))).toEqual([
        ['credit', 0, 0],
        ['points', 0, 0],
      ])
      expect(await accounts()).toMatchObject({
        'house:issued': -100_000,
        'house:expired': 100_000,
        'house:expired:points:club': 100,
      })
      const transfers = (await store.transfers({ memberid: sara })).map(({ kind, amount, at }) => [kind, amount, at])
      expect(transfers).toContainEqual(['credit-expired', 100_000, iso(midnight(31))])
    })

    it('counts as pending what can be used later, until it can', async () => {
      const { reply } = await buy(1_000_000)
      expect(reply?.balances).toMatchObject([
        { unit: 'credit', available: 100_000, pending: 0 },
        { unit: 'points', available: 0, pending: 100 },
      ])
      expect(await balances(midnight(2))).toContainEqual(['points', 100, 0])
    })

    it('holds whole steps from the minimum on, as the programme says', async () => {
      await buy(450_000)
      const ask = async (amount: number, capture: 'whole' | 'up-to') => {
        const [reply] = repliesOf(
          await store.answer([arrivalOf(box.reserve('sara', amount, { capture }, begin), 's1', iso(begin))]),
        )
        return reply?.hold?.amount ?? reply?.error?.key
      }
      expect(await ask(35_000, 'whole')).toBe('redemption.refused')
      expect(await ask(10_000, 'whole')).toBe('redemption.refused')
      expect(await ask(46_000, 'whole')).toBe('credit.insufficient')
      expect(await ask(39_999, 'up-to')).toBe(30_000)
      expect(await ask(39_999, 'up-to')).toBe('redemption.refused')
    })

    it('spends first what is lost first, and loses only the rest', async () => {
      await buy(1_000_000)
      await buy(500_000, begin + 5 * day)
      const { data } = box.reserve('sara', 120_000)
      await takeAt(begin + 6 * day, box.fact('vafa.redemption.captured.v1', data, begin + 6 * day))
      await store.tick(iso(midnight(32)))
      expect(await balances(midnight(32))).toContainEqual(['credit', 30_000, 0])
      await store.tick(iso(midnight(40)))
      expect(await accounts()).toMatchObject({ 'house:expired': 30_000, 'house:redeemed': 120_000 })
    })

    it('gives spent credit back into the lot that it came from, which may be lost at once', async () => {
      await buy(1_000_000)
      const redemption = { redemptionid: box.nextId(), amount: 60_000 }
      const spent = box.sale({ total: 60_000, member: card('sara'), redemption }, begin + day)
      await takeAt(begin + day, spent)
      await store.tick(iso(midnight(35)))
      await takeAt(midnight(36), box.reversal(spent.data.saleid, midnight(36)))
      expect(await balances(midnight(36))).toContainEqual(['credit', 0, 0])
      await store.tick(iso(midnight(36)))
      expect(await accounts()).toMatchObject({ 'house:expired': 100_000, 'house:redeemed': 0 })
    })

    it('takes nothing else from a member for what was lost before its sale was undone', async () => {
      const first = await buy(1_000_000)
      await buy(500_000, begin + 20 * day)
      await store.tick(iso(midnight(35)))
      await takeAt(midnight(36), box.reversal(first.data.saleid, midnight(36)))
      expect(await balances(midnight(36))).toContainEqual(['credit', 50_000, 0])
      expect(await accounts()).toMatchObject({ 'house:expired': 100_000, 'house:written-off': -100_000 })
    })

    it('lets what was held for a sale be spent although its lot has expired meanwhile', async () => {
      await buy(1_000_000)
      const late = midnight(31) - 5 * 60_000
      const request = box.reserve('sara', 100_000, {}, late)
      await store.answer([arrivalOf(request, 's1', iso(late))])
      await store.tick(iso(midnight(31) + 60_000))
      const redemption = { redemptionid: request.data.redemptionid, amount: 80_000 }
      await takeAt(midnight(31) + 120_000, box.sale({ total: 80_000, member: card('sara'), redemption }, midnight(31) + 120_000))
      await store.tick(iso(midnight(31) + 180_000))
      expect(await accounts()).toMatchObject({
        'house:redeemed': 80_000,
        'house:expired': 20_000,
        'house:offline-differences': 0,
      })
    })

    it('announces what is about to be lost as often as the programme says, and what was spent no more', async () => {
      await buy(1_000_000)
      const due = async (at: number) => {
        await store.tick(iso(at))
        return (await store.dueMessages(iso(at))).map(({ ruleid, text }) => [ruleid, text.en])
      }
      expect(await due(midnight(24) - 1)).toEqual([])
      expect(await due(midnight(24))).toEqual([['announce', '100,000 rials, 7 days']])
      await takeAt(midnight(25), box.fact('vafa.redemption.captured.v1', box.reserve('sara', 60_000).data, midnight(25)))
      expect(await due(midnight(30) + hour)).toEqual([
        ['announce', '100,000 rials, 7 days'],
        ['announce', '40,000 rials, 1 days'],
      ])
      expect(await due(midnight(33))).toHaveLength(2)
    })

    it('announces nothing that was lost while the club was away', async () => {
      await buy(1_000_000)
      await store.tick(iso(midnight(33)))
      expect(await store.dueMessages(iso(midnight(33)))).toEqual([])
    })
  })
}
