import { type Language, type Localised, toPersianDigits } from '#protocol/text.ts'
import { apart, type Finding, type Layer, layers } from './finding.ts'

const words = {
  ok: { fa: 'درست', en: 'ok' },
  warning: { fa: 'هشدار', en: 'warning' },
  failed: { fa: 'خراب', en: 'FAILED' },
} as const satisfies Record<Finding['status'], Localised>

const marks = { ok: '✓', warning: '!', failed: '✗' } as const

/** What was found, for a person: a line each, and below what is not right its layer and the command that mends it. */
export function reportOf(findings: readonly Finding[], language: Language): string {
  const lines = findings.flatMap(({ subject, status, layer, detail, persian, command }) => [
    `${marks[status]} ${words[status][language]}  ${subjectIn(subject, language)}: ${seenIn({ detail, persian }, language)}`,
    ...(layer === undefined ? [] : [`    ${status === 'failed' ? layers[layer][language] : nameOf(layer, language)}`]),
    ...(command === undefined ? [] : [`    → ${command}`]),
  ])
  return `${lines.join('\n')}\n\n${summaryOf(findings, language)}\n`
}

/** Subjects are names for machines too (`--json`): a person reads them in their own language. */
const subjects: Readonly<Record<string, string>> = {
  configuration: 'پیکربندی',
  gateway: 'سرویس فروشگاه',
  'key for tokens': 'کلید توکن‌ها',
  programme: 'برنامهٔ باشگاه',
  disk: 'دیسک',
  outbox: 'صندوق خروجی',
  clock: 'ساعت',
  club: 'باشگاه',
  certificate: 'گواهی جعبه',
}

function subjectIn(subject: string, language: Language): string {
  if (language === 'en') return subject
  const device = /^device (.+)$/.exec(subject)?.[1]
  return device === undefined ? (subjects[subject] ?? subject) : `دستگاه ${apart(device)}`
}

function seenIn({ detail, persian }: { detail: string; persian: string | undefined }, language: Language): string {
  const text = language === 'en' ? detail : (persian ?? `گزارش فنی: ${apart(detail)}`)
  return text.replaceAll('\n', '\n    ')
}

/** Of what works still, only where to look. */
const nameOf = (layer: Layer, language: Language): string => layers[layer][language].split(':')[0] ?? layer

function summaryOf(findings: readonly Finding[], language: Language): string {
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length
  const [bad, doubtful] = [count('failed'), count('warning')]
  if (language === 'en') return bad + doubtful === 0 ? 'All is well.' : `${bad} failed, ${doubtful} to look at.`
  return bad + doubtful === 0 ? 'همه چیز درست است.' : toPersianDigits(`${bad} مورد خراب، ${doubtful} مورد نیازمند توجه.`)
}
