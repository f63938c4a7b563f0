import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import type { Reply } from '#protocol/reply.ts'
import { arrivalOf, card, createBox, hour, repliesOf, start } from './club-messages.ts'
import { createMoneyModel } from './money-model.ts'
import { storeSettings } from './store-settings.ts'

const days = 2
const programme = programmeSchema.parse({
  id: 'money',
  version: 1,
  currency: 'IRR',
  expiry: { credit: { after: { days } } },
  rules: [{ id: 'ten', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }],
})
const iso = (ms: number): string => new Date(ms).toISOString()

const who = fc.constantFrom('sara', 'dara')
const shop = fc.constantFrom('s1', 's2')
const amount = fc.integer({ min: 1, max: 60 }).map((n) => n * 1_000)
/** Each redemption is one store's. */
const redemption = fc.constantFrom(0, 1, 2, 3, 4, 5)
const storeOf = (n: number) => (n % 2 === 0 ? 's1' : 's2')
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sell' as const), who, shop, total: amount.map((n) => n * 10) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('spend' as const), who, redemption, amount }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reserve' as const), who, redemption, amount, whole: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('capture' as const), who, redemption, amount }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), redemption }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('undo' as const), nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), nth: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('undo first' as const), who, shop, total: amount }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(0.1, 0.3, 12, 30, 60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

/** Credit as a naive model has it, after any history of earning, holding, spending, dropping, lapsing, expiring, undoing. */
export function clubMoneyModelConformance(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`any history of credit in ${name}`, () => {
    it('credit is what a naive model says, after any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
          const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
          const settings = { ...storeSettings, programmes: { current: programme } }
          let store = await open(folder, settings)
          try {
            await play(steps, {
              store: () => store,
              restart: async () => {
                await store.close()
                store = await open(folder, settings)
              },
            })
          } finally {
            await store.close()
            rmSync(folder, { recursive: true })
          }
        }),
        { numRuns: 20 },
      )
    })
  })
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

async function play(steps: readonly Step[], books: { store(): ClubStore; restart(): Promise<void> }): Promise<void> {
  const model = createMoneyModel(days)
  const boxes = {
    s1: createBox(),
    s2: createBox({ store: 's2', firstId: 50_000, boxid: '01930000-0000-7000-8000-000000888000' }),
  }
  const boxOf = (store: string) => (store === 's1' ? boxes.s1 : boxes.s2)
  let now = start
  const sent: { from: string; message: object; request: boolean }[] = []
  const sold: { saleid: string; shop: string }[] = []
  const send = async (from: string, message: object): Promise<Reply | undefined> => {
    sent.push({ from, message, request: false })
    return repliesOf(await books.store().commitBatch([arrivalOf(message, from, iso(now))]))[0]
  }
  const memberids: Record<string, string> = {}
  for (const one of ['sara', 'dara']) memberids[one] = (await send('s1', boxes.s1.enrolment(one)))?.member?.memberid ?? ''
  const ids = [0, 1, 2, 3, 4, 5].map((n) => boxOf(storeOf(n)).nextId())

  for (const one of steps) {
    const at = iso(now)
    if (one.do === 'wait') now += one.hours * hour
    else if (one.do === 'restart') await books.restart()
    else if (one.do === 'tick') {
      await books.store().tick(at)
      model.tick(at)
    } else if (one.do === 'sell' || one.do === 'undo first') {
      const sale = boxOf(one.shop).sale({ total: one.total, member: card(one.who) }, now)
      const { saleid } = sale.data
      if (one.do === 'undo first') await send(one.shop, boxOf(one.shop).reversal(saleid, now))
      await send(one.shop, sale)
      model.sell({ saleid, who: one.who, store: one.shop, total: one.total, at })
      if (one.do === 'undo first') model.undo(saleid, at)
      else sold.push({ saleid, shop: one.shop })
    } else if (one.do === 'undo') {
      const sale = sold[one.nth % Math.max(1, sold.length)]
      if (!sale) continue
      await send(sale.shop, boxOf(sale.shop).reversal(sale.saleid, now))
      model.undo(sale.saleid, at)
    } else if (one.do === 'repeat') {
      const again = sent[one.nth % sent.length]
      if (!again) continue
      const { from, message, request } = again
      const arrival = [arrivalOf(message, from, at)]
      await (request ? books.store().answer(arrival) : books.store().commitBatch(arrival))
    } else {
      const store = storeOf(one.redemption)
      const redemptionid = ids[one.redemption] ?? ''
      const box = boxOf(store)
      if (one.do === 'drop') {
        await send(store, box.fact('vafa.redemption.voided.v1', { redemptionid }, now))
        model.drop(redemptionid)
        continue
      }
      const { who: name, amount: sum } = one
      if (one.do === 'reserve') {
        const capture = one.whole ? ('whole' as const) : ('up-to' as const)
        const request = box.reserve(name, sum, { redemptionid, capture }, now)
        const lapsesAt = iso(now + hour / 4)
        const expected = model.reserve({ id: redemptionid, who: name, amount: sum, whole: one.whole, at, lapsesAt })
        const [reply] = repliesOf(await books.store().answer([arrivalOf(request, store, at)]))
        expect(reply?.hold?.amount ?? reply?.error?.key).toBe(expected)
        // A request that was refused is asked anew when it is repeated, and may be granted then.
        if (reply?.hold) sent.push({ from: store, message: request, request: true })
      } else if (one.do === 'capture') {
        const given = { redemptionid, member: card(name), amount: sum, currency: 'IRR' }
        await send(store, box.fact('vafa.redemption.captured.v1', given, now))
        model.capture({ id: redemptionid, who: name, store, amount: sum, at })
      } else {
        const sale = box.sale({ total: sum + 50_000, member: card(name), redemption: { redemptionid, amount: sum } }, now)
        await send(store, sale)
        const { saleid } = sale.data
        model.sell({ saleid, who: name, store, total: sum + 50_000, at, redeem: { id: redemptionid, amount: sum } })
        sold.push({ saleid, shop: store })
      }
    }
  }

  const at = iso(now)
  const { accounts } = await books.store().totals()
  const { issued, redeemed, expired, writtenOff, offline } = model.accounts
  expect(accounts).toMatchObject({
    'house:issued': issued + 0,
    'house:redeemed': redeemed,
    'house:expired': expired,
    'house:written-off': writtenOff + 0,
    'house:offline-differences': offline + 0,
  })
  for (const store of ['s1', 's2']) expect(accounts[`store:${store}:clearing`] ?? 0).toBe((model.clearing[store] ?? 0) + 0)
  for (const [name, memberid] of Object.entries(memberids))
    expect((await books.store().balances(memberid, at))[0]?.available).toBe(model.available(name, at))
  expect((await books.store().members()).map((one) => one.held)).toEqual(['sara', 'dara'].map((one) => model.held(one)))
  expect(await books.store().audit()).toEqual([])
}
