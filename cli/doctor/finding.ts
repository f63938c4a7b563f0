import { type Localised, toPersianDigits } from '#protocol/text.ts'

/** Where the trouble is. Whoever mends it begins there. */
export const layers = {
  configuration: {
    fa: 'پیکربندی: تنظیم این بخش درست نیست',
    en: 'configuration: what gateway.yaml says of it is wrong',
  },
  secret: { fa: 'راز: فایل رمز یا کلید خوانده نمی‌شود یا درست نیست', en: 'secret: the file of a password or key is wrong' },
  cable: { fa: 'کابل: دستگاه وصل نیست یا خاموش است', en: 'cable: not plugged in, or switched off' },
  network: { fa: 'شبکه: از این دستگاه به آن راهی نیست', en: 'network: it cannot be reached from this machine' },
  permission: { fa: 'مجوز: این کاربر حق بازکردن آن را ندارد', en: 'permission: this user may not open it' },
  'kernel-driver': { fa: 'راه‌انداز هسته: لینوکس آن را در دست ندارد', en: 'kernel driver: Linux has not taken it' },
  software: {
    fa: 'نرم‌افزار: بسته‌ای کم است یا سرویسی کار نمی‌کند',
    en: 'software: a package is missing, or a service does not run',
  },
  port: { fa: 'درگاه: برنامهٔ دیگری آن را گرفته است', en: 'port: another program has it' },
  protocol: { fa: 'پروتکل: وصل است و پاسخ درست نمی‌دهد', en: 'protocol: it is there and does not answer rightly' },
  club: { fa: 'باشگاه: مرکز پاسخ نمی‌دهد', en: 'club: head office does not answer' },
  clock: { fa: 'ساعت: ساعت این دستگاه درست نیست', en: 'clock: this machine’s clock is wrong' },
  disk: { fa: 'دیسک: جا نیست یا نوشته نمی‌شود', en: 'disk: it is full, or cannot be written' },
  outbox: { fa: 'صندوق خروجی: فروش‌ها به مرکز نمی‌رسند', en: 'outbox: sales do not reach the club' },
} as const satisfies Record<string, Localised>
export type Layer = keyof typeof layers

/** One thing that was looked at. `warning`: it works now, and may soon not. */
export interface Finding {
  /** `device till-1`, `club`. */
  subject: string
  status: 'ok' | 'warning' | 'failed'
  layer?: Layer
  /** What was seen. */
  detail: string
  /** The same in Persian; without it what was seen is a technical text of another program’s. */
  persian?: string
  /** What mends it, for a shell. */
  command?: string
}

/** In both languages; one text where it comes from another program, as it is. */
export type Said = Localised | string

const saying = (said: Said): Pick<Finding, 'detail' | 'persian'> =>
  typeof said === 'string' ? { detail: said } : { detail: said.en, persian: said.fa }

export const ok = (subject: string, said: Said): Finding => ({ subject, status: 'ok', ...saying(said) })

export const failed = (subject: string, layer: Layer, said: Said, command?: string): Finding => ({
  subject,
  status: 'failed',
  layer,
  ...saying(said),
  ...(command === undefined ? {} : { command }),
})

export const warning = (subject: string, layer: Layer, said: Said, command?: string): Finding => ({
  ...failed(subject, layer, said, command),
  status: 'warning',
})

/** A path, a name or a text of another program's within a Persian sentence: it keeps its own direction (UAX 9). */
export const apart = (text: string | number): string => `\u2068${text}\u2069`

/** A number in a Persian sentence. */
export const counted = (number: number): string => toPersianDigits(String(number))
