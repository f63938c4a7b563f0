import type { Driver } from './contract.ts'

const loaders: Readonly<Record<string, () => Promise<Driver>>> = {
  'display-serial': async () => (await import('./display-serial/driver.ts')).displaySerialDriver,
  'fingerprint-r30x': async () => (await import('./fingerprint-r30x/driver.ts')).fingerprintR30xDriver,
  'magstripe-hid': async () => (await import('./magstripe-hid/driver.ts')).magstripeHidDriver,
  pcsc: async () => (await import('./pcsc/driver.ts')).pcscDriver,
  'pos-iso8583': async () => (await import('./pos-iso8583/driver.ts')).posIso8583Driver,
  'pos-nexo': async () => (await import('./pos-nexo/driver.ts')).posNexoDriver,
  'printer-escpos': async () => (await import('./printer-escpos/driver.ts')).printerEscposDriver,
  'scanner-hid': async () => (await import('./scanner-hid/driver.ts')).scannerHidDriver,
  'scanner-serial': async () => (await import('./scanner-serial/driver.ts')).scannerSerialDriver,
  'scanner-tcp': async () => (await import('./scanner-tcp/driver.ts')).scannerTcpDriver,
  'till-http': async () => (await import('./till-http/driver.ts')).tillHttpDriver,
  'till-mqtt': async () => (await import('./till-mqtt/driver.ts')).tillMqttDriver,
  'till-print': async () => (await import('./till-print/driver.ts')).tillPrintDriver,
  'till-tcp': async () => (await import('./till-tcp/driver.ts')).tillTcpDriver,
}

/** Every kind of device that Vafa knows, as the configuration names it. */
export const driverKinds: readonly string[] = Object.keys(loaders)

/**
 * The drivers of these kinds, by their kind: a box loads no others, which would cost it a tenth of its start and some
 * megabytes. Where it knows one of the kinds not, it loads all, so that whoever reads of it is told which there are. What is
 * heavy in a driver still waits for its first device.
 */
export async function loadDrivers(kinds: Iterable<string> = driverKinds): Promise<ReadonlyMap<string, Driver>> {
  const wanted = new Set(kinds)
  const all = [...wanted].some((kind) => !Object.hasOwn(loaders, kind))
  const loading = Object.entries(loaders).filter(([kind]) => all || wanted.has(kind))
  return new Map(await Promise.all(loading.map(async ([kind, load]) => [kind, await load()] as const)))
}
