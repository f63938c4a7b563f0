import type { Localised } from '#protocol/text.ts'
import type { Expiry, LotPolicy } from './expiry.ts'
import type { Group } from './groups.ts'
import type { Redemption } from './redemption.ts'
import type { Programme } from './schema.ts'
import { both, moneyIn, number, shareIn, spanIn } from './sentences.ts'
import type { Tier, Tiers } from './tiers.ts'

/** What a programme says besides its rules: one sentence for each thing that it settles. */
export function explainSettings(programme: Programme): { name: string; text: Localised }[] {
  const { inForceFrom, overdraft, redemption, expiry, tiers, groups = [], currency } = programme
  const said: { name: string; text: Localised }[] = []
  const say = (name: string, { fa, en }: Localised) =>
    said.push({ name, text: both((language) => (language === 'fa' ? fa : en)) })
  if (inForceFrom !== undefined)
    say('inForceFrom', { fa: `از ${inForceFrom} اجرا می‌شود.`, en: `It is in force from ${inForceFrom}.` })
  if (overdraft) say('overdraft', overdraftIn[overdraft])
  if (redemption) say('redemption', redemptionIn(redemption, currency))
  for (const [name, text] of expiryIn(expiry)) say(name, text)
  if (tiers) {
    say('tiers', tiersIn(tiers))
    for (const tier of tiers.list) say(`tiers.${tier.id}`, tierIn(tier, currency))
  }
  for (const group of groups) say(`groups.${group.id}`, groupIn(group, currency))
  return said
}

const overdraftIn: Record<NonNullable<Programme['overdraft']>, Localised> = {
  never: { fa: 'اعتبار هیچ‌گاه منفی نمی‌شود.', en: 'Credit is never overdrawn.' },
  returns: {
    fa: 'برگشت کالا می‌تواند اعتبار خرج‌شده را منفی کند.',
    en: 'A return may leave credit that is already spent negative.',
  },
}

function redemptionIn({ minimum, step, atMostShare, unprovenAtMost }: Redemption, currency: string): Localised {
  const parts: Localised[] = []
  const money = (amount: number) => moneyIn(amount, currency)
  if (minimum !== undefined) parts.push({ fa: `دست کم ${money(minimum).fa}`, en: `at least ${money(minimum).en}` })
  if (step !== undefined) parts.push({ fa: `در مضرب‌های ${money(step).fa}`, en: `in steps of ${money(step).en}` })
  if (atMostShare !== undefined)
    parts.push({ fa: `تا ${shareIn(atMostShare).fa} خرید`, en: `up to ${shareIn(atMostShare).en} of a purchase` })
  if (unprovenAtMost !== undefined)
    parts.push({
      fa: `تا ${money(unprovenAtMost).fa} با کارتی که فقط شماره‌اش خوانده می‌شود`,
      en: `up to ${money(unprovenAtMost).en} with a card that shows only its number`,
    })
  if (parts.length === 0) return { fa: 'اعتبار آزادانه خرج می‌شود.', en: 'Credit is spent freely.' }
  return {
    fa: `اعتبار ${parts.map(({ fa }) => fa).join('، ')} خرج می‌شود.`,
    en: `Credit is spent ${parts.map(({ en }) => en).join(', ')}.`,
  }
}

function expiryIn(expiry: Expiry | undefined): [string, Localised][] {
  const said: [string, Localised][] = []
  if (expiry?.credit) said.push(['expiry.credit', lotIn(expiry.credit, { fa: 'اعتبار', en: 'Credit' })])
  for (const [name, policy] of Object.entries(expiry?.points ?? {}))
    said.push([`expiry.points.${name}`, lotIn(policy, { fa: `امتیاز «${name}»`, en: `“${name}” points` })])
  return said
}

function lotIn({ after, activeAfter, remind = [] }: LotPolicy, what: Localised): Localised {
  const lasts = spanIn(after)
  const begins = activeAfter && spanIn(activeAfter)
  const ahead = remind.map(({ days }) => number(days))
  return {
    fa: `${what.fa} ${begins ? `${begins.fa} پس از دریافت آغاز می‌شود و ` : ''}تا ${lasts.fa} می‌ماند${ahead.length === 0 ? '' : `؛ ${ahead.join(' و ')} روز پیش از پایان یادآوری می‌شود`}.`,
    en: `${what.en} ${begins ? `can be used ${begins.en} after it was given and ` : ''}lasts ${lasts.en}${ahead.length === 0 ? '' : `; it is announced ${ahead.join(' and ')} days ahead`}.`,
  }
}

const calendars = {
  year: { fa: 'سال', en: 'year' },
  season: { fa: 'فصل', en: 'season' },
  month: { fa: 'ماه', en: 'month' },
}
const waysDown: Record<Tiers['downgrade'], Localised> = {
  'drop-one': { fa: 'یک پله پایین می‌آید', en: 'goes down one tier' },
  'drop-to-earned': { fa: 'به سطحی که به دست آورده می‌رود', en: 'goes down to what was earned' },
  never: { fa: 'سطحش را نگه می‌دارد', en: 'keeps the tier' },
}

function tiersIn({ window: { days, calendar = 'month' }, grace, downgrade }: Tiers): Localised {
  const counted: Localised =
    days === undefined
      ? { fa: `${calendars[calendar].fa} جاری`, en: `the current Jalali ${calendars[calendar].en}` }
      : { fa: `${number(days)} روز گذشته`, en: `the last ${number(days)} days` }
  const after = grace === undefined ? undefined : spanIn({ days: grace })
  return {
    fa: `سطح‌ها با ${counted.fa} سنجیده می‌شوند؛ عضوی که دیگر به سطحش نمی‌رسد${after ? ` پس از ${after.fa} مهلت` : ''} ${waysDown[downgrade].fa}.`,
    en: `Tiers are measured by ${counted.en}; who does not reach theirs any more ${waysDown[downgrade].en}${after ? ` after ${after.en} of grace` : ''}.`,
  }
}

function tierIn({ name, spend, visits, points }: Tier, currency: string): Localised {
  const asks: Localised[] = []
  if (spend !== undefined)
    asks.push({ fa: `${moneyIn(spend, currency).fa} خرید`, en: `purchases of ${moneyIn(spend, currency).en}` })
  if (visits !== undefined) asks.push({ fa: `${number(visits)} مراجعه`, en: `${number(visits)} visits` })
  if (points)
    asks.push({ fa: `${number(points.from)} امتیاز «${points.name}»`, en: `${number(points.from)} “${points.name}” points` })
  if (asks.length === 0) return { fa: `سطح «${name.fa}» برای همه است.`, en: `The tier “${name.en}” is for everyone.` }
  return {
    fa: `سطح «${name.fa}» ${asks.map(({ fa }) => fa).join(' و ')} می‌خواهد.`,
    en: `The tier “${name.en}” asks for ${asks.map(({ en }) => en).join(' and ')}.`,
  }
}

function groupIn({ mode, atMost, order }: Group, currency: string): Localised {
  const most = atMost === undefined ? undefined : moneyIn(atMost, currency)
  const how: Localised =
    mode === 'cumulative'
      ? { fa: 'قواعد آن با هم جمع می‌شوند', en: 'Its rules add up' }
      : { fa: 'فقط نخستین قاعده‌ای که صدق کند اجرا می‌شود', en: 'Only its first rule that matches applies' }
  return {
    fa: `${how.fa}${most ? `، دست بالا ${most.fa} در هر خرید` : ''}${order === undefined ? '' : `، در جای ${order}`}.`,
    en: `${how.en}${most ? `, to at most ${most.en} for one purchase` : ''}${order === undefined ? '' : `, at place ${order}`}.`,
  }
}
