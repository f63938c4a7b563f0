/**
 * Rows out of the pages of a SQLite database whose trees may be broken (SQLite, “Database File Format”). Each page that
 * holds rows of a table is read by itself, whether or not anything still leads to it. So rows come in no order, some in an
 * older version too, and from pages that were given up; who reads them must be able to tell what is whole.
 */
export interface DatabasePages {
  pageSize: number
  /** Bytes at the end of each page that are not SQLite's. */
  reserved: number
  count: number
  /** Page `number`, from 1 on; undefined where the disk does not give it. */
  page(number: number): Buffer | undefined
}

export type SqliteValue = null | number | string | Buffer

export interface FoundRow {
  /** The page on which it lies. */
  page: number
  /** Of a table that has one; an entry of an index, or a row of a table WITHOUT ROWID, has none. */
  rowid?: number
  values: SqliteValue[]
}

/** Kinds of pages that hold rows: how long their header is, and what stands before a payload. */
const kinds: Readonly<Record<number, { header: number; child: number; rowid: 0 | 1 }>> = {
  13: { header: 8, child: 0, rowid: 1 },
  10: { header: 8, child: 0, rowid: 0 },
  // In an index, inner pages hold entries too.
  2: { header: 12, child: 4, rowid: 0 },
}
type Kind = (typeof kinds)[number]
const headerOfFile = 100
/** What the format allows at most, as a bound for what rubbish may say. */
const payloadMost = 64 * 1_048_576

/** Every row that can be read on any page. What cannot is left out: nothing here throws. */
export function* rowsIn(database: DatabasePages): Generator<FoundRow> {
  for (let number = 1; number <= database.count; number++) {
    const page = database.page(number)
    if (!page) continue
    const start = number === 1 ? headerOfFile : 0
    const kind = kinds[page[start] ?? 0]
    if (!kind) continue
    for (const at of cellsOf(page, start, kind)) {
      const row = rowAt(database, { page, at, kind })
      if (row) yield { page: number, ...row }
    }
  }
}

function cellsOf(page: Buffer, start: number, { header }: Kind): number[] {
  const cells: number[] = []
  const count = page.readUInt16BE(start + 3)
  const first = start + header
  for (let n = 0; n < count && first + 2 * n + 2 <= page.length; n++) {
    const at = page.readUInt16BE(first + 2 * n)
    if (at >= first && at < page.length) cells.push(at)
  }
  return cells
}

function rowAt(
  database: DatabasePages,
  { page, at, kind }: { page: Buffer; at: number; kind: Kind },
): Omit<FoundRow, 'page'> | undefined {
  const length = varint(page, at + kind.child)
  if (!length || length.value < 0 || length.value > payloadMost) return undefined
  const rowid = kind.rowid === 1 ? varint(page, length.next) : undefined
  if (kind.rowid === 1 && !rowid) return undefined
  const payload = payloadAt(database, { page, at: (rowid ?? length).next, length: length.value, kind })
  const values = payload && valuesOf(payload)
  return values && { values, ...(rowid ? { rowid: rowid.value } : {}) }
}

/** A cell's payload: what lies on the page, and what lies on overflow pages, one leading to the next. */
function payloadAt(
  database: DatabasePages,
  { page, at, length, kind }: { page: Buffer; at: number; length: number; kind: Kind },
): Buffer | undefined {
  const usable = database.pageSize - database.reserved
  const most = kind.rowid === 1 ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
  if (length <= most) return at + length <= usable ? page.subarray(at, at + length) : undefined
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const kept = least + ((length - least) % (usable - 4))
  const local = kept <= most ? kept : least
  if (at + local + 4 > usable) return undefined
  const parts = [page.subarray(at, at + local)]
  let left = length - local
  let next = page.readUInt32BE(at + local)
  while (left > 0) {
    const overflow = next >= 1 && next <= database.count ? database.page(next) : undefined
    if (!overflow) return undefined
    const part = overflow.subarray(4, Math.min(usable, 4 + left))
    parts.push(part)
    left -= part.length
    next = overflow.readUInt32BE(0)
  }
  return Buffer.concat(parts)
}

/** A record: the kinds of its values, then the values. */
function valuesOf(payload: Buffer): SqliteValue[] | undefined {
  const header = varint(payload, 0)
  if (!header || header.value > payload.length) return undefined
  const values: SqliteValue[] = []
  let at = header.next
  let from = header.value
  while (at < header.value) {
    const kind = varint(payload, at)
    if (!kind) return undefined
    at = kind.next
    const read = readValue(payload, from, kind.value)
    if (!read) return undefined
    values.push(read.value)
    from += read.length
  }
  return at === header.value ? values : undefined
}

const integerLengths = [0, 1, 2, 3, 4, 6, 8]

function readValue(payload: Buffer, from: number, kind: number): { value: SqliteValue; length: number } | undefined {
  if (kind === 0) return { value: null, length: 0 }
  if (kind === 8 || kind === 9) return { value: kind - 8, length: 0 }
  const length = kind >= 12 ? (kind - (kind % 2 === 0 ? 12 : 13)) / 2 : (integerLengths[kind] ?? 8)
  if (kind === 10 || kind === 11 || from + length > payload.length) return undefined
  const bytes = payload.subarray(from, from + length)
  if (kind >= 12) return { value: kind % 2 === 0 ? Buffer.from(bytes) : bytes.toString('utf8'), length }
  if (kind === 7) return { value: bytes.readDoubleBE(), length }
  return { value: length === 8 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, length), length }
}

/** SQLite's variable-length integer: seven bits a byte, the ninth byte whole. */
function varint(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0n
  for (let n = 0; n < 9; n++) {
    const byte = bytes[at + n]
    if (byte === undefined) return undefined
    if (n === 8) return { value: Number(BigInt.asIntN(64, (value << 8n) | BigInt(byte))), next: at + 9 }
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) return { value: Number(value), next: at + n + 1 }
  }
  return undefined
}
