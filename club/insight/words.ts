import type { Localised } from '#protocol/text.ts'
import { formatValue } from '#receipts/format.ts'
import type { NextOffer } from './next-offer.ts'
import { rfmSegments } from './rfm.ts'
import type { Profiled } from './segments.ts'

/** What is known of a member, a sentence a thing, the most useful first. `number`: the member's own. */
export function memberInWords(given: {
  number: string
  currency: string
  member: Profiled
  offer: NextOffer | undefined
}): Localised[] {
  const { number, currency, member, offer } = given
  const { insight, scores, points, rfm } = member
  const fa = { language: 'fa', timeZone: 'Asia/Tehran', digits: 'native' } as const
  const en = { ...fa, language: 'en' } as const
  const number1 = (value: number): Localised => both({ kind: 'number', number: value })
  const both = (value: Parameters<typeof formatValue>[0]): Localised => ({
    fa: formatValue(value, fa),
    en: formatValue(value, en),
  })
  const money = (amount: number) => both({ kind: 'money', amount, currency, shown: 'rial' })
  const percent = (basisPoints: number) => both({ kind: 'percent', basisPoints })
  const code = both({ kind: 'code', code: number })
  const since = both({ kind: 'instant', instant: insight.enrolledAt })
  const sentences: Localised[] = [{ fa: `عضو ${code.fa}، از ${since.fa}.`, en: `Member ${code.en}, since ${since.en}.` }]
  if (insight.purchases === 0 || scores.away === undefined || scores.risk === undefined || !points) {
    sentences.push({ fa: 'هنوز خریدی نکرده است.', en: 'Has not bought anything yet.' })
    return sentences
  }
  const [visits, purchases, away] = [number1(insight.visits), number1(insight.purchases), number1(scores.away)]
  const [spend, basket, risk] = [money(insight.spend), money(scores.basket), percent(scores.risk)]
  sentences.push({
    fa: `${visits.fa} بار آمده، ${purchases.fa} خرید کرده و روی هم ${spend.fa} پرداخته است؛ میانگین هر خرید ${basket.fa}.`,
    en: `Visits: ${visits.en}; purchases: ${purchases.en}; paid ${spend.en} in all, ${basket.en} a purchase on average.`,
  })
  if (scores.interval === undefined)
    sentences.push({
      fa: `آخرین خرید ${away.fa} روز پیش بود. فاصلهٔ معمولِ خودش هنوز معلوم نیست؛ با فاصلهٔ معمول باشگاه، خطر رفتن ${risk.fa} است.`,
      en: `Last bought ${away.en} days ago. An interval of their own is not known yet; by the club's usual one the risk of losing them is ${risk.en}.`,
    })
  else {
    const interval = number1(scores.interval / 10)
    const times = number1(Math.round((scores.away * 100) / Math.max(10, scores.interval)) / 10)
    sentences.push({
      fa: `معمولاً هر ${interval.fa} روز می‌آید و آخرین خرید ${away.fa} روز پیش بود، ${times.fa} برابر فاصلهٔ معمول؛ خطر رفتن ${risk.fa}.`,
      en: `Usually comes every ${interval.en} days and last bought ${away.en} days ago, ${times.en} times the usual interval; the risk of losing them is ${risk.en}.`,
    })
  }
  const segment = rfmSegments[rfm]
  const [r, f, m] = [number1(points.recency), number1(points.frequency), number1(points.spend)]
  sentences.push({
    fa: `بخش: ${segment.fa} (تازگی ${r.fa}، تکرار ${f.fa}، مبلغ ${m.fa}، هر یک از ${number1(5).fa}).`,
    en: `Segment: ${segment.en} (recency ${r.en}, frequency ${f.en}, spend ${m.en}, each of 5).`,
  })
  const lifetime = money(scores.lifetime)
  sentences.push({
    fa: `ارزش یک سال آینده: ${lifetime.fa} (میانگین هر مراجعه × مراجعه‌های یک سال با همین فاصله × احتمال ماندن).`,
    en: `Worth of the next year: ${lifetime.en} (mean of a visit × visits a year at this interval × chance of staying).`,
  })
  const top = scores.favourites.slice(0, 3).map(({ category, purchases: times }) => {
    const count = number1(times)
    return { fa: `${category} (${count.fa} بار)`, en: `${category} (${count.en})` }
  })
  if (top.length > 0)
    sentences.push({
      fa: `بیشتر این‌ها را می‌خرد: ${top.map((one) => one.fa).join('، ')}.`,
      en: `Mostly buys: ${top.map((one) => one.en).join(', ')}.`,
    })
  if (offer) {
    const share = percent(offer.share)
    sentences.push({
      fa: `پیشنهاد بعدی: ${offer.category}؛ ${share.fa} از کسانی که ${offer.because} می‌خرند آن را هم می‌خرند و این عضو هنوز نخریده است.`,
      en: `Next best offer: ${offer.category}: ${share.en} of those who buy ${offer.because} buy it too, and this member has not yet.`,
    })
  }
  return sentences
}
