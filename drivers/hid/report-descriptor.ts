/**
 * What a HID device says of its reports (USB Device Class Definition for HID 1.11, 6.2.2). Only what it sends is read;
 * scanners and card readers of one kind lay their reports out differently, and the descriptor is where they say how.
 */
export interface ReportMap {
  /** True where each report begins with its number. */
  numbered: boolean
  /** Fields with a usage each. */
  runs: InputRun[]
  /** Fields whose value says which usage is meant, as a keyboard's pressed keys. */
  arrays: InputArray[]
}

interface InputPlace {
  /** 0 where reports are not numbered. */
  report: number
  /** From the report's first byte, its number included. */
  bitOffset: number
  bitSize: number
  /** How many such values stand one behind the other. */
  count: number
}

/** `usage`: page × 65536 + id. */
export type InputRun = InputPlace & { usage: number }
export type InputArray = InputPlace & { firstUsage: number; logicalMin: number }

export const usage = (page: number, id: number): number => page * 0x1_0000 + id

interface Globals {
  page: number
  logicalMin: number
  bitSize: number
  count: number
  report: number
}
interface Locals {
  usages: { from: number; to: number }[]
  from: number | undefined
}

/** No device that is read here sends as much; more is a broken descriptor. */
const maxReportBits = 8 * 4_096
const maxFields = 2_048
const maxPushed = 32

/** Undefined where the bytes are no descriptor. */
export function parseReportDescriptor(bytes: Uint8Array): ReportMap | undefined {
  const map: ReportMap = { numbered: false, runs: [], arrays: [] }
  const bits = new Map<number, number>()
  const pushed: Globals[] = []
  let globals: Globals = { page: 0, logicalMin: 0, bitSize: 0, count: 0, report: 0 }
  let locals: Locals = { usages: [], from: undefined }

  for (const item of itemsOf(bytes)) {
    if (item === undefined) return undefined
    const { type, tag, value, signed, size } = item
    if (type === 'global') {
      if (tag === 0x0) globals = { ...globals, page: value }
      else if (tag === 0x1) globals = { ...globals, logicalMin: signed }
      else if (tag === 0x7) globals = { ...globals, bitSize: value }
      else if (tag === 0x8) {
        if (value < 1 || value > 255) return undefined
        globals = { ...globals, report: value }
        map.numbered = true
      } else if (tag === 0x9) globals = { ...globals, count: value }
      else if (tag === 0xa && pushed.push(globals) > maxPushed) return undefined
      else if (tag === 0xb) globals = pushed.pop() ?? globals
    } else if (type === 'local') {
      // A usage of four bytes brings its page along.
      const full = size === 4 ? value : usage(globals.page, value)
      if (tag === 0x0) locals.usages.push({ from: full, to: full })
      else if (tag === 0x1) locals.from = full
      else if (tag === 0x2 && locals.from !== undefined) {
        locals.usages.push({ from: locals.from, to: Math.max(full, locals.from) })
        locals.from = undefined
      }
      if (locals.usages.length > maxFields) return undefined
    } else if (type === 'main') {
      if (tag === 0x8) {
        const at = bits.get(globals.report) ?? 0
        const end = at + globals.bitSize * globals.count
        if (end > maxReportBits || map.runs.length + map.arrays.length > maxFields) return undefined
        addInput(map, { globals, locals, at, flags: value })
        bits.set(globals.report, end)
      }
      locals = { usages: [], from: undefined }
    }
  }
  if (!map.numbered) return map
  const behindNumber = <Place extends InputPlace>(place: Place): Place => ({ ...place, bitOffset: place.bitOffset + 8 })
  return { numbered: true, runs: map.runs.map(behindNumber), arrays: map.arrays.map(behindNumber) }
}

function addInput(
  map: ReportMap,
  { globals, locals, at, flags }: { globals: Globals; locals: Locals; at: number; flags: number },
) {
  const { bitSize, count, report } = globals
  const isConstant = (flags & 1) !== 0
  const isVariable = (flags & 2) !== 0
  const [first] = locals.usages
  if (isConstant || !first || count === 0 || bitSize === 0 || bitSize > 32) return
  if (!isVariable) {
    map.arrays.push({ report, bitOffset: at, bitSize, count, firstUsage: first.from, logicalMin: globals.logicalMin })
    return
  }
  let left = count
  let offset = at
  for (const [index, { from, to }] of locals.usages.entries()) {
    for (let one = from; one <= to && left > 0; one += 1) {
      // The last usage stands for all values that are left: so a text of 56 bytes has one.
      const isLast = index === locals.usages.length - 1 && one === to
      const values = isLast ? left : 1
      map.runs.push({ report, bitOffset: offset, bitSize, count: values, usage: one })
      offset += values * bitSize
      left -= values
      if (map.runs.length > maxFields) return
    }
  }
}

type Item = { type: 'main' | 'global' | 'local' | 'other'; tag: number; value: number; signed: number; size: number }

const itemTypes = ['main', 'global', 'local', 'other'] as const

/** The last is undefined where the bytes end in the middle of an item. */
function* itemsOf(bytes: Uint8Array): Generator<Item | undefined> {
  for (let at = 0; at < bytes.length; ) {
    const prefix = bytes[at] ?? 0
    if (prefix === 0xfe) {
      // Long items: none is defined, so none means anything.
      at += 3 + (bytes[at + 1] ?? 0)
      continue
    }
    const size = [0, 1, 2, 4][prefix & 3] ?? 0
    if (at + 1 + size > bytes.length) return yield undefined
    let value = 0
    for (let index = size; index > 0; index -= 1) value = value * 256 + (bytes[at + index] ?? 0)
    const signed = size > 0 && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value
    yield { type: itemTypes[(prefix >> 2) & 3] ?? 'other', tag: prefix >> 4, value, signed, size }
    at += 1 + size
  }
}

/** The values of one field, unsigned; undefined where this report does not carry it. */
export function readField(report: Uint8Array, place: InputPlace): number[] | undefined {
  const { report: number, bitOffset, bitSize, count } = place
  if (number !== 0 && report[0] !== number) return undefined
  if (bitOffset + bitSize * count > report.length * 8) return undefined
  const values: number[] = []
  for (let index = 0; index < count; index += 1) {
    let value = 0
    for (let bit = bitSize - 1; bit >= 0; bit -= 1) {
      const at = bitOffset + index * bitSize + bit
      value = value * 2 + (((report[at >> 3] ?? 0) >> (at & 7)) & 1)
    }
    values.push(value)
  }
  return values
}
