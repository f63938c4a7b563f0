import { notAmong } from '#programme/words.ts'
import type { Localised } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Segments } from '../insight/segments.ts'
import type { Reader } from '../store/questions.ts'
import { leftOut, reports } from './catalogue.ts'
import { type ReportName, reportNames } from './names.ts'
import { readPeriod } from './period.ts'
import type { Asked, Report } from './report.ts'

/** Days are of either calendar, as people write them. */
export interface ReportAsked {
  name: string
  from?: string | undefined
  to?: string | undefined
  store?: string | undefined
  by: Asked['by']
  top: number
}

export interface ReportMade {
  report: Report
  /** `2026-11-21`, both included; undefined where the report has no period. */
  period: { from: string; to: string }
  months: number
  /** What is not in it yet. */
  missing: Localised[]
}

/** One report, as a command and a page of head office ask for it. Throws a `VafaError` that names what is wrong. */
export async function makeReport(
  { reader, segments, stores, now }: { reader: Reader; segments: Segments; stores: readonly string[]; now: string },
  { name, from, to, store, by, top }: ReportAsked,
): Promise<ReportMade> {
  const known = reportNames.find((one) => one === name) as ReportName | undefined
  if (known === undefined)
    throw new VafaError({ key: 'usage.report', message: notAmong('report', name, reportNames), hint: 'docs/reports.md has them' })
  const definition = reports[known]
  const days = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const period = readPeriod({ ...days, now, months: definition.months })
  if (store !== undefined && !stores.includes(store))
    throw new VafaError({
      key: 'usage.store',
      message: notAmong('store of this club', store, stores),
      hint: 'club.yaml names its stores',
    })
  const report = await definition.make({ reader, segments, now, by, top, ...period, ...(store === undefined ? {} : { store }) })
  return { report, period, months: definition.months, missing: await leftOut(reader) }
}
