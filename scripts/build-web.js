// `npm run build:web`: the pages (web/) → web/dist, one folder a page, by vite. Nothing is downloaded.
// With --if-stale it does nothing where web/dist was made of the very same sources. It stays JavaScript, and vite is only
// loaded for building, so that a daemon may ask at its start.
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'web/dist')

/**
 * Pages. `base`: the address below which its server has the files that it loads; its page itself may be anywhere. `surface`:
 * worked on at a desk, or by touch. `title`: until its scripts run.
 */
const pages = {
  'head-office': { base: '/', surface: 'desk', title: 'دفتر مرکزی' },
  kiosk: { base: '/kiosk-files/', surface: 'touch', title: 'کیوسک' },
  lane: { base: '/lane-files/', surface: 'touch', title: 'صندوق' },
}

const hashOf = (path) =>
  existsSync(join(root, path))
    ? createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex')
    : 'none'

/** What stands in web/ now, with this file and the packages' versions. */
const ownFiles = () =>
  [
    ...globSync('web/**/*.{ts,tsx,css,html,svg,json,woff2}', { cwd: root, exclude: (path) => path === 'web/dist' }),
    'package-lock.json',
    relative(root, fileURLToPath(import.meta.url)),
  ].filter((path) => !path.startsWith('web/dist') && !/\.test\.tsx?$/.test(path))

const stampFile = join(dist, 'built-from.json')

/** Whether web/dist was built of what is here now: also of the files of other folders that got into it. */
function isFresh() {
  let stamp
  try {
    stamp = JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return false
  }
  const known = Object.keys(stamp)
  const own = ownFiles()
  return own.every((path) => path in stamp) && known.every((path) => stamp[path] === hashOf(path))
}

/** web/index.html as one page has it. */
const filled = (html, values) => html.replace(/%(page|surface|title)%/g, (_, key) => values[key])

/** Builds all pages beside web/dist, then puts them in its place, so that nobody serves half of them. */
async function buildPages() {
  const { build } = await import('vite')
  const work = join(root, `web/dist.${process.pid}`)
  const sources = new Set(ownFiles())
  mkdirSync(work)
  try {
    for (const [page, { base, surface, title }] of Object.entries(pages)) {
      const values = { page, surface, title }
      const built = await build({
        configFile: false,
        root: join(root, 'web'),
        base,
        plugins: [{ name: 'page', transformIndexHtml: { order: 'pre', handler: (html) => filled(html, values) } }],
        logLevel: 'warn',
        publicDir: false,
        oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
        build: {
          outDir: join(work, page),
          emptyOutDir: true,
          target: ['chrome123', 'firefox120', 'safari17.5'],
          // A strict content security policy lets nothing in as data: or inline.
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
          chunkSizeWarningLimit: 700,
          rolldownOptions: { checks: { pluginTimings: false } },
        },
      })
      for (const { output } of [built].flat())
        for (const part of output)
          for (const id of Object.keys(part.modules ?? {})) {
            const path = relative(root, id.replace(/^\0/, '').split('?')[0])
            if (!path.startsWith('..') && !path.startsWith('node_modules') && existsSync(join(root, path))) sources.add(path)
          }
    }
    const stamp = Object.fromEntries([...sources].sort().map((path) => [path, hashOf(path)]))
    writeFileSync(join(work, 'built-from.json'), JSON.stringify(stamp, null, 1))
    const before = `${work}.before`
    if (existsSync(dist)) renameSync(dist, before)
    renameSync(work, dist)
    rmSync(before, { recursive: true, force: true })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (Number.parseInt(process.versions.node, 10) < 24) {
    process.stderr.write('run it by `npm run build:web`: it uses the Node 24 that npm install put into node_modules\n')
    process.exit(2)
  }
  if (!process.argv.includes('--if-stale') || !isFresh()) {
    const start = performance.now()
    await buildPages()
    process.stdout.write(`pages built: ${Object.keys(pages).join(', ')} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
  }
}
