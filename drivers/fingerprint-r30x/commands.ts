import { type Confirmation, confirmationOf } from './confirmation.ts'

/**
 * Every command that is used, and what its acknowledgement says. Those that bring images or templates out of the sensor
 * (UpChar 08, UpImage 0A) or into it (DownChar 09, DownImage 0B) are left out on purpose: a fingerprint never leaves it.
 * Notepad (18, 19): 16 pages of 32 bytes for the host, “System Resources” of the R30x manuals.
 */
export type Command =
  | { op: 'verify-password'; password: number }
  | { op: 'read-parameters' }
  | { op: 'set-security'; level: number }
  | { op: 'take-image' }
  /** Makes features of the image, in buffer 1 or 2. */
  | { op: 'extract'; buffer: 1 | 2 }
  | { op: 'search'; start: number; count: number }
  /** Makes one template of both buffers. */
  | { op: 'combine' }
  | { op: 'store'; slot: number }
  | { op: 'delete'; slot: number; count: number }
  | { op: 'empty' }
  /** Slots `page · 256` to `page · 256 + 255`. */
  | { op: 'read-index'; page: number }
  | { op: 'read-notepad'; page: number }
  | { op: 'write-notepad'; page: number; content: Uint8Array }
  | { op: 'aura'; mode: number; speed: number; colour: number; count: number }

export type CommandOf<Op extends Command['op']> = Extract<Command, { op: Op }>

export interface SystemParameters {
  status: number
  system: number
  /** How many fingers fit. */
  capacity: number
  /** 1 (lets through most) to 5 (strictest). */
  security: number
  address: number
  /** The largest packet of data: 32, 64, 128 or 256 bytes. */
  packetBytes: number
  baudRate: number
}

/** What an acknowledgement brings besides its confirmation; where it is not `ok` there is nothing. */
export interface Results {
  'read-parameters': SystemParameters
  search: { slot: number; score: number }
  'read-index': { used: number[] }
  'read-notepad': { content: Buffer }
}
export type ResultOf<Op extends Command['op']> = Op extends keyof Results ? Results[Op] : Record<never, never>

export type Answer<Op extends Command['op']> =
  | { confirmation: 'ok'; result: ResultOf<Op> }
  | { confirmation: Exclude<Confirmation, 'ok'>; code: number }

export const notepadBytes = 32
export const notepadPages = 16
export const slotsInPage = 256

const codes: Readonly<Record<Command['op'], number>> = {
  'take-image': 0x01,
  extract: 0x02,
  search: 0x04,
  combine: 0x05,
  store: 0x06,
  delete: 0x0c,
  empty: 0x0d,
  'set-security': 0x0e,
  'read-parameters': 0x0f,
  'verify-password': 0x13,
  'write-notepad': 0x18,
  'read-notepad': 0x19,
  'read-index': 0x1f,
  aura: 0x35,
}
const securityRegister = 5

/** The payload of a command's packet. */
export function encodeCommand(command: Command): Buffer {
  const code = codes[command.op]
  switch (command.op) {
    case 'verify-password':
      return Buffer.concat([Buffer.of(code), word32(command.password)])
    case 'set-security':
      return Buffer.of(code, securityRegister, command.level)
    case 'extract':
      return Buffer.of(code, command.buffer)
    case 'search':
      return Buffer.concat([Buffer.of(code, 1), word16(command.start), word16(command.count)])
    case 'store':
      return Buffer.concat([Buffer.of(code, 1), word16(command.slot)])
    case 'delete':
      return Buffer.concat([Buffer.of(code), word16(command.slot), word16(command.count)])
    case 'read-index':
    case 'read-notepad':
      return Buffer.of(code, command.page)
    case 'write-notepad': {
      const content = Buffer.alloc(notepadBytes)
      content.set(command.content.subarray(0, notepadBytes))
      return Buffer.concat([Buffer.of(code, command.page), content])
    }
    case 'aura':
      return Buffer.of(code, command.mode, command.speed, command.colour, command.count)
    default:
      return Buffer.of(code)
  }
}

/** Reads a command as a module does; undefined for one that is not used here, or that is not whole. Never throws. */
export function readCommand(payload: Uint8Array): Command | undefined {
  const [code = -1, first = 0, second = 0, third = 0, fourth = 0] = payload
  const bytes = Buffer.from(payload)
  switch (`${code}/${bytes.length}`) {
    case `${codes['take-image']}/1`:
      return { op: 'take-image' }
    case `${codes.extract}/2`:
      return first === 1 || first === 2 ? { op: 'extract', buffer: first } : undefined
    case `${codes.search}/6`:
      return { op: 'search', start: bytes.readUInt16BE(2), count: bytes.readUInt16BE(4) }
    case `${codes.combine}/1`:
      return { op: 'combine' }
    case `${codes.store}/4`:
      return { op: 'store', slot: bytes.readUInt16BE(2) }
    case `${codes.delete}/5`:
      return { op: 'delete', slot: bytes.readUInt16BE(1), count: bytes.readUInt16BE(3) }
    case `${codes.empty}/1`:
      return { op: 'empty' }
    case `${codes['set-security']}/3`:
      return first === securityRegister ? { op: 'set-security', level: second } : undefined
    case `${codes['read-parameters']}/1`:
      return { op: 'read-parameters' }
    case `${codes['verify-password']}/5`:
      return { op: 'verify-password', password: bytes.readUInt32BE(1) }
    case `${codes['write-notepad']}/${2 + notepadBytes}`:
      return { op: 'write-notepad', page: first, content: bytes.subarray(2) }
    case `${codes['read-notepad']}/2`:
      return { op: 'read-notepad', page: first }
    case `${codes['read-index']}/2`:
      return { op: 'read-index', page: first }
    case `${codes.aura}/5`:
      return { op: 'aura', mode: first, speed: second, colour: third, count: fourth }
    default:
      return undefined
  }
}

/** Reads the acknowledgement of a command; undefined where it is no answer to it. Never throws. */
export function readAnswer<Op extends Command['op']>(command: CommandOf<Op>, payload: Uint8Array): Answer<Op> | undefined {
  const bytes = Buffer.from(payload)
  const [code] = bytes
  if (code === undefined) return undefined
  const confirmation = confirmationOf(code)
  if (confirmation !== 'ok') return { confirmation, code }
  const result = resultOf(command, bytes.subarray(1))
  return result && { confirmation, result: result as ResultOf<Op> }
}

function resultOf(command: Command, bytes: Buffer): object | undefined {
  switch (command.op) {
    case 'read-parameters':
      return bytes.length < 16
        ? undefined
        : {
            status: bytes.readUInt16BE(0),
            system: bytes.readUInt16BE(2),
            capacity: bytes.readUInt16BE(4),
            security: bytes.readUInt16BE(6),
            address: bytes.readUInt32BE(8),
            packetBytes: 32 << Math.min(bytes.readUInt16BE(12), 3),
            baudRate: 9_600 * bytes.readUInt16BE(14),
          }
    case 'search':
      return bytes.length < 4 ? undefined : { slot: bytes.readUInt16BE(0), score: bytes.readUInt16BE(2) }
    case 'read-index':
      return bytes.length < slotsInPage / 8 ? undefined : { used: slotsOf(bytes, command.page) }
    case 'read-notepad':
      return bytes.length < notepadBytes ? undefined : { content: Buffer.from(bytes.subarray(0, notepadBytes)) }
    default:
      return {}
  }
}

/** The lowest bit of the first byte is the page's first slot. */
function slotsOf(bitmap: Uint8Array, page: number): number[] {
  const used: number[] = []
  for (let slot = 0; slot < slotsInPage; slot++)
    if (((bitmap[slot >> 3] ?? 0) >> (slot & 7)) & 1) used.push(page * slotsInPage + slot)
  return used
}

/** The bitmap that `read-index` gives, as a module makes it. */
export function encodeIndex(slots: readonly number[], page: number): Buffer {
  const bitmap = Buffer.alloc(slotsInPage / 8)
  for (const slot of slots) {
    const at = slot - page * slotsInPage
    if (at >= 0 && at < slotsInPage) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7))
  }
  return bitmap
}

const word16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
const word32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
