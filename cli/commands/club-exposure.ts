import type { ExposureReport } from '#club/store/store.ts'
import { VafaError } from '#runtime/errors.ts'
import { withClubBooks } from '../club-books.ts'
import { actor, now } from './head-office-act.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)

type Language = 'fa' | 'en'

/** `vafa club exposure`: what boxes can give, or have given, of which the books do not know yet. */
export async function showExposure(options: { config: string; format: 'table' | 'json'; language: Language }): Promise<void> {
  const report = await withClubBooks(options.config, (books) => books.exposure())
  say(options.format === 'json' ? JSON.stringify(report, null, 2) : exposureTable(report, options.language))
}

/** `vafa club write-off-box STORE BOXID`. */
export async function writeOffBox(options: { config: string; store: string; boxid: string; why: string }): Promise<void> {
  const { config, store, boxid, why } = options
  const ended = await withClubBooks(config, (books) => books.writeOffBox({ store, boxid, actor: actor(), why, at: now() }))
  if (ended === 0)
    throw new VafaError({
      key: 'exposure.unknown',
      message: `nothing is lent to a box ${boxid} of ${store}`,
      hint: '`vafa club exposure --format json` lists the boxes, with their whole ids',
    })
  say(`${ended} allowances of ${store} have ended; what that box still tells of is booked as given without one`)
}

const words = {
  fa: {
    store: 'فروشگاه',
    box: 'جعبه',
    members: 'اعضا',
    credit: 'اعتبار',
    gifts: 'تخفیف و هدیه',
    total: 'جمع',
    over: 'سررسیده، بی‌گزارش',
    until: 'تا',
    none: 'هیچ جعبه‌ای اجازهٔ خرج بی‌مرکز ندارد.',
    worst: (amount: string) => `بیشترین زیان ممکن باشگاه: ${amount}`,
    differences: (amount: string) => `اختلاف‌های آفلاین تا امروز: ${amount}`,
  },
  en: {
    store: 'store',
    box: 'box',
    members: 'members',
    credit: 'credit',
    gifts: 'gifts',
    total: 'total',
    over: 'over, not told of',
    until: 'until',
    none: 'No box may give anything while the club is away.',
    worst: (amount: string) => `The club’s worst case: ${amount}`,
    differences: (amount: string) => `Offline differences so far: ${amount}`,
  },
} as const

/** For people: Persian digits and Jalali dates where it is Persian. Amounts are of the currency’s smallest unit. */
export function exposureTable({ boxes, total, currency, offlineDifferences }: ExposureReport, language: Language): string {
  const locale = language === 'fa' ? 'fa-IR-u-ca-persian' : 'en-GB'
  const text = words[language]
  const number = new Intl.NumberFormat(locale)
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short', timeZone: 'Asia/Tehran' })
  const unit = language === 'fa' && currency === 'IRR' ? 'ریال' : currency
  const sum = [text.worst(`${number.format(total)} ${unit}`), text.differences(`${number.format(offlineDifferences)} ${unit}`)]
  if (boxes.length === 0) return [text.none, ...sum].join('\n')
  const rows = [
    [text.store, text.box, text.members, text.credit, text.gifts, text.total, text.over, text.until],
    ...boxes.map((one) => [
      one.store,
      one.boxid.slice(-12),
      ...[one.allowances, one.credit, one.gifts, one.total, one.over].map((amount) => number.format(amount)),
      day.format(new Date(one.until)),
    ]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [...lines, '', ...sum].join('\n')
}
