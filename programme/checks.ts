import { formatCivilDay, formatClock, parseCivilDay, parseClock } from './calendar.ts'
import { type Check, fails, failsIfKnown, ranged, unknown } from './check.ts'
import type { Circumstances, UnitKind } from './circumstances.ts'
import { anyOf, noneOf } from './combined-checks.ts'
import type { Conditions } from './conditions.ts'
import { expiringOf } from './events.ts'
import { amountOf, matcherOf } from './lines.ts'
import { memberChecksOf } from './member-checks.ts'
import { tenderChecks } from './tender-checks.ts'
import type { Bounds } from './vocabulary.ts'

/** What must all hold, in the order in which failures are named. */
export function checksOf(when: Conditions): Check[] {
  const checks: Check[] = []
  const about = (
    condition: string,
    bounds: Bounds | undefined,
    least: number,
    value: (c: Circumstances) => number | undefined,
    none?: string,
  ) => {
    if (bounds) checks.push(ranged({ condition, bounds, least, value, without: failsIfKnown, ...(none ? { none } : {}) }))
  }
  about('visit', when.visit, 1, (c) => c.visit)
  about('purchase', when.purchase, 1, (c) => c.purchase)
  about('absence', when.absence, 0, (c) => c.absence(), 'never here before')
  if (when.amount)
    checks.push(
      ranged({
        condition: 'amount',
        bounds: when.amount,
        least: 0,
        value: (c) => c.total,
        none: nothingBought,
        without: fails,
      }),
    )
  if (when.lines) checks.push(...linesChecks(when.lines))
  checks.push(...timeChecks(when))
  checks.push(...placeChecks(when))
  if (when.tender) checks.push(...tenderChecks(when.tender))
  if (when.expiring) checks.push(...expiringChecks(when.expiring))
  about('membership', when.membership, 0, (c) => c.membership())
  about('credit', when.credit, 0, (c) => c.member.credit)
  if (when.points) checks.push(balanceCheck('points', when.points))
  if (when.stamps) checks.push(balanceCheck('stamps', when.stamps))
  checks.push(...memberChecksOf(when))
  for (const one of when.all ?? []) checks.push(...checksOf(one))
  if (when.any) checks.push(anyOf(when.any.map(checksOf)))
  if (when.not) checks.push(noneOf(checksOf(when.not)))
  return checks
}

const nothingBought = 'nothing was bought'

function linesChecks({ quantity, amount, ...selector }: NonNullable<Conditions['lines']>): Check[] {
  const matches = matcherOf(selector)
  const { product = [], category = [], brand = [] } = selector
  const named = [...product, ...category, ...brand].join(' or ') || 'any line'
  const within = (name: string, bounds: Bounds, value: (c: Circumstances) => number | undefined): Check => {
    const check = ranged({ condition: `lines.${name}`, bounds, least: 0, value, none: nothingBought, without: fails })
    return { ...check, expected: `${check.expected} of ${named}` }
  }
  const checks: Check[] = []
  // Without bounds one matching line is enough.
  if (!quantity && !amount)
    checks.push({
      condition: 'lines',
      expected: named,
      holds: (c) => c.lines()?.some(matches) === true,
      found: (c) => (c.lines() === undefined ? nothingBought : 'no such line'),
    })
  if (quantity)
    checks.push(
      within('quantity', quantity, (c) => c.lines()?.reduce((sum, line) => (matches(line) ? sum + line.quantity : sum), 0)),
    )
  if (amount)
    checks.push(
      within('amount', amount, (c) => {
        const lines = c.lines()
        return lines && amountOf(lines, matches)
      }),
    )
  return checks
}

function timeChecks({ time, weekday, date, jalali }: Conditions): Check[] {
  const checks: Check[] = []
  if (time) checks.push(timeCheck(time))
  if (weekday) {
    const found = (c: Circumstances) => c.now().weekday
    checks.push({ condition: 'weekday', expected: weekday.join(' or '), holds: (c) => weekday.includes(found(c)), found })
  }
  if (date) checks.push(dateCheck(date))
  if (jalali?.month) checks.push(jalaliCheck('month', jalali.month))
  if (jalali?.day) checks.push(jalaliCheck('day', jalali.day))
  return checks
}

function timeCheck(time: { from: string; to: string }): Check {
  const from = parseClock(time.from) ?? 0
  const to = parseClock(time.to) ?? 0
  return {
    condition: 'time',
    expected: `${time.from} to ${time.to}`,
    holds(c) {
      const { minute } = c.now()
      return from <= to ? minute >= from && minute < to : minute >= from || minute < to
    },
    found: (c) => formatClock(c.now().minute),
  }
}

function dateCheck({ from, to }: { from?: string | undefined; to?: string | undefined }): Check {
  const first = (from === undefined ? undefined : parseCivilDay(from)) ?? Number.NEGATIVE_INFINITY
  const last = (to === undefined ? undefined : parseCivilDay(to)) ?? Number.POSITIVE_INFINITY
  const calendar = Number((from ?? to ?? '').slice(0, 4)) < 1_700 ? 'jalali' : 'gregorian'
  return {
    condition: 'date',
    expected: to === undefined ? `${from} or later` : from === undefined ? `${to} or earlier` : `${from} to ${to}`,
    holds(c) {
      const { day } = c.now()
      return day >= first && day <= last
    },
    found: (c) => formatCivilDay(c.now().day, calendar),
  }
}

function jalaliCheck(part: 'month' | 'day', wanted: readonly number[]): Check {
  const value = (c: Circumstances) => c.now().jalali[part]
  return {
    condition: `jalali.${part}`,
    expected: wanted.join(' or '),
    holds: (c) => wanted.includes(value(c)),
    found: (c) => String(value(c)),
  }
}

function placeChecks({ store, lane, channel }: Conditions): Check[] {
  const check = (condition: string, wanted: readonly string[], value: (c: Circumstances) => string | undefined): Check => ({
    condition,
    expected: wanted.join(' or '),
    holds: (c) => c.place !== undefined && wanted.includes(value(c) ?? ''),
    found: (c) => value(c) ?? 'unknown',
  })
  return [
    ...(store ? [check('store', store, (c) => c.place?.store)] : []),
    ...(lane ? [check('lane', lane, (c) => c.place?.lane)] : []),
    ...(channel ? [check('channel', channel, (c) => c.place && (c.place.channel ?? 'store'))] : []),
  ]
}

function expiringChecks({ name, days, amount }: NonNullable<Conditions['expiring']>): Check[] {
  const nothing = 'nothing runs out'
  const within = (condition: string, bounds: Bounds, value: (c: Circumstances) => number | undefined) =>
    ranged({ condition, bounds, least: 0, value, none: nothing, without: fails })
  const checks: Check[] = []
  if (name !== undefined) {
    const found = (c: Circumstances) => (c.event.kind === 'points-expiring' ? c.event.name : undefined)
    checks.push({
      condition: 'expiring.name',
      expected: name,
      holds: (c) => found(c) === name,
      found: (c) => found(c) ?? nothing,
    })
  }
  if (days) checks.push(within('expiring.days', days, (c) => expiringOf(c.event)?.days))
  if (amount) checks.push(within('expiring.amount', amount, (c) => expiringOf(c.event)?.amount))
  return checks
}

function balanceCheck(kind: UnitKind, { name, ...bounds }: Bounds & { name: string }): Check {
  const value = (c: Circumstances) => c.balance(kind, name)
  const check = ranged({ condition: kind, bounds, least: 0, value, without: unknown })
  return { ...check, expected: `${check.expected} of ${name}` }
}
