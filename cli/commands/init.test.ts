import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { agentConfig } from '#agent/config.ts'
import { readClubConfig } from '#club/config.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createUsers } from '#club/head-office/users.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { gatewayConfig } from '#gateway/config.ts'
import { localBrokerOf } from '#gateway/local-broker.ts'
import { readConfig, readSecret } from '#runtime/config.ts'
import { init } from './init.ts'

test('a new installation with every part is one that each of its programs takes, and no two stores share a port', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-init-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const made = join(folder, 'club')
  await init(made, { stores: ['s1', 's2'], port: 1_883, pagesPort: 8_080, with: ['http', 'mqtt', 'agent', 'pages'] })
  expect(readClubConfig(join(made, 'club.yaml')).stores.map(({ store }) => store)).toEqual(['s1', 's2'])
  const office = openOfficeDatabase(readClubConfig(join(made, 'club.yaml')).officeFile)
  onTestFinished(() => void office.close())
  const users = createUsers(office)
  expect(users.find('admin')).toMatchObject({ role: 'administrator', mustChange: true })
  const drivers = await loadDrivers()
  const ports: number[] = []
  for (const store of ['s1', 's2']) {
    const config = readConfig(join(made, store, 'gateway.yaml'), gatewayConfig)
    const devices = [...config.devices, ...localBrokerOf(config)]
    expect(devices.map(({ driver }) => driver)).toEqual(
      expect.arrayContaining(['till-http', 'till-mqtt', 'pos-iso8583', 'till-tcp']),
    )
    for (const { driver, options } of devices) {
      drivers.get(driver)?.options.parse(options)
      ports.push(...[...JSON.stringify(options).matchAll(/"port":(\d+)/g)].map(([, port]) => Number(port)))
      for (const [, file = ''] of JSON.stringify(options).matchAll(/"secretFile":"([^"]+)"/g))
        expect(readSecret(join(made, store, file), file).length).toBeGreaterThanOrEqual(32)
    }
    const agent = readConfig(join(made, store, 'agent.yaml'), agentConfig)
    expect(ports).toContain(agent.gateway.port)
  }
  expect(new Set(ports).size).toBe(ports.length)
})
