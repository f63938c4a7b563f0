import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** What a server of pages sends back. */
export interface PageAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer | string
}

const compress = promisify(gzip)

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
  png: 'image/png',
  ico: 'image/x-icon',
}
const compressed: ReadonlySet<string> = new Set(['html', 'js', 'css', 'svg', 'json', 'webmanifest'])

/** One path inside the folder: words of letters, digits, dot, dash and underscore; none begins with a dot. */
const safePath = /^\/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/**
 * What every answer of a page server says to the browser: nothing from elsewhere, nothing written into the page runs, nobody
 * frames it.
 */
export const pageHeaders = ({ encrypted }: { encrypted: 'tls' | 'plain' }): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'self'",
    // The editor draws the line under what is wrong with an image of its own.
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  ...(encrypted === 'tls' ? { 'strict-transport-security': 'max-age=31536000' } : {}),
})

/**
 * Serves a page that vite has built: its files by their paths, the page itself (`index.html`) for every other path that
 * names no file. Files with a hash in their name (`/assets/`) may be kept for ever. `folder` may be built anew while this
 * runs.
 */
export function servePageFolder({ folder, name }: { folder: string; name: string }) {
  const kept = new Map<string, { stamp: string; plain: Buffer; small?: Buffer }>()

  async function fileAt(path: string) {
    const file = join(folder, path)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) return undefined
    const stamp = `${found.mtimeMs}-${found.size}`
    const known = kept.get(path)
    if (known?.stamp === stamp) return known
    const plain = await readFile(file)
    const fresh = { stamp, plain, ...(compressed.has(endOf(path)) ? { small: await compress(plain) } : {}) }
    kept.set(path, fresh)
    return fresh
  }

  async function send(path: string, accepted: string): Promise<PageAnswer | undefined> {
    const file = await fileAt(path)
    if (!file) return undefined
    const small = file.small && /\bgzip\b/.test(accepted) ? file.small : undefined
    return {
      status: 200,
      headers: {
        'content-type': types[endOf(path)] ?? 'application/octet-stream',
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'accept-encoding',
        ...(small ? { 'content-encoding': 'gzip' } : {}),
      },
      body: small ?? file.plain,
    }
  }

  return {
    /** `path`: of the request, without its query. `accepted`: its `accept-encoding`. */
    async answer(path: string, accepted = ''): Promise<PageAnswer> {
      const isFile = /\.[a-z0-9]+$/.test(path)
      const found = isFile && safePath.test(path) ? await send(path, accepted) : undefined
      if (found) return found
      if (isFile) return plainText(404, 'there is no such file')
      return (await send('/index.html', accepted)) ?? notBuilt(name)
    },
  }
}

const endOf = (path: string) => path.slice(path.lastIndexOf('.') + 1)

const plainText = (status: number, text: string): PageAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: `${text}\n`,
})

/** A checkout whose pages nobody has built yet. */
const notBuilt = (name: string): PageAnswer => ({
  status: 503,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: `<!doctype html><html lang="fa" dir="rtl"><meta charset="utf-8"><title>وفا</title>
<p>این صفحه هنوز ساخته نشده است. روی همین دستگاه، در پوشهٔ وفا: <code dir="ltr">npm run build:web</code>
<p lang="en" dir="ltr">The page “${name}” is not built yet. On this machine, in Vafa’s folder: <code>npm run build:web</code>
`,
})
