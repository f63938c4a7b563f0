import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Machine } from './machine.ts'

export interface TreeDevice {
  /** `1a86:7523` */
  usb: string
  manufacturer?: string
  product?: string
  serial?: string
  /** Interface class, hexadecimal: `ff`, `07`, `03`, `0b`. */
  class: string
  /** The kernel's driver of that interface; none has taken it where left out. */
  driver?: string
  /** The kernel's device: `tty/ttyUSB0`, `usbmisc/lp0`, `hidraw/hidraw0`. */
  node?: string
  /** Links of udev to it, below /dev: `serial/by-id/usb-1a86_USB_Serial-if00-port0`. */
  links?: string[]
  /** Files of the kernel's device: `ieee1284_id`, `uevent`, `report_descriptor`. */
  files?: Record<string, string | Uint8Array>
}

/** For tests: /dev and /sys as Linux lays them out for these devices, in a folder of their own. */
export function machineTree(devices: readonly TreeDevice[]): Machine & { end(): void } {
  const root = mkdtempSync(join(tmpdir(), 'vafa-machine-'))
  const machine: Machine = { dev: join(root, 'dev'), sys: join(root, 'sys'), proc: '/proc', run: join(root, 'run') }
  const write = (path: string, text: string | Uint8Array) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const link = (path: string, target: string) => {
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path)
  }
  for (const folder of [machine.dev, machine.sys, machine.run]) mkdirSync(folder, { recursive: true })
  for (const [index, device] of devices.entries()) {
    const at = `1-${index + 1}`
    const usb = join(machine.sys, 'devices/usb1', at)
    const [vendor = '', product = ''] = device.usb.split(':')
    write(join(usb, 'idVendor'), `${vendor}\n`)
    write(join(usb, 'idProduct'), `${product}\n`)
    for (const field of ['manufacturer', 'product', 'serial'] as const)
      if (device[field] !== undefined) write(join(usb, field), `${device[field]}\n`)
    const face = join(usb, `${at}:1.0`)
    write(join(face, 'bInterfaceClass'), `${device.class}\n`)
    if (device.driver) link(join(face, 'driver'), `/sys/bus/usb/drivers/${device.driver}`)
    link(join(machine.sys, 'bus/usb/devices', at), usb)
    link(join(machine.sys, 'bus/usb/devices', `${at}:1.0`), face)
    if (device.node === undefined) continue
    const [kind = '', name = ''] = device.node.split('/')
    for (const [file, contents] of Object.entries(device.files ?? {})) write(join(face, file), contents)
    link(join(machine.sys, 'class', kind, name, 'device'), face)
    const node = join(machine.dev, kind === 'usbmisc' ? `usb/${name}` : name)
    write(node, '')
    for (const one of device.links ?? []) link(join(machine.dev, one), node)
  }
  return { ...machine, end: () => rmSync(root, { recursive: true }) }
}
