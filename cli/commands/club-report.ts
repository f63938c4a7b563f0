import { makeReport } from '#club/reports/ask.ts'
import { shownCell } from '#club/reports/cells.ts'
import type { ReportName } from '#club/reports/names.ts'
import { toCsv, toJson, toTable } from '#club/reports/render.ts'
import type { Asked, Report } from '#club/reports/report.ts'
import type { Language, Localised } from '#protocol/text.ts'
import { type ClubFile, withClubReader } from '../club-reader.ts'

export interface ReportOptions extends ClubFile {
  from?: string
  to?: string
  store?: string
  by: Asked['by']
  top: number
  format: 'table' | 'csv' | 'json'
  language: Language
}

/** `vafa club report NAME`: reads the database where it lies; the club may run meanwhile. */
export async function report(name: ReportName, options: ReportOptions): Promise<void> {
  const { from, to, store, by, top, format, language } = options
  const now = new Date().toISOString()
  await withClubReader(options.config, async ({ reader, segments, config, currency }) => {
    const stores = config.stores.map((one) => one.store)
    const asked = { name, from, to, store, by, top }
    const { report: made, period, months, missing } = await makeReport({ reader, segments, stores, now }, asked)
    if (format === 'table') {
      const day = (text: string) => shownCell(text, { kind: 'day' }, language)
      const place = store === undefined ? '' : ` – ${store}`
      const days = months === 0 ? day(period.to) : `${day(period.from)} – ${day(period.to)}`
      const notes = [...moneyNote(made, currency), ...made.notes, ...missing]
      process.stdout.write(toTable({ ...made, notes }, { language, heading: `${made.title[language]}${place}  ${days}` }))
      return
    }
    process.stdout.write(format === 'csv' ? toCsv(made) : toJson(made))
    // Files hold figures only.
    for (const note of missing) process.stderr.write(`${note[language]}\n`)
  })
}

/** In what the amounts of a table are. */
function moneyNote({ columns, rows }: Report, currency: string): Localised[] {
  if (rows.length === 0 || columns.every(({ kind }) => kind !== 'money')) return []
  const name = currency === 'IRR' ? { fa: 'ریال', en: 'rials' } : { fa: currency, en: currency }
  return [{ fa: `مبلغ‌ها به ${name.fa} است.`, en: `Amounts are in ${name.en}.` }]
}
