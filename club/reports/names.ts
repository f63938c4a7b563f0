import type { Weekday } from '#programme/calendar.ts'
import type { Localised } from '#protocol/text.ts'

export const weekdayNames: Record<Weekday, Localised> = {
  saturday: { fa: 'شنبه', en: 'Sat' },
  sunday: { fa: 'یکشنبه', en: 'Sun' },
  monday: { fa: 'دوشنبه', en: 'Mon' },
  tuesday: { fa: 'سه‌شنبه', en: 'Tue' },
  wednesday: { fa: 'چهارشنبه', en: 'Wed' },
  thursday: { fa: 'پنجشنبه', en: 'Thu' },
  friday: { fa: 'جمعه', en: 'Fri' },
}

/** In the order of `vafa club report --help`. */
export const reportNames = [
  'sales',
  'credit',
  'points',
  'visits',
  'intervals',
  'products',
  'categories',
  'hours',
  'tiers',
  'ages',
  'offers',
  'stores',
  'cashiers',
  'lanes',
  'tenders',
  'cohorts',
  'segments',
  'members',
  'clearing',
] as const
export type ReportName = (typeof reportNames)[number]
