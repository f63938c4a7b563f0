import { lotTimes } from '#programme/expiry.ts'

/**
 * What the books should say of credit, worked out in the most naive way: amounts by lot in maps, no transfers, no
 * records, no database. Lots are named `store until instant`.
 */
export function createMoneyModel(days: number) {
  const accounts = { issued: 0, redeemed: 0, expired: 0, writtenOff: 0, offline: 0 }
  const clearing: Record<string, number> = { s1: 0, s2: 0 }
  const lots: Record<string, Map<string, number>> = { sara: new Map(), dara: new Map() }
  const redemptions = new Map<string, Redemption>()
  const sales = new Map<string, Sale>()

  const lotsOf = (who: string) => lots[who] ?? new Map<string, number>()
  const add = (who: string, lot: string, amount: number) => {
    if (amount > 0) lotsOf(who).set(lot, (lotsOf(who).get(lot) ?? 0) + amount)
  }
  /** Takes what it can of the lots, the first to expire first. */
  function take(who: string, amount: number, which: (lot: string) => boolean): Part[] {
    const parts: Part[] = []
    let rest = amount
    const order = [...lotsOf(who).keys()].filter(which).sort((a, b) => (endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0))
    for (const lot of order) {
      const left = lotsOf(who).get(lot) ?? 0
      const part = Math.min(rest, left)
      if (part === 0) continue
      rest -= part
      parts.push([lot, part])
      if (part === left) lotsOf(who).delete(lot)
      else lotsOf(who).set(lot, left - part)
    }
    return parts
  }
  const usableAt = (at: string) => (lot: string) => endOf(lot) > at

  /** Gives back what is held and is not spent; tells what is. */
  function endHold(held: Redemption, spent: number): Part[] {
    const parts: Part[] = []
    let rest = spent
    for (const [lot, amount] of held.parts) {
      const part = Math.min(rest, amount)
      rest -= part
      if (part > 0) parts.push([lot, part])
      add(held.who, lot, amount - part)
    }
    return parts
  }

  /** Credit that a store took instead of money. */
  function spend({ id, who, store, amount, at }: { id: string; who: string; store: string; amount: number; at: string }) {
    const known = redemptions.get(id)
    const owner = known?.state === 'held' ? known.who : who
    const wanted = known?.state === 'captured' ? 0 : amount
    const held = known?.state === 'held' ? endHold(known, wanted) : []
    const parts = [...held, ...take(owner, wanted - sumOf(held), usableAt(at))]
    accounts.redeemed += amount
    accounts.offline -= amount - sumOf(parts)
    settle(parts, store, 1)
    redemptions.set(id, { ...(known ?? { amount: 0, parts: [], lapsesAt: '' }), who: owner, state: 'captured' })
    return { owner, parts }
  }

  function settle(parts: readonly Part[], store: string, sign: 1 | -1) {
    for (const [lot, amount] of parts) {
      const issuer = lot.split(' ')[0] ?? ''
      if (issuer === store) continue
      clearing[issuer] = (clearing[issuer] ?? 0) - sign * amount
      clearing[store] = (clearing[store] ?? 0) + sign * amount
    }
  }

  return {
    accounts,
    clearing,
    available: (who: string, at: string): number => {
      let sum = 0
      for (const [lot, amount] of lotsOf(who)) if (usableAt(at)(lot)) sum += amount
      return sum
    },
    held: (who: string): number =>
      [...redemptions.values()].reduce((sum, one) => (one.who === who && one.state === 'held' ? sum + sumOf(one.parts) : sum), 0),
    /** What is held, or why nothing. */
    reserve(given: { id: string; who: string; amount: number; whole: boolean; at: string; lapsesAt: string }): number | string {
      const { id, who, amount, whole, at, lapsesAt } = given
      const known = redemptions.get(id)
      if (known) return known.state === 'held' && known.who === who ? known.amount : 'redemption.closed'
      const there = this.available(who, at)
      if (there < (whole ? amount : 1)) return 'credit.insufficient'
      const parts = take(who, amount, usableAt(at))
      redemptions.set(id, { who, state: 'held', amount: sumOf(parts), parts, lapsesAt })
      return sumOf(parts)
    },
    capture: (given: { id: string; who: string; store: string; amount: number; at: string }) => {
      if (redemptions.get(given.id)?.state !== 'captured') spend(given)
    },
    drop(id: string) {
      const known = redemptions.get(id)
      if (known?.state === 'captured') return
      if (known?.state === 'held') endHold(known, 0)
      redemptions.set(id, { ...(known ?? { who: '', amount: 0, parts: [], lapsesAt: '' }), state: 'voided' })
    },
    sell(given: {
      saleid: string
      who: string
      store: string
      total: number
      at: string
      redeem?: { id: string; amount: number }
    }) {
      const { saleid, who, store, total, at, redeem } = given
      const { owner, parts } = redeem ? spend({ ...redeem, who, store, at }) : { owner: who, parts: [] }
      const earned = Math.floor((total - (redeem?.amount ?? 0)) / 10)
      const { expiresAt } = lotTimes({ after: { days } }, { grantedAt: at, timeZone: 'Asia/Tehran' })
      const lot = `${store} ${expiresAt}`
      add(owner, lot, earned)
      accounts.issued -= earned
      sales.set(saleid, { owner, store, lot, earned, parts, redeemed: redeem?.amount ?? 0 })
    },
    undo(saleid: string, at: string) {
      const sale = sales.get(saleid)
      if (!sale) return
      sales.delete(saleid)
      const { owner, store, lot, earned, parts, redeemed } = sale
      for (const [from, amount] of parts) add(owner, from, amount)
      accounts.redeemed -= redeemed
      accounts.offline += redeemed - sumOf(parts)
      settle(parts, store, -1)
      const own = sumOf(take(owner, earned, (one) => one === lot))
      const others = endOf(lot) <= at ? 0 : sumOf(take(owner, earned - own, () => true))
      accounts.issued += earned
      accounts.writtenOff -= earned - own - others
    },
    tick(now: string) {
      const due = [...redemptions.values()].filter((one) => one.state === 'held' && one.lapsesAt <= now)
      for (const one of due.sort((a, b) => (a.lapsesAt < b.lapsesAt ? -1 : 1))) {
        endHold(one, 0)
        one.state = 'lapsed'
      }
      for (const who of Object.keys(lots))
        accounts.expired += sumOf(take(who, Number.MAX_SAFE_INTEGER, (lot) => !usableAt(now)(lot)))
    },
  }
}

type Part = [lot: string, amount: number]

interface Redemption {
  who: string
  state: 'held' | 'captured' | 'voided' | 'lapsed'
  amount: number
  parts: Part[]
  lapsesAt: string
}

interface Sale {
  owner: string
  store: string
  lot: string
  earned: number
  parts: Part[]
  redeemed: number
}

const endOf = (lot: string): string => lot.split(' ')[1] ?? ''
const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, [, amount]) => sum + amount, 0)
