import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { loadDrivers } from '#drivers/registry.ts'
import { msrDescriptor } from '#simulators/hid/descriptors.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { attachedDevices } from './attached.ts'
import { machineTree, type TreeDevice } from './machine-tree.ts'
import { askNetworkPrinter } from './network-printer.ts'
import { proposalFor } from './proposal.ts'

const scannerDescriptor = Uint8Array.from([
  ...[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x03, 0xa1, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x3c],
  ...[0x05, 0x8c, 0x09, 0xfe, 0x81, 0x02, 0xc0, 0xc0],
])
const adapter: TreeDevice = {
  usb: '1a86:7523',
  product: 'USB Serial',
  class: 'ff',
  driver: 'ch341',
  node: 'tty/ttyUSB0',
  links: ['serial/by-id/usb-1a86_USB_Serial-if00-port0', 'serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0'],
}
const zebra: TreeDevice = {
  usb: '05e0:1701',
  manufacturer: 'Zebra',
  product: 'DS2208',
  serial: 'S123',
  class: '02',
  driver: 'cdc_acm',
  node: 'tty/ttyACM0',
  links: ['serial/by-path/pci-0000:00:14.0-usb-0:2:1.0', 'serial/by-id/usb-Zebra_DS2208_S123-if00'],
}
const printer: TreeDevice = {
  usb: '0416:5011',
  class: '07',
  driver: 'usblp',
  node: 'usbmisc/lp0',
  files: { ieee1284_id: '\0\x40MFG:POS;MDL:POS-80;CLS:PRINTER;' },
}
const hidPos: TreeDevice = {
  usb: '0c2e:0b61',
  class: '03',
  driver: 'usbhid',
  node: 'hidraw/hidraw0',
  files: {
    uevent: 'DRIVER=hid-generic\nHID_ID=0003:00000C2E:00000B61\nHID_NAME=Honeywell 1950\nHID_UNIQ=\n',
    report_descriptor: scannerDescriptor,
  },
}
const magtek: TreeDevice = {
  usb: '0801:0002',
  class: '03',
  driver: 'usbhid',
  node: 'hidraw/hidraw1',
  files: {
    uevent: 'HID_ID=0003:00000801:00000002\nHID_NAME=Mag-Tek USB Swipe Reader\n',
    report_descriptor: msrDescriptor,
  },
}
const reader: TreeDevice = { usb: '072f:2200', manufacturer: 'ACS', product: 'ACR122U', class: '0b' }

function attachedOf(...devices: TreeDevice[]) {
  const machine = machineTree(devices)
  onTestFinished(machine.end)
  return attachedDevices(machine)
}

test('an adapter with a serial number of its own is known by that, another by the socket it is plugged into', () => {
  expect(attachedOf(adapter, zebra)).toEqual([
    {
      kind: 'serial',
      path: '/dev/serial/by-id/usb-Zebra_DS2208_S123-if00',
      title: 'Zebra DS2208',
      usb: '05e0:1701',
      serial: 'S123',
    },
    { kind: 'serial', path: '/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0', title: 'USB Serial', usb: '1a86:7523' },
  ])
})

test('printers, HID scanners and contactless readers are found and say what they are', () => {
  expect(attachedOf(printer, hidPos, reader)).toEqual([
    { kind: 'printer', path: '/dev/usb/lp0', title: 'POS POS-80', usb: '0416:5011' },
    { kind: 'hid', path: '/dev/hidraw0', title: 'Honeywell 1950', usb: '0c2e:0b61', usage: 'scanner' },
    { kind: 'reader', title: 'ACS ACR122U', usb: '072f:2200' },
  ])
})

test('what is proposed is YAML that the drivers take as it stands, and says what it could not know', async () => {
  const text = proposalFor(
    attachedOf(adapter, zebra, printer, hidPos, magtek, reader),
    [{ host: '10.0.0.9', port: 9_100, there: true, status: true }],
    'lane-1',
  )
  const { devices } = parse(text) as { devices: { device: string; driver: string; options: unknown }[] }
  expect(devices.map(({ device, driver }) => `${device}: ${driver}`)).toEqual([
    'lane-1-scanner-1: scanner-serial',
    'lane-1-serial-1: scanner-serial',
    'lane-1-printer-1: printer-escpos',
    'lane-1-scanner-2: scanner-hid',
    'lane-1-magstripe-1: magstripe-hid',
    'lane-1-reader-1: pcsc',
    'lane-1-printer-2: printer-escpos',
  ])
  const drivers = await loadDrivers()
  for (const { driver, options } of devices)
    expect(drivers.get(driver)?.options.safeParse(options)).toMatchObject({ success: true })
  expect(text).toContain('an adapter does not say what hangs on it')
})

test('a machine with nothing plugged in gets no devices', () => {
  expect(parse(proposalFor(attachedOf(), [], 'lane-1'))).toEqual({ devices: [] })
})

test('a network printer is asked without printing; who does not answer as one is told apart', async () => {
  const virtual = await startVirtualPrinter({ width: 576 })
  onTestFinished(() => virtual.close())
  expect(await askNetworkPrinter({ host: '127.0.0.1', port: virtual.port, patienceMs: 2_000 })).toMatchObject({
    there: true,
    status: true,
  })
  expect(virtual.jobs).toEqual([])

  const mute = createServer(() => {}).listen(0, '127.0.0.1')
  await new Promise((resolve) => mute.once('listening', resolve))
  onTestFinished(() => void mute.close())
  const { port } = mute.address() as { port: number }
  expect(await askNetworkPrinter({ host: '127.0.0.1', port, patienceMs: 100 })).toMatchObject({ there: true, status: false })
  expect(await askNetworkPrinter({ host: '127.0.0.1', port: await freePort(), patienceMs: 500 })).toMatchObject({
    there: false,
    reason: 'ECONNREFUSED',
  })
})
