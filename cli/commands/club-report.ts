import { leftOut, reports } from '#club/reports/catalogue.ts'
import { shownCell } from '#club/reports/cells.ts'
import type { ReportName } from '#club/reports/names.ts'
import { readPeriod } from '#club/reports/period.ts'
import { toCsv, toJson, toTable } from '#club/reports/render.ts'
import type { Asked } from '#club/reports/report.ts'
import { notAmong } from '#programme/words.ts'
import type { Language } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
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
  const { store, by, top, format, language } = options
  const definition = reports[name]
  const now = new Date().toISOString()
  const period = readPeriod({
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    now,
    months: definition.months,
  })
  await withClubReader(options.config, async ({ reader, segments, config }) => {
    const known = config.stores.map((one) => one.store)
    if (store !== undefined && !known.includes(store))
      throw new VafaError({
        key: 'usage.store',
        message: notAmong('store of this club', store, known),
        hint: 'club.yaml names its stores',
      })
    const made = await definition.make({ reader, segments, now, by, top, ...period, ...(store === undefined ? {} : { store }) })
    const missing = await leftOut(reader)
    if (format === 'table') {
      const day = (text: string) => shownCell(text, { kind: 'day' }, language)
      const place = store === undefined ? '' : ` – ${store}`
      const heading = `${made.title[language]}${place}  ${day(period.from)} – ${day(period.to)}`
      process.stdout.write(toTable({ ...made, notes: [...made.notes, ...missing] }, { language, heading }))
      return
    }
    process.stdout.write(format === 'csv' ? toCsv(made) : toJson(made))
    // Files hold figures only.
    for (const note of missing) process.stderr.write(`${note[language]}\n`)
  })
}
