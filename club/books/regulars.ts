import { countersOf } from '#programme/limits.ts'
import { share } from '#protocol/money.ts'
import type { Allowance, Regular } from '#protocol/regulars.ts'
import { standingOf } from '../booking/member.ts'
import type { OfflineTerms } from '../offline-terms.ts'
import type { AllowanceRecord } from './allowance-records.ts'
import type { Books } from './context.ts'
import { usedOf } from './counters.ts'
import { dossierOf } from './dossiers.ts'
import { withFacts } from './member-facts.ts'
import type { Member } from './member-records.ts'
import { memberById } from './people.ts'

const dayMs = 24 * 3_600_000

/** A regular as the store's box gets to know one: what rules ask for, and no name, mobile or token. */
export function regularOf(
  books: Books,
  member: Member,
  given: { store: string; version: number; now: string; allowance: AllowanceRecord | undefined },
): Regular {
  const { desk, programme } = books
  const { store, version, now: at, allowance } = given
  const { memberid, number, visits, purchases, lastVisitAt, enrolledAt, units, rank } = member
  const facts = withFacts(books, member, programme)
  const { personal, recentVisits, referral, surveys, segments, profileFields, coupons } = facts
  const lent = allowance?.credit ?? 0
  const counters = usedOf(books, countersOf(programme, { memberid, store, effectiveAt: at }))
  const tokens = dossierOf(books, memberid).tokens
  const cards = tokens.flatMap((token) => desk.get('credential', token) ?? []).filter(({ movedTo }) => movedTo === undefined)
  const blocked = cards.flatMap(({ state, since }) => (state === undefined || since === undefined ? [] : [since])).sort()
  const chips = cards.filter(({ kind, state }) => kind === 'nfc-uid' && state === undefined)
  const told: Record<string, unknown> = { personal, recentVisits, referral, surveys, segments, profileFields, coupons }
  return {
    ...{ memberid, number, version, at, visits, purchases, enrolledAt },
    ...(lastVisitAt === undefined ? {} : { lastVisitAt }),
    credit: member.credit + lent,
    available: standingOf(member, 'credit', at).available + lent,
    units,
    ...(rank ? { tier: rank.tier } : {}),
    ...(Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Partial<Regular>),
    counters,
    ...(blocked.length === 0 ? {} : { cardsSince: blocked.at(-1) ?? at }),
    stockCards: chips.length > 0 && chips.every(({ token }) => desk.get('stock', token) !== undefined),
    ...(allowance ? { allowance: wireOf(allowance) } : {}),
  }
}

/** All that was lent, also what the books know to be given: the box takes off what it gave itself, and would do so twice. */
const wireOf = ({ serial, granted, until }: AllowanceRecord): Allowance => ({ serial, ...granted, until })

/** Somebody whom a box may know: present in the books under this very id. */
export function regularMember(books: Books, memberid: string): Member | undefined {
  const member = memberById(books, memberid)
  return member?.memberid === memberid && member.erasedAt === undefined ? member : undefined
}

/** What a member is to be allowed at one store, at an instant; undefined where what the box has will do. */
export function wantedAllowance(
  member: Member,
  { terms, now, live }: { terms: OfflineTerms; now: string; live: AllowanceRecord | undefined },
): { credit: number; gifts: number; until: string } | undefined {
  const { available } = standingOf(member, 'credit', now)
  const most = (there: number) => Math.min(terms.credit, share(Math.max(0, there), terms.share))
  const target = { credit: most(available + (live?.credit ?? 0)), gifts: terms.gifts }
  const left = live === undefined ? 0 : Date.parse(live.until) - Date.parse(now)
  const enough =
    live !== undefined && left > (terms.days * dayMs) / 2 && live.credit * 2 >= target.credit && live.gifts * 2 >= target.gifts
  if (enough) return undefined
  const wanted = { credit: Math.min(most(available), Math.max(0, available)), gifts: terms.gifts }
  if (wanted.credit + wanted.gifts === 0) return undefined
  return { ...wanted, until: new Date(Date.parse(now) + terms.days * dayMs).toISOString() }
}
