import type { Localised } from '../text.ts'

/** What head office's server refuses, in the words that a page shows. Others say themselves what they are. */
export const officeErrors = {
  'login.wrong': { fa: 'نام کاربری یا گذرواژه درست نیست', en: 'The name or the password is wrong' },
  'login.slow-down': { fa: 'چند بار اشتباه شد؛ کمی صبر کنید', en: 'Too many wrong attempts; wait a little' },
  'login.needed': { fa: 'دوباره وارد شوید', en: 'Log in again' },
  'password.one-time': { fa: 'نخست گذرواژهٔ خود را عوض کنید', en: 'Change your password first' },
  'password.weak': { fa: 'گذرواژه باید دست‌کم ۱۰ نویسه باشد', en: 'A password needs at least 10 characters' },
  'role.refused': { fa: 'نقش شما اجازهٔ این کار را ندارد', en: 'Your role may not do this' },
  'store.refused': { fa: 'این فروشگاه از فروشگاه‌های شما نیست', en: 'This store is not one of yours' },
  'request.unknown': { fa: 'سامانه این درخواست را نمی‌شناسد', en: 'Head office does not know this request' },
  'request.invalid': { fa: 'درخواست درست نیست', en: 'The request is not valid' },
  'request.too-many': { fa: 'درخواست‌ها زیاد شد؛ کمی صبر کنید', en: 'Too many requests; wait a little' },
  'proposal.unknown': {
    fa: 'چنین پیشنهادی نیست یا کارش تمام شده است',
    en: 'There is no such proposal, or it is decided already',
  },
  'proposal.own': { fa: 'کس دیگری باید تأیید کند', en: 'Somebody else must approve this' },
  'user.unknown': { fa: 'چنین کاربری نیست', en: 'There is no such user' },
  'user.exists': { fa: 'این نام کاربری هست', en: 'This user name is taken' },
  'user.last': { fa: 'آخرین مدیر سامانه می‌ماند', en: 'The last administrator stays' },
  'programme.invalid': { fa: 'برنامه درست نیست', en: 'The programme is not valid' },
  'programme.older': { fa: 'شمارهٔ نسخه باید از نسخهٔ جاری بالاتر باشد', en: 'The version must be higher than the one in force' },
  'programme.unsigned': {
    fa: 'این مرکز کلید امضا ندارد؛ برنامه جای دیگری امضا می‌شود',
    en: 'The club holds no private key; programmes are signed elsewhere',
  },
  'programme.unknown': { fa: 'چنین نسخه‌ای اینجا منتشر نشده است', en: 'No such version was published here' },
  'member.unknown': { fa: 'چنین عضوی نیست', en: 'There is no such member' },
  'member.erased': { fa: 'این عضو پاک شده است', en: 'This member was erased' },
  'credit.insufficient': { fa: 'اعتبار کافی نیست', en: 'Not enough credit' },
  'store.unknown': { fa: 'چنین فروشگاهی نیست', en: 'There is no such store' },
  'box.silent': { fa: 'جعبهٔ فروشگاه پاسخ نداد', en: 'The store’s box did not answer' },
  'quarantine.unknown': { fa: 'این رویداد در قرنطینه نیست', en: 'That event is not in quarantine' },
  'quarantine.unbookable': { fa: 'این رویداد ثبت‌شدنی نیست', en: 'That event cannot be booked' },
  'trial.empty': { fa: 'هنوز رویدادی در دفتر نیست', en: 'The books hold no event yet' },
  'usage.day': { fa: 'تاریخ درست نیست', en: 'That is no day' },
  'usage.period': { fa: 'بازهٔ تاریخ درست نیست', en: 'The period is not valid' },
  'club.failed': { fa: 'مرکز باشگاه دچار خطا شد', en: 'The club had an internal error' },
} as const satisfies Record<string, Localised>
export type OfficeErrorKey = keyof typeof officeErrors

const otherwise: Localised = { fa: 'انجام نشد', en: 'It could not be done' }
export const officeErrorTitle = (key: string): Localised =>
  Object.hasOwn(officeErrors, key) ? officeErrors[key as OfficeErrorKey] : otherwise
