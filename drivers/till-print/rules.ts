import { z } from 'zod'
import { codePages } from '../printed-text/code-pages.ts'
import { foldText } from '../printed-text/fold.ts'

/**
 * A regular expression over one folded line (printed-text/fold.ts): ASCII digits, Persian ی and ک, single blanks. Its
 * letters are folded too, so that it may be written as the receipt looks. A repetition within a repetition is refused:
 * on some line it would run for ever, and with it the whole box.
 */
const pattern = z
  .string()
  .min(1)
  .max(300)
  .transform((text, context) => {
    const fail = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (/\([^()]*[+*}][^()]*\)[+*{]/.test(text)) return fail('has a repetition within a repetition, such as (a+)+: write it flat')
    try {
      return new RegExp(foldPattern(text), 'iu')
    } catch (error) {
      return fail(error instanceof Error ? error.message : 'is no regular expression')
    }
  })

/** Blanks at the ends of a pattern mean something, at the ends of a line they do not. */
const foldPattern = (text: string): string => text.replace(/[^\s\x20-\x7e]+/gu, (letters) => foldText(letters))

const capturing = pattern.refine((regexp) => /\((?!\?[:=!<])|\(\?</u.test(regexp.source), 'needs a part in ( ) around the value')
const lines = pattern.refine(
  (regexp) => ['name', 'amount'].every((group) => regexp.source.includes(`(?<${group}>`)),
  'needs the parts (?<name>…) and (?<amount>…); (?<quantity>…) and (?<product>…) are welcome',
)

/** What a technician writes once for each kind of till: how its receipts are read. */
export const receiptRules = z
  .strictObject({
    codePage: z
      .enum(['auto', ...codePages])
      .default('auto')
      .meta({ description: '`auto`: UTF-8 where it is that, else the page that the till selects, by the numbers of Epson' }),
    codePages: z
      .record(z.string().regex(/^\d{1,3}$/), z.enum(codePages))
      .default({})
      .meta({ description: 'for `auto`: what the numbers of `ESC t` mean on this model, where it is not an Epson' }),
    order: z
      .enum(['auto', 'logical', 'visual'])
      .default('auto')
      .meta({ description: '`visual`: the bytes stand from left to right as on the paper; `auto`: as is usual for the page' }),
    unit: z.enum(['rial', 'toman']).default('rial').meta({ description: 'what amounts are printed in' }),
    number: capturing.meta({ description: "the receipt's number; the first line that fits" }),
    total: capturing.meta({ description: 'what was paid; the last line that fits' }),
    line: lines.optional().meta({ description: 'one article' }),
    operator: capturing.optional(),
    date: capturing.optional().meta({ description: 'any text that stays on a reprint, such as the printed day' }),
    restart: z
      .enum(['never', 'daily'])
      .default('never')
      .meta({ description: '`daily`: numbers begin again each day, so that the day belongs to the number' }),
    copy: z.array(pattern).max(20).default([]).meta({ description: 'the words of a reprint' }),
    ignore: z.array(pattern).max(50).default([]).meta({ description: 'the words of papers that are no receipt, and of returns' }),
    end: z
      .union([z.enum(['cut', 'close']), z.strictObject({ line: pattern })])
      .default('cut')
      .meta({ description: 'what ends a receipt: the cut, the end of the connection, or its last line' }),
  })
  .refine(({ restart, date }) => restart === 'never' || date !== undefined, {
    path: ['date'],
    error: 'is needed where numbers begin again each day: the printed day belongs to the number then',
  })
export type ReceiptRules = z.infer<typeof receiptRules>
