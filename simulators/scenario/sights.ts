import type { ReceiptLines, Seen } from '../devices/virtual-device.ts'
import { patternOf } from './patterns.ts'
import type { Sight } from './scenario.ts'

/** Whether what a device saw is what was looked for. */
export function fits(seen: Seen, sight: Sight): boolean {
  if ('answer' in sight) return seen.kind === 'answer' && seen.op === sight.answer && fitsPartly(seen.body, sight.with ?? {})
  if ('display' in sight) return seen.kind === 'display' && fitsWords(seen.lines.join('\n'), sight.display)
  if ('receipt' in sight) return seen.kind === 'answer' && fitsReceipt(seen.receipt, sight.receipt)
  if ('said' in sight) return seen.kind === 'note' && fitsWords(seen.text, sight.said)
  return seen.kind === 'paper' && fitsPartly(seen.job, sight.paper)
}

/** In either language. */
const fitsReceipt = (receipt: ReceiptLines | undefined, words: string): boolean =>
  receipt !== undefined && [receipt.fa, receipt.en].some((lines) => fitsWords(lines.join('\n'), words))

/** `/…/` is a regular expression, anything else a part of the text. */
function fitsWords(text: string, words: string): boolean {
  const pattern = patternOf(words)
  return pattern ? pattern.test(text) : text.includes(words)
}

/** Objects in part, lists from their beginning; texts whole or as `/…/`. */
export function fitsPartly(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(value) && wanted.every((one, index) => fitsPartly(value[index], one))
  if (wanted !== null && typeof wanted === 'object')
    return (
      value !== null &&
      typeof value === 'object' &&
      Object.entries(wanted).every(([key, one]) => fitsPartly((value as Record<string, unknown>)[key], one))
    )
  if (typeof wanted === 'string' && typeof value === 'string') return patternOf(wanted)?.test(value) ?? value === wanted
  return value === wanted
}

/** What was seen, in a few words: for the log of a run, and for what is said where it was something else. */
export function inWords(seen: Seen): string {
  switch (seen.kind) {
    case 'answer':
      return `answer ${seen.op} ${shortly(seen.body)}`
    case 'display':
      return `display ${seen.lines.map((line) => JSON.stringify(line.trim())).join(' / ')}`
    case 'paper':
      return `paper of ${seen.job.pieces.length} pieces, cut ${seen.job.cut}${seen.job.complete ? '' : ', torn off'}`
    case 'note':
      return seen.text
  }
}

const longest = 160

/** The numbers and words of a message; of what lies deeper what says most of it, or only that it is there. */
function shortly(body: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(body).flatMap(([key, value]) => {
    if (key === 're' || key === 'saleid' || value === undefined) return []
    if (typeof value !== 'object' || value === null) return [`${key}: ${value}`]
    if (Array.isArray(value)) return value.length === 0 ? [] : [`${key}: ${value.map(inner).join(' ')}`]
    return [`${key}: ${inner(value)}`]
  })
  const text = parts.join(', ')
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

const telling = ['key', 'displayName', 'number', 'unit', 'available', 'kind', 'granted', 'reference'] as const

function inner(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  const said = telling.flatMap((key) => {
    const one = (value as Record<string, unknown>)[key]
    return typeof one === 'string' || typeof one === 'number' ? [String(one)] : []
  })
  return said.length === 0 ? '…' : said.join(' ')
}
