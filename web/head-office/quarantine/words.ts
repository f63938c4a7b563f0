import type { Localised } from '#protocol/text.ts'
import type { Words } from '../../shared/language.ts'

export const words = {
  line: {
    fa: 'آنچه ثبت نشد و گم هم نشده است؛ هر کدام تصمیمی می‌خواهد',
    en: 'What could not be booked and is not lost; each waits for a decision',
  },
  none: { fa: 'قرنطینه خالی است', en: 'The quarantine is empty' },
  noneWay: { fa: 'هر رویدادی که رسید ثبت شده است.', en: 'Every event that came was booked.' },
  list: { fa: 'رویدادها', en: 'Events' },
  event: { fa: 'رویداد', en: 'Event' },
  store: { fa: 'فروشگاه', en: 'Store' },
  reason: { fa: 'علت', en: 'Reason' },
  advice: { fa: 'چه باید کرد', en: 'What to do' },
  received: { fa: 'رسید', en: 'Received' },
  open: { fa: 'بررسی', en: 'Look' },
  contents: { fa: 'محتوا', en: 'Contents' },
  contentsHint: { fa: 'می‌توانید اصلاح کنید؛ اصل آن هم می‌ماند.', en: 'You can correct it; what came is kept too.' },
  badJson: { fa: 'JSON درست نیست: {detail}', en: 'Not valid JSON: {detail}' },
  release: { fa: 'ثبت', en: 'Book as it is' },
  releaseCorrected: { fa: 'ثبت با اصلاح', en: 'Book as corrected' },
  drop: { fa: 'کنار گذاشتن', en: 'Drop' },
  whyDrop: { fa: 'برای کنار گذاشتن لازم است', en: 'Needed to drop it' },
  released: { fa: 'ثبت شد.', en: 'Booked.' },
  again: { fa: 'دوباره در قرنطینه: {error}', en: 'Quarantined again: {error}' },
  dropped: { fa: 'کنار گذاشته شد.', en: 'Dropped.' },
} as const satisfies Words

/** What can be done on this screen, by what was wrong; the club's own words speak of its commands. */
const advices = {
  'store.unknown': {
    fa: 'فروشگاه را به club.yaml بیفزایید، باشگاه را دوباره راه بیندازید و ثبت کنید.',
    en: 'Add the store to club.yaml, start the club again, then book it.',
  },
  otherwise: {
    fa: 'بازش کنید، اشتباه را در متن درست کنید و ثبت کنید؛ یا کنار بگذارید.',
    en: 'Open it, put right what is wrong in its text and book it; or drop it.',
  },
  'event.conflict': {
    fa: 'این شماره پیش‌تر ثبت شده است. اگر همان رویداد است کنار بگذارید؛ اگر نه، با شمارهٔ تازه ثبت کنید.',
    en: 'Its id stands for another event. If it is the same happening, drop it; if not, book it with ids of its own.',
  },
  'event.unsupported': { fa: 'وفا را به‌روز کنید، سپس ثبت کنید.', en: 'Update Vafa, then book it.' },
  'sale.unknown': {
    fa: 'وقتی خریدش رسید ثبت کنید؛ اگر خرید فروشگاه دیگری است کنار بگذارید.',
    en: 'Book it when its sale has come; if it speaks of another store’s sale, drop it.',
  },
} as const satisfies Words

export const adviceOf = (key: string): Localised => (key in advices ? advices[key as keyof typeof advices] : advices.otherwise)
