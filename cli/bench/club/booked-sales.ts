import type { Arrival } from '#club/booking/arrival.ts'
import { memberNumber } from '#club/booking/member.ts'
import type { Changes } from '#club/books/desk.ts'
import type { Member } from '#club/books/member-records.ts'
import type { Kind, Records } from '#club/books/records.ts'
import { createPepper } from '#club/pepper.ts'
import type { Engine } from '#club/store/engine.ts'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import type { Programme } from '#programme/schema.ts'
import { formatSequence } from '#protocol/ids.ts'
import type { Reply } from '#protocol/reply.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { programmeOf } from '../decide.ts'
import { type Quantiles, quantilesOf } from '../quantiles.ts'
import { batchSize, type LeanMeter, take } from './lean-sale.ts'

const pepperSecret = 'a pepper for measurements'
const stores = Array.from({ length: 20 }, (_, n) => `s${n + 1}`)
const now = Date.parse('2026-11-21T08:00:00.000Z')

/** 50 rules, of which one a sale gives credit: a club's rules for earning are one group. The others speak. */
function benchProgramme(): Programme {
  const { rules, ...programme } = programmeOf(50)
  const speaking = rules.map((rule) =>
    rule.group === 'earning' ? rule : { ...rule, effects: rule.effects.filter(({ kind }) => kind === 'prompt') },
  )
  return { ...programme, rules: speaking }
}

/** A club of 20 stores. */
export const benchSettings: StoreSettings = {
  club: 'bench',
  shops: stores.map((store) => ({ club: 'bench', store, name: { fa: store, en: store }, moneyShown: 'toman' })),
  programmes: { current: benchProgramme() },
  pepper: pepperSecret,
  sealingKey: makeSealingKey('bench'),
}

const memberidOf = (n: number) => `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`
/** As long as a box's token; the pepper makes it as random as one. */
export const credentialOf = (n: number) => ({ kind: 'nfc-uid' as const, keyid: 'k1', token: String(n).padStart(43, '0') })

/** Members with a card each, who have bought before: what a sale changes is there already. `secret`: the club's pepper. */
export async function loadMembers(engine: Engine, members: number, secret = pepperSecret): Promise<void> {
  const pepper = createPepper(secret)
  const at = new Date(now - 30 * 86_400_000).toISOString()
  const atOnce = 25_000
  for (let from = 1; from <= members; from += atOnce) {
    const people = new Map<string, Records[Kind] | undefined>()
    const cards = new Map<string, Records[Kind] | undefined>()
    for (let member = from; member < Math.min(from + atOnce, members + 1); member += 1) {
      const memberid = memberidOf(member)
      const token = pepper.token(credentialOf(member).token)
      people.set(memberid, { member, memberid, number: memberNumber(member), ...boughtOnce(at) })
      cards.set(token, { token, memberid, kind: 'nfc-uid', keyid: 'k1', linkedAt: at })
    }
    const records: Changes['records'] = new Map<Kind, ReadonlyMap<string, Records[Kind] | undefined>>([
      ['member', people],
      ['credential', cards],
    ])
    await engine.commit({ records, transfers: [], totals: new Map(), asides: [] }, { lasting: 'now' })
  }
}

/** A member as the first purchase left them, at the instant of signing up. */
function boughtOnce(at: string): Omit<Member, 'member' | 'memberid' | 'number'> {
  const credit = 25_000
  const due = new Date(Date.parse(at) + 180 * 86_400_000).toISOString()
  return {
    ...{ enrolledAt: at, enrolledIn: 's1', visits: 1, purchases: 1, lastVisitAt: at, recentVisits: [at] },
    ...{ credit, units: {}, lots: [{ unit: 'credit', issuedBy: 's1', left: credit, expiresAt: due }], due },
    rank: { tier: 'bronze', since: at },
    activity: [{ day: Math.floor(Date.parse(at) / 86_400_000), spend: 2_500_000, visits: 1, points: {} }],
    lastSale: '01930000-0000-7000-9000-000000000001',
  }
}

/** Completed sales of four lines, as boxes send them; members come by, evenly, in no order. */
function* arrivals(members: number): Generator<Arrival, never> {
  const boxes = stores.map((store) => ({ store, boxid: systemRuntime.uuid(), bootid: systemRuntime.uuid(), sequence: 0 }))
  const bytes = new TextEncoder()
  for (let n = 0; ; n += 1) {
    const box = boxes[n % boxes.length]
    if (!box) throw new Error('no stores')
    const member = 1 + ((n * 2_654_435_761) % members)
    const lines = Array.from({ length: 4 }, (_, line) => ({
      product: `p${(n + line) % 20}`,
      name: `product ${(n + line) % 20}`,
      category: ['coffee', 'energy-drink', 'bread', 'dairy', 'fruit'][(n + line) % 5],
      quantity: 1 + (line % 3),
      amount: 100_000 + (n % 1_000) * 1_000,
    }))
    const total = lines.reduce((sum, one) => sum + one.amount, 0)
    const time = new Date(now + n * 10).toISOString()
    box.sequence += 1
    const fact = {
      specversion: '1.0',
      id: systemRuntime.uuid(),
      source: `/stores/${box.store}/devices/till`,
      subject: 'lane-1',
      time,
      datacontenttype: 'application/json',
      boxid: box.boxid,
      orderkey: systemRuntime.uuid(),
      bootid: box.bootid,
      clocksynced: 'synced',
      sequence: formatSequence(box.sequence),
      type: 'vafa.sale.completed.v1',
      data: {
        saleid: systemRuntime.uuid(),
        member: credentialOf(member),
        operator: 'operator 7',
        businessdate: '2026-11-21',
        tillreceipt: `R${n}`,
        currency: 'IRR',
        total,
        lines,
        mode: 'live',
        applied: [],
        payable: total,
        tenders: [{ kind: 'card', amount: total }],
      },
    }
    yield { store: box.store, receivedat: time, payload: bytes.encode(JSON.stringify(fact)) }
  }
}

export interface BookedFigures {
  /** Sales a second from the bytes of a batch to its stored replies. */
  perSecond: number
  /** Milliseconds of one sale alone. */
  single: Quantiles
  /** Bytes of an event and of its reply, and transfers a sale. */
  event: number
  reply: number
  transfers: number
}

/** What is measured in turns with the sales: so many batches, then so many one by one. */
export type InTurn = Pick<LeanMeter, 'batches' | 'alone'>
const batchesInTurn = 8
const aloneInTurn = 20

/** `sales` in batches as the club's intake makes them, then up to a thousand one by one. */
export async function measureBooked(
  store: ClubStore,
  options: { members: number; sales: number; inTurn?: InTurn | undefined },
): Promise<BookedFigures> {
  const { members, sales, inTurn } = options
  const source = arrivals(members)
  let reply = 0
  const book = async (batch: readonly Arrival[]) => {
    const { answers, notices } = await store.commitBatch(batch)
    const first = JSON.parse(answers[0]?.body ?? '{}') as Partial<Reply>
    if (answers.length !== batch.length || notices.length > 0 || first.status !== 'accepted' || !first.member)
      throw new Error(`not booked: ${JSON.stringify(notices[0] ?? first)}`)
    reply = answers[0]?.body.length ?? 0
  }
  const before = (await store.totals()).transfers
  for (let n = 0; n < 8; n += 1) await book(take(source, batchSize))
  const batches = Math.ceil(sales / batchSize)
  let seconds = 0
  for (let done = 0; done < batches; done += batchesInTurn) {
    const now = Array.from({ length: Math.min(batchesInTurn, batches - done) }, () => take(source, batchSize))
    await inTurn?.batches(now.length)
    const start = performance.now()
    // As the club's intake does when more sales wait: one batch is given to the store beside the one that it has.
    let last: Promise<void> | undefined
    for (const batch of now) {
      const next = book(batch)
      await last
      last = next
    }
    await last
    seconds += (performance.now() - start) / 1_000
  }
  const singles: number[] = []
  const alone = take(source, Math.min(1_000, sales))
  for (const [index, sale] of alone.entries()) {
    if (index % aloneInTurn === 0) await inTurn?.alone(Math.min(aloneInTurn, alone.length - index))
    const begin = performance.now()
    await book([sale])
    singles.push(performance.now() - begin)
  }
  const booked = (batches + 8) * batchSize + alone.length
  return {
    perSecond: Math.round((batches * batchSize) / seconds),
    single: quantilesOf(singles),
    event: alone[0]?.payload.length ?? 0,
    reply,
    transfers: ((await store.totals()).transfers - before) / booked,
  }
}
