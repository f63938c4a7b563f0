import type { Language, Localised } from '#protocol/text.ts'
import { inOrder } from './compiled.ts'
import type { Occasion } from './events.ts'
import { conditionsIn } from './explain-conditions.ts'
import { effectIn } from './explain-effects.ts'
import type { Limit, Programme, Rule } from './schema.ts'
import { both, moneyIn, number } from './sentences.ts'

/** What a rule does, as its author would tell a colleague. */
export function explainRule(rule: Rule, programme: Programme): Localised {
  return both((language) => {
    const occasion = occasionsIn[rule.on ?? 'sale'][language]
    const when = conditionsIn(language, rule.when)
    const limits = (rule.limits ?? []).map((one) => limitIn(language, one, programme)).join('')
    const gives = rule.effects
      .map((one) => effectIn(language, one, { programme, on: rule.on }))
      .join(language === 'fa' ? '؛ ' : '; ')
    const head = headIn(language, occasion, when)
    const sentence = `${head}: ${gives}${limits}.`
    if (rule.group === undefined) return sentence
    return `${sentence} ${groupIn(language, rule.group, programme)}`
  })
}

/** `When a new visit begins and the tier is “gold”`. */
function headIn(language: Language, occasion: string, when: string): string {
  if (occasion === '')
    return language === 'fa' ? (when === '' ? 'همیشه' : `وقتی ${when}`) : when === '' ? 'Always' : `When ${when}`
  if (when === '') return language === 'fa' ? `وقتی ${occasion}` : `When ${occasion}`
  return language === 'fa' ? `وقتی ${occasion} و ${when}` : `When ${occasion} and ${when}`
}

/** A sale goes without saying. */
const occasionsIn: Record<Occasion, Localised> = {
  sale: { fa: '', en: '' },
  visit: { fa: 'مراجعه‌ای آغاز می‌شود', en: 'a visit begins' },
  enrolled: { fa: 'کسی عضو می‌شود', en: 'somebody signs up' },
  'profile-completed': { fa: 'پرونده پر می‌شود', en: 'the profile is filled in' },
  'survey-answered': { fa: 'به نظرسنجی پاسخ داده می‌شود', en: 'a survey is answered' },
  'friend-bought': { fa: 'دوستی که معرفی شده نخستین خریدش را می‌کند', en: 'a friend who was brought in buys for the first time' },
  birthday: { fa: 'روز تولد عضو می‌رسد', en: "the member's birthday comes" },
  'points-expiring': { fa: 'امتیازی رو به پایان است', en: 'points are about to expire' },
  'credit-expiring': { fa: 'اعتباری رو به پایان است', en: 'credit is about to expire' },
}

function groupIn(language: Language, id: string, { groups, currency }: Programme): string {
  const group = groups?.find((one) => one.id === id)
  const most = group?.atMost === undefined ? undefined : moneyIn(group.atMost, currency)
  if (group?.mode === 'cumulative')
    return language === 'fa'
      ? `قواعد گروه «${id}» با هم جمع می‌شوند${most ? `، دست بالا ${most.fa} در هر خرید` : ''}.`
      : `The rules of the group “${id}” add up${most ? `, to at most ${most.en} for one purchase` : ''}.`
  return language === 'fa'
    ? `از قواعد گروه «${id}» فقط نخستین قاعده‌ای که صدق کند اجرا می‌شود${most ? `، دست بالا ${most.fa} در هر خرید` : ''}.`
    : `Of the group “${id}” only the first rule that matches applies${most ? `, for at most ${most.en} for one purchase` : ''}.`
}

/** Each rule of a programme in the order in which they are tried. */
export const explainProgramme = (programme: Programme): { ruleid: string; text: Localised }[] =>
  inOrder(programme).map((rule) => ({ ruleid: rule.id, text: explainRule(rule, programme) }))

const periods: Record<Limit['every'], Localised> = {
  day: { fa: 'در روز', en: 'a day' },
  week: { fa: 'در هفته', en: 'a week' },
  month: { fa: 'در ماه', en: 'a month' },
  ever: { fa: 'در کل', en: 'ever' },
}
const scopes: Record<Limit['per'], Localised> = {
  member: { fa: 'برای هر عضو', en: 'for each member' },
  store: { fa: 'برای هر فروشگاه', en: 'for each store' },
  lane: { fa: 'برای هر صندوق', en: 'for each lane' },
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
