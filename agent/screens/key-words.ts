import type { Localised } from '#protocol/text.ts'

/** What the keys do, as the bottom of the screen says it. */
export const keyWords = {
  enter: { fa: 'سبز: ادامه', en: 'green: go on' },
  cancel: { fa: 'قرمز: بازگشت', en: 'red: back' },
  nobody: { fa: 'سبز: بدون عضو', en: 'green: no member' },
  menu: { fa: '*: فهرست', en: '*: menu' },
  cash: { fa: '1: نقد', en: '1: cash' },
  card: { fa: '2: کارت', en: '2: card' },
  credit: { fa: '+: اعتبار', en: '+: credit' },
  allOfIt: { fa: 'سبز: تا جای ممکن', en: 'green: all of it' },
  again: { fa: 'سبز: پرسش دوباره', en: 'green: ask again' },
  hasPaid: { fa: '1: پرداخت شده', en: '1: paid' },
  notPaid: { fa: 'قرمز: پرداخت نشده', en: 'red: not paid' },
  next: { fa: 'سبز: بعدی', en: 'green: next' },
  print: { fa: 'سبز: چاپ', en: 'green: print' },
} as const satisfies Record<string, Localised>
