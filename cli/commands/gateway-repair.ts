import { controlPath, diskOf, gatewayConfig } from '#gateway/config.ts'
import { reachGateway } from '#gateway/control.ts'
import { type Repaired, repairDatabase } from '#gateway/repair/repair.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { called } from '../called.ts'

/** `vafa gateway repair -c gateway.yaml`: what is whole in a damaged database is saved, and the box begins another one. */
export async function repairGateway({ config: file }: { config: string }): Promise<void> {
  const config = readConfig(file, gatewayConfig)
  const running = await reachGateway(pathBeside(file, controlPath(config)))
  running?.close()
  if (running)
    throw new VafaError({
      key: 'gateway.running',
      message: 'the gateway runs: its database is in use',
      hint: 'stop it first (`systemctl stop vafa-gateway`); nothing was changed',
    })
  const { path, keyFile } = diskOf(config, { file })
  const repaired = repairDatabase({ path, keyFile, now: Date.now() })
  process.stdout.write(sayRepaired(repaired, { file, keyFile }))
}

function sayRepaired(
  { folder, recovered, facts, kept, lost }: Repaired,
  { file, keyFile }: { file: string; keyFile: string },
): string {
  const { whole, waiting, spoilt, missing, last } = facts
  const ranges = missing.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`))
  const lines = [
    `the damaged database lies in ${folder}, as it was: keep it until the books are seen to be right`,
    `facts: ${whole} are whole, ${waiting} of them not answered by the club yet; the last number found is ${last}`,
    ...(spoilt.length > 0 ? [`spoilt, their messages cannot be read: ${spoilt.join(', ')}`] : []),
    ...(ranges.length > 0 ? [`not there: ${ranges.join(', ')}. Look on paper for what the till sold then`] : []),
    `brought into the new database: ${
      Object.entries(kept)
        .map(([table, rows]) => `${table} ${rows}`)
        .join(', ') || 'nothing'
    }`,
    ...Object.entries(lost).map(([table, why]) => `not all of ${table} could be read: ${why}`),
    'now start the gateway (`systemctl start vafa-gateway`): it is a new installation, and sells. Then send what was found:',
    `  ${called} gateway salvage ${recovered} --key ${keyFile} -c ${file}`,
  ]
  return `${lines.join('\n')}\n`
}
