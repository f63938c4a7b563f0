import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { keepGateway } from '#gateway/configuration/keeper.ts'
import { openConfigurationShelf } from '#gateway/configuration/record.ts'
import type { ConfigurationOrder } from '#protocol/configuration.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { connectTill } from '#simulators/till/till-client.ts'

/** A box whose power went while a configuration was on trial. */
function cutOff(change: (own: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-trial-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = { store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [] }
  const { gatewayConfigs } = writeInstallation({ folder: join(folder, 'club'), club: 'test', clubPort: 9, stores: [store] })
  const file = gatewayConfigs.get('s1') ?? ''
  const own = readFileSync(file, 'utf8')
  const order: ConfigurationOrder = {
    ...{ id: systemRuntime.uuid(), club: 'test', store: 's1', version: 1, actor: 'sara', healthyseconds: 60 },
    ...{ at: '2026-11-22T00:00:00.000Z', expiresat: '2026-12-22T00:00:00.000Z' },
    text: change(own),
  }
  const shelf = openConfigurationShelf(file)
  shelf.begin(order)
  return { file, own, shelf }
}

async function start(file: string) {
  const kept = await keepGateway({ configFile: file, runtime: systemRuntime, log: silentLogger })
  await kept.close()
}

it('a configuration with which the gateway cannot even start is taken back at the next start', async () => {
  const { file, own } = cutOff((text) => text.replace('secrets/token-key', 'secrets/elsewhere'))
  await start(file)
  expect(readFileSync(file, 'utf8')).toBe(own)
  expect(openConfigurationShelf(file).state()).toMatchObject({
    refused: { version: 1, key: 'configuration.unhealthy', reason: expect.stringContaining('secrets/elsewhere') },
  })
})

it('one that starts is tried on after a restart, but not for ever: the third start is the last', async () => {
  const { file, own } = cutOff((text) => `# pushed\n${text}`)
  await start(file)
  await start(file)
  expect(openConfigurationShelf(file).state()).toEqual({ trial: 1 })
  await start(file)
  expect(readFileSync(file, 'utf8')).toBe(own)
  expect(openConfigurationShelf(file).state()).toMatchObject({
    refused: { version: 1, reason: expect.stringContaining('3 times') },
  })
})

it('a sale at the till comes to its end before the box works by another configuration, which goes back where the club does not answer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-calm-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const port = await freePort()
  const till = { device: 'till-1', lane: 'lane-1', driver: 'till-tcp', options: { port } }
  const store = { store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [till] }
  const { gatewayConfigs } = writeInstallation({ folder: join(folder, 'club'), club: 'test', clubPort: 9, stores: [store] })
  const file = gatewayConfigs.get('s1') ?? ''
  const runtime = createVirtualRuntime({ startAt: Date.now() })
  const kept = await keepGateway({ configFile: file, runtime, log: silentLogger })
  onTestFinished(() => kept.close())
  const former = kept.gateway
  await expect.poll(() => former.health(), { timeout: 15_000 }).toMatchObject([{ device: 'till-1', status: 'ready' }])
  const cashier = await connectTill({ port })
  const sale = { tillreceipt: '1', total: 50_000, lines: [] }
  const opened = await cashier.request({ op: 'open', sale }, { until: 'quote' })
  expect(former.busy()).toEqual(['lane-1'])

  writeFileSync(file, readFileSync(file, 'utf8').replace('Store', 'Shop'))
  expect(await kept.reload()).toEqual({ changed: true })
  await runtime.advance(60_000)
  expect(kept.gateway).toBe(former)
  await cashier.request({ op: 'cancel', ...('saleid' in opened ? { saleid: opened.saleid } : {}) })
  expect(former.busy()).toEqual([])
  await runtime.advance(1_000)
  await expect.poll(() => kept.gateway, { timeout: 15_000 }).not.toBe(former)
  await cashier.closed
  const tried = kept.gateway
  const state = () => openConfigurationShelf(file).state()
  const later = async () => {
    await runtime.advance(5_000)
    return kept.gateway
  }
  await expect.poll(later, { timeout: 15_000 }).not.toBe(tried)
  expect(state()).toMatchObject({ refused: { key: 'configuration.unhealthy', reason: 'the club does not answer' } })
})
