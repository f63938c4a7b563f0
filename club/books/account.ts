import { compile } from '#programme/compiled.ts'
import type { Offer } from '#programme/decide.ts'
import { explainRule } from '#programme/explain.ts'
import { measuresOf } from '#programme/tiers.ts'
import type { Account } from '#protocol/account.ts'
import type { Localised } from '#protocol/text.ts'
import { balancesOf, partsOfUnit } from '../booking/member.ts'
import type { Books } from './context.ts'
import type { Member } from './member-records.ts'
import type { Sale } from './sale-records.ts'
import { tierStanding } from './tiers.ts'

const visitsShown = 5
const endsShown = 4

/** What a member may read of the own account at an instant (ISO 8601), for whoever stands at a kiosk. */
export function accountOf(books: Books, member: Member, { at, offers }: { at: string; offers: readonly Offer[] }): Account {
  const tier = tierIn(books, member, at)
  const held = (member.holds ?? []).reduce((sum, { amount }) => sum + amount, 0)
  return {
    ...(tier ? { tier } : {}),
    ...(held > 0 ? { held } : {}),
    stampCards: stampsOf(books, member, at),
    expiring: endsOf(member, at),
    visits: visitsOf(books, member),
    offers: offers.flatMap((offer) => offerInWords(books, offer)),
  }
}

function tierIn({ programme }: Books, member: Member, at: string): Account['tier'] {
  const standing = tierStanding(member, { programme, at })
  const list = programme.tiers?.list ?? []
  const current = list.find(({ id }) => id === standing?.tier)
  if (!standing || !current) return undefined
  const { measures, until, next } = standing
  const above = list.find(({ id }) => id === next?.tier)
  return {
    name: current.name,
    ...(until === undefined ? {} : { until }),
    ...(above
      ? {
          next: {
            name: above.name,
            steps: [...measuresOf(above)].map(([measured, from]) => {
              const [measure = '', name] = measured.split(':')
              const reached = Math.max(0, Math.min(from, measures[measured] ?? 0))
              return {
                measure: measure as 'spend' | 'visits' | 'points',
                ...(name === undefined ? {} : { name }),
                ...{ from, reached },
              }
            }),
          },
        }
      : {}),
  }
}

/** Cards that the programme has, also those without a stamp yet. */
function stampsOf({ programme }: Books, member: Member, at: string): Account['stampCards'] {
  const { stampCards } = compile(programme)
  const held = balancesOf(member, programme.currency, { at }).filter(({ unit }) => unit === 'stamps')
  const names = new Set([...stampCards.keys(), ...held.map(({ name = '' }) => name)])
  return [...names].sort().map((name) => {
    const of = stampCards.get(name)
    const have = Math.max(0, held.find((one) => one.name === name)?.available ?? 0)
    return { name, have, ...(of === undefined ? {} : { of }) }
  })
}

/** What runs out next, by unit and instant. */
function endsOf({ lots }: Member, at: string): Account['expiring'] {
  const ends = new Map<string, Account['expiring'][number]>()
  for (const { unit, expiresAt, left } of lots) {
    if (expiresAt === undefined || expiresAt <= at) continue
    const key = `${expiresAt} ${unit}`
    const before = ends.get(key)
    const named = unit === 'credit' ? { unit: 'credit' as const } : { unit: 'points' as const, name: partsOfUnit(unit).name }
    ends.set(key, { ...named, at: expiresAt, amount: (before?.amount ?? 0) + left })
  }
  return [...ends.values()].sort((a, b) => a.at.localeCompare(b.at)).slice(0, endsShown)
}

/** The last purchases that stand; each sale of a member names the one before it. */
function visitsOf({ desk, shops }: Books, { lastSale }: Member): Account['visits'] {
  const visits: Account['visits'] = []
  let saleid = lastSale
  for (let looked = 0; saleid !== undefined && looked < visitsShown * 2 && visits.length < visitsShown; looked++) {
    const sale: Sale | undefined = desk.get('sale', saleid)
    if (!sale) break
    saleid = sale.previousSale
    if (sale.reversedBy !== undefined) continue
    const { store, at, currency, payable, reference } = sale
    visits.push({ at, store: shops.get(store)?.name ?? { fa: store, en: store }, currency, paid: payable, reference })
  }
  return visits
}

/** What it is, and why: the rule, as its author would tell it. */
function offerInWords({ programme, catalogue }: Books, { ruleid, product }: Offer): Account['offers'] {
  const rule = programme.rules.find(({ id }) => id === ruleid)
  if (!rule) return []
  const name = catalogue.products.get(product)?.name ?? {}
  const why = explainRule(rule, programme)
  const inWords = (language: keyof Localised) => `${name[language] ?? name.fa ?? product} – ${why[language]}`
  return [{ ruleid, text: { fa: inWords('fa'), en: inWords('en') } }]
}
