import type { Language, Localised } from '#protocol/text.ts'
import { formatValue } from '#receipts/format.ts'
import { toCsv, toTable } from '../reports/render.ts'
import type { Column, Named, Report, Row } from '../reports/report.ts'
import type { Compared, ComparedMember, Comparison } from './comparison.ts'

const number = (key: string, fa: string, en: string): Column => ({ key, title: { fa, en }, kind: 'number' })
const name = (key: string, fa: string, en: string): Column => ({ key, title: { fa, en }, kind: 'name' })

const part = name('part', 'بخش', 'part')
const rule = name('name', 'قاعده', 'rule')
const unit = name('unit', 'چه', 'what')
const compared = [
  number('real', 'داده شد', 'was given'),
  number('draft', 'می‌داد', 'would be'),
  number('difference', 'تفاوت', 'difference'),
]
const member = [name('name', 'عضو', 'member'), number('money', 'پول', 'money'), number('points', 'امتیاز', 'points')]

const unitNames = {
  credit: { fa: 'اعتبار', en: 'credit' },
  discount: { fa: 'تخفیف', en: 'discounts' },
  points: { fa: 'امتیاز', en: 'points' },
  stamps: { fa: 'مُهر', en: 'stamps' },
} as const

function unitNamed(key: string): Named {
  const [kind = '', own] = key.split(':')
  const { fa, en } = unitNames[kind as keyof typeof unitNames] ?? { fa: key, en: key }
  return { key, text: own === undefined ? { fa, en } : { fa: `${fa} ${own}`, en: `${en} ${own}` } }
}

const rowOf = ({ unit: key, real, draft }: Compared): Row => ({ unit: unitNamed(key), real, draft, difference: draft - real })
const table = (columns: readonly Column[], rows: readonly Row[]): Report => ({
  title: { fa: '', en: '' },
  columns,
  rows,
  notes: [],
})

/** A dry run for people: what was given and would be, by rule, and who gains and loses most. */
export function dryRunText(
  { totals, rules, better, worse, best, worst, cost }: Comparison,
  given: { id: string; version: number; sales: number; undecided: number; language: Language },
): string {
  const { id, version, sales, undecided, language } = given
  const n = (value: number) =>
    formatValue({ kind: 'number', number: value }, { language, timeZone: 'Asia/Tehran', digits: 'native' })
  const say = (text: Localised) => text[language]
  const heading = say({
    fa: `اجرای آزمایشی برنامهٔ ${id} نسخهٔ ${n(version)}: ${n(sales)} خرید`,
    en: `Dry run of programme ${id} version ${n(version)}: ${n(sales)} sales`,
  })
  const byRule = rules.map((one) => ({ name: one.ruleid, ...rowOf(one) }))
  const summary = say({
    fa: `بهتر: ${n(better)} عضو · بدتر: ${n(worse)} عضو · هزینهٔ بیشتر: ${n(cost)}`,
    en: `better off: ${n(better)} members · worse off: ${n(worse)} members · costs more: ${n(cost)}`,
  })
  const skipped = say({
    fa: `${n(undecided)} رویداد با این برنامه ثبت‌شدنی نبود و کنار گذاشته شد.`,
    en: `${n(undecided)} events could not be booked under the draft and were left out.`,
  })
  const members = (title: Localised, list: readonly ComparedMember[]) =>
    list.length === 0 ? [] : [toTable(table(member, list.map(memberRow)), { language, heading: say(title) })]
  return [
    toTable(table([unit, ...compared], totals.map(rowOf)), { language, heading }),
    toTable(table([rule, unit, ...compared], byRule), { language, heading: say({ fa: 'به تفکیک قاعده', en: 'By rule' }) }),
    `${summary}\n`,
    ...members({ fa: 'بیشترین سود', en: 'Gain most' }, best),
    ...members({ fa: 'بیشترین زیان', en: 'Lose most' }, worst),
    ...(undecided > 0 ? [`${skipped}\n`] : []),
  ].join('\n')
}

const memberRow = ({ number: own, money, points }: ComparedMember): Row => ({ name: own, money, points })

/** The same for spreadsheets: totals, rules, and the members who gain or lose most. */
export function dryRunCsv({ totals, rules, best, worst }: Comparison): string {
  const rows = [
    ...totals.map((one) => ({ part: 'total', ...rowOf(one) })),
    ...rules.map((one) => ({ part: 'rule', name: one.ruleid, ...rowOf(one) })),
    ...[...best, ...worst].flatMap(({ number: own, money, points }) => [
      { part: 'member', name: own, unit: 'money', difference: money },
      { part: 'member', name: own, unit: 'points', difference: points },
    ]),
  ]
  return toCsv(table([part, rule, unit, ...compared], rows))
}
