import type { Words } from '../../shared/language.ts'

export const words = {
  line: {
    fa: 'آنچه جعبه‌ها بدون مرکز می‌توانند بدهند یا داده‌اند و دفترها هنوز نمی‌دانند',
    en: 'What boxes can give without the club, or have given, of which the books do not know yet',
  },
  total: { fa: 'همه', en: 'Total' },
  differences: { fa: 'تفاوت‌های آفلاین', en: 'Offline differences' },
  boxes: { fa: 'جعبه‌ها', en: 'Boxes' },
  store: { fa: 'فروشگاه', en: 'Store' },
  box: { fa: 'جعبه', en: 'Box' },
  allowances: { fa: 'اجازه', en: 'Allowances' },
  credit: { fa: 'اعتبار', en: 'Credit' },
  gifts: { fa: 'تخفیف و هدیه', en: 'Gifts' },
  until: { fa: 'تا', en: 'Until' },
  over: { fa: 'سررسید و بی‌خبر', en: 'Overdue' },
  none: { fa: 'هیچ جعبه‌ای اجازه‌ای ندارد', en: 'No box has an allowance' },
  writeOff: { fa: 'کنار گذاشتن', en: 'Write off' },
  writeOffTitle: { fa: 'کنار گذاشتن جعبه', en: 'Write a box off' },
  writeOffLine: {
    fa: 'یعنی این جعبه دیگر هرگز خبری نمی‌فرستد (گم یا خراب شده است). آنچه در اختیارش بود به اعضا و باشگاه برمی‌گردد.',
    en: 'This box will never tell again (lost or broken). What it was lent is the members’ and the house’s again.',
  },
} as const satisfies Words
