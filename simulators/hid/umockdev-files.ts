import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VirtualHidDevice } from './virtual-hid.ts'

/**
 * A HID device for `umockdev-run`, which puts it below /sys and /dev for one program: so the real hidraw code of
 * node-hid runs where no such device is, and no kernel module for one (umockdev 0.17).
 */
export interface ScriptedHid extends VirtualHidDevice {
  reports: readonly Uint8Array[]
  /**
   * When the first report comes: so long after the start, or when the program has written `goAhead` to the device. What
   * comes before it is open runs into one: to umockdev a script is a stream.
   */
  starts: { afterMs: number } | 'when-written'
  /** Between two reports. */
  paceMs?: number
}

export const goAhead = 'go'

/** Writes the files and gives the words before the program: `umockdev-run … --`. */
export function writeUmockdev(folder: string, hid: ScriptedHid): string[] {
  const [deviceFile, ioctlFile, scriptFile] = ['device.umockdev', 'hidraw.ioctl', 'reports.script'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  writeFileSync(deviceFile, deviceText(hid))
  writeFileSync(ioctlFile, ioctlText(hid.descriptor))
  writeFileSync(scriptFile, scriptBytes(hid))
  const { path } = hid.device
  return ['umockdev-run', '--device', deviceFile, '--ioctl', `${path}=${ioctlFile}`, '--script', `${path}=${scriptFile}`, '--']
}

const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0')
const hexBytes = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase()

/** The tree that udev would show: the USB device, its interface, the HID device, its hidraw and (keyboards) its input. */
function deviceText({ device, descriptor, console }: ScriptedHid): string {
  const { path, vendorId, productId, serial = '', title } = device
  const node = path.replace('/dev/', '')
  const usb = '/devices/pci0000:00/0000:00:14.0/usb1/1-1'
  const hidName = `0003:${hex(vendorId, 4)}:${hex(productId, 4)}.0001`
  const hid = `${usb}/1-1:1.0/${hidName}`
  const facts = [
    `HID_ID=0003:${hex(vendorId, 8)}:${hex(productId, 8)}`,
    `HID_NAME=${title}`,
    'HID_PHYS=usb-0000:00:14.0-1/input0',
    `HID_UNIQ=${serial}`,
  ]
  const [maker = '', ...model] = title.split(' ')
  const parts = [
    [
      `P: ${hid}/hidraw/${node}`,
      `N: ${node}`,
      `E: DEVNAME=${path}`,
      'E: SUBSYSTEM=hidraw',
      'A: dev=241:0',
      `L: device=../../../${hidName}`,
    ],
    [
      `P: ${hid}`,
      'E: SUBSYSTEM=hid',
      ...facts.map((fact) => `E: ${fact}`),
      `H: report_descriptor=${hexBytes(descriptor)}`,
      `A: uevent=${facts.map((fact) => `${fact}\\n`).join('')}`,
    ],
    ...(console === undefined
      ? []
      : [[`P: ${hid}/input/input7`, 'E: SUBSYSTEM=input', `A: inhibited=${console === 'kept-off' ? 1 : 0}\\n`]]),
    [`P: ${usb}/1-1:1.0`, 'E: DEVTYPE=usb_interface', 'E: SUBSYSTEM=usb', 'A: bInterfaceNumber=00'],
    [
      `P: ${usb}`,
      'N: bus/usb/001/002',
      'E: DEVTYPE=usb_device',
      'E: SUBSYSTEM=usb',
      'E: DEVNAME=/dev/bus/usb/001/002',
      `A: idVendor=${hex(vendorId, 4).toLowerCase()}`,
      `A: idProduct=${hex(productId, 4).toLowerCase()}`,
      `A: manufacturer=${maker}`,
      `A: product=${model.join(' ')}`,
      `A: serial=${serial}`,
      'A: bcdDevice=0100',
    ],
  ]
  return parts.map((lines) => `${lines.join('\n')}\n`).join('\n')
}

/** What the two ioctls of hidraw answer that hidapi asks; sizes are 32 bits, little end first. */
function ioctlText(descriptor: Uint8Array): string {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(descriptor.length)
  return `HIDIOCGRDESCSIZE 0 ${hexBytes(size)}\nHIDIOCGRDESC 0 ${hexBytes(size)}${hexBytes(descriptor)}\n`
}

/** `r MS BYTES` for each report; control bytes are `^A`, a caret is `` ^` ``. `w` waits for what the program writes. */
function scriptBytes({ reports, starts, paceMs = 60 }: ScriptedHid): Buffer {
  const escaped = (byte: number): number[] => {
    if (byte < 0x20) return [0x5e, byte + 0x40]
    return byte === 0x5e ? [0x5e, 0x60] : [byte]
  }
  const lines = reports.map((report, index) =>
    Buffer.concat([
      Buffer.from(`r ${index === 0 && starts !== 'when-written' ? starts.afterMs : paceMs} `),
      Buffer.from([...report].flatMap(escaped)),
      Buffer.from('\n'),
    ]),
  )
  return Buffer.concat(starts === 'when-written' ? [Buffer.from(`w 0 ${goAhead}\n`), ...lines] : lines)
}
