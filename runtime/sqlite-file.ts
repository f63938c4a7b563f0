import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import type { DatabasePages } from './sqlite-pages.ts'

const walHeader = 32
const frameHeader = 24
const pageSizes = new Set([512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536])

/**
 * The pages of a database that lies there closed, with what its write-ahead log has committed in their place. A first
 * page that is broken says nothing of their size: then it is the log's, or SQLite's usual 4,096.
 */
export function openPages(path: string): DatabasePages & { close(): void } {
  const file = openSync(path, 'r')
  const log = existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0)
  const head = Buffer.alloc(100)
  readSync(file, head, 0, head.length, 0)
  const ofLog = log.length >= walHeader ? log.readUInt32BE(8) : 0
  const said = head.toString('latin1', 0, 15) === 'SQLite format 3' ? head.readUInt16BE(16) : 0
  const pageSize = [said === 1 ? 65_536 : said, ofLog].find((size) => pageSizes.has(size)) ?? 4_096
  const frames = committedFrames(log, pageSize)
  const count = Math.max(Math.ceil(fstatSync(file).size / pageSize), ...frames.keys(), 0)
  return {
    pageSize,
    reserved: said === 0 ? 0 : (head[20] ?? 0),
    count,
    page(number) {
      const frame = frames.get(number)
      if (frame !== undefined) return log.subarray(frame, frame + pageSize)
      const page = Buffer.alloc(pageSize)
      try {
        return readSync(file, page, 0, pageSize, (number - 1) * pageSize) > 0 ? page : undefined
      } catch {
        // A sector that the disk cannot read any more.
        return undefined
      }
    },
    close: () => closeSync(file),
  }
}

/** Page → where its last committed version lies in the log, as SQLite's recovery would have it: up to the first frame whose sum is wrong. */
function committedFrames(log: Buffer, pageSize: number): Map<number, number> {
  const committed = new Map<number, number>()
  if (log.length < walHeader || log.readUInt32BE(8) !== pageSize) return committed
  const magic = log.readUInt32BE(0)
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return committed
  const sum = checksum(magic === 0x377f0683 ? 'big' : 'little')
  let running = sum(log.subarray(0, 24), [0, 0])
  if (running[0] !== log.readUInt32BE(24) || running[1] !== log.readUInt32BE(28)) return committed
  const salt = log.subarray(16, 24)
  let pending: [number, number][] = []
  for (let at = walHeader; at + frameHeader + pageSize <= log.length; at += frameHeader + pageSize) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break
    running = sum(log.subarray(at, at + 8), running)
    running = sum(log.subarray(at + frameHeader, at + frameHeader + pageSize), running)
    if (running[0] !== log.readUInt32BE(at + 16) || running[1] !== log.readUInt32BE(at + 20)) break
    pending.push([log.readUInt32BE(at), at + frameHeader])
    if (log.readUInt32BE(at + 4) === 0) continue
    for (const [page, offset] of pending) committed.set(page, offset)
    pending = []
  }
  return committed
}

type Sum = [number, number]

const checksum =
  (order: 'big' | 'little') =>
  (bytes: Buffer, [one, two]: Sum): Sum => {
    for (let at = 0; at < bytes.length; at += 8) {
      const [first, second] =
        order === 'big'
          ? [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
          : [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)]
      one = (one + first + two) >>> 0
      two = (two + second + one) >>> 0
    }
    return [one, two]
  }
