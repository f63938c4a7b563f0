import type { AutomaticBytes } from './status.ts'

/**
 * What a printer says, cut out of its byte stream. The kinds are told apart by their fixed bits (Epson's ESC/POS
 * reference, "transmission status"): real-time status `0xx1xx10`; automatic status' first byte `0xx1xx00`, its other
 * three `0xx0xxxx`; a process id starts with 37h 22h; the answer to `GS r 1` is one byte `0000xxxx`.
 */
export type PrinterReply =
  /** One byte; which of the four questions it answers, only the order tells. */
  | { kind: 'real-time'; byte: number }
  | { kind: 'automatic'; bytes: AutomaticBytes }
  /** All before this id is on paper. */
  | { kind: 'process-id'; id: string }
  /** All before the question was taken up; the byte is the paper sensor's. */
  | { kind: 'queued'; byte: number }

export interface ReplyDecoder {
  decode(bytes: Uint8Array): PrinterReply[]
}

const processIdLength = 7
const automaticLength = 4

const isRealTime = (byte: number): boolean => (byte & 0x93) === 0x12
const opensAutomatic = (byte: number): boolean => (byte & 0x93) === 0x10
const continuesAutomatic = (byte: number): boolean => (byte & 0x90) === 0
const isPaperSensor = (byte: number): boolean => [0x00, 0x03, 0x0c, 0x0f].includes(byte)

/** Bytes come in any pieces; what fits no kind is dropped one byte at a time. */
export function createReplyDecoder(): ReplyDecoder {
  let pending = Buffer.alloc(0)
  return {
    decode(bytes) {
      pending = Buffer.concat([pending, bytes])
      const replies: PrinterReply[] = []
      let at = 0
      while (at < pending.length) {
        const step = readReply(pending.subarray(at, at + processIdLength))
        if (step === 'incomplete') break
        if (step.reply) replies.push(step.reply)
        at += step.length
      }
      pending = pending.subarray(at)
      return replies
    },
  }
}

/** The reply at the start of `bytes`; without one, how many bytes are none. */
function readReply(bytes: Buffer): { length: number; reply?: PrinterReply } | 'incomplete' {
  const [first = 0] = bytes
  if (first === 0x37) return readProcessId(bytes)
  if (isRealTime(first)) return { length: 1, reply: { kind: 'real-time', byte: first } }
  if (opensAutomatic(first)) {
    const [, second = 0, third = 0, fourth = 0] = bytes
    if (!bytes.subarray(1, automaticLength).every(continuesAutomatic)) return { length: 1 }
    if (bytes.length < automaticLength) return 'incomplete'
    return { length: automaticLength, reply: { kind: 'automatic', bytes: [first, second, third, fourth] } }
  }
  if (isPaperSensor(first)) return { length: 1, reply: { kind: 'queued', byte: first } }
  return { length: 1 }
}

/** `37 22 d1 d2 d3 d4 00`, d = 20h…7Eh. */
function readProcessId(bytes: Buffer): { length: number; reply?: PrinterReply } | 'incomplete' {
  const fits = (byte: number, at: number): boolean => {
    if (at === 0) return byte === 0x37
    if (at === 1) return byte === 0x22
    return at === processIdLength - 1 ? byte === 0 : byte >= 0x20 && byte <= 0x7e
  }
  if (!bytes.every(fits)) return { length: 1 }
  if (bytes.length < processIdLength) return 'incomplete'
  return { length: processIdLength, reply: { kind: 'process-id', id: String.fromCharCode(...bytes.subarray(2, 6)) } }
}
