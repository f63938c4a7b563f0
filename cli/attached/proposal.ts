import { stringify } from 'yaml'
import type { Attached } from './attached.ts'
import type { NetworkPrinter } from './network-printer.ts'

interface Proposed {
  device: { device: string; lane: string; driver: string; options: Record<string, unknown> }
  /** What a person should know of it. */
  notes: string[]
}

/** Makers whose serial devices are scanners: Zebra, Honeywell, Datalogic, Newland, Opticon. */
const scannerMakers = new Set(['05e0', '0c2e', '05f9', '1eab', '065a'])
/** Makers whose serial devices are receipt printers: Epson, Star, Bixolon, Citizen. */
const printerMakers = new Set(['04b8', '0519', '1504', '1d90'])

const makerOf = ({ usb }: Attached): string => usb?.slice(0, 4) ?? ''

/** What of it a configuration could say: for one lane, each device with what could not be known. */
export function proposalFor(attached: readonly Attached[], networkPrinters: readonly NetworkPrinter[], lane: string): string {
  const counts = new Map<string, number>()
  const named = (word: string) => {
    const count = (counts.get(word) ?? 0) + 1
    counts.set(word, count)
    return `${lane}-${word}-${count}`
  }
  const readers = attached.filter(({ kind }) => kind === 'reader')
  const all = [
    ...attached.filter(({ kind }) => kind !== 'reader').flatMap((one) => proposed(one, lane, named) ?? []),
    ...(readers.length > 0 ? [readersOf(readers, lane, named)] : []),
    ...networkPrinters.filter(({ there }) => there).map((one) => printerAt(one, lane, named)),
  ]
  if (all.length === 0) return '# nothing is plugged in that a driver could serve\ndevices: []\n'
  const entries = all.map(({ device, notes }) => {
    const lines = stringify([device]).trimEnd().split('\n')
    return [...notes.map((note) => `  # ${note}`), ...lines.map((line) => `  ${line}`)].join('\n')
  })
  return `devices:\n${entries.join('\n')}\n`
}

function proposed(one: Attached, lane: string, named: (word: string) => string): Proposed | undefined {
  const { kind, path, title, usb, serial, usage } = one
  const what = `${title}${usb === undefined ? '' : ` (${usb})`}`
  if (path === undefined) return undefined
  if (kind === 'printer')
    return {
      device: {
        device: named('printer'),
        lane,
        driver: 'printer-escpos',
        options: { connection: { file: { path } }, width: 576 },
      },
      notes: [`${what}; width: 576 for paper of 80 mm, 384 for 58 mm`],
    }
  if (kind === 'serial') {
    const connection = { serial: { path } }
    if (scannerMakers.has(makerOf(one)))
      return { device: { device: named('scanner'), lane, driver: 'scanner-serial', options: { connection } }, notes: [what] }
    if (printerMakers.has(makerOf(one)))
      return {
        device: { device: named('printer'), lane, driver: 'printer-escpos', options: { connection, width: 576 } },
        notes: [what],
      }
    return {
      device: { device: named('serial'), lane, driver: 'scanner-serial', options: { connection } },
      notes: [
        `${what}: an adapter does not say what hangs on it. It is a scanner here; else write the driver`,
        'display-serial, printer-escpos, fingerprint-r30x (`port` instead of `connection`) or pos-iso8583 (docs/devices/)',
      ],
    }
  }
  const [vendor = '', product = ''] = (usb ?? '').split(':')
  const stable = path.startsWith('/dev/vafa/') ? { path } : serial === undefined ? {} : { serial }
  const device = { vendor, product, ...stable }
  if (usage === 'scanner')
    return { device: { device: named('scanner'), lane, driver: 'scanner-hid', options: { device } }, notes: [what] }
  if (usage === 'card-reader')
    return {
      device: { device: named('magstripe'), lane, driver: 'magstripe-hid', options: { device, prefixes: ['9871'] } },
      notes: [`${what}; prefixes: write how the numbers of the club’s own cards begin, all other cards are dropped`],
    }
  if (usage !== 'keyboard' || !scannerMakers.has(vendor)) return undefined
  return {
    device: { device: named('scanner'), lane, driver: 'scanner-hid', options: { mode: 'keyboard', device } },
    notes: [
      `${what} types as a keyboard. Better: scan “USB HID POS” of its manual and leave \`mode\` out;`,
      'else the rule in systemd/udev/71-vafa-hid.rules keeps it off the console',
    ],
  }
}

function readersOf(readers: readonly Attached[], lane: string, named: (word: string) => string): Proposed {
  return {
    device: { device: named('reader'), lane, driver: 'pcsc', options: {} },
    notes: readers.map(({ title, usb }) => `${title} (${usb}), by pcscd`),
  }
}

function printerAt({ host, port }: NetworkPrinter, lane: string, named: (word: string) => string): Proposed {
  return {
    device: {
      device: named('printer'),
      lane,
      driver: 'printer-escpos',
      options: { connection: { tcp: { host, port } }, width: 576 },
    },
    notes: ['width: 576 for paper of 80 mm, 384 for 58 mm'],
  }
}
