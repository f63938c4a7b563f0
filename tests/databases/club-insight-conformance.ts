import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openBooks } from '#club/store/books-store.ts'
import type { Engine } from '#club/store/engine.ts'
import type { ClubStore } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { referenceOf } from '#protocol/reference.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { keptInsights, keptMeasures, recountInsights, recountMeasures } from './club-insight-recount.ts'
import { arrivalOf, card, createBox, hour, start } from './club-messages.ts'
import { actOf, sealed } from './club-people-conformance.ts'
import { storeSettings } from './store-settings.ts'

const programme = programmeSchema.parse({
  id: 'test',
  version: 1,
  currency: 'IRR',
  rules: [
    { id: 'off', order: 1, when: { amount: { from: 30_000 } }, effects: [{ kind: 'discount', basisPoints: 1_000 }] },
    {
      id: 'hello',
      order: 2,
      when: { visit: { to: 1 } },
      effects: [{ kind: 'prompt', audience: 'operator', text: { fa: 'سلام', en: 'Hello' } }],
    },
    {
      id: 'all',
      order: 3,
      when: {},
      effects: [
        { kind: 'credit', basisPoints: 1_000 },
        { kind: 'points', name: 'club', per: 10_000 },
      ],
    },
  ],
})
/** On the day of the first sale, so that some sales come before it in the year's course and some after. */
const birthday = '1991-11-22'
const settings = { ...storeSettings, programmes: { ...storeSettings.programmes, current: programme } }

const menu: Record<string, { category?: string; price: number }> = {
  latte: { category: 'coffee', price: 12_000 },
  mocha: { category: 'coffee', price: 15_000 },
  cake: { category: 'sweets', price: 9_000 },
  cola: { category: 'drinks', price: 5_000 },
  bag: { price: 1_000 },
}
const lineOf = (product: string, quantity: number): BasketLine => {
  const { price = 0, category } = menu[product] ?? {}
  return { product, quantity, amount: Math.round(price * quantity), ...(category === undefined ? {} : { category }) }
}

const basket = fc.array(
  fc.tuple(fc.constantFrom(...Object.keys(menu)), fc.constantFrom(1, 2, 0.125, 2.5)).map((one) => lineOf(...one)),
  { maxLength: 4 },
)
/** What stores report, in any order: instants over five months, so that most sales are late for somebody. */
const step = fc.record({
  who: fc.constantFrom('sara', 'sara', 'dara', undefined),
  store: fc.constantFrom('s1', 's2'),
  hours: fc.oneof(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 3_600 })),
  lines: basket,
  off: fc.boolean(),
  operator: fc.constantFrom('Mina', 'Reza', undefined),
  tenders: fc.constantFrom('cash' as const, 'card' as const),
  undo: fc.constantFrom('never', 'never', 'after', 'before', 'before', 'much later', 'twice'),
  repeated: fc.boolean(),
  /** What is brought back of it, and whether that is reported before it. */
  back: fc.constantFrom('nothing', 'nothing', 'half a line', 'some money', 'both', 'half a line before'),
  /** Somebody claims it by its receipt; nothing comes of it where it has its member. */
  claimed: fc.constantFrom(true, false, false),
  enrol: fc.boolean(),
  /** What happens after it: nothing, an end of the process, or one where nothing of the counting could be written. */
  next: fc.constantFrom('go on', 'go on', 'restart', 'restart uncounted'),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A sale on its own, after which the club goes on. */
const plain: Step = {
  who: 'sara',
  store: 's1',
  hours: 1,
  lines: [lineOf('latte', 1)],
  off: false,
  operator: 'Mina',
  tenders: 'cash',
  undo: 'never',
  repeated: false,
  back: 'nothing',
  claimed: false,
  enrol: false,
  next: 'go on',
}
const signUp: Step = { ...plain, enrol: true }
/** Its reversal is counted before the sale has come. */
const undoneBefore: Step = { ...plain, hours: 100, undo: 'before', next: 'restart' }

/** What every database must do with measures and insight. `open` opens the same database again for the same folder. */
export function clubInsightConformance(name: string, open: (folder: string) => Promise<Engine>) {
  describe(`measures and insight in ${name}`, () => {
    /** Runs `work` with an empty folder; the books in it are opened and closed as often as it likes. */
    async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
      const folder = mkdtempSync(join(tmpdir(), 'vafa-insight-'))
      try {
        await work(folder)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
    const books = async (folder: string, writes: { counting: boolean }): Promise<ClubStore> =>
      openBooks(refusing(await open(folder), writes), { ...settings, uuid: systemRuntime.uuid })

    async function exact(folder: string): Promise<void> {
      const engine = await open(folder)
      try {
        expect(await keptMeasures(engine)).toEqual(await recountMeasures(engine, birthday))
        expect(await keptInsights(engine)).toEqual(await recountInsights(engine))
      } finally {
        await engine.close()
      }
    }

    it('counts any history exactly, however late, repeated, reversed or interrupted it is', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 14 }),
          fc.constantFrom(1, 1, 3, 20),
          fc.boolean(),
          (steps, size, merged) =>
            inFolder(async (folder) => {
              const writes = { counting: true }
              let store = await books(folder, writes)
              const send = historyOf(steps)
              for (let at = 0; at < send.length; at += size) {
                const part = send.slice(at, at + size)
                await store.commitBatch(part.map(({ message, store: from }) => arrivalOf(message, from)))
                const { next } = part.at(-1) ?? { next: 'go on' }
                if (next === 'go on') continue
                writes.counting = next !== 'restart uncounted'
                await store.close()
                writes.counting = true
                store = await books(folder, writes)
              }
              const [keep, drop] = (await store.members()).map(({ number }) => number)
              if (merged && keep && drop) await store.act([actOf('vafa.club.members-merged.v1', { keep, drop })])
              await store.close()
              await exact(folder)
            }),
        ),
        { numRuns: 15, examples: [[[signUp, undoneBefore], 1, false]] },
      )
    })

    it('follows the books by itself a moment later, and says how far it is', () =>
      inFolder(async (folder) => {
        const store = await books(folder, { counting: true })
        const box = createBox()
        await store.commitBatch(
          [box.enrolment('sara', { profile: sealed({ birthday }) }), box.sale({ total: 1_000, member: card('sara') })].map(
            (one) => arrivalOf(one),
          ),
        )
        await expect.poll(() => store.counting()).toEqual({ journal: 2, counted: 2, trouble: undefined })
        await store.close()
        await exact(folder)
      }))

    it('says why it does not get on, and books go on', () =>
      inFolder(async (folder) => {
        const store = await books(folder, { counting: false })
        const box = createBox()
        await store.commitBatch([arrivalOf(box.enrolment('sara'))])
        await expect.poll(() => store.counting()).toEqual({ journal: 1, counted: 0, trouble: 'no room for measures' })
        const [answer] = (await store.commitBatch([arrivalOf(box.sale({ total: 1_000, member: card('sara') }))])).answers
        expect(answer?.body).toContain('"accepted"')
        await store.close()
      }))

    it('sums beyond the exact integers stop nothing: such a sale is named as not counted', () =>
      inFolder(async (folder) => {
        const store = await books(folder, { counting: true })
        const box = createBox()
        const huge = [1, 2].map(() => box.sale({ total: Number.MAX_SAFE_INTEGER }))
        await store.commitBatch([...huge, box.sale({ total: 1_000 })].map((one) => arrivalOf(one)))
        await store.close()
        const engine = await open(folder)
        expect(await engine.query("SELECT key, count FROM measures WHERE dimension = 'uncounted' ORDER BY key")).toEqual([
          { key: huge[1]?.id, count: 1 },
          { key: expect.any(String), count: 1 },
        ])
        await engine.close()
      }))
  })
}

/** The engine; while `counting` is false it writes no measures. */
const refusing = (engine: Engine, writes: { counting: boolean }): Engine => ({
  ...engine,
  async commit(changes, options) {
    if (!writes.counting && changes.records.has('projection'))
      throw new VafaError({ key: 'store.failed', message: 'no room for measures', permanent: false })
    return engine.commit(changes, options)
  },
})

interface Sent {
  message: object
  store: string
  next: Step['next']
}

/** The messages of the steps, in the order in which they come. */
function historyOf(steps: readonly Step[]): Sent[] {
  const boxes = {
    s1: createBox({ store: 's1' }),
    s2: createBox({ store: 's2', boxid: '01930000-0000-7000-8000-000000999002', firstId: 5_000 }),
  }
  const sent: Sent[] = []
  const late: Sent[] = []
  for (const { who, store, hours, lines, off, operator, tenders, undo, repeated, back, claimed, enrol, next } of steps) {
    const box = boxes[store as keyof typeof boxes]
    const at = start + hours * hour
    const out = (message: object) => sent.push({ message, store, next })
    if (enrol && who) out({ ...box.enrolment(who, { profile: sealed({ birthday }) }), time: new Date(at - hour).toISOString() })
    const total = lines.reduce((sum, { amount }) => sum + amount, 0)
    const applied = off && total > 1_000 ? [{ kind: 'discount' as const, ruleid: 'off', amount: 1_000, currency: 'IRR' }] : []
    const payable = total - applied.length * 1_000
    const sale = box.sale(
      {
        total,
        lines,
        applied,
        tenders: payable > 0 ? [{ kind: tenders, amount: payable }] : [],
        ...(who ? { member: card(who) } : {}),
        ...(operator ? { operator } : {}),
      },
      at,
    )
    const reversal = () => box.reversal(sale.data.saleid, at + 30 * hour)
    if (undo === 'before') out(reversal())
    const brought = (given: object) => {
      const { saleid } = sale.data
      const data = { returnid: box.nextId(), saleid, lines: [], currency: 'IRR', mode: 'live' as const, ...given }
      out(box.fact('vafa.sale.returned.v1', data, at + 20 * hour))
    }
    const half = { lines: [{ line: 0, quantity: (lines[0]?.quantity ?? 0) / 2 }] }
    if (back === 'half a line before' && lines.length > 0) brought(half)
    out(sale)
    if ((back === 'half a line' || back === 'both') && lines.length > 0) brought(half)
    if (back === 'some money' || back === 'both') brought({ amount: 333 })
    if (claimed)
      out(box.fact('vafa.receipt.claimed.v1', { reference: referenceOf(sale.data.saleid), member: card('sara') }, at + hour))
    if (undo === 'after' || undo === 'twice') out(reversal())
    if (undo === 'twice') out(reversal())
    if (undo === 'much later') late.push({ message: reversal(), store, next })
    if (repeated) out(sale)
  }
  return [...sent, ...late]
}
