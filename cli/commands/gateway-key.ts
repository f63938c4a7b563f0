import { diskOf, gatewayConfig } from '#gateway/config.ts'
import { addBoxKey } from '#gateway/sealing/box-key.ts'
import { readConfig } from '#runtime/config.ts'

/** `vafa gateway key rotate`: another key for the box's database, taken at the gateway's next start. */
export function rotate(options: { config: string }): void {
  const { keyFile } = diskOf(readConfig(options.config, gatewayConfig), { file: options.config })
  const keyid = addBoxKey(keyFile)
  process.stdout.write(
    `${keyFile} begins with the new key ${keyid}; the gateway seals everything under it at its next start.\n` +
      'Then take the other lines out of that file.\n',
  )
}
