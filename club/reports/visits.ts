import { formatCivilDay, parseCivilDay, weekdays } from '#programme/calendar.ts'
import { toPersianDigits } from '#protocol/text.ts'
import { column, columns } from './columns.ts'
import { weekdayNames } from './names.ts'
import type { Asked, Report, Row } from './report.ts'
import { byName, Flows, shareOf, sums } from './sums.ts'

/** Visits and new members over time. */
export async function visits(asked: Asked, periodOf: (day: string) => string): Promise<Pick<Report, 'columns' | 'rows'>> {
  const first = byName(await sums(asked, 'visits', 'day', 'first'), periodOf)
  const again = byName(await sums(asked, 'visits', 'day', 'again'), periodOf)
  const members = byName(await sums(asked, 'members', 'day'), periodOf)
  const names = [...new Set([...first.keys(), ...again.keys(), ...members.keys()])].sort()
  const rows = names.map((name) => {
    const [one, more] = [first.get(name)?.of('').count ?? 0, again.get(name)?.of('').count ?? 0]
    const new_members = members.get(name)?.of('').count ?? 0
    return { [asked.by]: name, visits: one + more, first_visits: one, repeat_visits: more, new_members }
  })
  return {
    columns: [column(asked.by, 'day'), ...columns('number', 'visits', 'first_visits', 'repeat_visits', 'new_members')],
    rows,
  }
}

/** Where each band of days between two visits ends; the last has no end. */
const bandEnds = [0, 1, 3, 7, 14, 30, 60, 90] as const
const bandOf = (days: number): number => {
  const index = bandEnds.findIndex((end) => days <= end)
  return index === -1 ? bandEnds.length : index
}
const bandNames = [...bandEnds, undefined].map((end, index) => {
  const from = index === 0 ? 0 : (bandEnds[index - 1] ?? 0) + 1
  return end === undefined ? `${from}+` : from === end ? `${end}` : `${from}-${end}`
})

/** How many days lie between a member's visit and the one before it. */
export async function intervals(asked: Asked): Promise<Pick<Report, 'columns' | 'rows' | 'notes'>> {
  const found = await sums(asked, 'intervals')
  const bands = byName(found, (days) => String(bandOf(Number(days))))
  const all = found.reduce((sum, { count, quantity }) => ({ count: sum.count + count, days: sum.days + quantity }), {
    count: 0,
    days: 0,
  })
  const rows = bandNames.flatMap((days, index) => {
    const count = bands.get(String(index))?.of('').count ?? 0
    return count === 0 ? [] : [{ days, count, share: shareOf(count, all.count) }]
  })
  const mean = all.count === 0 ? undefined : Math.round((all.days * 10) / all.count) / 10
  const notes =
    mean === undefined
      ? []
      : [{ fa: `میانگین: ${toPersianDigits(String(mean)).replace('.', '٫')} روز`, en: `Mean: ${mean} days` }]
  return { columns: [column('days', 'name'), column('count', 'number'), column('share', 'share')], rows, notes }
}

/** Sales by the hour of the day and the day of the week. */
export async function hours(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const cells = byName(await sums(asked, 'hours'))
  const rows = Array.from({ length: 24 }, (_, hour): Row | undefined => {
    const two = String(hour).padStart(2, '0')
    const all = new Flows()
    const row: Record<string, number> = {}
    for (const weekday of weekdays) {
      const flows = cells.get(`${weekday}-${two}`)
      for (const one of flows?.all() ?? []) all.add(one)
      row[weekday] = flows?.of('sale').count ?? 0
    }
    const { count: sales, payable } = all.of('sale')
    return sales === 0 ? undefined : { hour: two, ...row, sales, payable }
  })
  const days = weekdays.map((key) => ({ key, title: weekdayNames[key], kind: 'number' as const }))
  return {
    columns: [column('hour', 'name'), ...days, column('sales', 'number'), column('payable', 'money')],
    rows: rows.filter((row) => row !== undefined),
  }
}

/** So many months after their own are shown of each cohort. */
const monthsShown = 12

/** Of those who signed up in a Jalali month, how many came in that month and in each later one. */
export async function cohorts(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const months = [...new Set((await sums(asked, 'cohorts', 'day')).map(({ name }) => name))]
  const rows = await Promise.all(
    months.map(async (day) => {
      const active = byName(await sums({ ...asked, from: day, to: day }, 'cohorts'))
      const members = active.get('all')?.of('').count ?? 0
      const after = Array.from({ length: monthsShown + 1 }, (_, month) => {
        const count = active.get(String(month))?.of('').count
        return [`month_${month}`, count === undefined ? undefined : shareOf(count, members)]
      })
      const month = formatCivilDay(parseCivilDay(day) ?? 0, 'jalali').slice(0, 7)
      return { month, members, ...Object.fromEntries(after) }
    }),
  )
  const shares = Array.from({ length: monthsShown + 1 }, (_, month) => ({
    key: `month_${month}`,
    title: { fa: `+${month}`, en: `+${month}` },
    kind: 'share' as const,
  }))
  return { columns: [column('month', 'name'), column('members', 'number'), ...shares], rows }
}
