import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { driverKinds, loadDrivers } from './registry.ts'

const drivers = await loadDrivers()

describe('the registry of drivers', () => {
  test('knows each driver under the name that the configuration uses', () => {
    expect(driverKinds).toEqual([
      'display-serial',
      'fingerprint-r30x',
      'magstripe-hid',
      'pcsc',
      'pos-iso8583',
      'pos-nexo',
      'printer-escpos',
      'scanner-hid',
      'scanner-serial',
      'scanner-tcp',
      'till-http',
      'till-mqtt',
      'till-print',
      'till-tcp',
    ])
    for (const [kind, driver] of drivers) expect(driver.kind).toBe(kind)
  })

  test.each(driverKinds)(
    '%s keeps the contract in the conformance suite, and has a manual that says what was never tried',
    (kind) => {
      const suite = new URL(`../tests/devices/conformance-${kind}.test.ts`, import.meta.url)
      expect(existsSync(suite), `tests/devices/conformance-${kind}.test.ts`).toBe(true)
      const text = readFileSync(suite, 'utf8')
      const driver = `${kind.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}(?:Driver|Over)`
      expect(text).toMatch(new RegExp(`import \\{ ${driver} \\} from '#drivers/${kind}/driver.ts'`))
      expect(text).toMatch(new RegExp(`conformance\\((?:'|\`)[\\s\\S]*driver: ${driver}`))

      const manual = readFileSync(new URL(`../docs/devices/${kind}.md`, import.meta.url), 'utf8')
      for (const part of ['## Wiring', '## Settings', '## Limits', '## Tested'])
        expect(manual, `${kind}.md`).toContain(`\n${part}\n`)
      expect(manual).toMatch(/\*\*Never\s(?:on|with)\s/)
      expect(manual).toMatch(/Meant\s+for:/)
    },
  )

  test('loads what a box is configured with, and all where it is asked for what there is not', async () => {
    expect([...(await loadDrivers(['till-tcp', 'pcsc'])).keys()]).toEqual(['pcsc', 'till-tcp'])
    expect([...(await loadDrivers(['till-tcp', 'till-telex'])).keys()]).toEqual(driverKinds)
  })

  test('takes the settings that the manuals show', () => {
    const folder = new URL('../docs/devices/', import.meta.url)
    const shown = readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/```yaml\n(devices:[\s\S]*?)```/g)])
      .flatMap(([, yaml = '']): { driver: string; options?: unknown }[] => parse(yaml).devices)
    const scanning = ['magstripe-hid', 'scanner-hid', 'scanner-serial', 'scanner-tcp']
    for (const kind of ['display-serial', 'fingerprint-r30x', 'pos-nexo', 'printer-escpos', 'till-tcp', ...scanning])
      expect(shown.map(({ driver }) => driver)).toContain(kind)
    for (const { driver, options = {} } of shown) drivers.get(driver)?.options.parse(options)
  })

  test('says what a connection may be, where it is none', () => {
    const result = drivers.get('display-serial')?.options.safeParse({ connection: { usb: 1 } })
    expect(result?.error?.issues[0]).toMatchObject({
      path: ['connection'],
      message: expect.stringContaining('`tcp: { host, port }`'),
    })
  })

  test('loads no device library before a device is opened', () => {
    const code = `
      await (await import('./drivers/registry.ts')).loadDrivers()
      const { createRequire } = await import('node:module')
      const heavy = Object.keys(createRequire(import.meta.url).cache).filter((file) => /serialport|escpos|nfc-pcsc|node-hid|fastify|websocket/.test(file))
      process.stdout.write(JSON.stringify(heavy))`
    const folder = new URL('..', import.meta.url)
    const heavy = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' })
    expect(JSON.parse(heavy)).toEqual([])
  })
})
