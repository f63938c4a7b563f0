import { z } from 'zod'
import type { Localised } from './text.ts'
import { localised } from './text.ts'

/**
 * The closed list of error keys that a reply can carry. `title` says what is wrong, `detail` tells the person at
 * the till what to do next. `retryable` says whether the same message can succeed later without being changed.
 */
export const errorCatalogue = {
  'credential.unknown': {
    retryable: false,
    title: { fa: 'هنوز عضو باشگاه نیست', en: 'Not a member yet' },
    detail: {
      fa: 'همین حالا ثبت‌نام کنید: «عضو جدید» را بزنید.',
      en: 'Sign the customer up: choose “new member”.',
    },
  },
  'credential.too-many': {
    retryable: true,
    title: { fa: 'پشت سر هم کارت ناشناس نشان داده شد', en: 'Too many unknown cards were shown here' },
    detail: {
      fa: 'چند ثانیه صبر کنید و دوباره نشان دهید؛ فروش بی کارت ادامه دارد.',
      en: 'Wait a few seconds and show it again; a sale without a card goes on.',
    },
  },
  'credential.random': {
    retryable: false,
    title: { fa: 'شناسهٔ این کارت یا گوشی هر بار عوض می‌شود', en: 'This card or phone shows a new number at each tap' },
    detail: { fa: 'کارت باشگاه یا شمارهٔ موبایل را بخواهید.', en: 'Ask for the club card or the mobile number.' },
  },
  'credential.unproven': {
    retryable: false,
    title: { fa: 'این کارت تأیید نشد', en: 'This card could not be verified' },
    detail: {
      fa: 'یک بار دیگر کارت را نزدیک کنید یا کد تازهٔ گوشی را بخواهید.',
      en: 'Tap the card once more, or ask for the phone’s new code.',
    },
  },
  'credential.key-retired': {
    retryable: true,
    title: { fa: 'کلید این صندوق قدیمی است', en: 'This store’s key for cards is no longer in use' },
    detail: {
      fa: 'چند لحظه پس از وصل شدن به باشگاه دوباره نشان دهید، یا شمارهٔ عضویت را بزنید؛ اگر ماند، با پشتیبانی تماس بگیرید.',
      en: 'Show it again a moment after the line to the club is back, or type the member number; if that does not help, call support.',
    },
  },
  'card.blocked': {
    retryable: false,
    title: { fa: 'این کارت مسدود است', en: 'This card is blocked' },
    detail: { fa: 'کارت جایگزین بخواهید یا با پشتیبانی تماس بگیرید.', en: 'Ask for the replacement card, or call support.' },
  },
  'card.foreign': {
    retryable: false,
    title: { fa: 'این کارت از کارت‌های باشگاه نیست', en: 'This card is not one of the club’s' },
    detail: { fa: 'یک کارت باشگاه به مشتری بدهید.', en: 'Hand the customer a card of the club.' },
  },
  'card.unreadable': {
    retryable: false,
    title: { fa: 'کارت خوانده نشد', en: 'The card could not be read' },
    detail: { fa: 'یک بار دیگر، آهسته و یکنواخت بکشید.', en: 'Swipe it once more, slowly and evenly.' },
  },
  'card.second': {
    retryable: true,
    title: { fa: 'کارت دیگری نشان داده شد', en: 'Another card was shown' },
    detail: {
      fa: 'خرید به نام نفر اول ماند. اگر باید عوض شود، همان کارت دوم را یک بار دیگر نزدیک کنید.',
      en: 'The first one stays. If it is to be the second, show that one once more.',
    },
  },
  'card.taken': {
    retryable: false,
    title: { fa: 'این کارت از آنِ عضو دیگری است', en: 'This card belongs to another member' },
    detail: {
      fa: 'کارت دیگری بدهید؛ اگر هر دو یک نفرند، مرکز باشگاه آن‌ها را یکی می‌کند.',
      en: 'Hand out another card; if both are one person, head office joins the two.',
    },
  },
  'mobile.taken': {
    retryable: false,
    title: { fa: 'این شمارهٔ موبایل از آنِ عضو دیگری است', en: 'This mobile number belongs to another member' },
    detail: {
      fa: 'بقیهٔ مشخصات ثبت شد؛ اگر هر دو یک نفرند، مرکز باشگاه آن‌ها را یکی می‌کند.',
      en: 'The rest was booked; if both are one person, head office joins the two.',
    },
  },
  'code.wrong': {
    retryable: true,
    title: { fa: 'رمز درست نیست یا مهلتش گذشته است', en: 'The code is wrong, or its time is over' },
    detail: { fa: 'رمز را دوباره وارد کنید یا رمز تازه‌ای بخواهید.', en: 'Type it again, or ask for a new one.' },
  },
  'code.too-many': {
    retryable: true,
    title: { fa: 'برای این شماره چند بار رمز خواسته شده است', en: 'Too many codes were asked for this number' },
    detail: { fa: 'چند دقیقه صبر کنید و دوباره بخواهید.', en: 'Wait a few minutes and ask again.' },
  },
  'code.needed': {
    retryable: false,
    title: { fa: 'این شماره هنوز تأیید نشده است', en: 'This number is not confirmed yet' },
    detail: { fa: 'رمزی را که به موبایل می‌آید وارد کنید.', en: 'Enter the code that comes to the mobile.' },
  },
  'staff.refused': {
    retryable: true,
    title: { fa: 'رمز کارکنان درست نیست', en: 'The staff PIN is wrong' },
    detail: {
      fa: 'دوباره وارد کنید؛ پس از چند بار اشتباه باید صبر کنید.',
      en: 'Enter it again; after some wrong ones you have to wait.',
    },
  },
  'member.unknown': {
    retryable: false,
    title: { fa: 'این عضو شناخته نیست', en: 'This member is not known' },
    detail: {
      fa: 'پیام نگه داشته شد؛ مرکز باشگاه آن را بررسی می‌کند.',
      en: 'The message is kept; head office will look at it.',
    },
  },
  'member.erased': {
    retryable: false,
    title: { fa: 'مشخصات این عضو به خواست خودش پاک شده است', en: 'This member asked to be forgotten' },
    detail: { fa: 'اگر خودش می‌خواهد، دوباره ثبت‌نامش کنید.', en: 'Sign the customer up anew if that is what they want.' },
  },
  'credit.insufficient': {
    retryable: false,
    title: { fa: 'اعتبار کافی نیست', en: 'Not enough credit' },
    detail: { fa: 'مبلغ کمتری از اعتبار کم کنید.', en: 'Redeem a smaller amount.' },
  },
  'redemption.refused': {
    retryable: false,
    title: { fa: 'این مبلغ را نمی‌توان از اعتبار کم کرد', en: 'This amount cannot be taken off the credit' },
    detail: {
      fa: 'مبلغی بالاتر از کمینهٔ باشگاه و مضرب گام آن بخواهید.',
      en: 'Ask for an amount above the club’s minimum, in whole steps.',
    },
  },
  'redemption.unproven': {
    retryable: false,
    title: { fa: 'با این کارت فقط مبلغ کمی می‌توان خرج کرد', en: 'This card alone can spend a small amount only' },
    detail: {
      fa: 'مبلغ کمتری بخواهید، یا کد گوشی یا کارت امن مشتری را بگیرید.',
      en: 'Ask for a smaller amount, or for the code on the customer’s phone.',
    },
  },
  'redemption.closed': {
    retryable: false,
    title: { fa: 'این برداشت از اعتبار تمام شده است', en: 'This redemption has ended already' },
    detail: { fa: 'برداشت تازه‌ای از اعتبار شروع کنید.', en: 'Start a new redemption.' },
  },
  'redemption.offline': {
    retryable: true,
    title: { fa: 'بی ارتباط با مرکز، اعتبار برداشت نمی‌شود', en: 'No credit can be used while the club is away' },
    detail: {
      fa: 'همهٔ مبلغ را جور دیگری بگیرید؛ این خرید همچنان اعتبار می‌گیرد.',
      en: 'Take the whole amount otherwise; the sale still earns.',
    },
  },
  'event.conflict': {
    retryable: false,
    title: { fa: 'این شماره پیش‌تر با محتوای دیگری ثبت شده است', en: 'This id was used before with other contents' },
    detail: { fa: 'مرکز باشگاه آن را بررسی می‌کند؛ کاری لازم نیست.', en: 'Head office will look at it; nothing to do here.' },
  },
  'event.unsupported': {
    retryable: false,
    title: { fa: 'مرکز باشگاه این پیام را هنوز نمی‌شناسد', en: 'The club does not know this message yet' },
    detail: {
      fa: 'پیام نگه داشته شد؛ پس از به‌روزرسانی مرکز ثبت می‌شود.',
      en: 'It is kept, and booked when head office is updated.',
    },
  },
  'quote.expired': {
    retryable: false,
    title: { fa: 'مهلت این پیش‌فاکتور گذشته است', en: 'This quote has expired' },
    detail: { fa: 'دوباره قیمت بگیرید.', en: 'Ask for a new quote.' },
  },
  'sale.unknown': {
    retryable: false,
    title: { fa: 'این خرید پیدا نشد', en: 'This sale was not found' },
    detail: { fa: 'شمارهٔ رسید را دوباره وارد کنید.', en: 'Check the receipt’s number and enter it again.' },
  },
  'sale.claimed': {
    retryable: false,
    title: { fa: 'این خرید به نام عضوی ثبت شده است', en: 'This sale belongs to a member already' },
    detail: {
      fa: 'اعتبار هر خرید یک بار داده می‌شود؛ کاری لازم نیست.',
      en: 'What a sale earns is given once; there is nothing to do.',
    },
  },
  'sale.undone': {
    retryable: false,
    title: { fa: 'این خرید برگشت خورده است', en: 'This sale was undone' },
    detail: { fa: 'رسید خرید دیگری را بخواهید.', en: 'Ask for the receipt of another purchase.' },
  },
  'return.excessive': {
    retryable: false,
    title: { fa: 'بیش از آنچه فروخته شده برگشت خورده است', en: 'More was returned than was sold' },
    detail: {
      fa: 'رسید خرید و برگشت‌های پیشین آن را بررسی کنید؛ مرکز باشگاه تصمیم می‌گیرد.',
      en: 'Check the receipt and what was returned of it before; head office decides.',
    },
  },
  'sale.training': {
    retryable: false,
    title: { fa: 'این خرید آموزشی است', en: 'This sale is a training one' },
    detail: {
      fa: 'در دفتر باشگاه ثبت نمی‌شود؛ برای فروش واقعی صندوق را از حالت آموزش درآورید.',
      en: 'It is not booked; take the lane out of training for real sales.',
    },
  },
  'receipt.not-printed': {
    retryable: true,
    title: { fa: 'رسید چاپ نشد', en: 'The receipt was not printed' },
    detail: {
      fa: 'کاغذ و کابل چاپگر را بررسی کنید و دوباره بخواهید.',
      en: 'Check the printer’s paper and cable, and ask again.',
    },
  },
  'finger.unknown': {
    retryable: true,
    title: { fa: 'این انگشت شناخته نشد', en: 'This finger is not known' },
    detail: {
      fa: 'انگشت را یک بار دیگر وسط حسگر بگذارید؛ اگر نشد کارت یا شمارهٔ موبایل را بخواهید.',
      en: 'Place it once more on the middle of the sensor; else ask for the card or the mobile number.',
    },
  },
  'finger.unreadable': {
    retryable: true,
    title: { fa: 'اثر انگشت خوانده نشد', en: 'The finger could not be read' },
    detail: {
      fa: 'حسگر و انگشت را خشک و تمیز کنید و انگشت را کمی محکم‌تر بگذارید.',
      en: 'Dry and clean sensor and finger, and press a little harder.',
    },
  },
  'finger.differs': {
    retryable: true,
    title: { fa: 'دو تصویر از یک انگشت نبود', en: 'The two images are not of one finger' },
    detail: { fa: 'ثبت را از نو آغاز کنید و هر دو بار همان انگشت را بگذارید.', en: 'Begin again, with the same finger twice.' },
  },
  'finger.taken': {
    retryable: false,
    title: { fa: 'این انگشت پیش‌تر ثبت شده است', en: 'This finger is stored already' },
    detail: {
      fa: 'بگذارید مشتری همان انگشت را روی حسگر بگذارد، یا انگشت دیگری را ثبت کنید.',
      en: 'Let the customer use it as it is, or store another finger.',
    },
  },
  'finger.late': {
    retryable: true,
    title: { fa: 'ثبت اثر انگشت ناتمام ماند', en: 'Storing the finger was not finished' },
    detail: { fa: 'هر وقت مشتری آماده بود از نو آغاز کنید.', en: 'Begin again when the customer is ready.' },
  },
  'finger.full': {
    retryable: false,
    title: { fa: 'حافظهٔ حسگر اثر انگشت پر است', en: 'The fingerprint sensor is full' },
    detail: {
      fa: 'کارت یا شمارهٔ موبایل را به کار ببرید و به پشتیبانی خبر دهید.',
      en: 'Use a card or the mobile number, and tell support.',
    },
  },
  'finger.absent': {
    retryable: true,
    title: { fa: 'حسگر اثر انگشت این صندوق آماده نیست', en: 'This lane has no fingerprint sensor that is ready' },
    detail: {
      fa: 'کارت یا شمارهٔ موبایل را به کار ببرید؛ پشتیبانی دلیل را در وضعیت دستگاه می‌بیند.',
      en: 'Use a card or the mobile number; support sees the reason in the device’s health.',
    },
  },
  'device.unavailable': {
    retryable: true,
    title: { fa: 'این صندوق چنین دستگاهی ندارد یا آماده نیست', en: 'The lane has no such device, or it is not ready' },
    detail: {
      fa: 'کابل و برق دستگاه را بررسی کنید؛ «vafa doctor» می‌گوید چه کم است.',
      en: 'Check the device’s cable and power; `vafa doctor` says what is missing.',
    },
  },
  'store.unknown': {
    retryable: false,
    title: { fa: 'این فروشگاه شناخته نیست', en: 'This store is not known' },
    detail: { fa: 'با مرکز باشگاه تماس بگیرید.', en: 'Call head office.' },
  },
  'programme.outdated': {
    retryable: false,
    title: { fa: 'برنامهٔ باشگاه در این دستگاه قدیمی است', en: 'This box has an old programme' },
    detail: { fa: 'اتصال دستگاه به اینترنت را بررسی کنید.', en: 'Check that the box is on line.' },
  },
  'request.invalid': {
    retryable: false,
    title: { fa: 'پیام درست نیست', en: 'The message is not valid' },
    detail: {
      fa: 'نرم‌افزار صندوق را بررسی کنید؛ جزئیات در گزارش دستگاه است.',
      en: 'Check the till’s software; the box’s log has the details.',
    },
  },
  'request.expired': {
    retryable: true,
    title: { fa: 'پاسخ دیر رسید', en: 'The request came too late' },
    detail: { fa: 'دوباره بفرستید.', en: 'Send it again.' },
  },
  'club.unavailable': {
    retryable: true,
    title: { fa: 'مرکز باشگاه در دسترس نیست', en: 'The club cannot be reached' },
    detail: { fa: 'خرید را ادامه دهید؛ اعتبار بعداً ثبت می‌شود.', en: 'Go on with the sale; the credit is booked later.' },
  },
  'club.failed': {
    retryable: true,
    title: { fa: 'مرکز باشگاه دچار خطا شد', en: 'The club had an internal error' },
    detail: { fa: 'دستگاه خودش دوباره می‌فرستد.', en: 'The box sends it again by itself.' },
  },
  'box.busy': {
    retryable: true,
    title: { fa: 'دستگاه فروشگاه سرگرم است', en: 'The store’s box is busy' },
    detail: { fa: 'کمی صبر کنید و دوباره بفرستید.', en: 'Wait a little and send it again.' },
  },
  'box.unwritable': {
    retryable: true,
    title: { fa: 'حافظهٔ دستگاه فروشگاه پر یا خراب است', en: 'The disk of the store’s box is full or broken' },
    detail: {
      fa: 'این مورد ثبت نشد. خرید را بدون باشگاه تمام کنید و با پشتیبانی تماس بگیرید.',
      en: 'This was not recorded. Finish the sale without the club and call support.',
    },
  },
} as const satisfies Record<string, { retryable: boolean; title: Localised; detail: Localised }>

export type ErrorKey = keyof typeof errorCatalogue
export const errorKeys = Object.keys(errorCatalogue) as [ErrorKey, ...ErrorKey[]]

/** An error as a reply carries it. `reason` is for technicians: which field, which value; never a raw credential. */
export const replyError = z.object({
  key: z.enum(errorKeys),
  title: localised,
  detail: localised,
  reason: z.string().optional(),
  retryable: z.boolean(),
  retryAfter: z.int().min(0).optional().meta({ description: 'seconds' }),
})
export type ReplyError = z.infer<typeof replyError>

export function describeError(key: ErrorKey, reason?: string): ReplyError {
  const { retryable, title, detail } = errorCatalogue[key]
  return { key, title, detail, retryable, ...(reason === undefined ? {} : { reason }) }
}
