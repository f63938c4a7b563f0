import { expect, it } from 'vitest'
import { exposureTable } from './club-exposure.ts'

const report = {
  at: '2026-11-22T09:00:00.000Z',
  currency: 'IRR',
  boxes: [
    {
      ...{ store: 's1', boxid: '01900000-0000-7000-8000-0000000000b0', allowances: 12, credit: 1_250_000, gifts: 600_000 },
      ...{ total: 1_850_000, until: '2026-11-26T09:00:00.000Z', over: 0 },
    },
  ],
  total: 1_850_000,
  offlineDifferences: 20_000,
}

it('the club’s exposure is shown with Persian digits and Jalali dates, and in English', () => {
  const fa = exposureTable(report, 'fa')
  expect(fa).toContain('بیشترین زیان ممکن باشگاه: ۱٬۸۵۰٬۰۰۰ ریال')
  expect(fa).toContain('۱۴۰۵')
  const en = exposureTable(report, 'en')
  expect(en).toContain('The club’s worst case: 1,850,000 IRR')
  expect(en).toContain('Offline differences so far: 20,000 IRR')
  expect(exposureTable({ ...report, boxes: [], total: 0 }, 'en')).toContain('No box may give anything')
})
