import { describe, expect, it } from 'vitest'
import { compareProgrammes } from './differences.ts'
import { explainProgramme } from './explain.ts'
import { explainSettings } from './explain-settings.ts'
import { programmeSchema } from './schema.ts'

const tiers = {
  window: { days: 365 },
  grace: 30,
  downgrade: 'drop-one',
  list: [
    { id: 'bronze', name: { fa: 'برنز', en: 'Bronze' } },
    { id: 'gold', name: { fa: 'طلایی', en: 'Gold' }, spend: 50_000_000, visits: 10 },
  ],
}
const settings = {
  inForceFrom: '1406-01-01',
  overdraft: 'returns',
  redemption: { minimum: 100_000, step: 10_000, atMostShare: 5_000 },
  expiry: { credit: { after: { months: 6 }, activeAfter: { days: 1 }, remind: [{ days: 14 }, { days: 3 }] } },
  tiers,
  groups: [{ id: 'bonus', mode: 'cumulative', atMost: 500_000 }],
}
const programmeOf = (rules: object[], more: object = {}) =>
  programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', ...settings, ...more, rules })
const told = (when: object, effects: object[] = [{ kind: 'credit', amount: 1 }], more: object = {}) => {
  const [only] = explainProgramme(programmeOf([{ id: 'a', order: 1, when, effects, ...more }]))
  return only?.text
}
const whenTold = (when: object) => {
  const { fa = '', en = '' } = told(when) ?? {}
  return [en.slice('When '.length, en.indexOf(': 1 IRR')), fa.slice('وقتی '.length, fa.indexOf(': ۱ ریال'))]
}

describe('each condition is told in both languages', () => {
  it.each([
    [{ channel: ['online', 'kiosk'] }, 'it is online or kiosk', 'خرید اینترنتی یا از کیوسک است'],
    [{ tender: { kinds: ['cash'] } }, 'it is paid by cash', 'پرداخت با نقد است'],
    [
      { tender: { kinds: ['card'], share: { from: 5_000 } } },
      'the share paid by card is at least 50 %',
      'سهم پرداخت با کارت بانکی دست کم ۵۰٪ است',
    ],
    [{ lines: { brand: ['Naderi'] } }, 'the basket has “Naderi”', '“Naderi” در سبد است'],
    [{ tier: ['gold'] }, 'the tier is “gold”', 'سطح عضو “gold” است'],
    [{ segment: ['loyal'] }, 'the member is in the segment “loyal”', 'عضو در گروه مشتریان “loyal” است'],
    [{ age: { from: 18, to: 25 } }, 'the age is from 18 to 25', 'سن از ۱۸ تا ۲۵ است'],
    [{ sex: ['female'] }, 'the member is female', 'عضو زن است'],
    [{ birthday: {} }, 'today is the birthday', 'امروز روز تولد است'],
    [
      { birthday: { before: 3, after: 7 } },
      'it is from 3 days before to 7 days after the birthday',
      'از ۳ روز پیش از روز تولد تا ۷ روز پس از آن است',
    ],
    [
      { anniversary: { after: 2 } },
      'it is the anniversary of signing up or at most 2 days after it',
      'سالگرد عضویت است یا تا ۲ روز پس از آن',
    ],
    [{ streak: { visits: 3, days: 30 } }, 'there were at least 3 visits within 30 days', 'در ۳۰ روز دست کم ۳ مراجعه بوده است'],
    [{ streak: { weeks: 4 } }, 'each of 4 weeks in a row had a visit', 'در هر یک از ۴ هفتهٔ پیاپی مراجعه‌ای بوده است'],
    [{ referred: true }, 'a friend brought the member in', 'عضو را دوستی معرفی کرده است'],
    [
      { friends: { from: 3 } },
      'the friends brought in who bought are 3 or more',
      'شمار دوستان معرفی‌شده که خرید کرده‌اند ۳ یا بیشتر است',
    ],
    [{ survey: ['taste'] }, 'the survey “taste” has been answered', 'به نظرسنجی “taste” پاسخ داده شده است'],
    [{ profile: ['name', 'area'] }, 'the profile has name and area', 'در پرونده name و area پر شده است'],
    [{ custom: { field: 'car', is: ['Tiba'] } }, '“car” is Tiba', '«car» Tiba است'],
    [{ custom: { field: 'wheels', to: 4 } }, '“wheels” is 4 or less', '«wheels» ۴ یا کمتر است'],
    [{ coupon: ['spring'] }, 'the member holds the coupon “spring”', 'عضو کوپن “spring” دارد'],
    [{ any: [{}, { not: {} }] }, '(always or not (always))', '(همیشه یا چنین نیست که (همیشه))'],
  ])('%j', (when, en, fa) => {
    expect(whenTold(when)).toEqual([en, fa])
  })
})

describe('each effect is told in both languages', () => {
  it.each([
    [
      { kind: 'credit', basisPoints: 1_000, expires: { months: 1 }, activeAfter: { days: 2 } },
      '10 % of what is paid as credit, usable after 2 days, for 1 Jalali month',
      '۱۰٪ مبلغ پرداختی اعتبار، از ۲ روز دیگر، تا ۱ ماه پس از آن',
    ],
    [
      { kind: 'free-product', product: 'cake', quantity: 2, upTo: 90_000 },
      '2 of “cake” is free up to 90,000 IRR',
      '۲ عدد «cake» رایگان است تا ۹۰,۰۰۰ ریال',
    ],
    [
      { kind: 'coupon', name: 'spring', basisPoints: 2_000, days: 30, atMost: 90_000 },
      'a coupon “spring” worth 20 % of the total, at most 90,000 IRR, for 30 days',
      'کوپن «spring» به ارزش ۲۰٪ مبلغ خرید، دست بالا ۹۰,۰۰۰ ریال، تا ۳۰ روز پس از آن',
    ],
    [{ kind: 'use-coupon', name: 'spring' }, 'what the coupon “spring” is worth is taken off', 'ارزش کوپن «spring» کم می‌شود'],
    [{ kind: 'points', name: 'club', multiply: 3 }, '3 times as many “club” points', '۳ برابر امتیاز «club»'],
    [{ kind: 'tier', to: 'gold' }, 'the member moves up to “Gold”', 'عضو به سطح «طلایی» می‌رسد'],
    [
      { kind: 'alert', text: { fa: 'ببینید', en: 'look' } },
      'head office is told “look”',
      'به دفتر مرکزی خبر داده می‌شود: «ببینید»',
    ],
  ])('%j', (effect, en, fa) => {
    expect(told({}, [effect])).toEqual({ en: `Always: ${en}.`, fa: `همیشه: ${fa}.` })
  })
})

it('an occasion stands before the conditions, and a group after the gifts', () => {
  const stamp = [{ kind: 'stamps', name: 'visits' }]
  expect(told({ tier: ['gold'] }, stamp, { on: 'visit', group: 'bonus' })).toEqual({
    en: 'When a visit begins and the tier is “gold”: one “visits” stamp. The rules of the group “bonus” add up, to at most 500,000 IRR for one purchase.',
    fa: 'وقتی مراجعه‌ای آغاز می‌شود و سطح عضو “gold” است: یک مهر «visits». قواعد گروه «bonus» با هم جمع می‌شوند، دست بالا ۵۰۰,۰۰۰ ریال در هر خرید.',
  })
  expect(told({}, stamp, { on: 'birthday' })?.en).toBe("When the member's birthday comes: one “visits” stamp.")
})

describe('what a programme settles besides its rules', () => {
  it('is told in both languages', () => {
    const said = explainSettings(programmeOf([]))
    expect(said.map(({ name, text }) => `${name}: ${text.en}`)).toEqual([
      'inForceFrom: It is in force from 1406-01-01.',
      'overdraft: A return may leave credit that is already spent negative.',
      'redemption: Credit is spent at least 100,000 IRR, in steps of 10,000 IRR, up to 50 % of a purchase.',
      'expiry.credit: Credit can be used 1 day after it was given and lasts 6 Jalali months; it is announced 14 and 3 days ahead.',
      'tiers: Tiers are measured by the last 365 days; who does not reach theirs any more goes down one tier after 30 days of grace.',
      'tiers.bronze: The tier “Bronze” is for everyone.',
      'tiers.gold: The tier “Gold” asks for purchases of 50,000,000 IRR and 10 visits.',
      'groups.bonus: Its rules add up, to at most 500,000 IRR for one purchase.',
    ])
    expect(said.find(({ name }) => name === 'tiers')?.text.fa).toBe(
      'سطح‌ها با ۳۶۵ روز گذشته سنجیده می‌شوند؛ عضوی که دیگر به سطحش نمی‌رسد پس از ۳۰ روز مهلت یک پله پایین می‌آید.',
    )
    expect(said.find(({ name }) => name === 'expiry.credit')?.text.fa).toBe(
      'اعتبار ۱ روز پس از دریافت آغاز می‌شود و تا ۶ ماه می‌ماند؛ ۱۴ و ۳ روز پیش از پایان یادآوری می‌شود.',
    )
  })

  it('is compared in words, setting by setting', () => {
    const swapped = { ...tiers, list: [tiers.list[0], { ...tiers.list[1], spend: 60_000_000 }] }
    const changes = compareProgrammes(
      programmeOf([]),
      programmeOf([], { overdraft: undefined, tiers: swapped, redemption: { step: 10_000 } }),
    )
    expect(changes.map(({ what, name, before, after }) => [what, name, before?.en, after?.en])).toEqual([
      ['setting', 'overdraft', 'A return may leave credit that is already spent negative.', '–'],
      [
        'setting',
        'redemption',
        'Credit is spent at least 100,000 IRR, in steps of 10,000 IRR, up to 50 % of a purchase.',
        'Credit is spent in steps of 10,000 IRR.',
      ],
      [
        'setting',
        'tiers.gold',
        'The tier “Gold” asks for purchases of 50,000,000 IRR and 10 visits.',
        'The tier “Gold” asks for purchases of 60,000,000 IRR and 10 visits.',
      ],
    ])
  })
})
