/** A process that opens a card reader at pcscd's socket (its argument), says `open` and stays until it is killed. */
import { pcscDriver } from '#drivers/pcsc/driver.ts'
import { createTestHost } from './test-host.ts'

await pcscDriver.connect({ via: 'pcscd', readers: [], signal: true, socket: process.argv[2] ?? '' }, createTestHost().host)
process.stdout.write('open\n')
