import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = [
  'protocol',
  'programme',
  'receipts',
  'runtime',
  'drivers',
  'agent',
  'gateway',
  'club',
  'simulators',
  'cli',
  'tests',
]

test('every test that docs/invariants.md names exists', () => {
  const names = [...readFileSync(join(root, 'docs/invariants.md'), 'utf8').matchAll(/^- "(.+)" \(/gm)].map(
    ([, name]) => name ?? '',
  )
  expect(names.length).toBeGreaterThan(25)
  const sources = folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
    )
    .filter((file) => /(\.test|conformance[a-z-]*)\.ts$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  expect(names.filter((name) => !["'", '"', '`'].some((quote) => sources.includes(`(${quote}${name}${quote}`)))).toEqual([])
})
