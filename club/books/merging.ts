import { countersOf } from '#programme/limits.ts'
import { type ActiveDay, addActivity } from '../booking/activity.ts'
import { hasLots, keyOf } from '../ledger/lots.ts'
import { openPurse, writtenOffAccount } from '../ledger/purse.ts'
import { accounts } from '../ledger/transfers.ts'
import { nextBirthday } from './birthdays.ts'
import type { Cause } from './cards.ts'
import type { Books } from './context.ts'
import { addToDossier, dossierOf } from './dossiers.ts'
import { joinGifts } from './gifts.ts'
import { leaveHousehold } from './households.ts'
import type { Member } from './member-records.ts'
import { memberById, saveMember } from './people.ts'
import { profileOf, saveProfile } from './persons.ts'
import type { Sale } from './sale-records.ts'

/**
 * Two members turned out to be one person: `drop` goes into `keep`. Credentials, balances, purchases, consents, and what
 * was used of limits go over; the dropped id and number find the kept member from then on. Visits and purchases add up.
 * Where both told the same of themselves, what the kept one told stays.
 */
export function mergeMembers(books: Books, { keep, drop, event, at }: { keep: Member; drop: Member } & Cause): Member {
  const { desk } = books
  const gone = leaveHousehold(books, drop)
  const means = moveMeans(books, { keep, drop: gone, event, at })
  moveCounters(books, { keep, drop: gone, at })
  moveCards(books, keep.memberid, gone.memberid)
  moveConsents(books, keep.memberid, gone.memberid)
  const base = memberById(books, keep.memberid) ?? keep
  const lastSale = joinSales(books, base, gone)
  const { lastVisitAt: _, lastSale: __, holds: ___, due: ____, rank: _____, ...others } = gone
  const { recentVisits: ______, activity: _______, lent: ________, ...rest } = others
  const lastVisitAt = latest(base.lastVisitAt, gone.lastVisitAt)
  const friends = (base.friends ?? 0) + (gone.friends ?? 0)
  const referredBy = base.referredBy ?? gone.referredBy
  const { referredBy: __ref, ...own } = base
  const merged = saveMember(
    books,
    { ...own, enrolledAt: earliest(base.enrolledAt, gone.enrolledAt) },
    {
      ...base,
      ...means,
      visits: base.visits + gone.visits,
      purchases: base.purchases + gone.purchases,
      ...(lastVisitAt === undefined ? {} : { lastVisitAt }),
    },
    {
      ...(lastSale === undefined ? {} : { lastSale }),
      ...(friends === 0 ? {} : { friends }),
      // Nobody brings in himself.
      ...(referredBy === undefined || referredBy === base.memberid || referredBy === gone.memberid ? {} : { referredBy }),
      ...moveStanding(books, base, gone),
    },
  )
  desk.put('member', gone.memberid, {
    ...rest,
    visits: 0,
    purchases: 0,
    credit: 0,
    units: {},
    lots: [],
    mergedInto: base.memberid,
  })
  moveProfile(books, merged, gone)
  const known = saveMember(books, merged, merged, { birthdayAt: nextBirthday(books, merged.memberid, at) })
  joinGifts(books, base.memberid, gone.memberid)
  const pair = [base.memberid, gone.memberid].sort().join('/')
  if (desk.get('candidate', pair)) desk.drop('candidate', pair)
  return known
}

const earliest = (a: string, b: string) => [a, b].sort()[0] ?? a
const latest = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b > a) ? b : a)

/** Each lot goes over as it is; what one owes, the other pays. What is held for a redemption stays held. */
function moveMeans({ desk }: Books, { keep, drop, event, at }: { keep: Member; drop: Member } & Cause) {
  const cause = { kind: 'members-merged', ruleid: 'merge' } as const
  const [from, to] = [openPurse(drop, at), openPurse(keep, at)]
  for (const unit of ['credit', ...Object.keys(drop.units)]) {
    const house = accounts.merged(unit)
    const balance = unit === 'credit' ? drop.credit : (drop.units[unit] ?? 0)
    const back = { from: house, writtenOff: writtenOffAccount(unit), overdraft: 'returns' } as const
    if (balance < 0) {
      from.receive(unit, house, { lot: { issuedBy: '' }, amount: -balance }, cause)
      to.takeBack(unit, { ...back, amount: -balance }, cause)
    } else if (!hasLots(unit)) {
      from.giveWithoutLot(unit, house, balance, cause)
      to.receive(unit, house, { lot: { issuedBy: '' }, amount: balance }, cause)
    } else {
      const before = from.transfers.length
      for (const lot of from.means().lots.filter((one) => one.unit === unit))
        from.takeBack(unit, { ...back, lot: keyOf(lot), amount: lot.left }, cause)
      for (const { lot, amount } of from.transfers.slice(before)) if (lot) to.receive(unit, house, { lot, amount }, cause)
    }
  }
  const held = (drop.holds ?? []).reduce((sum, one) => sum + one.amount, 0)
  const heldOver = {
    debit: accounts.memberHeld(drop.memberid),
    credit: accounts.memberHeld(keep.memberid),
    amount: held,
    ...cause,
  }
  const transfers = [...from.transfers, ...to.transfers, ...(held > 0 ? [heldOver] : [])]
  desk.post(transfers, { event, subject: `merge:${drop.memberid}`, at })
  const { credit, units, lots } = to.means()
  const holds = [...(keep.holds ?? []), ...(drop.holds ?? [])]
  return { credit, units, lots, ...(holds.length === 0 ? {} : { holds }) }
}

/** Of two ranks the kept one stays; what both did one did. */
function moveStanding({ desk }: Books, keep: Member, drop: Member): Pick<Member, 'rank' | 'recentVisits' | 'activity' | 'lent'> {
  const taps = [keep, drop].flatMap((one) => desk.get('taps', one.memberid)?.at ?? []).sort()
  if (taps.length > 0) desk.put('taps', keep.memberid, { memberid: keep.memberid, at: taps })
  if (desk.get('taps', drop.memberid)) desk.drop('taps', drop.memberid)
  const rank = keep.rank ?? drop.rank
  const recentVisits = [...(keep.recentVisits ?? []), ...(drop.recentVisits ?? [])].sort()
  const activity = joinActivity(keep.activity, drop.activity)
  return {
    ...(rank ? { rank } : {}),
    ...(recentVisits.length > 0 ? { recentVisits } : {}),
    ...(activity ? { activity } : {}),
    ...(drop.lent ? { lent: joinLent(keep.lent, drop.lent) } : {}),
  }
}

function joinLent(keep: Member['lent'] = {}, drop: Member['lent'] = {}): Member['lent'] {
  const stores = [...new Set([...Object.keys(keep), ...Object.keys(drop)])].sort()
  return Object.fromEntries(stores.map((store) => [store, (keep[store] ?? 0) + (drop[store] ?? 0)]))
}

function joinActivity(keep: Member['activity'], drop: Member['activity']): Member['activity'] {
  if (!drop) return keep
  const from = Math.min(...[...(keep ?? []), ...drop].map((one) => one.day))
  return drop.reduce<readonly ActiveDay[]>((all, one) => addActivity(all, one, { from }), keep ?? [])
}

/** What either has used of the limits of today's rules, in any store, counts for both. */
function moveCounters(
  { desk, shops, programme, witness }: Books,
  { keep, drop, at }: { keep: Member; drop: Member; at: string },
): void {
  const moved = new Map<string, string>()
  for (const store of witness.note('shops', () => [...shops.keys()]) ?? []) {
    const of = (memberid: string) => countersOf(programme, { memberid, store, effectiveAt: at })
    const to = of(keep.memberid)
    of(drop.memberid).forEach((from, index) => {
      const counter = to[index]
      if (counter !== undefined && counter !== from) moved.set(from, counter)
    })
  }
  for (const [from, counter] of moved) {
    const used = desk.get('counter', from)?.used ?? 0
    if (used === 0) continue
    desk.put('counter', counter, { counter, used: (desk.get('counter', counter)?.used ?? 0) + used })
    desk.drop('counter', from)
  }
}

function moveCards(books: Books, keep: string, drop: string): void {
  const { desk } = books
  const { tokens, mobiles, events, merged } = dossierOf(books, drop)
  for (const token of tokens) {
    const credential = desk.get('credential', token)
    if (credential && credential.movedTo === undefined) desk.put('credential', token, { ...credential, memberid: keep })
  }
  for (const mobile of mobiles) desk.put('mobile', mobile, { mobile, memberid: keep })
  addToDossier(books, keep, { tokens, mobiles, events, merged: [...merged, drop] })
  if (desk.get('dossier', drop)) desk.drop('dossier', drop)
}

function moveConsents({ desk }: Books, keep: string, drop: string): void {
  const theirs = desk.get('consents', drop)?.history ?? []
  if (theirs.length === 0) return
  const own = desk.get('consents', keep)?.history ?? []
  const history = [...own, ...theirs].sort((a, b) => (a.at === b.at ? a.event - b.event : a.at < b.at ? -1 : 1))
  desk.put('consents', keep, { memberid: keep, history })
  desk.drop('consents', drop)
}

/** The dropped member's chain of sales goes before the kept one's; each of its sales is the kept member's now. */
function joinSales({ desk }: Books, keep: Member, drop: Member): string | undefined {
  if (drop.lastSale === undefined) return keep.lastSale
  for (let saleid: string | undefined = drop.lastSale; saleid !== undefined; ) {
    const sale: Sale | undefined = desk.get('sale', saleid)
    if (!sale) break
    const previousSale: string | undefined = sale.previousSale ?? keep.lastSale
    // What it used of limits was moved; undone, it gives that back there.
    const counted = sale.gifts.counted.map(({ counter, add }) => ({
      counter: counter.replace(drop.memberid, keep.memberid),
      add,
    }))
    desk.put('sale', saleid, { ...sale, memberid: keep.memberid, previousSale, gifts: { ...sale.gifts, counted } })
    if (sale.previousSale === undefined) break
    saleid = sale.previousSale
  }
  return drop.lastSale
}

/** The dropped member's key stays: messages that came in its name are locked with it, and it goes with the kept one's. */
function moveProfile(books: Books, keep: Member, drop: Member): void {
  const { desk } = books
  const kept = desk.get('profile', drop.memberid)
  if (!kept) return
  const { mobile, ...theirs } = profileOf(books, drop.memberid)
  const own = profileOf(books, keep.memberid)
  const custom = { ...theirs.custom, ...own.custom }
  const number = own.mobile ?? mobile
  saveProfile(books, keep, {
    ...theirs,
    ...own,
    ...(Object.keys(custom).length > 0 ? { custom } : {}),
    ...(number === undefined ? {} : { mobile: number }),
  })
  desk.put('profile', drop.memberid, { memberid: drop.memberid, wrapped: kept.wrapped })
}
