import type { Words } from '../../shared/language.ts'

export const words = {
  report: { fa: 'گزارش', en: 'Report' },
  store: { fa: 'فروشگاه', en: 'Store' },
  by: { fa: 'بازهٔ هر ردیف', en: 'Each row' },
  day: { fa: 'روز', en: 'Day' },
  week: { fa: 'هفته', en: 'Week' },
  month: { fa: 'ماه', en: 'Month' },
  top: { fa: 'تعداد ردیف', en: 'Rows' },
  csv: { fa: 'فایل CSV', en: 'CSV file' },
  chart: { fa: 'نمودار', en: 'Chart' },
  table: { fa: 'جدول', en: 'Table' },
  shown: { fa: 'در نمودار', en: 'In the chart' },
  empty: { fa: 'در این بازه چیزی نیست', en: 'Nothing in this period' },
  emptyWay: { fa: 'بازهٔ دیگری انتخاب کنید.', en: 'Choose another period.' },
  chartLabel: { fa: 'نمودار {title}؛ جدول آن در پی آمده است', en: 'Chart of {title}; its table follows' },
  noStore: { fa: 'همهٔ فروشگاه‌های شما', en: 'All of your stores' },
} as const satisfies Words
