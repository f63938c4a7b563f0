import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { keepGateway } from '#gateway/configuration/keeper.ts'
import { openConfigurationShelf } from '#gateway/configuration/record.ts'
import type { ConfigurationOrder } from '#protocol/configuration.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'

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
