import type { Words } from '../../shared/language.ts'

export const words = {
  line: { fa: 'کارت‌های باشگاه به تفکیک دسته و فروشگاه', en: 'The club’s cards by batch and store' },
  all: { fa: 'کارت', en: 'Cards' },
  left: { fa: 'مانده', en: 'Left' },
  handedOut: { fa: 'داده‌شده', en: 'Handed out' },
  batches: { fa: 'دسته‌ها', en: 'Batches' },
  batch: { fa: 'دسته', en: 'Batch' },
  store: { fa: 'فروشگاه', en: 'Store' },
  unassigned: { fa: 'همه', en: 'Any' },
  imported: { fa: 'ورود', en: 'Imported' },
  none: { fa: 'دسته‌ای وارد نشده است', en: 'No batch was imported' },
  noneWay: { fa: 'vafa club cards import فهرست کارت‌ها را می‌خواند.', en: 'vafa club cards import reads a list of cards.' },
  low: { fa: 'رو به پایان', en: 'Running out' },
} as const satisfies Words
