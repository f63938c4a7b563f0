import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hidPosDescriptor } from '#simulators/hid/descriptors.ts'
import { writeUmockdev } from '#simulators/hid/umockdev-files.ts'

test('vafa devices finds a scanner by the kernel’s own tree, without udevadm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-attached-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const device = { path: '/dev/hidraw0', vendorId: 0x0c2e, productId: 0x0b61, title: 'Honeywell 1950', usagePage: 0x8c, usage: 2 }
  const [program = '', ...words] = writeUmockdev(folder, {
    ...{ device, descriptor: hidPosDescriptor, reports: [], starts: 'when-written' as const },
  })
  const vafa = join(import.meta.dirname, '../../cli/main.ts')
  const run = spawnSync(program, [...words, process.execPath, vafa, 'devices', '--json'], {
    encoding: 'utf8',
    // Nothing to be found there but what is needed to begin.
    env: { PATH: '/usr/bin', HOME: folder },
  })
  expect(JSON.parse(run.stdout)).toEqual({
    attached: [{ kind: 'hid', path: '/dev/hidraw0', title: 'Honeywell 1950', usb: '0c2e:0b61', usage: 'scanner' }],
    printers: [],
  })
})
