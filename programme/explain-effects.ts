import type { Language, Localised } from '#protocol/text.ts'
import type { Consequence, EffectOf, MessageEffect, MoneyEffect, PointsEffect, StampsEffect } from './effects.ts'
import type { Occasion } from './events.ts'
import type { Programme } from './schema.ts'
import { moneyIn, number, selectorIn, shareIn, spanIn } from './sentences.ts'

/** What a rule gives, in words. */
export function effectIn(
  language: Language,
  effect: Consequence,
  { programme, on = 'sale' }: { programme: Programme; on?: Occasion | undefined },
): string {
  // Where nothing is bought a stamp is for the event itself.
  if (effect.kind === 'stamps' && on !== 'sale')
    return language === 'fa' ? `یک مهر «${effect.name}»` : `one “${effect.name}” stamp`
  return textsOf(effect, programme)[language]
}

function textsOf(effect: Consequence, programme: Programme): Localised {
  switch (effect.kind) {
    case 'credit':
    case 'discount':
      return moneyEffectIn(effect, programme)
    case 'free-product':
      return freeProductIn(effect, programme)
    case 'coupon':
      return couponIn(effect, programme)
    case 'use-coupon':
      return { fa: `ارزش کوپن «${effect.name}» کم می‌شود`, en: `what the coupon “${effect.name}” is worth is taken off` }
    case 'prompt':
      return promptIn(effect)
    case 'points':
      return pointsIn(effect, programme)
    case 'stamps':
      return stampsIn(effect)
    case 'tier':
      return tierIn(effect, programme)
    case 'message':
      return messageIn(effect)
    case 'alert':
      return { fa: `به دفتر مرکزی خبر داده می‌شود: «${effect.text.fa}»`, en: `head office is told “${effect.text.en}”` }
  }
}

const promptIn = ({ audience, text }: EffectOf<'prompt'>): Localised => ({
  fa: `${audience === 'operator' ? 'به صندوق‌دار' : 'به مشتری'} گفته می‌شود: «${text.fa}»`,
  en: `the ${audience === 'operator' ? 'cashier' : 'customer'} is told “${text.en}”`,
})

const atMostIn = (most: Localised | undefined): Localised =>
  most ? { fa: `، دست بالا ${most.fa}`, en: `, at most ${most.en}` } : { fa: '', en: '' }

const countIn = (count: number | undefined): Localised | undefined =>
  count === undefined ? undefined : { fa: number(count), en: number(count) }

/** When something that is granted begins and ends, where the effect says so itself. */
function lotIn({ expires, activeAfter }: Pick<EffectOf<'credit'>, 'expires' | 'activeAfter'>): Localised {
  const begins = activeAfter && spanIn(activeAfter)
  const lasts = expires && spanIn(expires)
  return {
    fa: `${begins ? `، از ${begins.fa} دیگر` : ''}${lasts ? `، تا ${lasts.fa} پس از آن` : ''}`,
    en: `${begins ? `, usable after ${begins.en}` : ''}${lasts ? `, for ${lasts.en}` : ''}`,
  }
}

const joined = (...parts: readonly Localised[]): Localised => ({
  fa: parts.map(({ fa }) => fa).join(''),
  en: parts.map(({ en }) => en).join(''),
})

function pointsIn(effect: PointsEffect, { currency }: Programme): Localised {
  const { name, per, amount, perItem, extra, multiply, of, atMost } = effect
  const lines = of && selectorIn(of)
  const points = { fa: `امتیاز «${name}»`, en: `“${name}” points` }
  const forLines = lines ? { fa: ` از ${lines.fa}`, en: ` of ${lines.en}` } : { fa: '', en: '' }
  const give = (fa: string, en: string): Localised => joined({ fa, en }, atMostIn(countIn(atMost)), lotIn(effect))
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
  if (multiply !== undefined)
    return give(`${number(multiply)} برابر ${points.fa}`, `${number(multiply)} times as many ${points.en}`)
  return give(`${number(amount ?? 0)} ${points.fa}${forLines.fa}`, `${number(amount ?? 0)} ${points.en}${forLines.en}`)
}

function stampsIn({ name, of, atMost, freeEvery }: StampsEffect): Localised {
  const lines = of && selectorIn(of)
  const most = atMostIn(countIn(atMost))
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

/** A share or a fixed amount of something called `base`. */
function worthIn(
  { basisPoints, amount }: { basisPoints?: number | undefined; amount?: number | undefined },
  { base, currency }: { base: Localised; currency: string },
): Localised {
  if (amount !== undefined) return moneyIn(amount, currency)
  const share = shareIn(basisPoints ?? 0)
  return { fa: `${share.fa} ${base.fa}`, en: `${share.en} of ${base.en}` }
}

const theTotal: Localised = { fa: 'مبلغ خرید', en: 'the total' }

function moneyEffectIn(effect: MoneyEffect, { currency }: Programme): Localised {
  const { amount, of, atMost } = effect
  const lines = of && selectorIn(of)
  const what: Localised = effect.kind === 'credit' ? { fa: 'اعتبار', en: 'as credit' } : { fa: 'تخفیف نقدی', en: 'off in cash' }
  const base: Localised = lines ?? (effect.kind === 'credit' ? { fa: 'مبلغ پرداختی', en: 'what is paid' } : theTotal)
  const worth = worthIn(effect, { base, currency })
  const forLines = amount !== undefined && lines ? { fa: ` برای ${lines.fa}`, en: ` for ${lines.en}` } : { fa: '', en: '' }
  return joined(
    { fa: `${worth.fa} ${what.fa}`, en: `${worth.en} ${what.en}` },
    forLines,
    atMostIn(atMost === undefined ? undefined : moneyIn(atMost, currency)),
    effect.kind === 'credit' ? lotIn(effect) : { fa: '', en: '' },
  )
}

function freeProductIn({ product, quantity = 1, upTo }: EffectOf<'free-product'>, { currency }: Programme): Localised {
  const most = upTo === undefined ? undefined : moneyIn(upTo, currency)
  return joined(
    { fa: `${number(quantity)} عدد «${product}» رایگان است`, en: `${number(quantity)} of “${product}” is free` },
    most ? { fa: ` تا ${most.fa}`, en: ` up to ${most.en}` } : { fa: '', en: '' },
  )
}

function couponIn(effect: EffectOf<'coupon'>, { currency }: Programme): Localised {
  const { name, days, amount, of, atMost, activeAfter } = effect
  const lines = of && selectorIn(of)
  const worth = worthIn(effect, { base: lines ?? theTotal, currency })
  const forLines = amount !== undefined && lines ? { fa: ` برای ${lines.fa}`, en: ` for ${lines.en}` } : { fa: '', en: '' }
  return joined(
    { fa: `کوپن «${name}» به ارزش ${worth.fa}`, en: `a coupon “${name}” worth ${worth.en}` },
    forLines,
    atMostIn(atMost === undefined ? undefined : moneyIn(atMost, currency)),
    lotIn({ expires: { days }, activeAfter }),
  )
}

function tierIn({ to }: EffectOf<'tier'>, { tiers }: Programme): Localised {
  const name = tiers?.list.find(({ id }) => id === to)?.name ?? { fa: to, en: to }
  return { fa: `عضو به سطح «${name.fa}» می‌رسد`, en: `the member moves up to “${name.en}”` }
}
