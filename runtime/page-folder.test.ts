import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { servePageFolder } from './page-folder.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'vafa-pages-'))
  mkdirSync(join(root, 'page/assets'), { recursive: true })
  writeFileSync(join(root, 'secret.txt'), 'secret')
  writeFileSync(join(root, 'page/index.html'), '<!doctype html>page')
  writeFileSync(join(root, 'page/assets/main-1a2b.js'), 'let a = 1\n'.repeat(100))
})
afterAll(() => rmSync(root, { recursive: true }))
const page = () => servePageFolder({ folder: join(root, 'page'), name: 'head-office' })

it('serves the page at every path of its own, and what it loads for ever', async () => {
  const { answer } = page()
  for (const path of ['/', '/members', '/stores/s1'])
    expect(await answer(path)).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' }, body: expect.anything() })
  const script = await answer('/assets/main-1a2b.js', 'br, gzip')
  expect(script).toMatchObject({
    status: 200,
    headers: { 'content-encoding': 'gzip', 'cache-control': expect.stringMatching(/immutable/) },
  })
  expect(gunzipSync(script.body as Buffer).length).toBe(1_000)
  expect(await answer('/assets/old.js')).toMatchObject({ status: 404 })
})

it('serves the new page once it is built anew', async () => {
  const { answer } = page()
  await answer('/')
  writeFileSync(join(root, 'page/index.html'), '<!doctype html>the new page')
  expect(String((await answer('/')).body)).toContain('the new page')
})

it('says how to build a page that is not built', async () => {
  const { answer } = servePageFolder({ folder: join(root, 'nowhere'), name: 'kiosk' })
  expect(await answer('/')).toMatchObject({ status: 503, body: expect.stringContaining('npm run build:web') })
})

it('gives nothing from outside its folder, whatever is asked', async () => {
  const { answer } = page()
  const paths = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom('..', '.', '/', '\\', '%2e', 'secret.txt', 'assets', '\0'), { maxLength: 8 })
      .map((parts) => parts.join('')),
    fc.constantFrom('/../secret.txt', '/assets/../../secret.txt', '//secret.txt', '/..%2fsecret.txt'),
  )
  await fc.assert(
    fc.asyncProperty(paths, async (path) => {
      expect(String((await answer(path)).body)).not.toContain('secret\n')
      expect(String((await answer(path)).body)).not.toBe('secret')
    }),
    { numRuns: 2_000 },
  )
})
