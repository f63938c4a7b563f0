import { z } from 'zod'
import { type ErrorKey, errorCatalogue, errorKeys, type ReplyError } from './errors.ts'
import { tillResponse } from './lane.ts'
import { type Language, type Localised, localised } from './text.ts'

/** What can go wrong before a till's HTTP request reaches its lane, or on the way back. */
export const tillProblems = {
  'http.unauthorised': {
    status: 401,
    retryable: false,
    title: { fa: 'این صندوق شناخته نیست', en: 'This till is not known' },
    detail: {
      fa: 'کلید صندوق را در سرآیند Authorization بفرستید: Bearer و سپس کلید.',
      en: 'Send the till’s key in the header Authorization: Bearer, then the key.',
    },
  },
  'http.not-found': {
    status: 404,
    retryable: false,
    title: { fa: 'چنین نشانی‌ای نیست', en: 'There is no such address' },
    detail: { fa: 'فهرست نشانی‌ها در /openapi.json است.', en: 'Those there are stand in /openapi.json.' },
  },
  'http.malformed': {
    status: 400,
    retryable: false,
    title: { fa: 'بدنهٔ پیام JSON درستی نیست', en: 'The body is not valid JSON' },
    detail: { fa: 'یک شیء JSON با کدگذاری UTF-8 بفرستید.', en: 'Send one JSON object in UTF-8.' },
  },
  'http.media-type': {
    status: 415,
    retryable: false,
    title: { fa: 'نوع بدنهٔ پیام درست نیست', en: 'The body is of the wrong kind' },
    detail: { fa: 'با Content-Type: application/json بفرستید.', en: 'Send it with Content-Type: application/json.' },
  },
  'http.too-large': {
    status: 413,
    retryable: false,
    title: { fa: 'پیام بزرگ‌تر از اندازه است', en: 'The message is too large' },
    detail: { fa: 'بدنه باید حداکثر ۲۵۶ کیلوبایت باشد.', en: 'A body has 256 KiB at most.' },
  },
  'http.too-many': {
    status: 429,
    retryable: true,
    title: { fa: 'درخواست‌ها بیش از اندازه‌اند', en: 'Too many requests' },
    detail: { fa: 'کمی صبر کنید و دوباره بفرستید.', en: 'Wait a little and send it again.' },
  },
  'http.busy': {
    status: 503,
    retryable: true,
    title: { fa: 'دستگاه فروشگاه سرگرم است', en: 'The store’s box is busy' },
    detail: { fa: 'کمی صبر کنید و دوباره بفرستید.', en: 'Wait a little and send it again.' },
  },
  'http.unanswered': {
    status: 504,
    retryable: true,
    title: { fa: 'پاسخ هنوز نرسیده است', en: 'There is no answer yet' },
    detail: {
      fa: 'با همان کلید Idempotency-Key دوباره بفرستید.',
      en: 'Send it again with the same Idempotency-Key.',
    },
  },
  'http.failed': {
    status: 500,
    retryable: true,
    title: { fa: 'دستگاه فروشگاه دچار خطا شد', en: 'The store’s box had a fault' },
    detail: { fa: 'دوباره بفرستید؛ گزارش دستگاه علت را می‌گوید.', en: 'Send it again; the box’s log has the reason.' },
  },
  'idempotency.missing': {
    status: 400,
    retryable: false,
    title: { fa: 'این درخواست Idempotency-Key می‌خواهد', en: 'This request needs an Idempotency-Key' },
    detail: {
      fa: 'برای هر ثبت کلیدی تازه بسازید (مانند UUID) و هنگام تکرار همان را بفرستید.',
      en: 'Make a new key (a UUID) for each booking, and send the same one when you repeat it.',
    },
  },
  'idempotency.malformed': {
    status: 400,
    retryable: false,
    title: { fa: 'Idempotency-Key درست نیست', en: 'The Idempotency-Key is not valid' },
    detail: {
      fa: '۱ تا ۶۰ نویسهٔ دیدنی اسکی، با گیومه یا بی آن.',
      en: '1 to 60 visible ASCII characters, in quotes or without.',
    },
  },
  'idempotency.in-progress': {
    status: 409,
    retryable: true,
    title: { fa: 'همین درخواست هنوز در دست انجام است', en: 'This request is still under way' },
    detail: { fa: 'یک ثانیه صبر کنید و با همان کلید دوباره بفرستید.', en: 'Wait a second and send it again with the same key.' },
  },
  'idempotency.reused': {
    status: 422,
    retryable: false,
    title: { fa: 'این Idempotency-Key از آنِ درخواست دیگری است', en: 'This Idempotency-Key stands for another request' },
    detail: { fa: 'برای درخواست تازه کلید تازه بسازید.', en: 'Make a new key for a new request.' },
  },
} as const satisfies Record<string, { status: number; retryable: boolean; title: Localised; detail: Localised }>

export type TillProblemKey = keyof typeof tillProblems
const tillProblemKeys = Object.keys(tillProblems) as [TillProblemKey, ...TillProblemKey[]]

/** HTTP's word for an error of the lane; those not named are a conflict, or 503 where asking again may help. */
const statuses: Partial<Record<ErrorKey, number>> = {
  'request.invalid': 400,
  'sale.unknown': 404,
  'credential.unknown': 404,
  'member.unknown': 404,
  'card.blocked': 403,
  'card.second': 409,
  'club.failed': 502,
  'request.expired': 504,
}

/** RFC 9457, in the language that was asked for, with both beside it. */
export const tillProblem = z.object({
  type: z.string().meta({ description: '`urn:vafa:problem:` and the key' }),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().meta({ description: 'what the person at the till is to do next' }),
  key: z.enum([...errorKeys, ...tillProblemKeys]),
  reason: z.string().optional().meta({ description: 'for whoever writes the till’s software' }),
  retryable: z.boolean().meta({ description: 'the same request may succeed later' }),
  texts: z.object({ title: localised, detail: localised }),
  answers: z.array(tillResponse).optional().meta({ description: 'what the lane had said before' }),
})
export type TillProblem = z.infer<typeof tillProblem>

/** A problem of HTTP's own. */
export function problemOf(key: TillProblemKey, language: Language, reason?: string): TillProblem {
  const { status, title, detail, retryable } = tillProblems[key]
  return problem({ key, title, detail, retryable, ...(reason === undefined ? {} : { reason }) }, status, language)
}

/** An error that the lane answered with. */
export const problemOfError = (error: ReplyError, language: Language): TillProblem =>
  problem(error, statuses[error.key] ?? (errorCatalogue[error.key].retryable ? 503 : 409), language)

function problem(
  error: { key: TillProblem['key']; title: Localised; detail: Localised; retryable: boolean; reason?: string | undefined },
  status: number,
  language: Language,
): TillProblem {
  const { key, title, detail, retryable, reason } = error
  return {
    type: `urn:vafa:problem:${key}`,
    title: title[language],
    status,
    detail: detail[language],
    key,
    ...(reason === undefined ? {} : { reason }),
    retryable,
    texts: { title, detail },
  }
}
