import type { BasketLine } from '#protocol/messages.ts'
import { readAmount, readQuantity } from '../printed-text/amounts.ts'
import type { ReceiptRules } from './rules.ts'

/** A sale as it stands on paper. Amounts in rials. */
export interface PaperSale {
  number: string
  total: number
  /** Empty where the rules know no lines, or those on the paper do not add up to the total. */
  lines: BasketLine[]
  operator?: string
  date?: string
  /** The paper calls itself a copy. */
  copy: boolean
  /** What the lines add up to, where that is not the total: a discount, tax, or a line that was not seen. */
  linesSum?: number
}

export type Reading =
  | { kind: 'sale'; sale: PaperSale }
  /** Something else than a receipt: a report, an order for the kitchen, a drawer pulse. */
  | { kind: 'ignored'; because: 'words' | 'nothing found' | 'nothing printed' }
  /** It looks like a receipt, and what is needed of it is not there. */
  | { kind: 'incomplete'; missing: 'number' | 'total' | 'date' }
  /** Pictures instead of text. */
  | { kind: 'pictures' }

export interface Printed {
  /** Folded lines. */
  lines: readonly string[]
  /** How many rows of dots came as pictures. */
  pictureRows: number
}

/** A logo is no receipt: less text than this beside a picture of more rows than that cannot be read. */
const fewLines = 3
const manyRows = 300
const longestLine = 200
const mostArticles = 500

/** What the rules find on a piece of paper. Never throws, whatever stands there. */
export function readReceipt({ lines: all, pictureRows }: Printed, rules: ReceiptRules): Reading {
  const lines = all.map((line) => line.slice(0, longestLine)).filter((line) => line !== '')
  if (lines.length < fewLines && pictureRows >= manyRows) return { kind: 'pictures' }
  if (lines.length === 0) return { kind: 'ignored', because: 'nothing printed' }
  if (rules.ignore.some((word) => lines.some((line) => word.test(line)))) return { kind: 'ignored', because: 'words' }
  const number = plainNumber(firstOf(lines, rules.number))
  const total = lastTotal(lines, rules)
  if (number === undefined && total === undefined) return { kind: 'ignored', because: 'nothing found' }
  if (number === undefined) return { kind: 'incomplete', missing: 'number' }
  if (total === undefined) return { kind: 'incomplete', missing: 'total' }
  const [operator, date] = [rules.operator, rules.date].map((rule) => rule && firstOf(lines, rule)?.slice(0, 60))
  if (rules.restart === 'daily' && !date) return { kind: 'incomplete', missing: 'date' }
  const articles = readArticles(lines, rules)
  const sum = articles.reduce((all, { amount }) => all + amount, 0)
  return {
    kind: 'sale',
    sale: {
      number,
      total,
      lines: sum === total ? articles : [],
      ...(operator ? { operator } : {}),
      ...(date && rules.restart === 'daily' ? { date } : {}),
      copy: rules.copy.some((word) => lines.some((line) => word.test(line))),
      ...(articles.length > 0 && sum !== total ? { linesSum: sum } : {}),
    },
  }
}

/** The named part `value`, else the first part in parentheses. */
const capturedIn = (match: RegExpExecArray | null): string | undefined =>
  (match?.groups?.value ?? match?.[1])?.trim() || undefined

/** Line by line; where a label stands above its value, the two together. */
function* matches(lines: readonly string[], rule: RegExp): Generator<string> {
  for (const [at, line] of lines.entries()) {
    const own = capturedIn(rule.exec(line))
    const next = lines[at + 1]
    const value = own ?? (next === undefined || rule.test(next) ? undefined : capturedIn(rule.exec(`${line} ${next}`)))
    if (value !== undefined) yield value
  }
}

function firstOf(lines: readonly string[], rule: RegExp): string | undefined {
  for (const value of matches(lines, rule)) return value
  return undefined
}

function lastTotal(lines: readonly string[], { total, unit }: ReceiptRules): number | undefined {
  let last: number | undefined
  for (const value of matches(lines, total)) last = readAmount(value, unit) ?? last
  return last
}

const plainNumber = (text: string | undefined): string | undefined => text?.replace(/\s/g, '').slice(0, 60) || undefined

function readArticles(lines: readonly string[], { line: rule, unit }: ReceiptRules): BasketLine[] {
  if (!rule) return []
  const articles: BasketLine[] = []
  for (const line of lines) {
    const groups = rule.exec(line)?.groups
    const name = groups?.name?.trim().slice(0, 120)
    const amount = groups?.amount === undefined ? undefined : readAmount(groups.amount, unit)
    const quantity = groups?.quantity === undefined ? 1 : readQuantity(groups.quantity)
    if (!name || amount === undefined || quantity === undefined) continue
    articles.push({ product: (groups?.product?.trim() || name).slice(0, 60), name, quantity, amount })
    if (articles.length === mostArticles) break
  }
  return articles
}
