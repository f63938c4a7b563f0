import { performance } from 'node:perf_hooks'
import { type DecisionEvent, decide, type MemberHistory } from '#programme/decide.ts'
import { type Programme, programmeSchema } from '#programme/schema.ts'

export interface DecideFigures {
  rules: number
  sales: number
  /** Microseconds a sale: the middle and the worst of the rounds. */
  p50: number
  worst: number
}

/** Times `decide` alone: sales of four lines against a programme of every kind of rule that a club writes. */
export function benchDecide({ rules = 50, sales }: { rules?: number; sales: number }): DecideFigures {
  const programme = programmeOf(rules)
  const members = Array.from({ length: 100 }, (_, n) => memberOf(n))
  const events = Array.from({ length: 100 }, (_, n) => saleOf(n))
  const instants = Array.from({ length: 100 }, (_, n) => new Date(Date.UTC(2026, 10, 1 + (n % 28), n % 24)).toISOString())
  const rounds = 20
  const each = Math.max(1, Math.floor(sales / rounds))
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    for (let n = 0; n < each; n++) {
      const event = events[n % 100]
      const effectiveAt = instants[(n * 7) % 100]
      if (event && effectiveAt)
        decide({ programme, member: members[(n * 3) % 100], context: { counters: {} }, event, place, effectiveAt })
    }
    times.push(((performance.now() - begin) * 1_000) / each)
  }
  times.sort((a, b) => a - b)
  return { rules, sales: each * rounds, p50: times[rounds / 2] ?? 0, worst: times.at(-1) ?? 0 }
}

const place = { store: 's1', lane: 'lane-1' }

/** A member with everything that rules ask for. */
function memberOf(n: number): MemberHistory {
  const visitOn = (day: number) => new Date(Date.UTC(2026, 8, 1 + (day % 60), 9)).toISOString()
  return {
    memberid: `member-${n}`,
    visits: n % 40,
    purchases: n % 30,
    ...(n % 7 === 0 ? {} : { lastVisitAt: visitOn(n) }),
    tier: n % 5 === 0 ? 'gold' : 'bronze',
    personal: { birthday: `13${60 + (n % 30)}-0${1 + (n % 9)}-1${n % 10}`, sex: n % 2 === 0 ? 'female' : 'male' },
    recentVisits: Array.from({ length: n % 12 }, (_, visit) => visitOn(n + visit * 5)),
    referral: { friends: n % 4 },
    segments: n % 3 === 0 ? ['loyal'] : [],
  }
}

const categories = ['coffee', 'energy-drink', 'bread', 'dairy', 'fruit']

function saleOf(n: number): DecisionEvent {
  const lines = Array.from({ length: 4 }, (_, line) => ({
    product: `p${(n + line) % 20}`,
    category: categories[(n + line) % categories.length] ?? 'coffee',
    brand: `b${(n + line) % 7}`,
    quantity: 1 + (line % 3),
    amount: 100_000 + n * 1_000,
  }))
  const total = lines.reduce((sum, line) => sum + line.amount, 0)
  return { kind: 'sale', total, currency: 'IRR', lines, applied: [], tenders: [{ kind: 'card', amount: total }] }
}

const tiers = {
  window: { days: 365 },
  downgrade: 'never',
  list: [
    { id: 'bronze', name: { fa: 'برنزی', en: 'Bronze' } },
    { id: 'gold', name: { fa: 'طلایی', en: 'Gold' }, visits: 20 },
  ],
}

/** A programme of so many rules, of every kind that a club writes. */
export function programmeOf(count: number): Programme {
  const kinds = [
    (n: number) => ({ visit: { from: 5 + n } }),
    (n: number) => ({ absence: { from: 10 + n } }),
    (n: number) => ({ amount: { from: 100_000 * n } }),
    (n: number) => ({ lines: { category: [categories[n % categories.length]], quantity: { from: 2 } } }),
    () => ({ time: { from: '06:00', to: '10:00' }, weekday: ['thursday', 'friday'] }),
    (n: number) => ({ jalali: { month: [1 + (n % 12)] } }),
    (n: number) => ({ any: [{ purchase: { to: 1 } }, { lines: { product: [`p${n % 20}`] } }] }),
    (n: number) => ({ not: { date: { from: '1405-08-10' } }, purchase: { from: n } }),
    (n: number) => ({ birthday: { before: 3, after: n } }),
    (n: number) => ({ age: { from: 18 + (n % 40) }, sex: ['female'] }),
    () => ({ streak: { visits: 3, days: 30 } }),
    () => ({ tier: ['gold'], channel: ['store'] }),
    () => ({ tender: { kinds: ['card'], share: { from: 5_000 } }, segment: ['loyal'] }),
    (n: number) => ({ lines: { brand: [`b${n % 7}`] }, friends: { from: 2 } }),
  ]
  return programmeSchema.parse({
    id: 'bench',
    version: 1,
    currency: 'IRR',
    tiers,
    expiry: { credit: { after: { months: 6 } } },
    rules: Array.from({ length: count }, (_, n) => ({
      id: `rule-${n}`,
      ...(n % 5 === 0 ? { group: 'earning' } : {}),
      order: n,
      when: kinds[n % kinds.length]?.(n) ?? {},
      effects: [
        { kind: 'credit', basisPoints: 100, atMost: 50_000 },
        { kind: 'prompt', audience: 'operator', text: { fa: 'بگویید', en: 'say' } },
      ],
    })),
  })
}
