import type { TillRequest, TillResponse, TillSale } from '#protocol/lane.ts'
import type { Chance } from './chance.ts'
import { cardOf, mobileOf } from './customers.ts'
import { happyMinutes } from './premises.ts'
import type { OutsideRecord, SeenSale } from './record.ts'
import type { SimulatedStore } from './store.ts'
import type { WorldTime } from './time.ts'

type Asked = TillRequest extends infer R ? (R extends { id: string } ? Omit<R, 'id'> : never) : never

/** Most who come, come often; a few come here only by chance, and their own store is another. */
export function customerOf(given: { store: SimulatedStore; members: number; chance: Chance }): number {
  const { store, members, chance } = given
  return chance.happens(0.7) ? (store.number * regulars + chance.int(0, regulars - 1)) % members : chance.int(0, members - 1)
}

/** A lane with its cashier, and the customers who come to it one after another. */
export interface Counter {
  /** What the lane says to the till. */
  hear(response: TillResponse): void
  /** Serves customers until nobody may do anything more. */
  work(): Promise<void>
}

/** What was told may be as old as this: the answer, a second question, a clock that was set by a slow line. */
export const timeSlackMs = 40_000
/** Of each store. */
const regulars = 4
const answerMs = 12_000
const tries = 6

/**
 * A cashier does what cashiers do: shows cards, rings up, takes money, and says it again where no answer came. `mayAct`
 * is asked before each thing that anybody does; false ends the day. `newId` makes the till's own ids.
 */
export function createCounter(options: {
  store: SimulatedStore
  lane: string
  members: number
  record: OutsideRecord
  time: WorldTime
  chance: Chance
  mayAct(): boolean
  newId(): string
}): Counter {
  const { store, lane, members, record, time, mayAct, newId } = options
  const chance = options.chance.of(`${store.name}/${lane}`)
  const waiting = new Map<string, { until: readonly string[]; resolve(response: TillResponse): void }>()
  let requests = 0
  /** Somebody's card or basket may still stand at the lane. */
  let leftOver = false

  /** Resolves with the answer that ends the wait, an error, or undefined where none came in time. */
  const ask = async (request: Asked, until: readonly string[]): Promise<TillResponse | undefined> => {
    const id = `q${++requests}`
    if (!store.request(lane, { ...request, id } as TillRequest)) {
      await time.sleep(1_000)
      return undefined
    }
    return new Promise((resolve) => {
      const cancel = time.after(answerMs, () => {
        waiting.delete(id)
        resolve(undefined)
      })
      waiting.set(id, {
        until,
        resolve(response) {
          cancel()
          waiting.delete(id)
          resolve(response)
        },
      })
    })
  }
  /** Asks again and again, as long as nobody answers or the box says that it cannot just now. */
  const insist = async (request: () => Asked, until: readonly string[]): Promise<TillResponse | undefined> => {
    let answer: TillResponse | undefined
    for (let n = 0; n < tries && mayAct(); n++) {
      answer = await ask(request(), until)
      if (answer && (answer.op !== 'error' || answer.error.key !== 'box.unwritable')) return answer
      await time.sleep(chance.int(500, 4_000))
    }
    return answer
  }

  const someone = () => customerOf({ store, members, chance })
  const credentialOf = (customer: number) => ({ kind: 'phone' as const, value: mobileOf(customer) })

  /** Whoever is no member yet becomes one. */
  async function signUp(customer: number): Promise<void> {
    const memberid = newId()
    const seen = { memberid, customer, acknowledged: false, settled: false }
    record.enrolments.set(memberid, seen)
    await insist(
      () => ({
        op: 'enrol',
        memberid,
        credentials: [{ kind: 'nfc-uid', value: cardOf(customer) }],
        profile: {},
        consents: [{ purpose: 'club', given: true }],
      }),
      ['enrolled'],
    )
  }

  /** Members show the card as often as they say their number. */
  async function present(customer: number): Promise<void> {
    if (record.members.has(customer) && chance.happens(0.75)) {
      store.tap(lane, cardOf(customer))
      return time.sleep(chance.int(100, 2_500))
    }
    const answer = await ask({ op: 'present', credential: credentialOf(customer) }, ['member'])
    if (answer?.op === 'error' && answer.error.key === 'credential.unknown' && mayAct()) await signUp(customer)
  }

  async function serve(): Promise<void> {
    // Who went without paying must not be taken for the next one.
    if (leftOver && (!mayAct() || (await ask({ op: 'cancel' }, ['cancelled'])) === undefined)) return
    leftOver = true
    const customer = chance.happens(0.85) ? someone() : undefined
    const cardLate = customer !== undefined && chance.happens(0.2)
    if (customer !== undefined && !cardLate) await present(customer)
    if (!mayAct()) return
    const total = chance.int(1, 200) * 10_000
    const sale: SeenSale = {
      saleid: newId(),
      store: store.name,
      lane,
      total,
      customer,
      cardLate,
      payable: total,
      redeemed: 0,
      discount: 0,
      givenAloneAt: undefined,
      paid: false,
      acknowledged: false,
      acknowledgedAt: 0,
      reversal: 'no',
    }
    record.sales.set(sale.saleid, sale)
    const basket = { tillreceipt: `${lane}-${record.sales.size}`, total, lines: [] }
    let quote = await ask({ op: 'open', saleid: sale.saleid, sale: basket }, ['quote'])
    if (cardLate && mayAct()) {
      store.tap(lane, cardOf(customer))
      await time.sleep(chance.int(100, 3_000))
    }
    const credit = quote?.op === 'quote' ? (quote.balances?.find(({ unit }) => unit === 'credit')?.available ?? 0) : 0
    if (credit > 0 && chance.happens(0.5) && mayAct()) {
      const amount = chance.int(1, Math.min(credit, sale.payable))
      quote = await ask({ op: 'redeem', saleid: sale.saleid, amount, capture: 'up-to' }, ['quote'])
    }
    const end = chance.next()
    // The customer walks away, and nobody tells the till.
    if (end < 0.04) return void (await time.sleep(chance.int(1_000, 60_000)))
    if (end < 0.1) return void (mayAct() && (await ask({ op: 'cancel', saleid: sale.saleid }, ['cancelled'])))
    if (end < 0.13) await time.sleep(chance.int(60_000, 900_000))
    await pay(sale, basket)
    if (!sale.acknowledged) return
    leftOver = false
    const after = chance.next()
    if (after < 0.1) await reverse(sale)
    else if (after < 0.18) await takeBack(sale)
  }

  async function pay(sale: SeenSale, basket: TillSale): Promise<void> {
    sale.paid = true
    let first = true
    await insist(() => {
      const again = first ? {} : { sale: basket }
      first = false
      const tenders = sale.payable > 0 ? [{ kind: 'cash' as const, amount: sale.payable }] : []
      return { op: 'complete', saleid: sale.saleid, tenders, ...again }
    }, ['completed'])
  }

  async function reverse(sale: SeenSale): Promise<void> {
    await time.sleep(chance.int(0, 20_000))
    if (!mayAct()) return
    sale.reversal = 'asked'
    await insist(() => ({ op: 'reverse', saleid: sale.saleid }), ['reversed'])
  }

  async function takeBack(sale: SeenSale): Promise<void> {
    await time.sleep(chance.int(0, 20_000))
    if (!mayAct()) return
    const returnid = newId()
    const amount = chance.int(1, sale.total / 10_000) * 10_000
    record.returns.set(returnid, { returnid, saleid: sale.saleid, acknowledged: false })
    await insist(() => ({ op: 'return', returnid, saleid: sale.saleid, lines: [], amount }), ['returned'])
  }

  return {
    hear(response) {
      note(record, time, response)
      const { re } = response
      const one = re === undefined ? undefined : waiting.get(re)
      if (one && (response.op === 'error' || one.until.includes(response.op))) one.resolve(response)
    },
    async work() {
      await time.sleep(chance.int(0, 3_000))
      while (mayAct()) {
        await serve()
        await time.sleep(chance.int(100, 8_000))
      }
    },
  }
}

/** What the cashier reads off the till. */
function note(record: OutsideRecord, time: WorldTime, response: TillResponse): void {
  switch (response.op) {
    case 'quote': {
      const sale = record.sales.get(response.saleid)
      if (!sale || sale.paid) return
      sale.payable = response.payable
      sale.redeemed = response.redeemed ?? 0
      sale.discount = response.discount
      if (response.decidedBy === 'box' && sale.redeemed + sale.discount > 0) sale.givenAloneAt ??= time.elapsed
      const happy = response.effects.some(({ ruleid }) => ruleid === 'happy')
      if (happy && (time.elapsed < happyMinutes.begins - timeSlackMs || time.elapsed > happyMinutes.ends + timeSlackMs))
        record.faults.push(`sale ${sale.saleid} got an offer of ${happyMinutes.from} to ${happyMinutes.to} at another time`)
      return
    }
    case 'completed': {
      const sale = record.sales.get(response.saleid)
      if (!sale) return void record.faults.push(`a till heard of a sale that nobody rang up: ${response.saleid}`)
      if (!sale.acknowledged) sale.acknowledgedAt = time.elapsed
      sale.acknowledged = true
      return
    }
    case 'reversed': {
      const sale = record.sales.get(response.saleid)
      if (sale) sale.reversal = 'acknowledged'
      return
    }
    case 'returned': {
      const one = record.returns.get(response.returnid)
      if (one) one.acknowledged = true
      return
    }
    case 'enrolled': {
      const one = record.enrolments.get(response.memberid)
      if (!one) return
      one.acknowledged = true
      record.members.add(one.customer)
    }
  }
}
