import type { Localised } from '#protocol/text.ts'
import { say } from '../shared/language.ts'

/** What the messages of the wire are called by people (a type without `vafa.` and `.v1`). */
const names: Readonly<Record<string, Localised>> = {
  'credential.presented': { fa: 'کارت نشان داده شد', en: 'Credential shown' },
  'visit.recorded': { fa: 'مراجعه', en: 'Visit' },
  'sale.quoted': { fa: 'پیش‌فاکتور', en: 'Quote' },
  'sale.looked-up': { fa: 'جست‌وجوی خرید', en: 'Sale looked up' },
  'sale.completed': { fa: 'خرید', en: 'Sale' },
  'sale.reversed': { fa: 'ابطال خرید', en: 'Sale reversed' },
  'sale.returned': { fa: 'برگشت کالا', en: 'Return' },
  'redemption.reserved': { fa: 'رزرو اعتبار', en: 'Credit held' },
  'redemption.captured': { fa: 'خرج اعتبار', en: 'Credit spent' },
  'redemption.voided': { fa: 'آزادسازی رزرو', en: 'Hold dropped' },
  'code.issued': { fa: 'کد یک‌بارمصرف', en: 'One-time code' },
  'code.presented': { fa: 'کد نشان داده شد', en: 'Code shown' },
  'receipt.claimed': { fa: 'رسید به نام عضو شد', en: 'Receipt claimed' },
  'receipt.printed': { fa: 'چاپ رسید', en: 'Receipt printed' },
  'decision.advised': { fa: 'تصمیم آفلاین', en: 'Offline decision' },
  'member.enrolled': { fa: 'عضویت', en: 'Sign-up' },
  'member.updated': { fa: 'ویرایش مشخصات', en: 'Profile changed' },
  'member.erased': { fa: 'پاک‌سازی عضو', en: 'Member erased' },
  'card.linked': { fa: 'اتصال کارت', en: 'Card linked' },
  'card.blocked': { fa: 'مسدودی کارت', en: 'Card blocked' },
  'card.replaced': { fa: 'تعویض کارت', en: 'Card replaced' },
  'offer.reacted': { fa: 'واکنش به پیشنهاد', en: 'Reaction to an offer' },
  'survey.answered': { fa: 'پاسخ نظرسنجی', en: 'Survey answered' },
  'day.closed': { fa: 'پایان روز صندوق', en: 'Day closed' },
  'box.heartbeat': { fa: 'ضربان جعبه', en: 'Heartbeat' },
  transfer: { fa: 'گردش حساب', en: 'Transfer' },
  device: { fa: 'دستگاه', en: 'Device' },
  state: { fa: 'وضعیت جعبه', en: 'Box state' },
}

/** The club's own events carry `club.` before their name. */
export function eventName(what: string): string {
  const known = names[what] ?? names[what.replace(/^club\./, '')]
  return known ? say(known) : what
}

const kinds: Readonly<Record<string, Localised>> = {
  'nfc-uid': { fa: 'کارت', en: 'card' },
  'nfc-sun': { fa: 'کارت امن', en: 'secure card' },
  'iso-dep': { fa: 'گوشی', en: 'phone (NFC)' },
  magstripe: { fa: 'کارت مغناطیسی', en: 'magnetic card' },
  barcode: { fa: 'بارکد', en: 'barcode' },
  qr: { fa: 'کیوآر', en: 'QR code' },
  fingerprint: { fa: 'اثر انگشت', en: 'finger' },
  phone: { fa: 'شمارهٔ همراه', en: 'mobile number' },
  'member-number': { fa: 'شمارهٔ عضویت', en: 'member number' },
}

export const credentialName = (kind: string): string => (kinds[kind] ? say(kinds[kind]) : kind)
