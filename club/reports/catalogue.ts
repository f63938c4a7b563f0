import { instantOf, parseCivilDay } from '#programme/calendar.ts'
import type { Localised } from '#protocol/text.ts'
import { clearingOf } from '../store/clearing.ts'
import { credit, points } from './balances.ts'
import { column, columns } from './columns.ts'
import { categories, products, tenders } from './goods.ts'
import type { ReportName } from './names.ts'
import { offers } from './offers.ts'
import { segments, topMembers } from './people.ts'
import { periodOf } from './period.ts'
import type { Asked, Definition, Report } from './report.ts'
import { byName, sums } from './sums.ts'
import { tradeBy, tradeOverTime } from './trade.ts'
import { cohorts, hours, intervals, visits } from './visits.ts'

type Made = Pick<Report, 'columns' | 'rows'> & Partial<Report>

const define = (title: Localised, make: (asked: Asked) => Promise<Made>, months = 1): Definition => ({
  title,
  months,
  make: async (asked) => {
    const made = await make(asked)
    return { title, notes: [], ...made }
  },
})

const unknown = { key: '', text: { fa: 'نامعلوم', en: 'unknown' } }
const named = (key: string) => (key === '' ? unknown : key)

/** Every report by its name. */
export const reports: Record<ReportName, Definition> = {
  sales: define({ fa: 'فروش', en: 'Sales' }, (asked) => tradeOverTime(asked, periodOf(asked.by))),
  credit: define({ fa: 'اعتبار', en: 'Credit' }, (asked) => credit(asked, periodOf(asked.by))),
  points: define({ fa: 'امتیاز و مهر', en: 'Points and stamps' }, points),
  visits: define({ fa: 'مراجعه‌ها', en: 'Visits' }, (asked) => visits(asked, periodOf(asked.by))),
  intervals: define({ fa: 'فاصلهٔ مراجعه‌ها', en: 'Days between visits' }, intervals),
  products: define({ fa: 'کالاها', en: 'Products' }, products),
  categories: define({ fa: 'دسته‌ها', en: 'Categories' }, categories),
  hours: define({ fa: 'ساعت‌ها', en: 'Hours' }, hours),
  tiers: define({ fa: 'سطح‌ها', en: 'Tiers' }, (asked) => tradeBy(asked, { dimension: 'tiers', column: 'tier' })),
  ages: define({ fa: 'سن‌ها', en: 'Ages' }, (asked) => tradeBy(asked, { dimension: 'ages', column: 'age' })),
  offers: define({ fa: 'پیشنهادها', en: 'Offers' }, offers),
  stores: define({ fa: 'فروشگاه‌ها', en: 'Stores' }, stores),
  cashiers: define({ fa: 'صندوق‌داران', en: 'Cashiers' }, (asked) =>
    tradeBy(asked, { dimension: 'cashiers', column: 'cashier', nameOf: named }),
  ),
  lanes: define({ fa: 'صندوق‌ها', en: 'Lanes' }, (asked) => tradeBy(asked, { dimension: 'lanes', column: 'lane' })),
  tenders: define({ fa: 'شیوه‌های پرداخت', en: 'Tenders' }, tenders),
  cohorts: define({ fa: 'ماندگاری', en: 'Retention' }, cohorts, 12),
  segments: define({ fa: 'بخش‌ها', en: 'Segments' }, segments, 0),
  members: define({ fa: 'بهترین اعضا', en: 'Top members' }, topMembers, 0),
  clearing: define({ fa: 'تسویهٔ فروشگاه‌ها', en: 'Clearing between stores' }, clearing),
}

/** Stores beside one another. */
async function stores(asked: Asked): Promise<Made> {
  const trade = await tradeBy(asked, { dimension: 'sales', by: 'store', column: 'store' })
  const came = byName((await sums(asked, 'visits', 'store')).map((one) => ({ ...one, flow: '' })))
  const joined = byName(await sums(asked, 'members', 'store'))
  const rows = trade.rows.map((row) => {
    const store = String(row.store)
    return { ...row, visits: came.get(store)?.of('').count ?? 0, new_members: joined.get(store)?.of('').count ?? 0 }
  })
  return { ...trade, columns: [...trade.columns, ...columns('number', 'visits', 'new_members')], rows }
}

/** What stores owe each other for credit that one granted and another took, pairs set off. */
async function clearing({ reader, from, to, store }: Asked): Promise<Made> {
  const start = (day: string, more: number) =>
    new Date(instantOf((parseCivilDay(day) ?? 0) + more, 0, 'Asia/Tehran')).toISOString()
  const all = await clearingOf(reader, { from: start(from, 0), to: start(to, 1) })
  return {
    columns: [...columns('text', 'debtor', 'creditor'), column('amount', 'money'), column('currency', 'text')],
    rows: all
      .filter(({ debtor, creditor }) => store === undefined || debtor === store || creditor === store)
      .map((one) => ({ ...one })),
  }
}

/** Events that are not in a report yet, and those that could not be counted. */
export async function leftOut(reader: Asked['reader']): Promise<Localised[]> {
  const [behind] = await reader.query<{ events: number }>(
    `SELECT (SELECT COALESCE(MAX(seq), 0) FROM journal)
       - COALESCE((SELECT seq FROM projections WHERE projection = 'measures'), 0) AS events`,
  )
  const [lost] = await reader.query<{ events: number | null }>(
    "SELECT SUM(count) AS events FROM measures WHERE dimension = 'uncounted' AND day = ''",
  )
  const [waiting, uncounted] = [Number(behind?.events ?? 0), Number(lost?.events ?? 0)]
  const notes: Localised[] = []
  if (waiting > 0)
    notes.push({
      fa: `${waiting} رویداد هنوز شمرده نشده است؛ باشگاه پس از فروش‌ها خودش می‌شمارد.`,
      en: `${waiting} events are not counted yet; the club counts them by itself behind the sales.`,
    })
  if (uncounted > 0)
    notes.push({
      fa: `${uncounted} رویداد شمردنی نبود و در گزارش‌ها نیست.`,
      en: `${uncounted} events could not be counted and are in no report.`,
    })
  return notes
}
