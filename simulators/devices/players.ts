import type { Player } from './virtual-device.ts'

/** Who plays each kind of device, by its driver. What is heavy loads when the first of its kind is played. */
export const players: ReadonlyMap<string, Player> = new Map<string, Player>([
  ['display-serial', async (part) => (await import('./play-display.ts')).playDisplay(part)],
  ['fingerprint-r30x', async (part) => (await import('./play-finger.ts')).playFinger(part)],
  ['magstripe-hid', async (part) => (await import('./play-stripe.ts')).playStripe(part)],
  ['pcsc', async (part) => (await import('./play-reader.ts')).playReader(part)],
  ['pos-iso8583', async (part) => (await import('./play-terminal.ts')).playTerminal(part)],
  ['pos-nexo', async (part) => (await import('./play-nexo.ts')).playNexo(part)],
  ['printer-escpos', async (part) => (await import('./play-printer.ts')).playPrinter(part)],
  ['scanner-hid', async (part) => (await import('./play-scanner.ts')).playScannerHid(part)],
  ['scanner-serial', async (part) => (await import('./play-scanner.ts')).playScannerSerial(part)],
  ['scanner-tcp', async (part) => (await import('./play-scanner.ts')).playScannerTcp(part)],
  ['till-http', async (part) => (await import('./play-till.ts')).playTillHttp(part)],
  ['till-mqtt', async (part) => (await import('./play-till.ts')).playTillMqtt(part)],
  ['till-print', async (part) => (await import('./play-paper-till.ts')).playPaperTill(part)],
  ['till-tcp', async (part) => (await import('./play-till.ts')).playTillTcp(part)],
])
