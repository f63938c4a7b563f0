import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parse } from 'yaml'

const vafa = fileURLToPath(new URL('../vafa.js', import.meta.url))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-signing-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = (...given: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vafa, 'programme', ...given], { encoding: 'utf8', cwd: folder })
  return { status, stdout, stderr }
}
const programme = 'id: shop\nversion: 2\ncurrency: IRR\ninForceFrom: 1405-07-01\nrules: []\n'

it('makes a key that only its owner can read, signs rules with it and knows them again', () => {
  const made = run('key', '--out', 'key.json')
  expect(made).toMatchObject({ status: 0, stderr: '' })
  expect(statSync(join(folder, 'key.json')).mode & 0o777).toBe(0o600)
  const { programmeKeys } = parse(made.stdout)
  writeFileSync(join(folder, 'public.json'), JSON.stringify(programmeKeys[0]))
  writeFileSync(join(folder, 'rules.yaml'), programme)

  expect(run('sign', 'rules.yaml', '--key', 'key.json', '--out', 'rules.signed.json')).toEqual({
    status: 0,
    stdout: 'rules.signed.json: programme “shop” version 2, in force from 1405-07-01, signed with the key “programme-1”\n',
    stderr: '',
  })
  expect(run('verify', 'rules.signed.json', '--key', 'public.json').stdout).toBe(
    'rules.signed.json: ok, programme “shop” version 2, in force from 1405-07-01, signed with the key “programme-1”\n',
  )
  expect(run('sign', 'rules.yaml', '--key', 'public.json', '--out', 'other.json')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('holds only the public part'),
  })
  expect(run('sign', 'rules.yaml', '--key', 'key.json', '--out', 'rules.signed.json')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('rules.signed.json is there already'),
  })
})

it('signs no rules that are wrong, and says whose signature is not right', () => {
  run('key', '--out', 'key.json')
  run('key', '--out', 'other.json')
  writeFileSync(join(folder, 'rules.yaml'), programme.replace('1405-07-01', '1405-07-31'))
  const wrong = run('sign', 'rules.yaml', '--key', 'key.json', '--out', 'signed.json')
  expect(wrong).toMatchObject({ status: 3, stderr: expect.stringContaining('rules.yaml:4: inForceFrom: must be a date') })
  writeFileSync(join(folder, 'rules.yaml'), programme)
  run('sign', 'rules.yaml', '--key', 'key.json', '--out', 'signed.json')
  expect(run('verify', 'signed.json', '--key', 'other.json')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^vafa: the signature in signed\.json is not that of the key “programme-1”: .*\n$/),
  })
  const changed = readFileSync(join(folder, 'signed.json'), 'utf8').replace('1405-07-01', '1405-06-01')
  writeFileSync(join(folder, 'changed.json'), changed)
  expect(run('verify', 'changed.json', '--key', 'key.json')).toMatchObject({ status: 3, stdout: '' })
  expect(run('verify', 'rules.yaml', '--key', 'key.json').stderr).toContain('rules.yaml is not a signed programme')
})
