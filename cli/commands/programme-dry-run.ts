import { stringify } from 'csv-stringify/sync'
import { readClubConfig } from '#club/config.ts'
import { createPepper } from '#club/pepper.ts'
import { readProgramme } from '#club/programmes/files.ts'
import { openSqliteSnapshot } from '#club/store/sqlite-snapshot.ts'
import { type ComparedMember, type Comparison, compareOutcomes } from '#club/trial/comparison.ts'
import { type DryRun, dryRun } from '#club/trial/dry-run.ts'
import { instantOf } from '#programme/calendar.ts'
import type { Programme } from '#programme/schema.ts'
import { type Language, type Localised, toPersianDigits } from '#protocol/text.ts'
import { formatValue } from '#receipts/format.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { tableText } from '../table.ts'
import { writeNew } from './new-file.ts'

interface Options {
  config: string
  /** Civil days since 1970, both included. */
  from?: number
  to?: number
  csv?: string
  language: Language
}

/** `vafa programme dry-run FILE`: who would gain, who would lose, and what it would cost, by the club's own journal. */
export async function dryRunProgramme(file: string, { config: configFile, from, to, csv, language }: Options): Promise<void> {
  const draft = readProgramme(file)
  const config = readClubConfig(configFile)
  const pepper = createPepper(readSecret(config.pepperFile, 'the pepper'))
  const beginOf = (day: number) => new Date(instantOf(day, 0, draft.timeZone ?? 'Asia/Tehran')).toISOString()
  const span = {
    ...(from === undefined ? {} : { from: beginOf(from) }),
    ...(to === undefined ? {} : { to: beginOf(to + 1) }),
  }
  const snapshot = openSqliteSnapshot(config.database)
  let run: DryRun | undefined
  try {
    run = await dryRun({ books: snapshot.engine, pepper, fresh: snapshot.openFresh, draft, ...span })
  } finally {
    await snapshot.close()
  }
  if (!run)
    throw new VafaError({
      key: 'trial.empty',
      message: `the books ${config.database} hold no event yet`,
      hint: 'a dry run needs a day of sales: try it on a copy of a running club’s database',
    })
  const comparison = compareOutcomes(run)
  if (csv !== undefined) writeNew(csv, csvOf(comparison), 0o644)
  process.stdout.write(reportOf({ draft, run, comparison, language }))
}

const texts = {
  unit: { fa: 'چه', en: 'what' },
  rule: { fa: 'قاعده', en: 'rule' },
  real: { fa: 'داده شد', en: 'was given' },
  draft: { fa: 'می‌داد', en: 'would be' },
  difference: { fa: 'تفاوت', en: 'difference' },
  member: { fa: 'عضو', en: 'member' },
  money: { fa: 'پول', en: 'money' },
  points: { fa: 'امتیاز', en: 'points' },
  best: { fa: 'بیشترین سود', en: 'Gain most' },
  worst: { fa: 'بیشترین زیان', en: 'Lose most' },
  credit: { fa: 'اعتبار', en: 'credit' },
  discount: { fa: 'تخفیف', en: 'discounts' },
  stamps: { fa: 'مُهر', en: 'stamps' },
} as const satisfies Record<string, Localised>

const unitText = (unit: string, language: Language): string => {
  if (unit === 'credit' || unit === 'discount') return texts[unit][language]
  const [kind, name = ''] = unit.split(':')
  return `${texts[kind === 'stamps' ? 'stamps' : 'points'][language]} ${name}`
}

function reportOf(given: { draft: Programme; run: DryRun; comparison: Comparison; language: Language }): string {
  const { draft, run, comparison, language } = given
  const { totals, rules, better, worse, best, worst, cost } = comparison
  const number = (value: number) =>
    formatValue({ kind: 'number', number: value }, { language, timeZone: 'Asia/Tehran', digits: 'native' })
  const more = (value: number) => (value > 0 ? `+${number(value)}` : number(value))
  const name = (text: string) => (language === 'fa' ? toPersianDigits(text) : text)
  const compared = ({ real, draft: would }: { real: number; draft: number }) => [number(real), number(would), more(would - real)]
  const heads = [texts.real[language], texts.draft[language], texts.difference[language]]
  const membersOf = (title: Localised, members: readonly ComparedMember[]) =>
    members.length === 0
      ? ''
      : `\n${title[language]}\n${tableText(language, [
          [texts.member[language], texts.money[language], texts.points[language]],
          ...members.map((one) => [name(one.number), more(one.money), more(one.points)]),
        ])}`
  const heading = {
    fa: `اجرای آزمایشی برنامهٔ ${draft.id} نسخهٔ ${number(draft.version)}: ${number(run.sales)} خرید`,
    en: `Dry run of programme ${draft.id} version ${draft.version}: ${number(run.sales)} sales`,
  }
  const summary = {
    fa: `بهتر: ${number(better)} عضو · بدتر: ${number(worse)} عضو · هزینهٔ بیشتر: ${more(cost)}`,
    en: `better off: ${number(better)} members · worse off: ${number(worse)} members · costs more: ${more(cost)}`,
  }
  const undecided = {
    fa: `\n${number(run.undecided)} رویداد با این برنامه ثبت‌شدنی نبود و کنار گذاشته شد.\n`,
    en: `\n${number(run.undecided)} events could not be booked under the draft and were left out.\n`,
  }
  return [
    `${heading[language]}\n\n`,
    tableText(language, [
      [texts.unit[language], ...heads],
      ...totals.map((one) => [unitText(one.unit, language), ...compared(one)]),
    ]),
    '\n',
    tableText(language, [
      [texts.rule[language], texts.unit[language], ...heads],
      ...rules.map((one) => [one.ruleid, unitText(one.unit, language), ...compared(one)]),
    ]),
    `\n${summary[language]}\n`,
    membersOf(texts.best, best),
    membersOf(texts.worst, worst),
    run.undecided > 0 ? undecided[language] : '',
  ].join('')
}

function csvOf({ totals, rules, best, worst }: Comparison): string {
  const compared = ({ real, draft }: { real: number; draft: number }) => ({ real, draft, difference: draft - real })
  const members = [...best, ...worst].flatMap(({ number, money, points }) => [
    { part: 'member', name: number, unit: 'money', difference: money },
    { part: 'member', name: number, unit: 'points', difference: points },
  ])
  const rows = [
    ...totals.map((one) => ({ part: 'total', unit: one.unit, ...compared(one) })),
    ...rules.map((one) => ({ part: 'rule', name: one.ruleid, unit: one.unit, ...compared(one) })),
    ...members,
  ]
  return stringify(rows, {
    header: true,
    columns: ['part', 'name', 'unit', 'real', 'draft', 'difference'],
    record_delimiter: 'windows',
  })
}
