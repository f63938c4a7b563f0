import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { trustPlace } from '#club/authority/place.ts'
import { planMosquitto } from '#club/broker/mosquitto-config.ts'
import { readClubConfig } from '#club/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { writeNew } from './new-file.ts'

/** `vafa club broker-config mosquitto --out FOLDER`: writes a new folder with all that Mosquitto reads. */
export async function mosquitto(options: { config: string; out: string; plugin?: string }): Promise<void> {
  const config = readClubConfig(options.config)
  const { club, trust, broker } = config
  if (trust === undefined || broker === undefined)
    throw new VafaError({
      key: 'config.invalid',
      message: `${options.config} does not say that the club’s broker is a Mosquitto`,
      hint: 'write `trust:` and `broker: { mosquitto: { url: "mqtts://127.0.0.1:8885" } }` (docs/mosquitto.md)',
    })
  const folder = resolve(options.out)
  if (/[\s#%]/.test(folder))
    throw new VafaError({
      key: 'usage',
      message: `“${folder}” has a space, # or % in it, which Mosquitto or systemd would read as something else`,
      hint: 'choose another folder',
    })
  makeNewFolder(folder)
  const plan = {
    ...{ club, folder, boxes: trust.listen, url: new URL(broker.mosquitto.url) },
    plugin: resolve(options.plugin ?? debianPlugin()),
  }
  for (const { path, text } of planMosquitto(plan)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeNew(file, text, 0o640)
    // Whatever the umask says.
    chmodSync(file, path.startsWith('state/') ? 0o660 : 0o644)
  }
  // Mosquitto, which may be another user of the folder's group, keeps a file there.
  chmodSync(join(folder, 'state'), 0o770)
  const { openTrust } = await import('#club/authority/trust.ts')
  const opened = await openTrust({
    ...{ ...trustPlace(config, trust), brokerFolder: folder },
    isStore: (store) => config.stores.some((one) => one.store === store),
    runtime: systemRuntime,
    log: createLogger({ name: 'club' }),
  })
  opened.close()
  process.stdout.write(`Written: ${folder}, for a Mosquitto that takes boxes at port ${trust.listen.port} and the club at ${broker.mosquitto.url}.
docs/mosquitto.md says what the machine needs besides. Try it out: mosquitto -c ${join(folder, 'mosquitto.conf')}
`)
  if (folder !== broker.mosquitto.files)
    process.stdout.write(
      `The club keeps the certificates in ${broker.mosquitto.files} current, which is another folder: name this one as broker.mosquitto.files.\n`,
    )
}

/** One that is there and empty will do: root may have made it for two users. */
function makeNewFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 })
  } catch (error) {
    throw new VafaError({
      key: 'config.unwritable',
      message: `cannot make ${folder}: ${messageOf(error)}`,
      hint: 'check the path and who may write there',
      cause: error,
    })
  }
  if (readdirSync(folder).length === 0) return
  throw new VafaError({
    key: 'config.exists',
    message: `${folder} is not empty`,
    hint: 'the club keeps the certificates in it current by itself; to write the rest anew name a new folder',
  })
}

/** Where Debian's package `mosquitto` puts it. */
function debianPlugin(): string {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  return `/usr/lib/${machine}-linux-gnu/mosquitto_dynamic_security.so`
}
