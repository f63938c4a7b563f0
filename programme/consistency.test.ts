import { describe, expect, it } from 'vitest'
import { programmeSchema } from './schema.ts'

const credit = { kind: 'credit', amount: 5 }
const tiers = {
  window: { days: 30 },
  downgrade: 'never',
  list: [
    { id: 'bronze', name: { fa: 'برنز', en: 'Bronze' } },
    { id: 'gold', name: { fa: 'طلا', en: 'Gold' }, visits: 5 },
  ],
}
/** Every wrong place with what is wrong there; undefined where nothing is. */
const wrong = (rule: object, more: object = {}) => {
  const rules = [{ id: 'a', order: 1, when: {}, effects: [credit], ...rule }]
  const { error } = programmeSchema.safeParse({ id: 'test', version: 1, currency: 'IRR', rules, ...more })
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a word that does not exist is answered with the nearest one', () => {
  it('occasions, channels, tenders, sexes, modes', () => {
    expect(wrong({ on: 'enroled' })).toEqual(['rules.0.on: “enroled” is no occasion: did you mean “enrolled”?'])
    expect(wrong({ when: { channel: ['onlin'] } })?.[0]).toContain('did you mean “online”?')
    expect(wrong({ when: { tender: { kinds: ['crad'] } } })?.[0]).toContain('did you mean “card”?')
    expect(wrong({ when: { sex: ['femal'] } })?.[0]).toContain('did you mean “female”?')
    expect(wrong({ when: { streak: { vists: 3, days: 3 } } })?.[0]).toContain('did you mean “visits”?')
    expect(wrong({ when: { birtday: {} } })).toEqual(['rules.0.when: “birtday” is no condition: did you mean “birthday”?'])
    expect(wrong({ limits: [{ per: 'line', every: 'day', times: 1 }] })?.[0]).toContain('did you mean “lane”?')
    expect(wrong({}, { groups: [{ id: 'a', mode: 'cumulativ' }] })?.[0]).toContain('did you mean “cumulative”?')
    expect(wrong({}, { overdraft: 'return' })?.[0]).toContain('did you mean “returns”?')
    expect(wrong({}, { tires: tiers })?.[0]).toContain('did you mean “tiers”?')
  })

  it('tiers and groups by the names that the programme gives them', () => {
    expect(wrong({ when: { any: [{ not: { tier: ['gold', 'glod'] } }] } }, { tiers })).toEqual([
      'rules.0.when.any.0.not.tier.1: “glod” is no tier: did you mean “gold”?',
    ])
    expect(wrong({ effects: [{ kind: 'tier', to: 'bronse' }] }, { tiers })?.[0]).toContain('did you mean “bronze”?')
    expect(wrong({ when: { tier: ['gold'] } })).toEqual(['rules.0.when.tier.0: the programme has no `tiers`, and so no gold'])
    expect(wrong({ group: 'bonsu' }, { groups: [{ id: 'bonus', mode: 'exclusive' }] })).toEqual([
      'rules.0.group: “bonsu” is no group: did you mean “bonus”?',
    ])
    expect(wrong({}, { groups: [1, 2].map(() => ({ id: 'bonus', mode: 'exclusive' })) })).toEqual([
      'groups.1.id: a second group is called bonus',
    ])
  })
})

describe('what cannot be given is refused', () => {
  it('a share or a discount where nothing is bought', () => {
    expect(wrong({ on: 'enrolled', effects: [{ kind: 'credit', basisPoints: 5 }] })).toEqual([
      'rules.0.effects.0.basisPoints: `basisPoints` needs a purchase, and this rule is on enrolled',
    ])
    expect(wrong({ on: 'visit', effects: [{ kind: 'discount', amount: 5 }] })).toEqual([
      'rules.0.effects.0.kind: `discount` needs a purchase, and this rule is on visit',
    ])
    expect(wrong({ on: 'birthday', effects: [{ kind: 'points', name: 'club', multiply: 2 }] })?.[0]).toContain('`multiply` needs')
    expect(wrong({ on: 'birthday', effects: [{ kind: 'coupon', name: 'cake', basisPoints: 500, days: 3 }] })).toBeUndefined()
  })

  it('a prompt where nobody stands at a till', () => {
    const prompt = { kind: 'prompt', audience: 'operator', text: { fa: 'x', en: 'x' } }
    expect(wrong({ on: 'birthday', effects: [prompt] })).toEqual([
      'rules.0.effects.0.kind: nobody is there to read a prompt on birthday: use `message`',
    ])
    expect(wrong({ on: 'visit', effects: [prompt] })).toBeUndefined()
  })

  it('a discount by how it will be paid', () => {
    const when = { any: [{ tender: { kinds: ['card'] } }] }
    expect(wrong({ when })).toBeUndefined()
    expect(wrong({ when, effects: [{ kind: 'discount', amount: 5 }] })?.[0]).toContain('give credit instead')
  })

  it('a coupon used beside another discount of the same rule', () => {
    const use = { kind: 'use-coupon', name: 'spring' }
    expect(wrong({ effects: [use, credit] })).toBeUndefined()
    expect(wrong({ effects: [use, { kind: 'discount', amount: 5 }] })?.[0]).toContain('make it two rules')
  })

  it('an announcement of what is never announced, and its fields elsewhere', () => {
    const message = { kind: 'message', channel: 'sms', text: { fa: '{days}', en: 'x' } }
    const remind = { after: { days: 90 }, remind: [{ days: 3 }] }
    expect(wrong({ on: 'credit-expiring', effects: [message] })).toEqual([
      'rules.0.on: nothing announces this: `expiry` needs a `remind` for credit',
    ])
    expect(wrong({ on: 'points-expiring', effects: [message] }, { expiry: { credit: remind } })?.[0]).toContain('for points')
    expect(wrong({ on: 'points-expiring', effects: [message] }, { expiry: { points: { club: remind } } })).toBeUndefined()
    expect(wrong({ effects: [message] })).toEqual([
      'rules.0.effects.0.text.fa: {days} is known on points-expiring and credit-expiring only',
    ])
  })

  it('half a condition', () => {
    expect(wrong({ when: { streak: { visits: 3 } } })?.[0]).toContain('`visits` and `days` belong together')
    expect(wrong({ when: { streak: { weeks: 3, months: 2 } } })?.[0]).toContain('needs one of')
    expect(wrong({ when: { custom: { field: 'car' } } })?.[0]).toContain('needs either `is`, or `from` or `to`')
    expect(wrong({}, { inForceFrom: '1405-13-01' })?.[0]).toContain('must be a date such as')
    expect(wrong({}, { expiry: { credit: { after: {} } } })?.[0]).toContain('needs either `days` or `months`')
  })
})
