import { z } from 'zod'
import { parseJson } from './parse-json.ts'

/** The file begins with one line that says what was recorded; `version` rises where older readers would be wrong. */
export const recordingHead = z.object({
  vafa: z.literal('recording'),
  version: z.literal(1),
  device: z.string().min(1).max(60),
  driver: z.string().min(1).max(60),
  /** When recording began. */
  started: z.iso.datetime(),
})
export type RecordingHead = z.output<typeof recordingHead>

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
/** Milliseconds since recording began. */
const at = z.number().min(0)
/** Which of the device's lines, where it has several at once: tills that call, terminals. */
const line = z.int().min(0)

/** What a USB device of that class says of itself; not its serial number. */
const hidDevice = z.object({
  descriptor: hex,
  vendorId: z.int().min(0).max(65_535),
  productId: z.int().min(0).max(65_535),
  title: z.string().max(200),
  collections: z.array(z.object({ usagePage: z.int().min(0), usage: z.int().min(0) })).max(100),
})
export type RecordedHid = z.output<typeof hidDevice>

export const recordingEntry = z.union([
  z.object({ at, line, event: z.literal('ended') }),
  /** `who`: the terminal that the line itself shows, by port or certificate. */
  z.object({ at, line, event: z.literal('connected'), who: z.string().max(60).optional(), hid: hidDevice.optional() }),
  /** What the device said, with credentials masked. */
  z.object({ at, line, from: z.literal('device'), hex }),
  /**
   * What the gateway said: only how much. It names members and prints receipts, and a replay needs to know no more than
   * when it was the device's turn.
   */
  z.object({ at, line, from: z.literal('gateway'), bytes: z.int().min(0) }),
  /** One reading of a card: what reader and card said to each other, masked. */
  z.object({ at, line, event: z.literal('card'), reader: z.string(), atr: hex, said: z.array(z.tuple([hex, hex])).max(1_000) }),
  z.object({ at, line, event: z.literal('removed'), reader: z.string() }),
])
export type RecordingEntry = z.output<typeof recordingEntry>

export interface Recording {
  head: RecordingHead
  entries: RecordingEntry[]
}

/** Longer files are no recording of a till or a scanner, and would be held in memory. */
const longest = 200_000_000

/** Reads a recording. Gives the reason where it is none, with its line. */
export function readRecording(text: string): Recording | { reason: string } {
  if (text.length > longest) return { reason: 'it is longer than 200 MB' }
  const [first = '', ...rest] = text.split('\n')
  const head = recordingHead.safeParse(parseJson(first))
  if (!head.success) return { reason: 'its first line is not that of a recording' }
  const entries: RecordingEntry[] = []
  for (const [index, one] of rest.entries()) {
    if (one.trim() === '') continue
    const entry = recordingEntry.safeParse(parseJson(one))
    // A recording that was killed ends in the midst of a line; what is before it counts.
    if (!entry.success && index === rest.length - 1) break
    if (!entry.success) return { reason: `line ${index + 2} is no entry: ${entry.error.issues[0]?.message ?? ''}` }
    entries.push(entry.data)
  }
  return { head: head.data, entries }
}
