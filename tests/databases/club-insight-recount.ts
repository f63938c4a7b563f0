import type { Reader } from '#club/store/questions.ts'

// Counts everything anew from the journal, the sales, the transfers and the members alone, with the operating system's
// own calendar, and in the dullest way: what the club keeps up in small steps must come to the same.

interface Row {
  [column: string]: string | number | boolean | null
}

const zone = 'Asia/Tehran'
const parts = (at: string, options: Intl.DateTimeFormatOptions, calendar = 'gregory') =>
  Object.fromEntries(
    new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-latn`, { timeZone: zone, ...options })
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )
const dayOf = (at: string): string => {
  const { year, month, day } = parts(at, { year: 'numeric', month: '2-digit', day: '2-digit' })
  return `${year}-${month}-${day}`
}
const daysBetween = (a: string, b: string) => Math.round((Date.parse(dayOf(b)) - Date.parse(dayOf(a))) / 86_400_000)
const hourOf = (at: string): string => {
  const { weekday = '', hour } = parts(at, { weekday: 'long', hour: '2-digit', hourCycle: 'h23' })
  return `${weekday.toLowerCase()}-${hour}`
}
const jalaliMonth = (at: string): number => {
  const { year, month } = parts(at, { year: 'numeric', month: 'numeric' }, 'persian')
  return Number(year) * 12 + Number(month)
}
const firstOfJalaliMonth = (at: string): string => {
  let instant = Date.parse(at)
  while (parts(new Date(instant).toISOString(), { day: 'numeric' }, 'persian').day !== '1') instant -= 86_400_000
  return dayOf(new Date(instant).toISOString())
}

const columns = ['count', 'quantity', 'amount', 'discount', 'payable'] as const
type Figures = Partial<Record<(typeof columns)[number], number>>
const nameOf = (...place: unknown[]) => place.join(' | ')

const ageBands = ['0-17', '18-24', '25-34', '35-44', '45-54', '55-64', '65+']
function ageBandOf(birthday: string, at: string): string {
  const whole = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const [born, now] = [`${birthday}T12:00:00Z`, at].map((one) => parts(one, whole, 'persian'))
  const behind = Number(now?.month) * 100 + Number(now?.day) < Number(born?.month) * 100 + Number(born?.day)
  const age = Number(now?.year) - Number(born?.year) - (behind ? 1 : 0)
  return ageBands.findLast((band) => age >= Number.parseInt(band, 10)) ?? ''
}

/** Every measure that is not nothing, by its place; in words, so that a difference can be read. Every member has this birthday. */
export async function recountMeasures({ query }: Reader, birthday: string): Promise<Record<string, Figures>> {
  const all: Record<string, Record<string, number>> = {}
  const add = (dimension: string, day: string, store: string, flow: string, key: string, figures: Figures) => {
    const place = nameOf(dimension, day, store, flow, key)
    const measure = all[place] ?? {}
    all[place] = measure
    for (const [column, figure] of Object.entries(figures)) measure[column] = (measure[column] ?? 0) + figure
  }
  const sales = await query<Row>('SELECT * FROM sales')
  const entries = new Map((await query<Row>('SELECT * FROM journal')).map((one) => [one.id, one]))
  const returns = new Map((await query<Row>('SELECT * FROM sale_returns')).map((one) => [one.saleid, stepsOf(one)]))
  for (const sale of sales) {
    const entry = entries.get(sale.eventid ?? null)
    const undone = entries.get(sale.reversedby ?? null)
    const sold: { product: string; category?: string; quantity: number; amount: number }[] = JSON.parse(String(sale.lines))
    const whole0 = { value: Number(sale.total), quantities: sold.map((one) => one.quantity) }
    const nothing: Step = { value: 0, quantities: sold.map(() => 0) }
    const moments: [flow: string, at: string, from: Step, to: Step][] = [['sale', String(sale.at), nothing, whole0]]
    let last = nothing
    for (const step of returns.get(sale.saleid ?? null) ?? []) {
      moments.push(['return', step.at ?? '', last, step])
      last = step
    }
    if (undone) moments.push(['reversal', String(undone.effectiveat), last, whole0])
    for (const [flow, at, from, to] of moments) {
      const count = (dimension: string, key: string, figures: Figures) =>
        add(dimension, dayOf(at), String(sale.store), flow, key, figures)
      const { subject, data } = JSON.parse(String(entry?.body))
      const reply = JSON.parse(String(entry?.reply))
      const part = (column: 'discount' | 'total', { value }: Step) =>
        Number(sale.total) === 0 ? 0 : Math.floor((Number(sale[column]) * value) / Number(sale.total))
      const left = (step: Step) => Number(sale.total) - part('total', step) - Number(sale.discount) + part('discount', step)
      const whole = {
        count: 1,
        amount: to.value - from.value,
        discount: part('discount', to) - part('discount', from),
        payable: left(from) - left(to),
      }
      count('sales', reply.member ? 'member' : 'guest', whole)
      count('hours', hourOf(at), whole)
      count('cashiers', data.operator ?? '', whole)
      count('lanes', subject, whole)
      if (reply.member) count('ages', ageBandOf(birthday, at), whole)
      if (reply.member?.tier) count('tiers', reply.member.tier, whole)
      const tenders = new Set<string>((flow === 'return' ? [] : data.tenders).map((one: { kind: string }) => one.kind))
      for (const kind of tenders) {
        const ofKind = data.tenders.filter((one: { kind: string }) => one.kind === kind)
        count('tenders', kind, { count: 1, amount: ofKind.reduce((sum: number, one: { amount: number }) => sum + one.amount, 0) })
      }
      const lines = sold.flatMap((line, index) => {
        const [was, is] = [from.quantities[index] ?? 0, to.quantities[index] ?? 0]
        const worth = (quantity: number) =>
          Math.floor((line.amount * Math.round(quantity * 1e6)) / Math.round(line.quantity * 1e6))
        return is === was ? [] : [{ ...line, quantity: is - was, amount: worth(is) - worth(was) }]
      })
      for (const [dimension, keyOf] of [
        ['products', (line: (typeof lines)[number]) => line.product],
        ['categories', (line: (typeof lines)[number]) => line.category ?? ''],
      ] as const) {
        for (const line of lines)
          count(dimension, keyOf(line), { quantity: Math.round(line.quantity * 1_000), amount: line.amount })
        for (const key of new Set(lines.map(keyOf))) count(dimension, key, { count: 1 })
      }
      const gifts = reply.effects.filter((one: { kind: string }) => !/(revoked|restored)$/.test(one.kind))
      for (const ruleid of new Set<string>([...gifts, ...reply.prompts].map((one) => one.ruleid)))
        count('offers', ruleid, { count: 1, payable: whole.payable })
    }
  }
  await recountTransfers(query, entries, add)
  await recountMembers(query, sales, add)
  return withoutNothing(all)
}

interface Step {
  at?: string
  value: number
  quantities: readonly number[]
}
/** The steps of a sale's returns; together they are what the books say was brought back. */
function stepsOf(row: Row): Step[] {
  const steps = JSON.parse(String(row.steps)) as Step[]
  const last = steps.at(-1)
  if (last && (last.value !== Number(row.value) || JSON.stringify(last.quantities) !== row.quantities))
    throw new Error('steps differ')
  return steps
}

type Add = (dimension: string, day: string, store: string, flow: string, key: string, figures: Figures) => void

async function recountTransfers(query: Reader['query'], entries: ReadonlyMap<unknown, Row>, add: Add): Promise<void> {
  const stores = new Map([...entries.values()].map((one) => [one.seq, String(one.store)]))
  const once = new Set<string>()
  for (const one of await query<Row>('SELECT * FROM transfers')) {
    const day = dayOf(String(one.at))
    const store = stores.get(Number(one.event)) ?? ''
    const amount = Number(one.amount)
    const undoes = one.compensates !== null
    for (const [account, change] of [
      [String(one.credit), amount],
      [String(one.debit), -amount],
    ] as const) {
      const [owner, , ...unit] = account.split(':')
      const flow = undoes ? `${one.kind}-undone` : String(one.kind)
      if (owner === 'member') add('balances', day, store, flow, unit.join(':'), { count: 1, amount: change })
    }
    const flow = undoes ? 'taken-back' : 'given'
    const what = { 'credit-granted': 'amount', 'discount-given': 'discount', 'offline-difference': 'discount' }[String(one.kind)]
    if (!what) continue
    // Of one event and rule: a discount may be two transfers.
    const gift = nameOf(one.event, one.ruleid, flow)
    add('offers', day, store, flow, String(one.ruleid), { count: once.has(gift) ? 0 : 1, [what]: amount })
    once.add(gift)
  }
}

async function recountMembers(query: Reader['query'], sales: readonly Row[], add: Add): Promise<void> {
  for (const member of await query<Row>('SELECT * FROM members WHERE mergedinto IS NULL')) {
    const enrolledAt = String(member.enrolledat)
    const home = String(member.enrolledin)
    add('members', dayOf(enrolledAt), home, '', '', { count: 1 })
    add('cohorts', firstOfJalaliMonth(enrolledAt), home, '', 'all', { count: 1 })
    const standing = sales.filter((one) => one.memberid === member.memberid && one.reversedby === null)
    // Of two visits at one instant the one whose sale has the lower id is the first.
    const key = ({ at, saleid }: (typeof standing)[number]) => `${at} ${saleid}`
    const visits = standing.filter((one) => Boolean(one.beginsvisit)).sort((a, b) => (key(a) < key(b) ? -1 : 1))
    const months = new Set<number>()
    visits.forEach(({ at, store }, index) => {
      add('visits', dayOf(String(at)), String(store), '', index === 0 ? 'first' : 'again', { count: 1 })
      months.add(Math.max(0, jalaliMonth(String(at)) - jalaliMonth(enrolledAt)))
      const before = visits[index - 1]
      if (!before) return
      const days = daysBetween(String(before.at), String(at))
      add('intervals', dayOf(String(at)), String(store), '', String(days), { count: 1, quantity: days })
    })
    for (const month of months) add('cohorts', firstOfJalaliMonth(enrolledAt), home, '', String(month), { count: 1 })
    const bought = standing.flatMap((one) => JSON.parse(String(one.lines)) as { category?: string }[])
    const categories = [...new Set(bought.flatMap(({ category }) => category ?? []))].sort()
    categories.forEach((a, index) => {
      add('affinity', '', '', 'one', a, { count: 1 })
      for (const b of categories.slice(index + 1)) add('affinity', '', '', 'two', `${a}+${b}`, { count: 1 })
    })
  }
}

/** What the club keeps, in the same form. */
export async function keptMeasures({ query }: Reader): Promise<Record<string, Figures>> {
  const kept: Record<string, Record<string, number>> = {}
  for (const row of await query<Row>('SELECT * FROM measures')) {
    const key = String(row.key).replace('\u001f', '+')
    kept[nameOf(row.dimension, row.day, row.store, row.flow, key)] = Object.fromEntries(
      columns.map((column) => [column, Number(row[column])]),
    )
  }
  return withoutNothing(kept)
}

function withoutNothing(all: Record<string, Record<string, number>>): Record<string, Figures> {
  const figures = (one: Record<string, number>) => Object.entries(one).filter(([, figure]) => figure !== 0)
  return Object.fromEntries(
    Object.entries(all)
      .map(([place, one]) => [place, Object.fromEntries(figures(one))] as const)
      .filter(([, one]) => Object.keys(one).length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Each member's purchases, by the member's id, from the sales alone. */
export async function recountInsights({ query }: Reader): Promise<Record<string, object>> {
  const sales = await query<Row>(
    `SELECT s.*, COALESCE(r.value, 0) AS back FROM sales s LEFT JOIN sale_returns r ON r.saleid = s.saleid
     WHERE s.memberid IS NOT NULL AND s.reversedby IS NULL`,
  )
  const left = (one: Row, column: string) =>
    Number(one[column]) - (Number(one.total) === 0 ? 0 : Math.floor((Number(one[column]) * Number(one.back)) / Number(one.total)))
  const all: Record<string, object> = {}
  for (const { memberid } of await query<Row>('SELECT memberid FROM members WHERE mergedinto IS NULL')) {
    const own = sales.filter((one) => one.memberid === memberid)
    const instants = own.map(({ at }) => String(at)).sort()
    const sum = (column: string) => own.reduce((total, one) => total + left(one, column), 0)
    const tastes: Record<string, { purchases: number; amount: number; lastAt: string }> = {}
    for (const sale of own) {
      const touched = new Set<string>()
      for (const { category, amount } of JSON.parse(String(sale.lines)) as { category?: string; amount: number }[]) {
        if (category === undefined) continue
        const taste = tastes[category] ?? { purchases: 0, amount: 0, lastAt: '' }
        tastes[category] = taste
        taste.amount += amount
        if (!touched.has(category)) taste.purchases += 1
        touched.add(category)
        if (String(sale.at) > taste.lastAt) taste.lastAt = String(sale.at)
      }
    }
    const visits = own.filter((one) => Boolean(one.beginsvisit))
    all[String(memberid)] = {
      visits: visits.length,
      purchases: own.length,
      spend: sum('total') - sum('discount'),
      total: sum('total'),
      firstAt: instants[0],
      lastAt: instants.at(-1),
      seen: visits.map(({ at, store }) => `${at} ${store}`).sort(),
      tastes,
    }
  }
  return all
}

export async function keptInsights({ query }: Reader): Promise<Record<string, object>> {
  const all: Record<string, object> = {}
  for (const row of await query<Row>('SELECT * FROM insights')) {
    const seen = JSON.parse(String(row.seen)) as [string, string][]
    const tastes = JSON.parse(String(row.tastes)) as { category: string; purchases: number; amount: number; lastAt: string }[]
    const { visits, purchases, spend, total } = row
    all[String(row.memberid)] = {
      visits,
      purchases,
      spend,
      total,
      firstAt: row.firstat ?? undefined,
      lastAt: row.lastat ?? undefined,
      seen: seen.map((one) => one.join(' ')).sort(),
      tastes: Object.fromEntries(tastes.map(({ category, ...taste }) => [category, taste])),
    }
  }
  return all
}
