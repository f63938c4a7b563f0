import { opendir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { HIDAsync } from 'node-hid'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { HidDevice, HidHandle, HidTransport } from './transport.ts'

/** The kernel's hidraw by node-hid, which loads when the first device is looked for. */
export const nodeHidTransport: HidTransport = {
  async list() {
    const { devicesAsync } = await load()
    const devices = await devicesAsync()
    return devices.flatMap((device): HidDevice[] => {
      const { path, vendorId, productId, serialNumber, manufacturer, product, usagePage, usage } = device
      if (path === undefined) return []
      return [
        {
          path,
          vendorId,
          productId,
          ...(serialNumber ? { serial: serialNumber } : {}),
          title: [manufacturer, product].filter(Boolean).join(' ') || 'HID device',
          usagePage: usagePage ?? 0,
          usage: usage ?? 0,
        },
      ]
    })
  },
  async open(path) {
    const { HIDAsync } = await load()
    // The tree of /sys, not the device: reading it there needs no call that only real hidraw knows.
    const kernel = `/sys/class/hidraw/${basename(path)}/device`
    try {
      const descriptor = await readFile(`${kernel}/report_descriptor`)
      const console = await consoleHears(kernel)
      return handleOf(await HIDAsync.open(path), { descriptor, ...(console === undefined ? {} : { console }) })
    } catch (error) {
      throw openFailure(path, error)
    }
  },
}

async function load(): Promise<typeof import('node-hid')> {
  try {
    const loaded = await import('node-hid')
    return loaded.default ?? loaded
  } catch (cause) {
    throw new VafaError({
      key: 'device.unusable',
      message: `HID devices cannot be read on this machine: ${messageOf(cause)}`,
      hint: 'install the library that is missing (mostly libudev1), or run `npm install` again on this machine',
      cause,
    })
  }
}

/** `inhibited` of the keyboard's input device, which the udev rule of systemd/udev sets (Linux 5.11 and later). */
async function consoleHears(kernel: string): Promise<'heard' | 'kept-off' | undefined> {
  try {
    const inhibited: string[] = []
    for await (const { name } of await opendir(`${kernel}/input`))
      inhibited.push(await readFile(`${kernel}/input/${name}/inhibited`, 'utf8'))
    if (inhibited.length === 0) return undefined
    return inhibited.every((flag) => flag.trim() === '1') ? 'kept-off' : 'heard'
  } catch {
    return undefined
  }
}

function handleOf(device: HIDAsync, known: Pick<HidHandle, 'descriptor' | 'console'>): HidHandle {
  let closing: Promise<void> | undefined
  return {
    ...known,
    onData: (listener) => device.on('data', (report: Buffer) => listener(report)),
    // node-hid gives a text here, not an error (read.cc).
    onError: (listener) => device.on('error', (cause: unknown) => listener(cause)),
    async write(report) {
      await device.write(Buffer.from(report))
    },
    close() {
      closing ??= device.close()
      return closing
    },
  }
}

function openFailure(path: string, cause: unknown): VafaError {
  const text = `${codeOf(cause) ?? ''} ${messageOf(cause)}`
  const fail = (key: string, message: string, hint: string) =>
    new VafaError({ key, message: `${path}: ${message}`, hint, permanent: false, cause })
  if (/EACCES|EPERM|permission denied|not permitted/i.test(text))
    return fail(
      'device.denied',
      'this user may not open it',
      'copy systemd/udev/71-vafa-hid.rules to /etc/udev/rules.d/ and plug the device in anew',
    )
  if (/ENOENT|ENODEV|no such/i.test(text)) return fail('device.absent', 'it has just been unplugged', 'plug it in again')
  return fail('device.unusable', messageOf(cause), 'unplug it and plug it in again')
}
