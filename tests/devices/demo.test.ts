import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startVafa } from '#simulators/process/watched-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'vafa-demo-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Step {
  what: string
  status: string
  credit: number
  discount: number
  png: string
}

test('the demo plays a morning from sign-up to reversal, its receipts add up to the ledger, and it ends by itself', async () => {
  const demo = startVafa(['demo', '--json', '--keep', join(folder, 'kept')])
  expect(await demo.ended, demo.output()).toBe(0)
  const { steps, balance } = JSON.parse(demo.output()) as { steps: Step[]; balance: number }
  expect(steps.map(({ what, status, discount }) => ({ what, status, discount }))).toEqual([
    { what: 'purchase', status: 'accepted', discount: 62_500 },
    { what: 'purchase', status: 'accepted', discount: 0 },
    { what: 'purchase', status: 'provisional', discount: 0 },
    { what: 'reversal', status: 'accepted', discount: 0 },
  ])
  expect(balance).toBe(118_750 + 84_000 + 200_000 - 84_000)
  expect(steps.reduce((sum, { credit }) => sum + credit, 0)).toBe(balance)
  for (const { png } of steps) expect(existsSync(png), png).toBe(true)
})
