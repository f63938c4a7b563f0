import { basename, join } from 'node:path'
import { parseReportDescriptor } from '#drivers/hid/report-descriptor.ts'
import { asConfigured, bytesOf, linkOf, type Machine, namesIn, realPathOf, textOf } from './machine.ts'
import { usbBehind, usbInterfaces } from './usb.ts'

/** Something that is plugged into this machine and that a driver could serve. */
export interface Attached {
  kind: 'serial' | 'printer' | 'hid' | 'reader'
  /** The path that stays when it is plugged in anew; absent for a reader, which pcscd has. */
  path?: string
  title: string
  /** `05e0:1701`, where it hangs on the USB. */
  usb?: string
  /** Its USB serial number. */
  serial?: string
  /** HID: what it says it is. */
  usage?: 'scanner' | 'card-reader' | 'keyboard' | 'other'
}

/**
 * What Linux shows of the devices that are plugged in. It reads /dev and /sys itself: serialport's own list ends the
 * process where there is no `udevadm`.
 */
export const attachedDevices = (machine: Machine): Attached[] => [
  ...serialPorts(machine),
  ...printers(machine),
  ...hidDevices(machine),
  ...readers(machine),
]

function serialPorts(machine: Machine): Attached[] {
  return namesIn(machine.dev)
    .filter((name) => /^tty(USB|ACM)\d+$/.test(name))
    .map((name): Attached => {
      const usb = usbBehind(join(machine.sys, 'class/tty', name))
      const path = stableName(join(machine.dev, name), usb?.serial !== undefined, machine)
      return {
        kind: 'serial',
        path: asConfigured(machine, path),
        title: usb?.title ?? 'serial port',
        ...(usb ? { usb: usb.id } : {}),
        ...(usb?.serial === undefined ? {} : { serial: usb.serial }),
      }
    })
}

/** Adapters without a serial number of their own share a name by id: theirs is the one by the socket. */
function stableName(path: string, hasSerial: boolean, machine: Machine): string {
  const folders = hasSerial ? ['serial/by-id', 'vafa', 'serial/by-path'] : ['vafa', 'serial/by-path', 'serial/by-id']
  for (const folder of folders) {
    const name = namesIn(join(machine.dev, folder)).find((one) => {
      const link = join(machine.dev, folder, one)
      return linkOf(link) !== undefined && realPathOf(link) === realPathOf(path)
    })
    if (name !== undefined) return join(machine.dev, folder, name)
  }
  return path
}

function printers(machine: Machine): Attached[] {
  return namesIn(join(machine.dev, 'usb'))
    .filter((name) => /^lp\d+$/.test(name))
    .map((name): Attached => {
      const folder = join(machine.sys, 'class/usbmisc', name)
      const usb = usbBehind(folder)
      const told = textOf(join(folder, 'device/ieee1284_id'))
      const model = [/(?:MFG|MANUFACTURER):([^;]*)/, /(?:MDL|MODEL):([^;]*)/]
        .map((part) => part.exec(told ?? '')?.[1])
        .filter(Boolean)
      return {
        kind: 'printer',
        path: asConfigured(machine, stableName(join(machine.dev, 'usb', name), false, machine)),
        title: model.join(' ') || usb?.title || 'printer',
        ...(usb ? { usb: usb.id } : {}),
        ...(usb?.serial === undefined ? {} : { serial: usb.serial }),
      }
    })
}

/** Usage pages: 0x8C bar code scanner, 0x8E magnetic stripe reader, 1 with 6 keyboard. */
function usageOf(descriptor: Buffer | undefined): NonNullable<Attached['usage']> {
  const map = descriptor && parseReportDescriptor(descriptor)
  if (!map) return 'other'
  const pages = new Set([...map.runs.map(({ usage }) => usage >>> 16), ...map.arrays.map(({ firstUsage }) => firstUsage >>> 16)])
  if (pages.has(0x8c)) return 'scanner'
  if (pages.has(0x8e)) return 'card-reader'
  return pages.has(0x07) ? 'keyboard' : 'other'
}

function hidDevices(machine: Machine): Attached[] {
  const root = join(machine.sys, 'class/hidraw')
  return namesIn(root).map((name): Attached => {
    const device = join(root, name, 'device')
    const uevent = textOf(join(device, 'uevent')) ?? ''
    const [, vendor, product] = /^HID_ID=[0-9A-F]+:0000([0-9A-F]{4}):0000([0-9A-F]{4})$/im.exec(uevent) ?? []
    const serial = /^HID_UNIQ=(.+)$/m.exec(uevent)?.[1]
    const path = stableHidName(join(machine.dev, name), machine)
    return {
      kind: 'hid',
      path: asConfigured(machine, path),
      title: /^HID_NAME=(.+)$/m.exec(uevent)?.[1] ?? 'HID device',
      ...(vendor && product ? { usb: `${vendor}:${product}`.toLowerCase() } : {}),
      ...(serial === undefined ? {} : { serial }),
      usage: usageOf(bytesOf(join(device, 'report_descriptor'))),
    }
  })
}

function stableHidName(path: string, machine: Machine): string {
  const folder = join(machine.dev, 'vafa/hid')
  const name = namesIn(folder).find((one) => basename(linkOf(join(folder, one)) ?? '') === basename(path))
  return name === undefined ? path : join(folder, name)
}

/** Contactless and chip readers are pcscd's, which asks them itself: by USB's class 11, or by their maker. */
function readers(machine: Machine): Attached[] {
  return usbInterfaces(machine)
    .filter((one) => one.class === 11)
    .map(({ title, id }): Attached => ({ kind: 'reader', title, usb: id }))
}
