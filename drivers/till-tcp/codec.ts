import { z } from 'zod'
import { compiledTillRequest, type TillRequest, type TillResponse } from '#protocol/lane.ts'

/** The longest line, without its line feed: a basket of 500 lines is about 100 KiB. */
export const maxLineBytes = 256 * 1_024

export interface LineReader {
  /** The lines that these bytes complete. After an over-long line it stays `overlong` and returns none. */
  push(bytes: Uint8Array): string[]
  readonly overlong: boolean
}

/** Cuts a TCP stream into lines of UTF-8 text; CR LF ends one as LF does, empty ones do not count. */
export function createLineReader(): LineReader {
  let pieces: Buffer[] = []
  let length = 0
  let overlong = false
  const take = (tail: Buffer): string => {
    const line = Buffer.concat([...pieces, tail])
      .toString('utf8')
      .trim()
    pieces = []
    length = 0
    return line
  }
  return {
    get overlong() {
      return overlong
    },
    push(bytes) {
      const lines: string[] = []
      let rest = Buffer.from(bytes)
      while (!overlong) {
        const end = rest.indexOf(0x0a)
        const part = end < 0 ? rest : rest.subarray(0, end)
        if (length + part.length > maxLineBytes) {
          overlong = true
          pieces = []
        } else if (end < 0) {
          if (part.length > 0) pieces.push(part)
          length += part.length
          break
        } else {
          const line = take(part)
          if (line.length > 0) lines.push(line)
          rest = rest.subarray(end + 1)
        }
      }
      return lines
    },
  }
}

export type TillLine = { valid: true; request: TillRequest } | { valid: false; id?: string; reason: string }

const identified = z.object({ id: z.string().min(1).max(60) })

/** One line of a till as a request; where it is none, why, in words that name the fields but repeat no value. */
export function parseTillLine(line: string): TillLine {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return { valid: false, reason: 'the line is not JSON' }
  }
  const parsed = compiledTillRequest.safeParse(json)
  if (parsed.success) return { valid: true, request: parsed.data }
  const named = identified.safeParse(json)
  const reason = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || '(the line)'}: ${issue.message}`)
    .join('; ')
  return { valid: false, reason, ...(named.success ? { id: named.data.id } : {}) }
}

export const encodeTillLine = (response: TillResponse): string => `${JSON.stringify(response)}\n`
