import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { type Reading, readReceipt } from '#drivers/till-print/read-receipt.ts'
import { createReceiptStream, type Passed, type ReceiptStream } from '#drivers/till-print/receipt-stream.ts'
import { type ReceiptRules, receiptRules } from '#drivers/till-print/rules.ts'
import type { Language, Localised } from '#protocol/text.ts'
import { parseConfig, readConfig } from '#runtime/config.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { listenOn } from '#simulators/network/listening.ts'
import { untilStopped } from './until-stopped.ts'

export interface CaptureOptions {
  rules?: string
  listen?: number
  language: Language
  json?: boolean
}

/** One piece of paper: its lines as rules meet them, and what the rules find there. */
export interface CapturedPaper {
  endedBy: 'cut' | 'line' | 'close' | 'nothing'
  lines: readonly string[]
  pictureRows: number
  reading: Reading | undefined
}

/**
 * `vafa sim capture FILE`: what a till printed, as lines, and what the rules find there. With `--listen` it is first the
 * till's printer, without paper, and writes the file.
 */
export async function capture(file: string, options: CaptureOptions): Promise<void> {
  const rules = options.rules === undefined ? undefined : readConfig(options.rules, receiptRules)
  const say = (papers: readonly CapturedPaper[], first = 1) =>
    process.stdout.write(papers.map((paper, at) => describe(paper, { ...options, number: first + at })).join(''))
  if (options.listen === undefined) return void say(papersOf(readCapture(file), rules))
  const port = await record(file, { port: options.listen, rules, say })
  process.stdout.write(`${words.listening[options.language]} 127.0.0.1:${port} → ${file}\n`)
  untilStopped(async () => undefined)
}

/** All papers of a capture. The rest behind the last cut is one too, ended by nothing. */
export function papersOf(bytes: Uint8Array, rules: ReceiptRules | undefined): CapturedPaper[] {
  const stream = createReceiptStream(rules ?? nothingFound)
  return [...papersIn(stream.push(bytes), rules), ...restOf(stream, rules)]
}

/** Without rules the lines alone are shown, cut where the till cuts. */
const nothingFound = parseConfig("number: '(?!)()'\ntotal: '(?!)()'\n", receiptRules, '')

function papersIn(passed: readonly Passed[], rules: ReceiptRules | undefined): CapturedPaper[] {
  return passed.flatMap((one) => {
    if (one.kind !== 'end') return []
    const { printed, by: endedBy } = one
    return [{ endedBy, ...printed, reading: rules && readReceipt(printed, rules) }]
  })
}

function restOf(stream: ReceiptStream, rules: ReceiptRules | undefined): CapturedPaper[] {
  const ended = papersIn(stream.end(), rules)
  const { rest } = stream
  return ended.length > 0 || rest.lines.length === 0 ? ended : [{ endedBy: 'nothing', ...rest, reading: undefined }]
}

function readCapture(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new VafaError({
      key: 'capture.unreadable',
      message: `cannot read ${file}: ${codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause)}`,
      hint: 'make one with `vafa sim capture FILE --listen 9100`, and let the till print to this machine',
      cause,
    })
  }
}

/** Plays a printer that only writes down what it is told. */
async function record(
  file: string,
  {
    port,
    rules,
    say,
  }: { port: number; rules: ReceiptRules | undefined; say(papers: readonly CapturedPaper[], first: number): void },
): Promise<number> {
  const out = createWriteStream(file, { flags: 'a', mode: 0o600 })
  await once(out, 'open')
  let papers = 0
  const server = createServer((socket) => {
    const stream = createReceiptStream(rules ?? nothingFound)
    const show = (more: readonly CapturedPaper[]) => {
      say(more, papers + 1)
      papers += more.length
    }
    socket.on('data', (bytes) => {
      out.write(bytes)
      show(papersIn(stream.push(bytes), rules))
    })
    socket.on('end', () => show(restOf(stream, rules)))
    socket.on('error', () => socket.destroy())
  })
  return listenOn(server, { host: '127.0.0.1', port })
}

const words = {
  listening: { fa: 'چاپگری که فقط می‌نویسد، روی', en: 'a printer that only writes down, on' },
  paper: { fa: 'کاغذ', en: 'paper' },
  cut: { fa: 'با برش تمام شد', en: 'ended by a cut' },
  line: { fa: 'با سطر پایانی تمام شد', en: 'ended by its last line' },
  close: { fa: 'با قطع ارتباط تمام شد', en: 'ended with the connection' },
  nothing: { fa: 'ناتمام: نیمهٔ یک رسید', en: 'not ended: half a receipt' },
  noRules: { fa: 'بدون قاعده؛ با ‎--rules‎ امتحان کنید', en: 'no rules yet: try some with --rules' },
  pictures: { fa: 'خوانده نمی‌شود: صندوق به‌جای متن تصویر چاپ می‌کند', en: 'cannot be read: the till prints pictures, not text' },
  ignored: { fa: 'رسید فروش نیست؛ ثبت نمی‌شود', en: 'no receipt of a sale; nothing is booked' },
  incomplete: { fa: 'ناقص است؛ پیدا نشد:', en: 'incomplete; not found:' },
  copy: { fa: 'رونوشت است؛ ثبت نمی‌شود', en: 'a copy; nothing is booked' },
  number: { fa: 'شماره', en: 'number' },
  total: { fa: 'مبلغ (ریال)', en: 'total (rial)' },
  date: { fa: 'تاریخ', en: 'date' },
  operator: { fa: 'صندوق‌دار', en: 'operator' },
  articles: { fa: 'قلم', en: 'articles' },
  linesSum: {
    fa: 'قلم‌ها با مبلغ نمی‌خوانند و ثبت نمی‌شوند؛ جمعشان',
    en: 'the articles do not add up to the total and are left out; they make',
  },
} as const satisfies Record<string, Localised>

function describe(paper: CapturedPaper, options: CaptureOptions & { number: number }): string {
  if (options.json) return `${JSON.stringify(paper)}\n`
  const { language, number } = options
  const width = String(paper.lines.length).length
  return [
    `\n${words.paper[language]} ${number} (${words[paper.endedBy][language]})`,
    ...paper.lines.map((line, at) => `${String(at + 1).padStart(width + 2)}  ${line}`),
    ...findings(paper.reading, language).map((line) => `→ ${line}`),
    '',
  ].join('\n')
}

function findings(reading: Reading | undefined, language: Language): string[] {
  if (!reading) return [words.noRules[language]]
  if (reading.kind === 'pictures') return [words.pictures[language]]
  if (reading.kind === 'ignored') return [words.ignored[language]]
  if (reading.kind === 'incomplete') return [`${words.incomplete[language]} ${words[reading.missing][language]}`]
  const { sale } = reading
  const amount = (value: number) => value.toLocaleString('en-US')
  return [
    `${words.number[language]}: ${sale.number}`,
    `${words.total[language]}: ${amount(sale.total)}`,
    ...(sale.operator ? [`${words.operator[language]}: ${sale.operator}`] : []),
    ...(sale.date ? [`${words.date[language]}: ${sale.date}`] : []),
    `${words.articles[language]}: ${sale.lines.length}`,
    ...sale.lines.map(({ name = '', quantity, amount: price }) => `  ${quantity} × ${name}  ${amount(price)}`),
    ...(sale.linesSum === undefined ? [] : [`${words.linesSum[language]} ${amount(sale.linesSum)}`]),
    ...(sale.copy ? [words.copy[language]] : []),
  ]
}
