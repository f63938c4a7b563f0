import type { MemberProfile } from '#protocol/messages.ts'
import type { Localised } from '#protocol/text.ts'

/** The chain in the pictures. `never`: a store that has not opened yet. */
export const stores: readonly {
  store: string
  title: Localised
  place: { latitude: number; longitude: number }
  never?: true
}[] = [
  { store: 'tajrish', title: { fa: 'تهران، تجریش', en: 'Tehran, Tajrish' }, place: { latitude: 35.804, longitude: 51.43 } },
  { store: 'vanak', title: { fa: 'تهران، ونک', en: 'Tehran, Vanak' }, place: { latitude: 35.757, longitude: 51.41 } },
  { store: 'isfahan', title: { fa: 'اصفهان، چهارباغ', en: 'Isfahan, Chaharbagh' }, place: { latitude: 32.65, longitude: 51.67 } },
  { store: 'mashhad', title: { fa: 'مشهد، احمدآباد', en: 'Mashhad, Ahmadabad' }, place: { latitude: 36.3, longitude: 59.57 } },
  { store: 'tabriz', title: { fa: 'تبریز، ولیعصر', en: 'Tabriz, Valiasr' }, place: { latitude: 38.07, longitude: 46.33 } },
  { store: 'rasht', title: { fa: 'رشت، گلسار', en: 'Rasht, Golsar' }, place: { latitude: 37.3, longitude: 49.58 } },
  { store: 'kerman', title: { fa: 'کرمان، آزادی', en: 'Kerman, Azadi' }, place: { latitude: 30.28, longitude: 57.07 } },
  { store: 'ahvaz', title: { fa: 'اهواز، کیانپارس', en: 'Ahvaz, Kianpars' }, place: { latitude: 31.34, longitude: 48.68 } },
  { store: 'shiraz', title: { fa: 'شیراز، زند', en: 'Shiraz, Zand' }, place: { latitude: 29.62, longitude: 52.53 } },
  { store: 'yazd', title: { fa: 'یزد، صفائیه', en: 'Yazd, Safaieh' }, place: { latitude: 31.88, longitude: 54.35 }, never: true },
]

const named = (displayName: string, mobile: string, birthday: string, sex: 'female' | 'male', area: string): MemberProfile => ({
  ...{ displayName, mobile: `+98912${mobile}`, birthday, sex, area },
})

export const people: readonly MemberProfile[] = [
  named('شیرین محمدی', '1110001', '1988-05-02', 'female', 'تجریش'),
  named('بهرام نوری', '1110002', '1979-11-20', 'male', 'ونک'),
  named('لیلا حسینی', '1110003', '1995-02-14', 'female', 'سعادت‌آباد'),
  named('کاوه رستمی', '1110004', '1983-07-30', 'male', 'چهارباغ'),
  named('نرگس موسوی', '1110005', '1991-12-01', 'female', 'احمدآباد'),
  named('امیر قاسمی', '1110006', '1999-09-09', 'male', 'گلسار'),
  named('پریسا کاظمی', '1110007', '1986-03-25', 'female', 'ولیعصر'),
  named('داریوش صالحی', '1110008', '1968-06-17', 'male', 'زند'),
  named('الهام یوسفی', '1110009', '2001-01-08', 'female', 'کیانپارس'),
  named('فرهاد جعفری', '1110010', '1975-10-12', 'male', 'آزادی'),
]

export const goods = [
  { product: 'espresso', name: 'اسپرسو', category: 'coffee', price: 850_000 },
  { product: 'latte', name: 'لاته', category: 'coffee', price: 1_250_000 },
  { product: 'cake', name: 'کیک هویج', category: 'cake', price: 980_000 },
  { product: 'tea', name: 'چای دارچین', category: 'tea', price: 450_000 },
  { product: 'beans', name: 'دانهٔ قهوه، ۲۵۰ گرم', category: 'beans', price: 4_800_000 },
  { product: 'sandwich', name: 'ساندویچ سرد', category: 'food', price: 1_900_000 },
] as const

export const programme = `# The rules of the chain. Shares are basis points: 1000 is 10 %.
id: cafe
version: 3
currency: IRR
visitGap: PT2H
rules:
  - id: first-purchase
    order: 10
    when: { purchase: { to: 1 } }
    effects:
      - { kind: discount, basisPoints: 500 }
      - kind: prompt
        audience: customer
        text:
          fa: خوش آمدید! ۵٪ تخفیف نخستین خرید برای شما.
          en: Welcome! 5 % off your first purchase.

  - id: regular-15
    group: earning
    order: 20
    when: { visit: { from: 11 } }
    effects:
      - { kind: credit, basisPoints: 1500 }
      - kind: prompt
        audience: operator
        text:
          fa: به ایشان بگویید از مشتریان همیشگی ما هستند و از این پس ۱۵٪ هر خرید اعتبار می‌گیرند.
          en: Tell the customer that as a regular they now earn 15 % of every purchase as credit.

  - id: everyone-10
    group: earning
    order: 30
    when: {}
    effects:
      - { kind: credit, basisPoints: 1000 }
`
