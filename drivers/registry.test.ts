import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { displaySerialDriver } from './display-serial/driver.ts'
import { drivers, registerDrivers } from './registry.ts'

describe('the registry of drivers', () => {
  test('knows each driver under the name that the configuration uses', () => {
    expect([...drivers.keys()].sort()).toEqual(['display-serial', 'pcsc', 'printer-escpos', 'scanner-serial', 'till-tcp'])
    for (const [kind, driver] of drivers) expect(driver.kind).toBe(kind)
  })

  test('refuses two drivers of one name', () => {
    expect(() => registerDrivers([displaySerialDriver, displaySerialDriver])).toThrow(
      'two drivers call themselves display-serial',
    )
  })

  test('loads no device library before a device is opened', () => {
    const code = `
      await import('./drivers/registry.ts')
      const { createRequire } = await import('node:module')
      const heavy = Object.keys(createRequire(import.meta.url).cache).filter((file) => /serialport|escpos|nfc-pcsc/.test(file))
      process.stdout.write(JSON.stringify(heavy))`
    const folder = new URL('..', import.meta.url)
    const heavy = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' })
    expect(JSON.parse(heavy)).toEqual([])
  })
})
