import { realpath } from 'node:fs/promises'
import { z } from 'zod'
import { VafaError } from '#runtime/errors.ts'
import type { HidDevice } from './transport.ts'

const usbId = z
  .string({ error: 'four digits as `lsusb` shows them, in quotes: "05e0" (without them YAML reads a number)' })
  .regex(/^[0-9a-fA-F]{4}$/, 'four digits as `lsusb` shows them, in quotes: "05e0"')

/** Which of the HID devices that are plugged in. What is left out may be anything. */
export const hidSelection = z.strictObject({
  vendor: usbId.optional().meta({ description: 'as `lsusb` shows it: "05e0"' }),
  product: usbId.optional().meta({ description: 'as `lsusb` shows it: "1300"' }),
  serial: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "the device's own serial number, where two of a kind are plugged in" }),
  path: z
    .string()
    .min(1)
    .optional()
    .meta({ description: '/dev/vafa/hid/… names the USB port (by the udev rule); /dev/hidraw0 changes after a replug' }),
})
export type HidSelection = z.infer<typeof hidSelection>

/** What kinds of device fit at all: usage pages, with a usage where the page alone is too wide. */
export interface HidKind {
  /** As errors name it: `HID scanner`. */
  title: string
  collections: readonly { usagePage: number; usage?: number }[]
  /** Said where none is there. */
  hint: string
}

/** The one device that fits, or a retryable error: none is there, or several are. */
export async function selectDevice(all: readonly HidDevice[], selection: HidSelection, kind: HidKind): Promise<HidDevice> {
  const path = selection.path === undefined ? undefined : await resolved(selection.path)
  const same = (id: number, wanted: string | undefined) => wanted === undefined || id === Number.parseInt(wanted, 16)
  const fitting = all.filter(
    (device) =>
      same(device.vendorId, selection.vendor) &&
      same(device.productId, selection.product) &&
      (selection.serial === undefined || device.serial === selection.serial) &&
      (path === undefined || device.path === path) &&
      kind.collections.some(
        ({ usagePage, usage }) => device.usagePage === usagePage && (usage === undefined || device.usage === usage),
      ),
  )
  const [first] = fitting
  const paths = new Set(fitting.map((device) => device.path))
  if (first && paths.size === 1) return first
  const wanted = describeSelection(selection)
  if (!first)
    throw new VafaError({
      key: 'device.absent',
      message: `no ${kind.title}${wanted} is plugged in${all.length > 0 ? `; there are ${describeDevices(all)}` : ''}`,
      hint: kind.hint,
      permanent: false,
    })
  throw new VafaError({
    key: 'device.ambiguous',
    message: `${paths.size} devices are a ${kind.title}${wanted}: ${describeDevices(fitting)}`,
    hint: 'say which by `serial`, or by `path` where they have none',
    permanent: false,
  })
}

/** A name that udev made for the port, or the device's own; undefined stands for one that is not there. */
async function resolved(path: string): Promise<string> {
  if (/^\/dev\/hidraw\d+$/.test(path)) return path
  return realpath(path).catch(() => path)
}

function describeSelection({ vendor, product, serial, path }: HidSelection): string {
  const said = [
    vendor === undefined && product === undefined ? undefined : `${vendor ?? '*'}:${product ?? '*'}`,
    serial === undefined ? undefined : `serial ${serial}`,
    path,
  ].filter((part) => part !== undefined)
  return said.length === 0 ? '' : ` (${said.join(', ')})`
}

function describeDevices(devices: readonly HidDevice[]): string {
  const id = (number: number) => number.toString(16).padStart(4, '0')
  const each = devices.map(
    ({ vendorId, productId, serial, path, title }) =>
      `${title} ${id(vendorId)}:${id(productId)}${serial === undefined ? '' : ` serial ${serial}`} at ${path}`,
  )
  return [...new Set(each)].join(', ')
}
