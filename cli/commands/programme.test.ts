import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const vafa = fileURLToPath(new URL('../vafa.js', import.meta.url))
const own = fileURLToPath(new URL('../../programme/default.yaml', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-programme-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...given: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vafa, 'programme', ...given], { encoding: 'utf8' })
  return { status, stdout, stderr }
}
const write = (name: string, text: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

it('says that a programme is right', () => {
  expect(run('check', own)).toEqual({ status: 0, stdout: `${own}: ok, programme “default” version 1, 3 rules\n`, stderr: '' })
})

it('names every wrong line, with the nearest right word', () => {
  const file = write(
    'wrong.yaml',
    `id: wrong
version: 1
currency: IRR
rules:
  - id: a
    order: 1
    when:
      any:
        - visits: { from: 3 }
        - weekday: [firday]
    effects:
      - { kind: credits, basisPoints: 5 }
      - { kind: credit, basisPoints: 5, atmost: 3 }
`,
  )
  const { status, stdout, stderr } = run('check', file)
  expect([status, stdout]).toEqual([3, ''])
  expect(stderr.split('\n')).toEqual([
    `vafa: ${file}:9: rules.0.when.any.0.visits: “visits” is no condition: did you mean “visit”?`,
    `${file}:10: rules.0.when.any.1.weekday.0: “firday” is no weekday: did you mean “friday”?`,
    `${file}:12: rules.0.effects.0.kind: “credits” is no effect: did you mean “credit”?`,
    `${file}:13: rules.0.effects.1.atmost: “atmost” is no part of this effect: did you mean “atMost”?`,
    'mend the lines named; docs/programme.md shows every condition and effect',
    '',
  ])
})

it('explains each rule in both languages', () => {
  const { stdout } = run('explain', own)
  expect(stdout).toContain('everyone-10\n    همیشه: ۱۰٪ مبلغ پرداختی اعتبار.')
  expect(stdout).toContain("When the visit's number is 11 or more: 15 % of what is paid as credit; the cashier is told “Tell")
  expect(stdout.indexOf('first-purchase')).toBeLessThan(stdout.indexOf('everyone-10'))
})

it('tells what a new version changes', () => {
  const text = readFileSync(own, 'utf8')
  const next = write(
    'next.yaml',
    `${text
      .replace('version: 1', 'version: 2')
      .replace('basisPoints: 1500', 'basisPoints: 1200')
      .replace('everyone-10', 'everyone')}
`,
  )
  const { stdout } = run('diff', own, next)
  expect(stdout).toMatch(/^version: 1 → 2\nchanged: regular-15\n {2}before:\n.*\n.*15 % .*\n {2}after:\n.*\n.*12 % /)
  expect(stdout).toMatch(/\nadded: everyone\n.*\n.*\nremoved: everyone-10\n/)
  expect(run('diff', own, own).stdout).toBe('nothing changes\n')
})
