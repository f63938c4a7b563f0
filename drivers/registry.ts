import type { Driver } from './contract.ts'
import { displaySerialDriver } from './display-serial/driver.ts'
import { fingerprintR30xDriver } from './fingerprint-r30x/driver.ts'
import { magstripeHidDriver } from './magstripe-hid/driver.ts'
import { pcscDriver } from './pcsc/driver.ts'
import { posIso8583Driver } from './pos-iso8583/driver.ts'
import { posNexoDriver } from './pos-nexo/driver.ts'
import { printerEscposDriver } from './printer-escpos/driver.ts'
import { scannerHidDriver } from './scanner-hid/driver.ts'
import { scannerSerialDriver } from './scanner-serial/driver.ts'
import { scannerTcpDriver } from './scanner-tcp/driver.ts'
import { tillHttpDriver } from './till-http/driver.ts'
import { tillMqttDriver } from './till-mqtt/driver.ts'
import { tillPrintDriver } from './till-print/driver.ts'
import { tillTcpDriver } from './till-tcp/driver.ts'

/** Drivers by their kind; a kind that two drivers claim is a fault of the programmer and ends the start. */
export function registerDrivers(all: readonly Driver[]): ReadonlyMap<string, Driver> {
  const byKind = new Map<string, Driver>()
  for (const driver of all) {
    if (byKind.has(driver.kind)) throw new Error(`two drivers call themselves ${driver.kind}`)
    byKind.set(driver.kind, driver)
  }
  return byKind
}

/** Every kind of device that Vafa knows. What is heavy in a driver loads when its first device is opened. */
export const drivers: ReadonlyMap<string, Driver> = registerDrivers([
  displaySerialDriver,
  fingerprintR30xDriver,
  magstripeHidDriver,
  pcscDriver,
  posIso8583Driver,
  posNexoDriver,
  printerEscposDriver,
  scannerHidDriver,
  scannerSerialDriver,
  scannerTcpDriver,
  tillHttpDriver,
  tillMqttDriver,
  tillPrintDriver,
  tillTcpDriver,
])
