import { formatCivilDay, formatClock, parseCivilDay, parseClock } from './calendar.ts'
import { amountOf, type Circumstances, matcherOf, type UnitKind } from './circumstances.ts'
import type { Conditions } from './conditions.ts'

/** One condition made ready: its words are worked out once for a programme. */
export interface Check {
  condition: string
  expected: string
  /** Undefined where it depends on a member of whom nothing is known. */
  holds(c: Circumstances): boolean | undefined
  /** What was found instead, where it does not hold. */
  found(c: Circumstances): string
}

interface Bounds {
  from?: number | undefined
  to?: number | undefined
}

/** What must all hold, in the order in which failures are named. */
export function checksOf(when: Conditions): Check[] {
  const checks: Check[] = []
  const { visit, purchase, absence, amount, lines, time, weekday, date, jalali } = when
  if (visit) checks.push(ranged('visit', visit, 1, (c) => c.visit))
  if (purchase) checks.push(ranged('purchase', purchase, 1, (c) => c.purchase))
  if (absence) checks.push(ranged('absence', absence, 0, (c) => c.absence(), 'never here before'))
  if (amount) checks.push(ranged('amount', amount, 0, (c) => c.total, nothingBought))
  if (lines) checks.push(...linesChecks(lines))
  if (time) checks.push(timeCheck(time))
  if (weekday) {
    const found = (c: Circumstances) => c.now().weekday
    checks.push({ condition: 'weekday', expected: weekday.join(' or '), holds: (c) => weekday.includes(found(c)), found })
  }
  if (date) checks.push(dateCheck(date))
  if (jalali?.month) checks.push(jalaliCheck('month', jalali.month))
  if (jalali?.day) checks.push(jalaliCheck('day', jalali.day))
  const { store, lane, membership, credit, points, stamps } = when
  if (store) checks.push(placeCheck('store', store))
  if (lane) checks.push(placeCheck('lane', lane))
  if (membership) checks.push(ranged('membership', membership, 0, (c) => c.membership()))
  if (credit) checks.push(ranged('credit', credit, 0, (c) => c.member.credit))
  if (points) checks.push(balanceCheck('points', points))
  if (stamps) checks.push(balanceCheck('stamps', stamps))
  for (const one of when.all ?? []) checks.push(...checksOf(one))
  if (when.any) checks.push(anyOf(when.any.map(checksOf)))
  if (when.not) checks.push(noneOf(checksOf(when.not)))
  return checks
}

const nothingBought = 'nothing was bought'

const aboutMember: ReadonlySet<string> = new Set(['visit', 'purchase', 'absence', 'membership', 'credit', 'points', 'stamps'])

function ranged(
  condition: string,
  { from, to }: Bounds,
  least: number,
  value: (c: Circumstances) => number | undefined,
  none = 'unknown',
): Check {
  const low = from ?? least
  const high = to ?? Number.POSITIVE_INFINITY
  return {
    condition,
    expected: to === undefined ? `${low} or more` : `${low} to ${to}`,
    holds(c) {
      const found = value(c)
      if (found === undefined) return c.member.standing === 'unknown' && aboutMember.has(condition) ? undefined : false
      return found >= low && found <= high
    },
    found(c) {
      const found = value(c)
      return found === undefined ? none : String(found)
    },
  }
}

function linesChecks({ quantity, amount, ...selector }: NonNullable<Conditions['lines']>): Check[] {
  const matches = matcherOf(selector)
  const named = [...(selector.product ?? []), ...(selector.category ?? [])].join(' or ') || 'any line'
  const within = (name: string, bounds: Bounds, value: (c: Circumstances) => number | undefined): Check => {
    const check = ranged(`lines.${name}`, bounds, 0, value, nothingBought)
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

const placeCheck = (part: 'store' | 'lane', wanted: readonly string[]): Check => ({
  condition: part,
  expected: wanted.join(' or '),
  holds: (c) => c.place !== undefined && wanted.includes(c.place[part]),
  found: (c) => c.place?.[part] ?? 'unknown',
})

function balanceCheck(kind: UnitKind, { name, ...bounds }: Bounds & { name: string }): Check {
  const check = ranged(kind, bounds, 0, (c) => c.balance(kind, name))
  return { ...check, expected: `${check.expected} of ${name}` }
}

const inWords = (checks: readonly Check[]) =>
  checks.length === 0 ? 'anything' : checks.map((one) => `${one.condition} ${one.expected}`).join(' and ')
function foundBy(checks: readonly Check[], c: Circumstances): string {
  let text = ''
  for (const one of checks) text += `${text === '' ? '' : ', '}${one.condition} ${one.found(c)}`
  return text
}

/** False where one fails, undefined where none fails and one is unknown. */
function allHold(checks: readonly Check[], c: Circumstances): boolean | undefined {
  let all: boolean | undefined = true
  for (const one of checks) {
    const holds = one.holds(c)
    if (holds === false) return false
    if (holds === undefined) all = undefined
  }
  return all
}

function anyOf(branches: readonly (readonly Check[])[]): Check {
  // What was found is told once for each condition, however many branches ask for it.
  const leaves = [...new Map(branches.flat().map((one) => [one.condition, one])).values()]
  return {
    condition: 'any',
    expected: branches.map(inWords).join(', or '),
    holds(c) {
      let any: boolean | undefined = false
      for (const checks of branches) {
        const all = allHold(checks, c)
        if (all === true) return true
        if (all === undefined) any = undefined
      }
      return any
    },
    found: (c) => foundBy(leaves, c),
  }
}

const noneOf = (checks: readonly Check[]): Check => ({
  condition: 'not',
  expected: `not (${inWords(checks)})`,
  holds(c) {
    const all = allHold(checks, c)
    return all === undefined ? undefined : !all
  },
  found: (c) => foundBy(checks, c),
})
