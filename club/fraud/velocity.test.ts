import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kilometresBetween, velocityConfig, wayMs } from './rules.ts'
import { type Alarm, createVelocity, type Happening } from './velocity.ts'

const minute = 60_000
const begin = Date.parse('2026-11-22T08:00:00.000Z')
const tehran = { latitude: 35.69, longitude: 51.39 }
const shiraz = { latitude: 29.59, longitude: 52.58 }
const stores = [
  { store: 's1', name: { fa: 'ونک', en: 'Vanak' } },
  { store: 's2', name: { fa: 'تجریش', en: 'Tajrish' } },
  { store: 's3', name: { fa: 'تهران', en: 'Tehran' }, place: tehran },
  { store: 's4', name: { fa: 'شیراز', en: 'Shiraz' }, place: shiraz },
]
const rules = velocityConfig.parse({ redemptions: { most: 2, minutes: 30 }, returns: { most: 2, minutes: 30 } })
const tokenOf = (card: string) => createHash('sha256').update(card).digest('base64url')

let made = 0
interface Given {
  minutes: number
  store?: string
  card?: string
  kind?: string
  operator?: string
  redeems?: string
  what?: 'sale' | 'return' | 'reversal'
}
function happening({
  minutes,
  store = 's1',
  card,
  kind = 'nfc-uid',
  operator = 'zahra',
  redeems,
  what = 'sale',
}: Given): Happening {
  made += 1
  const types = { sale: 'vafa.sale.completed.v1', return: 'vafa.sale.returned.v1', reversal: 'vafa.sale.reversed.v1' }
  return {
    id: `event-${made}`,
    type: types[what],
    store,
    at: begin + minutes * minute,
    memberid: 'member-1',
    body: {
      subject: 'lane-1',
      data: {
        operator,
        saleid: `sale-${made}`,
        ...(what === 'reversal' ? { reason: 'operator' } : {}),
        ...(card === undefined ? {} : { member: { kind, keyid: 'k1', token: tokenOf(card) } }),
        ...(redeems === undefined ? {} : { redemption: { redemptionid: redeems, amount: 1 } }),
      },
    },
  }
}
type Velocity = ReturnType<typeof createVelocity>
const tell = (velocity: Velocity, one: Happening): Alarm[] => {
  const alarms = velocity.take(one)
  for (const { data } of alarms) velocity.told(data)
  return alarms
}
const raisedBy = (...given: Given[]) => {
  const velocity = createVelocity({ rules, stores })
  return given.flatMap((one) => tell(velocity, happening(one)))
}

describe('one card in two stores', () => {
  it('within minutes is told in both languages, with the member', () => {
    const [alarm, ...more] = raisedBy({ minutes: 0, card: 'a' }, { minutes: 7, store: 's2', card: 'a' })
    expect(more).toEqual([])
    expect(alarm?.data).toMatchObject({
      ...{ rule: 'two-stores', store: 's2', memberid: 'member-1', since: '2026-11-22T08:07:00.000Z' },
      text: {
        fa: 'یک کارت در ۷ دقیقه در دو فروشگاه نشان داده شد: «ونک» و «تجریش».',
        en: 'One card was shown in two stores within 7 min: Vanak and Tajrish.',
      },
    })
  })

  it('is nothing where there was time for the way, in one store, or where a mobile was said', () => {
    expect(raisedBy({ minutes: 0, card: 'a' }, { minutes: 10, store: 's2', card: 'a' })).toEqual([])
    expect(raisedBy({ minutes: 0, card: 'a' }, { minutes: 1, card: 'a' }, { minutes: 2, store: 's2', card: 'b' })).toEqual([])
    const mobile = { card: 'm', kind: 'phone' }
    expect(raisedBy({ minutes: 0, ...mobile }, { minutes: 1, store: 's2', ...mobile })).toEqual([])
  })

  it('goes by the way between stores that have a place', () => {
    expect(kilometresBetween(tehran, shiraz)).toBeCloseTo(687, -1)
    expect(raisedBy({ minutes: 0, store: 's3', card: 'a' }, { minutes: 300, store: 's4', card: 'a' })).toHaveLength(1)
    expect(raisedBy({ minutes: 0, store: 's3', card: 'a' }, { minutes: 500, store: 's4', card: 'a' })).toEqual([])
    expect(wayMs({ minutes: 10, kilometresPerHour: 100 }, tehran, undefined)).toBe(10 * minute)
  })

  it('is told also where the first of the two arrives later, from a store that was away', () => {
    expect(raisedBy({ minutes: 7, store: 's2', card: 'a' }, { minutes: 0, card: 'a' })).toHaveLength(1)
  })

  it('is the same card under the key for tokens before', () => {
    const velocity = createVelocity({ rules, stores })
    velocity.take(happening({ minutes: 0, card: 'old' }))
    const next = happening({ minutes: 2, store: 's2', card: 'new' })
    const { member } = (next.body as { data: { member: object } }).data
    Object.assign(member, { earlier: { keyid: 'k0', token: tokenOf('old') } })
    expect(velocity.take(next)).toHaveLength(1)
  })
})

describe('one cashier', () => {
  const redeems = (minutes: number, n: number, more: Partial<Given> = {}): Given => ({ minutes, redeems: `r${n}`, ...more })

  it('with more redemptions than the limit is told once, and again when that time is over', () => {
    const alarms = raisedBy(...[0, 5, 10, 12, 14, 50, 55, 60].map((minutes, n) => redeems(minutes, n)))
    expect(alarms.map(({ data }) => [data.rule, data.subject, data.since])).toEqual([
      ['many-redemptions', 's1/zahra', '2026-11-22T08:10:00.000Z'],
      ['many-redemptions', 's1/zahra', '2026-11-22T09:00:00.000Z'],
    ])
    expect(alarms[0]?.data).not.toHaveProperty('memberid')
    expect(alarms[0]?.data.text.fa).toBe('«zahra» در «ونک» در ۳۰ دقیقه ۳ بار از اعتبار مشتری برداشته است.')
  })

  it('counts one redemption once, and each cashier and store apart', () => {
    expect(raisedBy(redeems(0, 1), redeems(1, 1), redeems(2, 1), redeems(3, 2))).toEqual([])
    expect(raisedBy(redeems(0, 1), redeems(1, 2), redeems(2, 3, { operator: 'ali' }), redeems(3, 4, { store: 's2' }))).toEqual([])
  })

  it('with more returns and reversals than the limit is told; what a terminal takes back is not counted', () => {
    expect(
      raisedBy({ minutes: 0, what: 'return' }, { minutes: 1, what: 'reversal' }, { minutes: 2, what: 'return' }),
    ).toMatchObject([{ data: { rule: 'many-returns' } }])
    const timeouts = [0, 1, 2].map((minutes) => {
      const one = happening({ minutes, what: 'reversal' })
      Object.assign((one.body as { data: object }).data, { reason: 'timeout' })
      return one
    })
    const velocity = createVelocity({ rules, stores })
    expect(timeouts.flatMap(velocity.take)).toEqual([])
  })
})

it('whenever the club is killed and started again, what it had not told is told, and nothing else', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 12 }),
    store: fc.constantFrom('s1', 's2'),
    card: fc.constantFrom('a', 'b'),
    operator: fc.constantFrom('zahra', 'ali'),
    redeems: fc.option(fc.constantFrom('r1', 'r2', 'r3', 'r4'), { nil: undefined }),
    what: fc.constantFrom('sale', 'return', 'reversal'),
  })
  let told = 0
  const run = fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(), (steps, cut) => {
    let now = 0
    const happenings = steps.map(({ wait, redeems, ...one }) => {
      now += wait
      return happening({
        ...one,
        minutes: now,
        ...(redeems === undefined ? {} : { redeems: `${redeems}-${Math.floor(now / 90)}` }),
      })
    })
    const whole = createVelocity({ rules, stores })
    const alarms = happenings.flatMap((one, place) => tell(whole, one).map((alarm) => ({ place, alarm })))
    told += alarms.length
    // Killed before it told what stands behind the place `from`; windows are filled from the last of what stands before.
    const from = cut % happenings.length
    const again = createVelocity({ rules, stores })
    for (const { place, alarm } of alarms) if (place < from) again.told(alarm.data)
    const far = (happenings[from]?.at ?? 0) - 3 * again.spanMs
    const raised = happenings.flatMap((one, place) => {
      if (one.at < far) return []
      if (place >= from) return tell(again, one)
      again.take(one)
      return []
    })
    const missing = alarms.filter(({ place }) => place >= from).map(({ alarm }) => alarm)
    expect(raised).toEqual(missing)
    // And where all was told, nothing is told again.
    const whenAllIsTold = createVelocity({ rules, stores })
    for (const { alarm } of alarms) whenAllIsTold.told(alarm.data)
    expect(happenings.flatMap((one) => tell(whenAllIsTold, one))).toEqual([])
  })
  fc.assert(run, { numRuns: 500 })
  expect(told).toBeGreaterThan(300)
})
