import type { ErrorKey } from '#protocol/errors.ts'
import type { Localised } from '#protocol/text.ts'

const correctOrDrop: Localised = {
  fa: 'با show ببینید؛ درستش را در پرونده‌ای بنویسید و با release --as ثبت کنید، یا با drop کنار بگذارید.',
  en: 'Look at it with show; write it right into a file and book it with release --as, or drop it.',
}

const advices: Partial<Record<ErrorKey, Localised>> = {
  'event.conflict': {
    fa: 'این شماره پیش‌تر ثبت شده است. اگر همان رویداد است drop کنید؛ اگر رویداد دیگری است با شمارهٔ تازه release --as کنید.',
    en: 'Its id stands for another event. If it is the same happening, drop it; if not, give it ids of its own and release --as.',
  },
  'event.unsupported': {
    fa: 'وفا را به‌روز کنید، سپس release کنید.',
    en: 'Update Vafa, then release it.',
  },
  'sale.unknown': {
    fa: 'وقتی خریدش رسید release کنید؛ اگر خرید فروشگاه دیگری است drop کنید.',
    en: 'Release it when its sale has come; if it speaks of another store’s sale, drop it.',
  },
  'store.unknown': {
    fa: 'فروشگاه را به club.yaml بیفزایید، باشگاه را دوباره راه بیندازید و release کنید.',
    en: 'Add the store to club.yaml, start the club again, then release it.',
  },
}

/** What the operator can do about an event in quarantine, by what was wrong with it. */
export const quarantineAdvice = (key: ErrorKey): Localised => advices[key] ?? correctOrDrop
