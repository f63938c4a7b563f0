import { type Language, type Localised, toPersianDigits } from '#protocol/text.ts'
import type { Weekday } from './calendar.ts'
import type { Conditions, Selector } from './conditions.ts'
import type { Consequence, MessageEffect, MoneyEffect, PointsEffect, StampsEffect } from './effects.ts'
import type { Limit, Programme, Rule } from './schema.ts'

/** A text made in both languages by the same steps; Persian gets its own digits. */
export const both = (make: (language: Language) => string): Localised => ({ fa: toPersianDigits(make('fa')), en: make('en') })

interface Bounds {
  from?: number | undefined
  to?: number | undefined
}

/** What a rule does, as its author would tell a colleague. */
export function explainRule(rule: Rule, programme: Programme): Localised {
  return both((language) => {
    const when = conditionsIn(language, rule.when)
    const limits = (rule.limits ?? []).map((one) => limitIn(language, one, programme)).join('')
    const gives = rule.effects.map((one) => effectIn(language, one, programme)).join(language === 'fa' ? '؛ ' : '; ')
    const sentence =
      language === 'fa'
        ? `${when === '' ? 'همیشه' : `وقتی ${when}`}: ${gives}${limits}.`
        : `${when === '' ? 'Always' : `When ${when}`}: ${gives}${limits}.`
    if (rule.group === undefined) return sentence
    return language === 'fa'
      ? `${sentence} از قواعد گروه «${rule.group}» فقط نخستین قاعده‌ای که صدق کند اجرا می‌شود.`
      : `${sentence} Of the group “${rule.group}” only the first rule that matches applies.`
  })
}

/** Each rule of a programme in the order in which they are tried. */
export function explainProgramme(programme: Programme): { ruleid: string; text: Localised }[] {
  return programme.rules
    .map((rule, index) => ({ rule, index }))
    .sort((a, b) => a.rule.order - b.rule.order || a.index - b.index)
    .map(({ rule }) => ({ ruleid: rule.id, text: explainRule(rule, programme) }))
}

const number = (n: number) => n.toLocaleString('en-US', { maximumFractionDigits: 2 })

function conditionsIn(language: Language, when: Conditions): string {
  const parts: string[] = []
  const say = (texts: Localised) => parts.push(texts[language])
  const { visit, purchase, absence, amount, lines, time, weekday, date, jalali, all, any, not } = when
  if (visit) say(spanned(visit, { fa: 'شمارهٔ مراجعه', en: "the visit's number is" }))
  if (purchase?.to === 1) say({ fa: 'نخستین خرید است', en: 'it is the first purchase' })
  else if (purchase) say(spanned(purchase, { fa: 'شمارهٔ خرید', en: "the purchase's number is" }))
  if (absence) say(spanned(absence, { fa: 'روزهای گذشته از آخرین مراجعه', en: 'the days since the last visit are' }))
  if (amount) say(spanned(amount, { fa: 'مبلغ خرید', en: 'the total is' }))
  if (lines) {
    const of = selectorIn(lines)
    if (lines.quantity) say(spanned(lines.quantity, { fa: `تعداد ${of.fa}`, en: `the quantity of ${of.en} is` }))
    if (lines.amount) say(spanned(lines.amount, { fa: `مبلغ ${of.fa}`, en: `the amount of ${of.en} is` }))
    if (!lines.quantity && !lines.amount) say({ fa: `${of.fa} در سبد است`, en: `the basket has ${of.en}` })
  }
  if (time) say({ fa: `ساعت از ${time.from} تا ${time.to} است`, en: `it is between ${time.from} and ${time.to}` })
  if (weekday)
    say({
      fa: `روز هفته ${weekday.map((day) => persianWeekdays[day]).join(' یا ')} است`,
      en: `it is ${weekday.join(' or ')}`,
    })
  if (date) say(dateIn(date))
  if (jalali?.month) say({ fa: `ماه ${jalali.month.join(' یا ')} است`, en: `the Jalali month is ${jalali.month.join(' or ')}` })
  if (jalali?.day) say({ fa: `روز ${jalali.day.join(' یا ')} ماه است`, en: `the Jalali day is ${jalali.day.join(' or ')}` })
  const { store, lane, membership, credit, points, stamps } = when
  if (store) say({ fa: `فروشگاه ${store.join(' یا ')} است`, en: `the store is ${store.join(' or ')}` })
  if (lane) say({ fa: `صندوق ${lane.join(' یا ')} است`, en: `the lane is ${lane.join(' or ')}` })
  if (membership) say(spanned(membership, { fa: 'روزهای عضویت', en: 'the days of membership are' }))
  if (credit) say(spanned(credit, { fa: 'مانده اعتبار', en: 'the balance of credit is' }))
  if (points) say(spanned(points, { fa: `مانده امتیاز «${points.name}»`, en: `the balance of “${points.name}” points is` }))
  if (stamps) say(spanned(stamps, { fa: `مهرهای «${stamps.name}»`, en: `the “${stamps.name}” stamps are` }))
  for (const one of all ?? []) parts.push(conditionsIn(language, one))
  if (any) parts.push(`(${any.map((one) => conditionsIn(language, one)).join(language === 'fa' ? ' یا ' : ' or ')})`)
  if (not) parts.push(language === 'fa' ? `چنین نیست که (${conditionsIn('fa', not)})` : `not (${conditionsIn('en', not)})`)
  return parts.filter((part) => part !== '').join(language === 'fa' ? ' و ' : ' and ')
}

function spanned({ from, to }: Bounds, subject: Localised): Localised {
  if (from !== undefined && from === to) return { fa: `${subject.fa} ${number(from)} است`, en: `${subject.en} ${number(from)}` }
  if (to === undefined)
    return { fa: `${subject.fa} ${number(from ?? 0)} یا بیشتر است`, en: `${subject.en} ${number(from ?? 0)} or more` }
  if (from === undefined) return { fa: `${subject.fa} ${number(to)} یا کمتر است`, en: `${subject.en} ${number(to)} or less` }
  return {
    fa: `${subject.fa} از ${number(from)} تا ${number(to)} است`,
    en: `${subject.en} from ${number(from)} to ${number(to)}`,
  }
}

function dateIn({ from, to }: { from?: string | undefined; to?: string | undefined }): Localised {
  if (to === undefined) return { fa: `تاریخ ${from} یا پس از آن است`, en: `the date is ${from} or later` }
  if (from === undefined) return { fa: `تاریخ ${to} یا پیش از آن است`, en: `the date is ${to} or earlier` }
  return { fa: `تاریخ از ${from} تا ${to} است`, en: `the date is from ${from} to ${to}` }
}

function selectorIn({ product, category }: Partial<Selector>): Localised {
  const named = [...(category ?? []), ...(product ?? [])].map((one) => `“${one}”`)
  if (named.length === 0) return { fa: 'همهٔ کالاها', en: 'all products' }
  return { fa: named.join(' یا '), en: named.join(' or ') }
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

function moneyIn(amount: number, currency: string): Localised {
  return { fa: `${number(amount)} ${currency === 'IRR' ? 'ریال' : currency}`, en: `${number(amount)} ${currency}` }
}

const periods: Record<Limit['every'], Localised> = {
  day: { fa: 'در روز', en: 'a day' },
  week: { fa: 'در هفته', en: 'a week' },
  month: { fa: 'در ماه', en: 'a month' },
  ever: { fa: 'در کل', en: 'ever' },
}
const scopes: Record<Limit['per'], Localised> = {
  member: { fa: 'برای هر عضو', en: 'for each member' },
  store: { fa: 'برای هر فروشگاه', en: 'for each store' },
  programme: { fa: 'برای همهٔ باشگاه', en: 'for the whole club' },
}

function limitIn(language: Language, { per, every, times, amount }: Limit, { currency }: Programme): string {
  const most = amount === undefined ? undefined : moneyIn(amount, currency)
  const fa = most ? most.fa : `${number(times ?? 0)} بار`
  const en = most ? most.en : `${number(times ?? 0)} times`
  return language === 'fa'
    ? `، دست بالا ${fa} ${periods[every].fa} ${scopes[per].fa}`
    : `, at most ${en} ${periods[every].en} ${scopes[per].en}`
}

function effectIn(language: Language, effect: Consequence, programme: Programme): string {
  switch (effect.kind) {
    case 'prompt':
      return promptIn(effect)[language]
    case 'points':
      return pointsIn(effect, programme)[language]
    case 'stamps':
      return stampsIn(effect)[language]
    case 'message':
      return messageIn(effect)[language]
    default:
      return moneyEffectIn(language, effect, programme)
  }
}

const promptIn = ({ audience, text }: Extract<Consequence, { kind: 'prompt' }>): Localised => ({
  fa: `${audience === 'operator' ? 'به صندوق‌دار' : 'به مشتری'} گفته می‌شود: «${text.fa}»`,
  en: `the ${audience === 'operator' ? 'cashier' : 'customer'} is told “${text.en}”`,
})

function pointsIn({ name, per, amount, perItem, extra, of, atMost }: PointsEffect, { currency }: Programme): Localised {
  const lines = of && selectorIn(of)
  const points = { fa: `امتیاز «${name}»`, en: `“${name}” points` }
  const most =
    atMost === undefined ? { fa: '', en: '' } : { fa: `، دست بالا ${number(atMost)}`, en: `, at most ${number(atMost)}` }
  const forLines = lines ? { fa: ` از ${lines.fa}`, en: ` of ${lines.en}` } : { fa: '', en: '' }
  const give = (fa: string, en: string): Localised => ({ fa: `${fa}${most.fa}`, en: `${en}${most.en}` })
  if (per !== undefined) {
    const each = moneyIn(per, currency)
    return give(`۱ ${points.fa} برای هر ${each.fa}${forLines.fa}`, `1 of ${points.en} for each ${each.en}${forLines.en}`)
  }
  if (perItem !== undefined)
    return give(
      `${number(perItem)} ${points.fa} برای هر عدد${forLines.fa}`,
      `${number(perItem)} ${points.en} for each item${forLines.en}`,
    )
  if (extra !== undefined) return give(`${number(extra / 100)}٪ بیشتر ${points.fa}`, `${number(extra / 100)} % more ${points.en}`)
  return give(`${number(amount ?? 0)} ${points.fa}${forLines.fa}`, `${number(amount ?? 0)} ${points.en}${forLines.en}`)
}

function stampsIn({ name, of, atMost, freeEvery }: StampsEffect): Localised {
  const lines = of && selectorIn(of)
  const most =
    atMost === undefined ? { fa: '', en: '' } : { fa: `، دست بالا ${number(atMost)}`, en: `, at most ${number(atMost)}` }
  const free =
    freeEvery === undefined
      ? { fa: '', en: '' }
      : {
          fa: `؛ با هر ${number(freeEvery)} مهر ارزان‌ترین آن‌ها رایگان است`,
          en: `; with every ${number(freeEvery)} stamps the cheapest of them is free`,
        }
  return {
    fa: `یک مهر «${name}» برای هر ${lines ? `عدد ${lines.fa}` : 'خرید'}${most.fa}${free.fa}`,
    en: `one “${name}” stamp for each ${lines ? `item of ${lines.en}` : 'purchase'}${most.en}${free.en}`,
  }
}

function messageIn({ channel, text, after }: MessageEffect): Localised {
  const when = after
    ? { fa: `${number(after.days)} روز بعد ساعت ${after.at}`, en: `${number(after.days)} days later at ${after.at}` }
    : { fa: 'همان وقت', en: 'at once' }
  return {
    fa: `${when.fa} با ${channel} پیام می‌رود: «${text.fa}»`,
    en: `${when.en} a message goes out by ${channel}: “${text.en}”`,
  }
}

function moneyEffectIn(language: Language, effect: MoneyEffect, { currency }: Programme): string {
  const { basisPoints, amount, of, atMost } = effect
  const lines = of && selectorIn(of)
  const what: Localised = effect.kind === 'credit' ? { fa: 'اعتبار', en: 'as credit' } : { fa: 'تخفیف نقدی', en: 'off in cash' }
  const base: Localised =
    lines ?? (effect.kind === 'credit' ? { fa: 'مبلغ پرداختی', en: 'what is paid' } : { fa: 'مبلغ خرید', en: 'the total' })
  const most = atMost === undefined ? undefined : moneyIn(atMost, currency)
  const worth: Localised =
    amount === undefined
      ? { fa: `${number((basisPoints ?? 0) / 100)}٪ ${base.fa}`, en: `${number((basisPoints ?? 0) / 100)} % of ${base.en}` }
      : moneyIn(amount, currency)
  const forLines = amount !== undefined && lines ? { fa: ` برای ${lines.fa}`, en: ` for ${lines.en}` } : { fa: '', en: '' }
  return language === 'fa'
    ? `${worth.fa} ${what.fa}${forLines.fa}${most ? `، دست بالا ${most.fa}` : ''}`
    : `${worth.en} ${what.en}${forLines.en}${most ? `, at most ${most.en}` : ''}`
}
