import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { arrivalOf, card, createBox, hour, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const minute = 60_000
const iso = (ms: number): string => new Date(ms).toISOString()

/** What every store of the club's books must do with credit that is spent. */
export function clubMoneyConformance(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`spending in ${name}`, () => {
    let folder: string
    let store: ClubStore
    let box: ReturnType<typeof createBox>
    let sara: string

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
      store = await open(folder, storeSettings)
      box = createBox()
      sara = (await takeOne(box.enrolment('sara'))).member?.memberid ?? ''
      await takeOne(box.sale({ total: 1_000_000, member: card('sara') }))
    })
    afterEach(async () => {
      expect(await store.audit()).toEqual([])
      expect(await everything()).toBe(0)
      await store.close()
      rmSync(folder, { recursive: true })
    })

    /** All money of the books: what somebody has another has given. */
    const everything = async () => {
      const house = Object.values((await store.totals()).accounts)
      const members = (await store.members()).flatMap(({ credit, held }) => [credit, held])
      return [...house, ...members].reduce((sum, one) => sum + one, 0)
    }
    const takeAt = async (at: number, from: string, ...messages: object[]): Promise<Reply[]> =>
      repliesOf(await store.commitBatch(messages.map((one) => arrivalOf(one, from, iso(at))))).map((one) =>
        replySchema.parse(one),
      )
    const take = (...messages: object[]) => takeAt(start, 's1', ...messages)
    const takeOne = async (message: object): Promise<Reply> => {
      const [first] = await take(message)
      if (!first) throw new Error('no reply')
      return first
    }
    const ask = async (message: object, at = start, from = 's1'): Promise<Reply> => {
      const [first] = repliesOf(await store.answer([arrivalOf(message, from, iso(at))]))
      if (!first) throw new Error('no reply')
      return replySchema.parse(first)
    }
    const credit = async () => (await store.balances(sara))[0]?.available
    const accounts = async () => (await store.totals()).accounts
    const reopen = async () => {
      await store.close()
      store = await open(folder, storeSettings)
    }

    it('holds credit for fifteen minutes, and says so only when it is on disk', async () => {
      const reserved = await ask(box.reserve('sara', 60_000))
      expect(reserved).toMatchObject({
        status: 'accepted',
        hold: { amount: 60_000, lapsesat: iso(start + 15 * minute) },
        balances: [{ available: 40_000 }],
      })
      await reopen()
      expect(await credit()).toBe(40_000)
      expect((await store.members())[0]).toMatchObject({ credit: 40_000, held: 60_000 })
      expect((await store.transfers({ memberid: sara })).map(({ kind, amount }) => [kind, amount])).toEqual([
        ['credit-granted', 100_000],
        ['credit-held', 60_000],
      ])
    })

    it('declines to hold more than there is, and says what there is; up to it, it holds what there is', async () => {
      expect(await ask(box.reserve('sara', 100_001))).toMatchObject({
        status: 'declined',
        error: { key: 'credit.insufficient' },
        balances: [{ available: 100_000 }],
      })
      expect(await ask(box.reserve('sara', 100_001, { capture: 'up-to' }))).toMatchObject({ hold: { amount: 100_000 } })
      expect(await ask(box.reserve('sara', 1, { capture: 'up-to' }))).toMatchObject({ error: { key: 'credit.insufficient' } })
      expect(await ask(box.reserve('nobody', 1))).toMatchObject({ error: { key: 'credential.unknown' } })
      expect(await ask(box.reserve('sara', 0))).toMatchObject({ error: { key: 'request.invalid' } })
      expect(await ask(box.reserve('sara', 1, { currency: 'EUR' }))).toMatchObject({ error: { key: 'request.invalid' } })
    })

    it('holds once, whatever is repeated: the same bytes for the same request, the same hold for the same redemption', async () => {
      const request = box.reserve('sara', 60_000)
      const [first, second] = (await store.answer([arrivalOf(request, 's1', iso(start)), arrivalOf(request, 's1', iso(start))]))
        .answers
      expect(second?.body).toBe(first?.body)
      const { redemptionid } = request.data
      expect(await ask(box.reserve('sara', 60_000, { redemptionid }))).toMatchObject({ hold: { redemptionid, amount: 60_000 } })
      expect(await credit()).toBe(40_000)
      expect(await ask({ ...box.reserve('sara', 1), id: request.id })).toMatchObject({ error: { key: 'event.conflict' } })
    })

    it('takes what is held off the sale, gives the rest back, and lets earn only what was paid', async () => {
      const { data } = box.reserve('sara', 60_000)
      await ask(box.reserve('sara', 60_000, data))
      const redemption = { redemptionid: data.redemptionid, amount: 50_000 }
      const lines = [
        { product: 'a', quantity: 1, amount: 100_000 },
        { product: 'b', quantity: 1, amount: 200_000 },
      ]
      const sale = box.sale({ total: 300_000, lines, member: card('sara'), redemption })
      const reply = await takeOne(sale)
      expect(reply.effects).toEqual([
        { kind: 'credit-redeemed', ruleid: 'redemption', amount: 50_000, currency: 'IRR' },
        { kind: 'credit', ruleid: 'everyone-10', desired: 25_000, granted: 25_000, currency: 'IRR' },
      ])
      expect(reply.balances).toMatchObject([{ available: 75_000, pending: 0 }])
      expect(reply.receipt?.blocks).toContainEqual(expect.objectContaining({ field: 'credit-redeemed' }))
      expect(await accounts()).toMatchObject({ 'house:redeemed': 50_000, 'house:offline-differences': 0 })
      expect((await store.members())[0]?.held).toBe(0)
      expect(await store.sales({})).toMatchObject([{ saleid: sale.data.saleid, redeemed: 50_000 }, { redeemed: 0 }])
    })

    it('gives redeemed credit back with the sale, and takes back what the sale earned', async () => {
      const { data } = box.reserve('sara', 60_000)
      await ask(box.reserve('sara', 60_000, data))
      const redemption = { redemptionid: data.redemptionid, amount: 60_000 }
      const sale = box.sale({ total: 300_000, member: card('sara'), redemption })
      await takeOne(sale)
      const undone = await takeOne(box.reversal(sale.data.saleid))
      expect(undone.effects.map((one) => [one.kind, 'amount' in one && one.amount])).toEqual([
        ['credit-restored', 60_000],
        ['credit-revoked', 24_000],
      ])
      expect(await credit()).toBe(100_000)
      expect(await accounts()).toMatchObject({ 'house:redeemed': 0, 'house:written-off': 0 })
      expect((await takeOne(box.reversal(sale.data.saleid))).effects).toEqual([])
    })

    it('writes off what a reversal would take back and the member has spent', async () => {
      const [first] = await store.sales({})
      const { data } = box.reserve('sara', 100_000)
      await ask(box.reserve('sara', 100_000, data))
      await takeOne(box.fact('vafa.redemption.captured.v1', { ...data, amount: 70_000 }))
      const undone = await takeOne(box.reversal(first?.saleid ?? ''))
      expect(undone.effects).toEqual([{ kind: 'credit-revoked', ruleid: 'everyone-10', amount: 30_000, currency: 'IRR' }])
      expect(await credit()).toBe(0)
      expect(await accounts()).toMatchObject({ 'house:written-off': -70_000, 'house:issued': 0, 'house:redeemed': 70_000 })
    })

    it('leaves a debt where the programme lets returns overdraw, and what is earned next pays it', async () => {
      const [first] = await store.sales({})
      await store.close()
      const overdraft = { ...storeSettings.programmes.current, version: 9, overdraft: 'returns' as const }
      store = await open(folder, { ...storeSettings, programmes: { current: overdraft } })
      await takeOne(box.fact('vafa.redemption.captured.v1', { ...box.reserve('sara', 70_000).data }))
      expect((await takeOne(box.reversal(first?.saleid ?? ''))).balances).toMatchObject([{ available: -70_000 }])
      expect(await ask(box.reserve('sara', 1))).toMatchObject({ error: { key: 'credit.insufficient' } })
      const next = box.sale({ total: 900_000, member: card('sara') })
      expect((await takeOne(next)).balances).toMatchObject([{ available: 20_000 }])
      expect(await accounts()).toMatchObject({ 'house:written-off': 0, 'house:issued': -90_000 })
      expect((await takeOne(box.reversal(next.data.saleid))).balances).toMatchObject([{ available: -70_000 }])
    })

    it('gives back what was held and is dropped, once', async () => {
      const { data } = box.reserve('sara', 60_000)
      await ask(box.reserve('sara', 60_000, data))
      const drop = () => box.fact('vafa.redemption.voided.v1', { redemptionid: data.redemptionid })
      expect(await takeOne(drop())).toMatchObject({ status: 'accepted', balances: [{ available: 100_000 }] })
      expect(await takeOne(drop())).toMatchObject({ status: 'accepted' })
      expect(await credit()).toBe(100_000)
      expect(await ask(box.reserve('sara', 60_000, data))).toMatchObject({ error: { key: 'redemption.closed' } })
    })

    it('holds nothing for a redemption that was dropped before it was asked for', async () => {
      const { data } = box.reserve('sara', 60_000)
      await takeOne(box.fact('vafa.redemption.voided.v1', { redemptionid: data.redemptionid }))
      expect(await ask(box.reserve('sara', 60_000, data))).toMatchObject({ error: { key: 'redemption.closed' } })
      expect(await credit()).toBe(100_000)
    })

    it('lets a hold lapse once, also when the club was away at the time', async () => {
      await ask(box.reserve('sara', 60_000))
      expect(await store.tick(iso(start + 14 * minute))).toBe(0)
      await reopen()
      expect(await store.tick(iso(start + 24 * hour))).toBe(1)
      expect(await store.tick(iso(start + 24 * hour))).toBe(0)
      expect(await credit()).toBe(100_000)
      expect((await store.transfers({ memberid: sara })).at(-1)).toMatchObject({
        kind: 'hold-released',
        at: iso(start + 15 * minute),
      })
    })

    it('books credit that was taken after its hold had lapsed: from what there is, the rest as an offline difference', async () => {
      const { data } = box.reserve('sara', 60_000)
      await ask(box.reserve('sara', 60_000, data))
      await store.tick(iso(start + hour))
      const other = box.reserve('sara', 70_000).data
      await ask(box.reserve('sara', 70_000, other))
      const redemption = { redemptionid: data.redemptionid, amount: 60_000 }
      expect(await takeOne(box.sale({ total: 60_000, member: card('sara'), redemption }))).toMatchObject({ status: 'accepted' })
      expect(await credit()).toBe(0)
      expect(await accounts()).toMatchObject({ 'house:redeemed': 60_000, 'house:offline-differences': -30_000 })
    })

    it('books credit that a box took without the club, and holds nothing for it afterwards', async () => {
      const { data } = box.reserve('sara', 60_000)
      const redemption = { redemptionid: data.redemptionid, amount: 60_000 }
      await takeOne(box.sale({ total: 60_000, member: card('sara'), redemption }))
      expect(await credit()).toBe(40_000)
      expect(await ask(box.reserve('sara', 60_000, data))).toMatchObject({ error: { key: 'redemption.closed' } })
      await takeOne(box.fact('vafa.redemption.voided.v1', { redemptionid: data.redemptionid }))
      expect(await credit()).toBe(40_000)
    })

    it('takes one redemption from a member once, whichever events bring it', async () => {
      const { data } = box.reserve('sara', 60_000)
      await ask(box.reserve('sara', 60_000, data))
      const redemption = { redemptionid: data.redemptionid, amount: 60_000 }
      const captured = box.fact('vafa.redemption.captured.v1', { ...data })
      await take(captured, captured, box.fact('vafa.redemption.captured.v1', { ...data }))
      expect(await credit()).toBe(40_000)
      expect(await accounts()).toMatchObject({ 'house:redeemed': 60_000 })
      await takeOne(box.sale({ total: 60_000, member: card('sara'), redemption }))
      expect(await credit()).toBe(40_000)
      expect(await accounts()).toMatchObject({ 'house:redeemed': 120_000, 'house:offline-differences': -60_000 })
    })

    it("lets no store spend or drop another's hold", async () => {
      const { data } = box.reserve('sara', 60_000)
      await ask(box.reserve('sara', 60_000, data))
      const other = createBox({ store: 's2', firstId: 7_000 })
      const drop = other.fact('vafa.redemption.voided.v1', { redemptionid: data.redemptionid })
      expect((await takeAt(start, 's2', drop))[0]).toMatchObject({ status: 'quarantined', error: { key: 'event.conflict' } })
      expect(await credit()).toBe(40_000)
    })

    it('books credit that nobody has as an offline difference of the whole', async () => {
      const redemption = { redemptionid: box.nextId(), amount: 10_000 }
      expect(await takeOne(box.sale({ total: 30_000, member: card('nobody'), redemption }))).toMatchObject({ status: 'accepted' })
      expect(await takeOne(box.sale({ total: 30_000, redemption: { ...redemption, redemptionid: box.nextId() } }))).toMatchObject(
        {
          status: 'accepted',
        },
      )
      expect(await accounts()).toMatchObject({ 'house:redeemed': 20_000, 'house:offline-differences': -20_000 })
    })

    it('lets the store that granted credit pay the store that took it, and sets off what goes both ways', async () => {
      const second = createBox({ store: 's2', firstId: 7_000 })
      const interval = { from: iso(start - hour), to: iso(start + hour) }
      const spendIn = (where: typeof box, amount: number) =>
        takeAt(start, where.store, where.fact('vafa.redemption.captured.v1', { ...where.reserve('sara', amount).data }))
      await spendIn(second, 60_000)
      expect(await store.clearing(interval)).toEqual([{ debtor: 's1', creditor: 's2', amount: 60_000, currency: 'IRR' }])
      expect(await accounts()).toMatchObject({ 'store:s1:clearing': -60_000, 'store:s2:clearing': 60_000 })
      await takeAt(start, 's2', second.sale({ total: 800_000, member: card('sara') }))
      // What is left of s1's credit first, as it is older; then what s2 granted.
      await spendIn(box, 110_000)
      expect(await store.clearing(interval)).toEqual([{ debtor: 's2', creditor: 's1', amount: 10_000, currency: 'IRR' }])
      expect(await store.clearing({ from: interval.to, to: iso(start + 2 * hour) })).toEqual([])
    })

    it('undoes clearing with the sale', async () => {
      const second = createBox({ store: 's2', firstId: 7_000 })
      const redemption = { redemptionid: second.nextId(), amount: 60_000 }
      const sale = second.sale({ total: 60_000, member: card('sara'), redemption })
      await takeAt(start, 's2', sale)
      await takeAt(start, 's2', second.reversal(sale.data.saleid))
      expect(await store.clearing({ from: iso(start - hour), to: iso(start + hour) })).toEqual([])
      expect(await credit()).toBe(100_000)
    })
  })
}
