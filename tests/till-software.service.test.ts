import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { makeChain, whenClubAnswers } from './chain.ts'

test('one sale by each way that a till’s software may speak: TCP, HTTP, MQTT', async () => {
  const port = await freePort()
  const chain = await makeChain({
    lane: { receipt: { via: 'till' }, secretFile: 'secrets/lane-1', budgetMs: 10_000 },
    devices: (lane) => [
      {
        device: 'tills',
        lane,
        driver: 'till-http',
        options: { port, tills: [{ till: 'till-1', lane, secretFile: 'secrets/lane-1' }] },
      },
    ],
  })
  onTestFinished(() => chain.close())
  const config = parse(readFileSync(chain.gatewayConfig, 'utf8'))
  writeFileSync(chain.gatewayConfig, stringify({ ...config, localBroker: { port: await freePort() } }))
  expect(readFileSync(join(dirname(chain.gatewayConfig), 'secrets/lane-1'), 'utf8').length).toBeGreaterThan(32)
  await chain.start('club')
  await chain.start('gateway')
  await whenClubAnswers(await chain.till())

  for (const via of ['tcp', 'http', 'mqtt']) {
    const sale = startVafa(['sim', 'sale', '--via', via, '-c', chain.gatewayConfig, '--amount', '250000', '--json'], {})
    await sale.line(/"op":"completed"/)
    await sale.line(/"op":"result".*"status":"accepted"/)
    expect(await sale.ended).toBe(0)
  }
  await expect.poll(() => chain.books().sales.length, { timeout: 10_000 }).toBe(3)
})
