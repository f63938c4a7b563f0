import { normaliseText } from '#protocol/text.ts'

export interface ScanFraming {
  /** What the scanner sends before each code and is no part of it; empty for none. */
  prefix: string
  /** What ends a code; undefined: a carriage return or a line feed, whichever comes. */
  suffix?: string | undefined
  /** In bytes, without prefix and suffix. */
  maxLength: number
  /** After so long a silence the bytes before it are half a code; 500 ms where it is left out. */
  gapMs?: number
}

export type ScanResult = { kind: 'scan'; text: string } | { kind: 'garbage'; bytes: number }

export interface ScanDecoder {
  /** `at`: milliseconds that never go back. */
  decode(bytes: Uint8Array, at: number): ScanResult[]
  /** Takes what there is as a whole code: for scanners that end a code with nothing but silence. */
  end(): ScanResult[]
}

/**
 * A scanner sends one code in one go. What is left over after a longer gap is half a code (a cable pulled out in the
 * middle): joined to the next one it would name another member.
 */
const defaultGapMs = 500

/** GS (FNC1) parts the fields of GS1 codes; every other control character means a wrong baud rate or a wrong device. */
const isCode = (text: string): boolean => /^[^\p{Cc}\uFFFD]+$/u.test(text.replaceAll('\x1d', ''))

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** One code that has been cut out already; its outer blanks and line ends go. */
export function readFrame(frame: Uint8Array, { prefix, maxLength }: { prefix: string; maxLength: number }): ScanResult {
  const start = Buffer.from(prefix, 'utf8')
  const text = normaliseText(utf8.decode(frame.subarray(start.length)))
  const fits = start.equals(frame.subarray(0, start.length)) && frame.length <= start.length + maxLength
  return fits && isCode(text) ? { kind: 'scan', text } : { kind: 'garbage', bytes: frame.length }
}

/** Cuts what a scanner sends into codes. Bytes come in any pieces; what is no code is counted and dropped. */
export function createScanDecoder({ prefix, suffix, maxLength, gapMs = defaultGapMs }: ScanFraming): ScanDecoder {
  const start = Buffer.from(prefix, 'utf8')
  const ends = suffix === undefined ? [Buffer.from('\r'), Buffer.from('\n')] : [Buffer.from(suffix, 'utf8')]
  const longest = start.length + maxLength + Math.max(...ends.map((end) => end.length))
  let pending = Buffer.alloc(0)
  let lastAt = 0
  /** Bytes of an over-long code, dropped up to its end. */
  let overflow = 0

  const cut = (frame: Buffer): ScanResult[] => {
    const dropped = overflow
    overflow = 0
    if (dropped > 0) return [{ kind: 'garbage', bytes: dropped + frame.length }]
    return frame.length === 0 ? [] : [readFrame(frame, { prefix, maxLength })]
  }

  return {
    decode(bytes, at) {
      const results: ScanResult[] = []
      if (pending.length + overflow > 0 && at - lastAt > gapMs) {
        results.push({ kind: 'garbage', bytes: pending.length + overflow })
        pending = Buffer.alloc(0)
        overflow = 0
      }
      lastAt = at
      pending = Buffer.concat([pending, bytes])
      for (let end = firstEnd(pending, ends); end; end = firstEnd(pending, ends)) {
        results.push(...cut(pending.subarray(0, end.from)))
        pending = pending.subarray(end.to)
      }
      if (pending.length > longest) {
        overflow += pending.length
        pending = Buffer.alloc(0)
      }
      return results
    },
    end() {
      const frame = pending
      pending = Buffer.alloc(0)
      return cut(frame)
    },
  }
}

function firstEnd(bytes: Buffer, ends: readonly Buffer[]): { from: number; to: number } | undefined {
  let first: { from: number; to: number } | undefined
  for (const end of ends) {
    const from = bytes.indexOf(end)
    if (from >= 0 && (first === undefined || from < first.from)) first = { from, to: from + end.length }
  }
  return first
}
