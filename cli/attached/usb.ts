import { dirname, join } from 'node:path'
import { linkOf, type Machine, namesIn, realPathOf, textOf } from './machine.ts'

/** One interface of a device on the USB, as the kernel shows it. */
export interface UsbInterface {
  /** `05e0:1701` */
  id: string
  /** What it calls itself. */
  title: string
  /** USB's class of the interface: 7 printer, 3 HID, 11 smart card, 2 and 10 CDC, 255 the maker's own. */
  class: number
  /** The kernel's driver, where one has taken it. */
  driver?: string
}

/** Makers' own serial adapters and the kernel module that drives each. */
const serialModules: Readonly<Record<string, string>> = {
  '1a86': 'ch341',
  '0403': 'ftdi_sio',
  '067b': 'pl2303',
  '10c4': 'cp210x',
}
const moduleByClass: Readonly<Record<number, string>> = { 2: 'cdc_acm', 3: 'usbhid', 7: 'usblp' }

/** The kernel module that would drive an interface; undefined for what needs none here (readers are pcscd's). */
export const moduleFor = ({ id, class: kind }: UsbInterface): string | undefined =>
  moduleByClass[kind] ?? (kind === 255 ? serialModules[id.slice(0, 4)] : undefined)

/** Every interface on the USB of this machine, hubs left out. */
export function usbInterfaces(machine: Machine): UsbInterface[] {
  const root = join(machine.sys, 'bus/usb/devices')
  return namesIn(root).flatMap((name): UsbInterface[] => {
    if (!name.includes(':')) return []
    const folder = join(root, name)
    const number = textOf(join(folder, 'bInterfaceClass'))
    const owner = name.slice(0, name.indexOf(':'))
    const device = describeUsb(join(root, owner))
    if (number === undefined || !device) return []
    const kind = Number.parseInt(number, 16)
    if (kind === 9) return []
    const driver = linkOf(join(folder, 'driver'))
    return [{ ...device, class: kind, ...(driver === undefined ? {} : { driver: driver.slice(driver.lastIndexOf('/') + 1) }) }]
  })
}

function describeUsb(folder: string): { id: string; title: string; serial?: string } | undefined {
  const vendor = textOf(join(folder, 'idVendor'))
  const product = textOf(join(folder, 'idProduct'))
  if (vendor === undefined || product === undefined) return undefined
  const serial = textOf(join(folder, 'serial'))
  const title = [textOf(join(folder, 'manufacturer')), textOf(join(folder, 'product'))].filter(Boolean).join(' ')
  return { id: `${vendor}:${product}`, title: title || 'USB device', ...(serial === undefined ? {} : { serial }) }
}

/** The USB device that a kernel's device (`/sys/class/tty/ttyUSB0`) hangs on; undefined for one of the board's own. */
export function usbBehind(folder: string): { id: string; title: string; serial?: string } | undefined {
  let at = realPathOf(join(folder, 'device'))
  for (let up = 0; at !== undefined && up < 6; up += 1) {
    const found = describeUsb(at)
    if (found) return found
    at = dirname(at)
  }
  return undefined
}
