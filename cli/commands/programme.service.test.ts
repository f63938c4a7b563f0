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

const club = `id: club
version: 1
currency: IRR
inForceFrom: '1406-01-01'
expiry:
  credit: { after: { months: 6 }, remind: [{ days: 14 }] }
tiers:
  window: { calendar: year }
  downgrade: drop-one
  list:
    - { id: bronze, name: { fa: برنز, en: Bronze } }
    - { id: gold, name: { fa: طلایی, en: Gold }, spend: 50000000 }
groups:
  - { id: bonus, mode: cumulative, atMost: 500000 }
rules:
  - id: gold-visit
    on: visit
    group: bonus
    order: 1
    when: { tier: [gold] }
    effects: [{ kind: credit, amount: 20000, expires: { days: 7 } }]
`

it('explains what a programme settles besides its rules, and tells what of it changes', () => {
  const file = write('club.yaml', club)
  expect(run('check', file).stdout).toBe(`${file}: ok, programme “club” version 1, 1 rule\n`)
  const { stdout } = run('explain', file)
  expect(stdout).toContain(
    'tiers.gold\n    سطح «طلایی» ۵۰,۰۰۰,۰۰۰ ریال خرید می‌خواهد.\n    The tier “Gold” asks for purchases of 50,000,000 IRR.\n',
  )
  expect(stdout).toContain(
    'When a visit begins and the tier is “gold”: 20,000 IRR as credit, for 7 days. The rules of the group “bonus” add up',
  )
  const next = write('club-next.yaml', club.replace('days: 14', 'days: 7').replace('drop-one', 'never'))
  expect(run('diff', file, next).stdout.split('\n')).toEqual([
    'expiry.credit: Credit lasts 6 Jalali months; it is announced 14 days ahead. → Credit lasts 6 Jalali months; it is announced 7 days ahead.',
    'tiers: Tiers are measured by the current Jalali year; who does not reach theirs any more goes down one tier. → Tiers are measured by the current Jalali year; who does not reach theirs any more keeps the tier.',
    '',
  ])
})

it('names the line of a tier, a group and a gift that mean nothing', () => {
  const file = write(
    'meaningless.yaml',
    club
      .replace('tier: [gold]', 'tier: [glod]')
      .replace('group: bonus', 'group: bonsu')
      .replace('amount: 20000', 'basisPoints: 500'),
  )
  expect(run('check', file).stderr.split('\n').slice(0, 3)).toEqual([
    `vafa: ${file}:18: rules.0.group: “bonsu” is no group: did you mean “bonus”?`,
    `${file}:20: rules.0.when.tier.0: “glod” is no tier: did you mean “gold”?`,
    `${file}:21: rules.0.effects.0.basisPoints: \`basisPoints\` needs a purchase, and this rule is on visit`,
  ])
})
