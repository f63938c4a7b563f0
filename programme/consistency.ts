import { type Conditions, everyCondition } from './conditions.ts'
import { type Consequence, expiringFields, fieldsOf } from './effects.ts'
import type { Occasion } from './events.ts'
import type { Expiry } from './expiry.ts'
import type { Group } from './groups.ts'
import type { Tiers } from './tiers.ts'
import { notAmong } from './words.ts'

/** Something in a programme that no single word of it shows to be wrong. */
export interface Contradiction {
  path: (string | number)[]
  message: string
}

interface RuleWords {
  id: string
  on?: Occasion | undefined
  group?: string | undefined
  when: Conditions
  effects: readonly Consequence[]
}

export interface ProgrammeWords {
  rules: readonly RuleWords[]
  groups?: readonly Group[] | undefined
  tiers?: Tiers | undefined
  expiry?: Expiry | undefined
}

/** Names that mean nothing, gifts that cannot be given on their occasion, things that would be given twice. */
export function contradictionsIn(programme: ProgrammeWords): Contradiction[] {
  const found: Contradiction[] = []
  const { rules, groups = [] } = programme
  repeated(rules, (one) => found.push({ path: ['rules', one, 'id'], message: `a second rule is called ${rules[one]?.id}` }))
  repeated(groups, (one) => found.push({ path: ['groups', one, 'id'], message: `a second group is called ${groups[one]?.id}` }))
  found.push(...cardsUsedTwice(rules))
  rules.forEach((rule, index) => {
    const wrong = (path: (string | number)[], message: string) => found.push({ path: ['rules', index, ...path], message })
    wrongNames(rule, programme, wrong)
    wrongGifts(rule, wrong)
    unheard(rule, programme, wrong)
  })
  return found
}

type Wrong = (path: (string | number)[], message: string) => void

function repeated(list: readonly { id: string }[], report: (index: number) => void): void {
  const seen = new Set<string>()
  list.forEach(({ id }, index) => {
    if (seen.has(id)) report(index)
    seen.add(id)
  })
}

function cardsUsedTwice(rules: readonly RuleWords[]): Contradiction[] {
  const found: Contradiction[] = []
  const cards = new Map<string, string>()
  rules.forEach((rule, index) => {
    rule.effects.forEach((effect, place) => {
      if (effect.kind !== 'stamps' || effect.freeEvery === undefined) return
      const other = cards.get(effect.name)
      if (other !== undefined)
        found.push({
          path: ['rules', index, 'effects', place, 'freeEvery'],
          message: `the card ${effect.name} makes items free by ${other} already`,
        })
      cards.set(effect.name, rule.id)
    })
  })
  return found
}

function wrongNames({ group, when, effects }: RuleWords, { groups, tiers }: ProgrammeWords, wrong: Wrong): void {
  const ids = groups?.map(({ id }) => id)
  if (group !== undefined && ids && !ids.includes(group)) wrong(['group'], notAmong('group', group, ids))
  const levels = tiers?.list.map(({ id }) => id) ?? []
  const checkTier = (name: string, path: (string | number)[]) => {
    if (!tiers) wrong(path, `the programme has no \`tiers\`, and so no ${name}`)
    else if (!levels.includes(name)) wrong(path, notAmong('tier', name, levels))
  }
  for (const { when: one, path } of everyCondition(when))
    one.tier?.forEach((name, index) => {
      checkTier(name, ['when', ...path, 'tier', index])
    })
  effects.forEach((effect, place) => {
    if (effect.kind === 'tier') checkTier(effect.to, ['effects', place, 'to'])
  })
}

const ofPurchases: ReadonlySet<string> = new Set(['discount', 'free-product', 'use-coupon'])
/** Occasions at which nobody stands at a till. */
const unattended: ReadonlySet<Occasion> = new Set(['friend-bought', 'birthday', 'points-expiring', 'credit-expiring'])
/** Words that count something bought. */
const countingWords = ['basisPoints', 'per', 'perItem', 'extra', 'multiply', 'of', 'freeEvery'] as const

function wrongGifts({ on = 'sale', when, effects }: RuleWords, wrong: Wrong): void {
  const offers = (effect: Consequence) =>
    ofPurchases.has(effect.kind) || (effect.kind === 'stamps' && effect.freeEvery !== undefined)
  const asksTender = [...everyCondition(when)].some(({ when: one }) => one.tender !== undefined)
  effects.forEach((effect, place) => {
    const path = ['effects', place]
    if (on !== 'sale') {
      if (ofPurchases.has(effect.kind)) wrong([...path, 'kind'], `\`${effect.kind}\` needs a purchase, and this rule is on ${on}`)
      else if (effect.kind !== 'coupon')
        for (const word of countingWords)
          if (word in effect) wrong([...path, word], `\`${word}\` needs a purchase, and this rule is on ${on}`)
    }
    if (effect.kind === 'prompt' && unattended.has(on))
      wrong([...path, 'kind'], `nobody is there to read a prompt on ${on}: use \`message\``)
    if (asksTender && offers(effect))
      wrong(path, 'what is taken off is settled before payment, when `tender` is not known: give credit instead')
    // A sale says of which rules it had discounts, and no more: with two of a rule nobody knows which was given.
    if (effect.kind === 'use-coupon' && effects.filter(offers).length > 1)
      wrong(path, 'a rule that uses a coupon may take off nothing else: make it two rules')
  })
}

/** What refers to an event that is not this rule's, or that never happens. */
function unheard({ on = 'sale', effects }: RuleWords, { expiry }: ProgrammeWords, wrong: Wrong): void {
  const expiring = on === 'points-expiring' || on === 'credit-expiring'
  effects.forEach((effect, place) => {
    if (effect.kind !== 'message' || expiring) return
    for (const language of ['fa', 'en'] as const)
      for (const field of fieldsOf(effect.text[language]))
        if (expiringFields.some((one) => one === field))
          wrong(['effects', place, 'text', language], `{${field}} is known on points-expiring and credit-expiring only`)
  })
  if (!expiring) return
  const policies = on === 'credit-expiring' ? [expiry?.credit] : Object.values(expiry?.points ?? {})
  if (!policies.some((one) => one?.remind))
    wrong(['on'], `nothing announces this: \`expiry\` needs a \`remind\` for ${on === 'credit-expiring' ? 'credit' : 'points'}`)
}
