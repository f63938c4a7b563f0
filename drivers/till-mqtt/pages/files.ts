import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { codeOf } from '#runtime/errors.ts'

export interface PageFile {
  type: string
  body: Buffer
  /** Where it is worth it. */
  gzip?: Buffer
  /** Its name holds the hash of its content. */
  forever: boolean
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
  json: 'application/json',
}

const squeezed: ReadonlySet<string> = new Set(['html', 'js', 'css', 'svg', 'json'])

/**
 * A built page (`web/dist/NAME`) in memory, by the path below its folder: what is not in it cannot be asked for. Empty
 * where it was not built.
 */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of list(folder)) {
    const ending = entry.slice(entry.lastIndexOf('.') + 1)
    const type = types[ending]
    if (type === undefined) continue
    const body = readFileSync(join(folder, entry))
    const gzip = squeezed.has(ending) ? { gzip: gzipSync(body, { level: 9 }) } : {}
    files.set(entry, { type, body, ...gzip, forever: /-[\w-]{8}\.\w+$/.test(entry) })
  }
  return files
}

function list(folder: string): string[] {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    return found
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(folder.length).replace(/^\//, ''))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
