import { describe, expect, it } from 'vitest'
import type { Conditions } from './conditions.ts'
import { type DecisionEvent, decide, type MemberHistory, type Place } from './decide.ts'
import { programmeSchema } from './schema.ts'

const tiers = {
  window: { days: 365 },
  downgrade: 'never',
  list: [
    { id: 'bronze', name: { fa: 'برنز', en: 'Bronze' } },
    { id: 'gold', name: { fa: 'طلا', en: 'Gold' }, visits: 20 },
  ],
}
const lines = [{ product: 'latte', category: 'coffee', brand: 'Lavazza', quantity: 1, amount: 100_000 }]
const sale: DecisionEvent = { kind: 'sale', total: 100_000, currency: 'IRR', lines, applied: [] }
const sara: MemberHistory = { memberid: 'sara', visits: 3, purchases: 3 }
/** Saturday 30 Aban 1405, 13:30 in Tehran. */
const now = '2026-11-21T10:00:00.000Z'

/** Undefined where the rule fires; else why it does not. */
function failure(
  when: Conditions,
  given: { member?: Partial<MemberHistory>; event?: DecisionEvent; place?: Place; at?: string; on?: string } = {},
): [string, string, string] | undefined {
  const event = given.event ?? sale
  const { on = 'sale', place } = given
  const rule = { id: 'the-rule', on, order: 1, when, effects: [{ kind: 'credit', amount: 100 }] }
  const { ruleFailures } = decide({
    programme: programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', tiers, rules: [rule] }),
    member: { ...sara, ...given.member },
    context: { counters: {} },
    event,
    ...(place ? { place } : {}),
    effectiveAt: given.at ?? now,
  })
  const [first] = ruleFailures
  return first && [first.condition, first.expected, first.found]
}

describe('a rule about how somebody buys', () => {
  it('knows the channel: a till is in a store unless it says otherwise', () => {
    const place = { store: 's1', lane: 'lane-1' }
    expect(failure({ channel: ['store'] }, { place })).toBeUndefined()
    expect(failure({ channel: ['online', 'kiosk'] }, { place: { ...place, channel: 'kiosk' } })).toBeUndefined()
    expect(failure({ channel: ['online'] }, { place })).toEqual(['channel', 'online', 'store'])
    expect(failure({ channel: ['store'] })).toEqual(['channel', 'store', 'unknown'])
  })

  it('knows how it was paid, by kind, amount and share', () => {
    const paid: DecisionEvent = {
      ...sale,
      tenders: [
        { kind: 'card', amount: 75_000 },
        { kind: 'cash', amount: 25_000 },
      ],
    }
    const tender = (when: NonNullable<Conditions['tender']>) => failure({ tender: when }, { event: paid })
    expect(tender({ kinds: ['card'] })).toBeUndefined()
    expect(tender({ kinds: ['voucher'] })).toEqual(['tender', 'voucher', 'card, cash'])
    expect(tender({ kinds: ['card', 'cash'], share: { from: 10_000 }, amount: { from: 100_000 } })).toBeUndefined()
    expect(tender({ kinds: ['card'], share: { from: 7_501 } })).toEqual(['tender.share', '7501 or more of card', '7500'])
    expect(tender({ kinds: ['cash'], amount: { from: 25_001 } })).toEqual(['tender.amount', '25001 or more of cash', '25000'])
  })

  it('does not guess how it will be paid, whichever way it asks', () => {
    const quote: DecisionEvent = { kind: 'quote', total: 100_000, currency: 'IRR', lines }
    expect(failure({ tender: { kinds: ['cash'] } }, { event: quote })?.[2]).toBe('unknown')
    expect(failure({ not: { tender: { kinds: ['cash'] } } }, { event: quote })?.[0]).toBe('not')
  })

  it('knows the brand of what is bought', () => {
    expect(failure({ lines: { brand: ['Lavazza'] } })).toBeUndefined()
    expect(failure({ lines: { brand: ['Illy'], amount: { from: 1 } } })).toEqual(['lines.amount', '1 or more of Illy', '0'])
  })
})

describe('a rule about who somebody is', () => {
  it('knows the tier and the segments', () => {
    expect(failure({ tier: ['gold'] }, { member: { tier: 'gold' } })).toBeUndefined()
    expect(failure({ tier: ['gold'] }, { member: { tier: 'bronze' } })).toEqual(['tier', 'gold', 'bronze'])
    expect(failure({ segment: ['loyal'] }, { member: { segments: ['new', 'loyal'] } })).toBeUndefined()
    expect(failure({ segment: ['loyal'] }, { member: { segments: [] } })).toEqual(['segment', 'loyal', 'none'])
  })

  it('knows age, sex, area and education, on whichever keyboard they were typed', () => {
    const personal = { birthday: '1380-09-01', sex: 'female', area: 'ونك', education: 'کارشناسی' }
    expect(failure({ age: { to: 24 }, sex: ['female'], area: ['ونک'], education: ['كارشناسى'] }, { member: { personal } })).toBe(
      undefined,
    )
    expect(failure({ age: { from: 25 } }, { member: { personal } })).toEqual(['age', '25 or more', '24'])
    expect(failure({ age: { from: 25 } }, { member: { personal }, at: '2026-11-22T10:00:00.000Z' })).toBeUndefined()
    expect(failure({ sex: ['male', 'other'] }, { member: { personal } })).toEqual(['sex', 'male or other', 'female'])
  })

  it('meets the birthday in a window of days, in the calendar in which it was written', () => {
    const born = (birthday: string, at = now) =>
      failure({ birthday: { before: 3, after: 7 } }, { member: { personal: { birthday } }, at })
    expect([born('1370-09-03'), born('1370-08-23'), born('1991-11-21')]).toEqual([undefined, undefined, undefined])
    expect(born('1370-09-04')).toEqual(['birthday', '3 days before to 7 days after', 'in 4 days'])
    expect(born('1370-08-22')?.[2]).toBe('8 days ago')
    expect(failure({ birthday: {} }, { member: { personal: { birthday: '1370-08-29' } } })).toEqual([
      'birthday',
      'today',
      '1 day ago',
    ])
    // 29 Esfand 1405: the year has no 30th, and who was born on one celebrates a day early.
    const eve = '2027-03-20T10:00:00.000Z'
    expect(failure({ birthday: {} }, { member: { personal: { birthday: '1399-12-30' } }, at: eve })).toBeUndefined()
    expect(born('1370-01-02', eve), 'over the turn of the year').toBeUndefined()
  })

  it('meets the anniversary of signing up, and the day of signing up is none', () => {
    const joined = (enrolledAt: string) => failure({ anniversary: { after: 2 } }, { member: { enrolledAt } })
    expect(joined('2025-11-19T10:00:00.000Z')).toBeUndefined()
    expect(joined('2026-11-21T08:00:00.000Z')).toEqual(['anniversary', '0 days before to 2 days after', 'none yet'])
    expect(joined('2024-11-17T10:00:00.000Z')?.[2]).toBe('3 days ago')
  })

  it('knows who came by a friend, and how many friends bought', () => {
    const referral = { by: 'reza', friends: 2 }
    expect(failure({ referred: true, friends: { from: 2 } }, { member: { referral } })).toBeUndefined()
    expect(failure({ referred: false }, { member: { referral } })).toEqual(['referred', 'by nobody', 'by a friend'])
    expect(failure({ friends: { from: 3 } }, { member: { referral } })).toEqual(['friends', '3 or more', '2'])
  })

  it('knows which surveys were answered and which fields of the profile are filled in', () => {
    expect(failure({ survey: ['taste', 'service'] }, { member: { surveys: ['taste'] } })).toBeUndefined()
    expect(failure({ survey: ['service'] }, { member: { surveys: ['taste'] } })).toEqual(['survey', 'service', 'taste'])
    const profile = ['name', 'birthday']
    expect(failure({ profile }, { member: { profileFields: ['mobile', 'birthday', 'name'] } })).toBeUndefined()
    expect(failure({ profile }, { member: { profileFields: ['name'] } })).toEqual([
      'profile',
      'name and birthday',
      'without birthday',
    ])
  })

  it("knows the club's own fields, by value and by range", () => {
    const member = { personal: { custom: { car: 'پژو', wheels: 4, diesel: false } } }
    expect(failure({ custom: { field: 'car', is: ['پژو', 'تیبا'] } }, { member })).toBeUndefined()
    expect(failure({ custom: { field: 'diesel', is: [false] } }, { member })).toBeUndefined()
    expect(failure({ custom: { field: 'wheels', from: 3, to: 4 } }, { member })).toBeUndefined()
    expect(failure({ custom: { field: 'wheels', to: 3 } }, { member })).toEqual(['custom.wheels', '3 or less', '4'])
    expect(failure({ custom: { field: 'car', from: 3 } }, { member })).toEqual(['custom.car', '3 or more', 'no number'])
  })
})

describe('a streak', () => {
  const at = (...days: string[]) => ({ visits: days.length, recentVisits: days.map((day) => `${day}T10:00:00.000Z`) })

  it('counts so many visits within so many days, this one included', () => {
    const streak = { visits: 3, days: 7 }
    expect(failure({ streak }, { member: at('2026-11-15', '2026-11-18') })).toBeUndefined()
    expect(failure({ streak }, { member: at('2026-11-14', '2026-11-18') })).toEqual(['streak.visits', '3 or more in 7 days', '2'])
  })

  it('does not count the present visit twice', () => {
    const member = { ...at('2026-11-21'), lastVisitAt: '2026-11-21T09:30:00.000Z', recentVisits: ['2026-11-21T09:30:00.000Z'] }
    expect(failure({ streak: { visits: 2, days: 1 } }, { member })?.[2]).toBe('1')
  })

  it('counts weeks from Saturday and Jalali months, without a gap', () => {
    // Today is a Saturday: yesterday belongs to the week before.
    expect(failure({ streak: { weeks: 3 } }, { member: at('2026-11-20', '2026-11-07') })).toBeUndefined()
    expect(failure({ streak: { weeks: 3 } }, { member: at('2026-11-20', '2026-11-06') })).toEqual([
      'streak.weeks',
      '3 or more',
      '2',
    ])
    expect(failure({ streak: { months: 3 } }, { member: at('2026-10-22', '2026-09-22') })).toBeUndefined()
    expect(failure({ streak: { months: 3 } }, { member: at('2026-10-22', '2026-08-22') })?.[2]).toBe('2')
  })
})

it('what is not known of a member neither holds nor fails to: the rule does not fire, whichever way it asks', () => {
  const asked: Conditions[] = [
    { tier: ['gold'] },
    { segment: ['loyal'] },
    { age: { from: 18 } },
    { sex: ['female'] },
    { area: ['ونک'] },
    { education: ['x'] },
    { birthday: {} },
    { anniversary: {} },
    { streak: { weeks: 2 } },
    { referred: true },
    { friends: { to: 3 } },
    { survey: ['taste'] },
    { profile: ['name'] },
    { custom: { field: 'car', is: ['x'] } },
    { custom: { field: 'car', to: 3 } },
    { coupon: ['spring'] },
  ]
  for (const when of asked) {
    expect(failure(when)?.[2], JSON.stringify(when)).toBe(when.custom?.to === undefined ? 'unknown' : 'no number')
    expect(failure({ not: when })?.[0]).toBe('not')
  }
})
