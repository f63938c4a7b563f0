import { execFile } from 'node:child_process'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { startVafa, vafaCommand } from '#simulators/process/watched-process.ts'
import { makeChain, openSale } from './chain.ts'

const run = promisify(execFile)

async function vafa(...args: string[]): Promise<{ code: number; output: string }> {
  const [command, ...rest] = vafaCommand(args)
  try {
    const { stdout, stderr } = await run(command, rest)
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

it('a box without its key does not start and says what to do; with it the sales of before are there, traced and salvaged', async () => {
  const chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 50 } })
  onTestFinished(() => chain.close())
  const { gatewayConfig, clubConfig } = chain
  const gateway = startVafa(['gateway', '-c', gatewayConfig])
  onTestFinished(async () => void (await gateway.stop()))
  await gateway.line(/^ready:/)
  const till = await chain.till()
  const { saleid, payable } = await openSale(till, 120_000, 'R-1')
  await till.request({ op: 'complete', saleid, tenders: [{ kind: 'cash', amount: payable }] }, { until: 'result' })
  gateway.signal('SIGKILL')
  await gateway.ended

  const database = join(dirname(gatewayConfig), 'data/gateway.sqlite')
  const key = `${database}.key`
  expect(statSync(key).mode & 0o777).toBe(0o600)
  renameSync(key, `${key}.away`)
  const refused = await vafa('gateway', '-c', gatewayConfig)
  expect(refused).toMatchObject({ code: 4, output: expect.stringContaining('its key is not in') })
  expect(await vafa('trace', saleid, '--box', gatewayConfig)).toMatchObject({
    code: 4,
    output: expect.stringContaining('put the file back'),
  })
  writeFileSync(key, `${'0'.repeat(64)}\n`)
  expect(await vafa('gateway', '-c', gatewayConfig)).toMatchObject({ code: 1, output: expect.stringContaining('not the one of') })
  rmSync(key)

  // As after a move to another disk: the key lies elsewhere, and another one takes its place.
  await chain.start('club')
  const away = { gateway: `${gatewayConfig}.away`, key: `${key}.away` }
  writeFileSync(
    away.gateway,
    readFileSync(gatewayConfig, 'utf8').replace(/^database:/m, `databaseKeyFile: ${away.key}\ndatabase:`),
  )
  expect(await vafa('gateway', 'key', 'rotate', '-c', away.gateway)).toMatchObject({ code: 0 })
  expect(readFileSync(away.key, 'utf8').trim().split('\n')).toHaveLength(2)
  expect(await vafa('trace', saleid, '--language', 'en', '--box', away.gateway)).toMatchObject({
    code: 0,
    output: expect.stringContaining('committed'),
  })
  expect(await vafa('gateway', 'salvage', database, '--key', away.key, '-c', gatewayConfig)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/([1-9]) of \1 facts/),
  })
  expect(await vafa('trace', saleid, '--language', 'en', '--box', away.gateway, '--club', clubConfig)).toMatchObject({
    code: 0,
    output: expect.stringContaining('booked by the club'),
  })
})
