import type { Seen } from '../devices/virtual-device.ts'
import type { Sight } from './scenario.ts'

/** Whether what a device saw is what was looked for. */
export function fits(seen: Seen, sight: Sight): boolean {
  if ('answer' in sight) return seen.kind === 'answer' && seen.op === sight.answer && fitsPartly(seen.body, sight.with ?? {})
  if ('display' in sight) return seen.kind === 'display' && fitsWords(seen.lines.join('\n'), sight.display)
  if ('receipt' in sight) return seen.kind === 'answer' && fitsWords((seen.receipt ?? []).join('\n'), sight.receipt)
  if ('said' in sight) return seen.kind === 'note' && fitsWords(seen.text, sight.said)
  return seen.kind === 'paper' && fitsPartly(seen.job, sight.paper)
}

/** `/…/` is a regular expression, anything else a part of the text. */
function fitsWords(text: string, words: string): boolean {
  const pattern = patternOf(words)
  return pattern ? pattern.test(text) : text.includes(words)
}

const patternOf = (words: string): RegExp | undefined => {
  const [, inside, flags] = /^\/(.+)\/([iu]*)$/s.exec(words) ?? []
  return inside === undefined ? undefined : new RegExp(inside, flags)
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

/** The numbers and words of a message; of what lies deeper only that it is there. */
function shortly(body: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(body).flatMap(([key, value]) => {
    if (key === 're' || value === undefined) return []
    if (typeof value !== 'object' || value === null) return [`${key}: ${value}`]
    if (key === 'error' && 'key' in value) return [`error: ${String(value.key)}`]
    return Array.isArray(value) && value.length === 0 ? [] : [`${key}: …`]
  })
  const text = parts.join(', ')
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
