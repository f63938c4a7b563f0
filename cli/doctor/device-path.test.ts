import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { machineTree, type TreeDevice } from '../attached/machine-tree.ts'
import { lookAtPath } from './device-path.ts'

const adapter: TreeDevice = { usb: '1a86:7523', product: 'USB Serial', class: 'ff', driver: 'ch341', node: 'tty/ttyUSB0' }

function machineWith(...devices: TreeDevice[]) {
  const machine = machineTree(devices)
  onTestFinished(machine.end)
  return machine
}

test('a path that is there and free is nothing to speak of', () => {
  expect(lookAtPath('device scanner', '/dev/ttyUSB0', machineWith(adapter))).toBeUndefined()
})

test('a cable that is out: says what of the kind is there', () => {
  expect(lookAtPath('device scanner', '/dev/ttyUSB7', machineWith(adapter))).toMatchObject({
    layer: 'cable',
    detail: 'there is no /dev/ttyUSB7; there are /dev/ttyUSB0',
    command: 'vafa devices',
  })
})

test('a name that udev made for what is gone says where it pointed', () => {
  const machine = machineWith({ ...adapter, links: ['serial/by-id/usb-scanner'] })
  rmSync(join(machine.dev, 'ttyUSB0'))
  expect(lookAtPath('device scanner', '/dev/serial/by-id/usb-scanner', machine)).toMatchObject({
    layer: 'cable',
    detail: expect.stringContaining('which is gone'),
  })
})

test.each([
  ['an adapter', '/dev/ttyUSB0', { usb: '1a86:7523', product: 'USB Serial', class: 'ff' }, 'sudo modprobe ch341'],
  ['a printer', '/dev/usb/lp0', { usb: '0416:5011', product: 'POS-80', class: '07' }, 'sudo modprobe usblp'],
])('%s that no driver of the kernel has taken', (_, path, device, command) => {
  expect(lookAtPath('device x', path, machineWith(device))).toMatchObject({ layer: 'kernel-driver', command })
})

test('a device that another program has open: names it', async () => {
  const machine = machineWith(adapter)
  const path = join(machine.dev, 'ttyUSB0')
  const other = spawn('sh', ['-c', 'exec 3<>"$1"; echo open; exec sleep 60', 'sh', path], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void other.kill())
  await once(other.stdout, 'data')
  await expect.poll(() => lookAtPath('device scanner', '/dev/ttyUSB0', machine)?.detail).toContain('open in sleep')
  expect(lookAtPath('device scanner', '/dev/ttyUSB0', machine)).toMatchObject({
    layer: 'port',
    command: `sudo kill ${other.pid}`,
  })
  expect(lookAtPath('device scanner', '/dev/ttyUSB0', machine, { ours: other.pid ?? 0 })).toBeUndefined()
})

test('a device that this user may not open', () => {
  const machine = machineWith(adapter)
  chmodSync(join(machine.dev, 'ttyUSB0'), 0o600)
  chmodSync(join(machine.dev, '..'), 0o755)
  const script = `import { lookAtPath } from ${JSON.stringify(join(import.meta.dirname, 'device-path.ts'))}
    console.log(JSON.stringify(lookAtPath('device scanner', '/dev/ttyUSB0', ${JSON.stringify(machine)})))`
  // Root may open everything: as nobody, then. Who is nobody already loses only their own right.
  const isRoot = process.getuid?.() === 0
  if (!isRoot) chmodSync(join(machine.dev, 'ttyUSB0'), 0o000)
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: '/',
    ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
  })
  expect(run.stderr).toBe('')
  expect(JSON.parse(run.stdout)).toMatchObject({ layer: 'permission', command: expect.stringContaining('udev') })
})
