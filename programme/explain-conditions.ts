import type { Language, Localised } from '#protocol/text.ts'
import type { Weekday } from './calendar.ts'
import type { Conditions } from './conditions.ts'
import { memberConditionsIn } from './explain-members.ts'
import { either, selectorIn, shareIn, spanned } from './sentences.ts'

/** What must hold, as one would tell it; empty where nothing must. */
export function conditionsIn(language: Language, when: Conditions): string {
  const { all, any, not } = when
  const parts = [...basketIn(when), ...momentIn(when), ...placeIn(when), ...balancesIn(when), ...memberConditionsIn(when)].map(
    (texts) => texts[language],
  )
  const branch = (one: Conditions) => conditionsIn(language, one) || (language === 'fa' ? 'همیشه' : 'always')
  for (const one of all ?? []) parts.push(conditionsIn(language, one))
  if (any) parts.push(`(${any.map(branch).join(language === 'fa' ? ' یا ' : ' or ')})`)
  if (not) parts.push(language === 'fa' ? `چنین نیست که (${branch(not)})` : `not (${branch(not)})`)
  return parts.filter((part) => part !== '').join(language === 'fa' ? ' و ' : ' and ')
}

function basketIn({ visit, purchase, absence, amount, lines }: Conditions): Localised[] {
  const parts: Localised[] = []
  if (visit) parts.push(spanned(visit, { fa: 'شمارهٔ مراجعه', en: "the visit's number is" }))
  if (purchase?.to === 1) parts.push({ fa: 'نخستین خرید است', en: 'it is the first purchase' })
  else if (purchase) parts.push(spanned(purchase, { fa: 'شمارهٔ خرید', en: "the purchase's number is" }))
  if (absence) parts.push(spanned(absence, { fa: 'روزهای گذشته از آخرین مراجعه', en: 'the days since the last visit are' }))
  if (amount) parts.push(spanned(amount, { fa: 'مبلغ خرید', en: 'the total is' }))
  if (lines) {
    const of = selectorIn(lines)
    if (lines.quantity) parts.push(spanned(lines.quantity, { fa: `تعداد ${of.fa}`, en: `the quantity of ${of.en} is` }))
    if (lines.amount) parts.push(spanned(lines.amount, { fa: `مبلغ ${of.fa}`, en: `the amount of ${of.en} is` }))
    if (!lines.quantity && !lines.amount) parts.push({ fa: `${of.fa} در سبد است`, en: `the basket has ${of.en}` })
  }
  return parts
}

function momentIn({ time, weekday, date, jalali }: Conditions): Localised[] {
  const parts: Localised[] = []
  if (time) parts.push({ fa: `ساعت از ${time.from} تا ${time.to} است`, en: `it is between ${time.from} and ${time.to}` })
  if (weekday)
    parts.push({
      fa: `روز هفته ${weekday.map((day) => persianWeekdays[day]).join(' یا ')} است`,
      en: `it is ${weekday.join(' or ')}`,
    })
  if (date) parts.push(dateIn(date))
  if (jalali?.month)
    parts.push({ fa: `ماه ${jalali.month.join(' یا ')} است`, en: `the Jalali month is ${jalali.month.join(' or ')}` })
  if (jalali?.day)
    parts.push({ fa: `روز ${jalali.day.join(' یا ')} ماه است`, en: `the Jalali day is ${jalali.day.join(' or ')}` })
  return parts
}

function dateIn({ from, to }: { from?: string | undefined; to?: string | undefined }): Localised {
  if (to === undefined) return { fa: `تاریخ ${from} یا پس از آن است`, en: `the date is ${from} or later` }
  if (from === undefined) return { fa: `تاریخ ${to} یا پیش از آن است`, en: `the date is ${to} or earlier` }
  return { fa: `تاریخ از ${from} تا ${to} است`, en: `the date is from ${from} to ${to}` }
}

function placeIn({ store, lane, channel, tender, expiring }: Conditions): Localised[] {
  const parts: Localised[] = []
  const named = (words: readonly string[], subject: Localised) => {
    const { fa, en } = either(words)
    parts.push({ fa: `${subject.fa} ${fa} است`, en: `${subject.en} ${en}` })
  }
  if (store) named(store, { fa: 'فروشگاه', en: 'the store is' })
  if (lane) named(lane, { fa: 'صندوق', en: 'the lane is' })
  if (channel)
    parts.push({ fa: `خرید ${channel.map((one) => channelsIn[one].fa).join(' یا ')} است`, en: `it is ${either(channel).en}` })
  if (tender) parts.push(...tenderIn(tender))
  if (expiring?.name !== undefined)
    parts.push({ fa: `امتیاز «${expiring.name}» رو به پایان است`, en: `“${expiring.name}” points run out` })
  if (expiring?.days) parts.push(spanned(expiring.days, { fa: 'روزهای مانده تا پایان', en: 'the days until it runs out are' }))
  if (expiring?.amount) parts.push(spanned(expiring.amount, { fa: 'مقدار رو به پایان', en: 'what runs out is' }))
  return parts
}

const channelsIn: Record<NonNullable<Conditions['channel']>[number], Localised> = {
  store: { fa: 'در فروشگاه', en: 'store' },
  kiosk: { fa: 'از کیوسک', en: 'kiosk' },
  online: { fa: 'اینترنتی', en: 'online' },
}

function tenderIn({ kinds, share, amount }: NonNullable<Conditions['tender']>): Localised[] {
  const named: Localised = { fa: kinds.map((one) => tendersIn[one]).join(' یا '), en: either(kinds).en }
  if (!share && !amount) return [{ fa: `پرداخت با ${named.fa} است`, en: `it is paid by ${named.en}` }]
  const parts: Localised[] = []
  if (amount) parts.push(spanned(amount, { fa: `پرداخت با ${named.fa}`, en: `what is paid by ${named.en} is` }))
  if (share) {
    const from = share.from === undefined ? undefined : shareIn(share.from)
    const to = share.to === undefined ? undefined : shareIn(share.to)
    parts.push({
      fa: `سهم پرداخت با ${named.fa}${from ? ` دست کم ${from.fa}` : ''}${to ? ` دست بالا ${to.fa}` : ''} است`,
      en: `the share paid by ${named.en} is${from ? ` at least ${from.en}` : ''}${to ? ` at most ${to.en}` : ''}`,
    })
  }
  return parts
}

const tendersIn: Record<NonNullable<Conditions['tender']>['kinds'][number], string> = {
  cash: 'نقد',
  card: 'کارت بانکی',
  transfer: 'انتقال بانکی',
  voucher: 'بن',
  other: 'راه دیگر',
}

function balancesIn({ membership, credit, points, stamps }: Conditions): Localised[] {
  const parts: Localised[] = []
  if (membership) parts.push(spanned(membership, { fa: 'روزهای عضویت', en: 'the days of membership are' }))
  if (credit) parts.push(spanned(credit, { fa: 'مانده اعتبار', en: 'the balance of credit is' }))
  if (points)
    parts.push(spanned(points, { fa: `مانده امتیاز «${points.name}»`, en: `the balance of “${points.name}” points is` }))
  if (stamps) parts.push(spanned(stamps, { fa: `مهرهای «${stamps.name}»`, en: `the “${stamps.name}” stamps are` }))
  return parts
}

const persianWeekdays: Record<Weekday, string> = {
  saturday: 'شنبه',
  sunday: 'یکشنبه',
  monday: 'دوشنبه',
  tuesday: 'سه‌شنبه',
  wednesday: 'چهارشنبه',
  thursday: 'پنجشنبه',
  friday: 'جمعه',
}
