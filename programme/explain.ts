import { type Language, type Localised, toPersianDigits } from '#protocol/text.ts'
import type { Weekday } from './calendar.ts'
import type { Conditions, Selector } from './conditions.ts'
import type { Consequence } from './effects.ts'
import type { Programme, Rule } from './schema.ts'

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
    const gives = rule.effects.map((one) => effectIn(language, one, programme)).join(language === 'fa' ? '؛ ' : '; ')
    const sentence =
      language === 'fa'
        ? `${when === '' ? 'همیشه' : `وقتی ${when}`}: ${gives}.`
        : `${when === '' ? 'Always' : `When ${when}`}: ${gives}.`
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

function effectIn(language: Language, effect: Consequence, { currency }: Programme): string {
  if (effect.kind === 'prompt') {
    const told = effect.text[language]
    if (language === 'fa') return `${effect.audience === 'operator' ? 'به صندوق‌دار' : 'به مشتری'} گفته می‌شود: «${told}»`
    return `the ${effect.audience === 'operator' ? 'cashier' : 'customer'} is told “${told}”`
  }
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
