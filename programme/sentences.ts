import { type Language, type Localised, toPersianDigits } from '#protocol/text.ts'
import type { Selector } from './selector.ts'
import type { Bounds } from './vocabulary.ts'

/** A text made in both languages by the same steps; Persian gets its own digits. */
export const both = (make: (language: Language) => string): Localised => ({ fa: toPersianDigits(make('fa')), en: make('en') })

export const number = (n: number) => n.toLocaleString('en-US', { maximumFractionDigits: 2 })

/** The same in both languages: names, codes, numbers. */
export const same = (text: string): Localised => ({ fa: text, en: text })

export const either = (words: readonly (string | number | boolean)[]): Localised => ({
  fa: words.join(' یا '),
  en: words.join(' or '),
})

export const quoted = (words: readonly string[]): Localised => either(words.map((one) => `“${one}”`))

export const moneyIn = (amount: number, currency: string): Localised => ({
  fa: `${number(amount)} ${currency === 'IRR' ? 'ریال' : currency}`,
  en: `${number(amount)} ${currency}`,
})

export const shareIn = (basisPoints: number): Localised => ({
  fa: `${number(basisPoints / 100)}٪`,
  en: `${number(basisPoints / 100)} %`,
})

export function spanned({ from, to }: Bounds, subject: Localised): Localised {
  if (from !== undefined && from === to) return { fa: `${subject.fa} ${number(from)} است`, en: `${subject.en} ${number(from)}` }
  if (to === undefined)
    return { fa: `${subject.fa} ${number(from ?? 0)} یا بیشتر است`, en: `${subject.en} ${number(from ?? 0)} or more` }
  if (from === undefined) return { fa: `${subject.fa} ${number(to)} یا کمتر است`, en: `${subject.en} ${number(to)} or less` }
  return {
    fa: `${subject.fa} از ${number(from)} تا ${number(to)} است`,
    en: `${subject.en} from ${number(from)} to ${number(to)}`,
  }
}

export function selectorIn({ product = [], category = [], brand = [] }: Partial<Selector>): Localised {
  const named = [...category, ...brand, ...product]
  return named.length === 0 ? { fa: 'همهٔ کالاها', en: 'all products' } : quoted(named)
}

/** So many days, or so many Jalali months. */
export function spanIn({ days, months }: { days?: number | undefined; months?: number | undefined }): Localised {
  if (days !== undefined) return { fa: `${number(days)} روز`, en: `${number(days)} ${days === 1 ? 'day' : 'days'}` }
  const count = months ?? 0
  return { fa: `${number(count)} ماه`, en: `${number(count)} Jalali ${count === 1 ? 'month' : 'months'}` }
}
