import { column, columns } from './columns.ts'
import type { Asked, Report } from './report.ts'
import { byName, type Flows, sums } from './sums.ts'

/** How a member's balance changed, by kind. What was issued less all the others is what is left. */
function changesOf(flows: Flows) {
  let change = 0
  for (const { amount } of flows.all()) change += amount
  const of = (...kinds: string[]) => kinds.reduce((sum, kind) => sum + flows.of(kind).amount, 0)
  const granted = (undone: '' | '-undone') => of(...['credit', 'points', 'stamps'].map((unit) => `${unit}-granted${undone}`))
  const issued = granted('')
  const taken_back = 0 - granted('-undone')
  const used = 0 - of('credit-redeemed', 'credit-redeemed-undone', 'stamps-used', 'stamps-used-undone')
  const expired = 0 - of('credit-expired', 'credit-expired-undone', 'points-expired', 'points-expired-undone')
  const imported = of('balance-imported')
  return {
    change,
    row: { issued, taken_back, used, expired, imported, other: change - issued + taken_back + used + expired - imported },
  }
}

const keys = ['issued', 'taken_back', 'used', 'expired', 'imported', 'other', 'outstanding'] as const

/** Members' credit over time; `outstanding` is what they have at the end of each period. */
export async function credit(asked: Asked, periodOf: (day: string) => string): Promise<Pick<Report, 'columns' | 'rows'>> {
  const { reader, from, store = '' } = asked
  const [before] = await reader.query<{ amount: number | null }>(
    `SELECT SUM(amount) AS amount FROM measures
     WHERE dimension = 'balances' AND key = 'credit' AND day < $1 AND ($2 = '' OR store = $2)`,
    [from, store],
  )
  let outstanding = Number(before?.amount ?? 0)
  const days = byName(await sums(asked, 'balances', 'day', 'credit'), periodOf)
  const rows = [...days].map(([name, flows]) => {
    const { change, row } = changesOf(flows)
    outstanding += change
    return { [asked.by]: name, ...row, outstanding }
  })
  return { columns: [column(asked.by, 'day'), ...columns('money', ...keys)], rows }
}

/** Points and stamps of the whole period, by their unit. */
export async function points(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const ever = byName(await sums({ ...asked, from: '' }, 'balances'))
  const rows = [...byName(await sums(asked, 'balances'))]
    .filter(([unit]) => unit !== 'credit')
    .map(([unit, flows]) => ({ unit, ...changesOf(flows).row, outstanding: changesOf(ever.get(unit) ?? flows).change }))
  return { columns: [column('unit', 'text'), ...columns('number', ...keys)], rows }
}
